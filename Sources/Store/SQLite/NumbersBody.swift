import Clinical

/// The numbers of a trained model's decision in its stored body.
///
/// An input is a byte with its state in the low five bits, whether it has an origin (32) and whether it has a code (64); then
/// what these announce. A byte with the highest bit set stands for so many inputs that were not measured: most of a trained
/// model's inputs are not.
enum NumbersBody {
    private static let stateBits: UInt8 = 31
    private static let hasOrigin: UInt8 = 32
    private static let hasCode: UInt8 = 64
    private static let isRun: UInt8 = 128

    static func write(
        _ numbers: DecisionNumbers, since base: Int64, to body: inout BodyWriter, _ writer: WriterConnection
    ) throws {
        body.append(number: try writer.sheet(numbers.sheet))
        body.append(time: numbers.moment, since: base)
        let row = numbers.row
        body.append(unsigned: UInt64(row.origins.count))
        for origin in row.origins {
            body.append(signed: origin.effective.microseconds &- base)
            body.append(signed: origin.known.microseconds &- base)
            body.append(origin.finding)
        }
        body.append(unsigned: UInt64(row.entries.count))
        var missing: UInt8 = 0
        func endRun() {
            if missing > 0 { body.append(byte: isRun | missing) }
            missing = 0
        }
        for (position, entry) in row.entries.enumerated() {
            if entry == .missing {
                missing += 1
                if missing == isRun - 1 { endRun() }
                continue
            }
            endRun()
            var head = entry.state.rawValue & stateBits
            if entry.origin != FeatureRow.Entry.none { head |= hasOrigin }
            if entry.code != FeatureRow.Entry.noCode { head |= hasCode }
            body.append(byte: head)
            if entry.origin != FeatureRow.Entry.none { body.append(unsigned: UInt64(entry.origin)) }
            if entry.code != FeatureRow.Entry.noCode { body.append(byte: entry.code) }
            if entry.state == .other {
                let value = row.others[position] ?? FeatureValue(name: "", content: .missing(.notMeasured))
                try DecisionBody.write(value, since: base, to: &body, writer)
            }
            if entry.state.reason == nil { body.append(entry.number) }
        }
        endRun()
        try write(numbers.answer, to: &body)
    }

    private static func write(_ answer: DecisionNumbers.Answer?, to body: inout BodyWriter) throws {
        body.append(unsigned: answer == nil ? 0 : 1)
        guard let answer else { return }
        body.append(answer.baseline)
        body.append(unsigned: UInt64(answer.contributions.count))
        for contribution in answer.contributions { body.append(contribution) }
        body.append(unsigned: UInt64(answer.sets.count))
        for set in answer.sets {
            body.append(set.level)
            body.append(byte: (set.positive ? 1 : 0) | (set.negative ? 2 : 0))
        }
        body.append(unsigned: answer.isUnusual ? 1 : 0)
        body.append(number: answer.farthest.map(Int64.init))
        body.append(unsigned: UInt64(answer.outside.count))
        for input in answer.outside { body.append(unsigned: UInt64(input)) }
    }

    /// - Throws: ``StoreError/Kind/unreadableRow`` for bytes that are no such body.
    static func read(_ body: inout BodyReader, since base: Int64, _ reader: ReaderConnection) throws -> DecisionNumbers {
        let sheet = try reader.sheet(body.number())
        guard let moment = try body.time(since: base) else { throw BodyReader.unreadable }
        let origins = try body.array { body in
            FeatureRow.Origin(
                effective: Instant(microseconds: base &+ (try body.signed())),
                known: Instant(microseconds: base &+ (try body.signed())), finding: try body.findingID())
        }
        var row = FeatureRow(entries: [], origins: origins)
        guard try body.unsigned() == UInt64(sheet.requests.count) else { throw BodyReader.unreadable }
        while row.entries.count < sheet.requests.count {
            let head = try body.byte()
            if head & isRun != 0 {
                let count = Int(head & ~isRun)
                guard (1...sheet.requests.count - row.entries.count).contains(count) else { throw BodyReader.unreadable }
                row.entries.append(contentsOf: repeatElement(.missing, count: count))
                continue
            }
            try row.entries.append(entry(head, &body, since: base, position: row.entries.count, &row.others, reader))
        }
        guard row.entries.allSatisfy({ $0.origin == FeatureRow.Entry.none || Int($0.origin) < origins.count }) else {
            throw BodyReader.unreadable
        }
        let answer = try answer(&body, sheet)
        return DecisionNumbers(sheet: sheet, moment: moment, row: row, answer: answer)
    }

    private static func entry(
        _ head: UInt8, _ body: inout BodyReader, since base: Int64, position: Int, _ others: inout [Int: FeatureValue],
        _ reader: ReaderConnection
    ) throws -> FeatureRow.Entry {
        let bits = head & stateBits
        guard let state = FeatureRow.State(rawValue: bits == stateBits ? FeatureRow.State.other.rawValue : bits) else {
            throw BodyReader.unreadable
        }
        var origin = FeatureRow.Entry.none
        if head & hasOrigin != 0 {
            guard let number = UInt16(exactly: try body.unsigned()) else { throw BodyReader.unreadable }
            origin = number
        }
        let code = head & hasCode != 0 ? try body.byte() : FeatureRow.Entry.noCode
        if state == .other { others[position] = try DecisionBody.input(&body, since: base, reader) }
        let number = state.reason == nil ? try body.double() : .nan
        return FeatureRow.Entry(number: number, state: state, origin: origin, code: code)
    }

    private static func answer(_ body: inout BodyReader, _ sheet: DecisionSheet) throws -> DecisionNumbers.Answer? {
        switch try body.unsigned() {
        case 0: return nil
        case 1: break
        default: throw BodyReader.unreadable
        }
        let baseline = try body.double()
        let contributions = try body.array { try $0.double() }
        guard contributions.count == sheet.concepts.count else { throw BodyReader.unreadable }
        let sets = try body.array { body in
            let level = try body.double()
            let labels = try body.byte()
            return DecisionNumbers.PredictionSet(level: level, positive: labels & 1 != 0, negative: labels & 2 != 0)
        }
        let isUnusual = try body.unsigned() == 1
        let farthest = try body.optionalNumber().map { Int(clamping: $0) }
        let outside = try body.array { Int(clamping: try $0.unsigned()) }
        return DecisionNumbers.Answer(
            baseline: baseline, contributions: contributions, sets: sets, isUnusual: isUnusual, farthest: farthest,
            outside: outside)
    }
}

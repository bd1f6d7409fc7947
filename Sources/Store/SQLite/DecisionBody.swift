import Clinical

/// The part of a decision that has no column of its own: scale, result, level, reasons, inputs and notes.
///
/// Several decisions are stored with every message, and most of their text is that of the model package. Such text is
/// named by its number in the dictionary, times count from the moment of the decision; what is left is a fifth of the
/// same in JSON, and so is what goes through the write-ahead log.
///
/// Layout: version, then the fields in the order below. Numbers and times as in ``BodyWriter``. A trained model's decision has
/// the numbers of its reasons and inputs instead (``NumbersBody``).
enum DecisionBody {
    private static let version: UInt64 = 1
    private static let versionOfNumbers: UInt64 = 2
    /// The same two with late inputs behind them.
    private static let withLate: UInt64 = 2

    // Places in these lists are stored: entries are only ever added at their ends.
    private static let colours: [RiskLevel.Colour] = [.none, .green, .yellow, .orange, .red]
    private static let shapes: [RiskLevel.Shape] = [.none, .circle, .triangle, .diamond, .octagon]
    private static let comparators: [Quantity.Comparator] = [.less, .lessOrEqual, .greaterOrEqual, .greater]

    // MARK: Writing

    static func write(_ decision: Decision, _ writer: WriterConnection) throws -> [UInt8] {
        var body = BodyWriter()
        let base = decision.asOf.known.microseconds
        let late = late(decision)
        body.append(unsigned: (decision.numbers == nil ? version : versionOfNumbers) + (late.isEmpty ? 0 : withLate))
        body.append(signed: base)
        body.append(time: decision.asOf.effective, since: base)
        switch decision.scale {
        case .points(let minimum, let maximum):
            body.append(unsigned: 0)
            body.append(minimum)
            body.append(maximum)
        case .index: body.append(unsigned: 1)
        case .probability: body.append(unsigned: 2)
        }
        switch decision.result {
        case .estimate(let estimate):
            body.append(unsigned: estimate.value == nil ? 0 : 1)
            if let value = estimate.value { body.append(value) }
            body.append(estimate.low)
            body.append(estimate.high)
        case .insufficient(let sentence):
            body.append(unsigned: 2)
            body.append(sentence)
        }
        body.append(signed: Int64(decision.level.rank))
        body.append(number: try writer.term(decision.level.name))
        body.append(place: colours.firstIndex(of: decision.level.colour))
        body.append(place: shapes.firstIndex(of: decision.level.shape))
        body.append(number: try writer.term(decision.level.action))
        if let numbers = decision.numbers {
            try NumbersBody.write(numbers, since: base, to: &body, writer)
            try write(late, since: base, to: &body, writer)
            return body.bytes
        }
        body.append(unsigned: UInt64(decision.reasons.count))
        for reason in decision.reasons {
            body.append(number: try writer.term(reason.name))
            body.append(number: try writer.term(reason.label))
            body.append(unsigned: UInt64(reason.inputs.count))
            for input in reason.inputs { body.append(number: try writer.term(input)) }
            body.append(reason.low)
            body.append(reason.high)
            body.append(reason.text)
            body.append(number: try writer.term(reason.band))
        }
        body.append(unsigned: UInt64(decision.inputs.count))
        for input in decision.inputs { try write(input, since: base, to: &body, writer) }
        body.append(unsigned: UInt64(decision.notes.count))
        for note in decision.notes { body.append(note) }
        try write(late, since: base, to: &body, writer)
        return body.bytes
    }

    /// Late inputs by their place: among the inputs, or, of numbers, among the origins and then the values of other forms.
    private static func late(_ decision: Decision) -> [(place: Int, mapping: LateMapping)] {
        guard let row = decision.numbers?.row else {
            return decision.inputs.enumerated().compactMap { place, input in input.late.map { (place, $0) } }
        }
        let origins = row.origins.indices.compactMap { place in row.origins[place].late.map { (place, $0) } }
        let others = row.others.sorted { $0.key < $1.key }.compactMap { position, value in
            value.late.map { (row.origins.count + position, $0) }
        }
        return origins + others
    }

    private static func write(
        _ late: [(place: Int, mapping: LateMapping)], since base: Int64, to body: inout BodyWriter,
        _ writer: WriterConnection
    ) throws {
        if late.isEmpty { return }
        body.append(unsigned: UInt64(late.count))
        for (place, mapping) in late {
            body.append(unsigned: UInt64(place))
            body.append(time: mapping.received, since: base)
            body.append(mapping.code)
            body.append(number: try writer.term(mapping.table))
            body.append(mapping.row)
            body.append(number: try writer.term(mapping.reviewer))
        }
    }

    static func write(
        _ input: FeatureValue, since base: Int64, to body: inout BodyWriter, _ writer: WriterConnection
    ) throws {
        body.append(number: try writer.term(input.name))
        switch input.content {
        case .number(let number):
            body.append(unsigned: 0)
            body.append(number)
        case .bound(let number, let comparator):
            body.append(unsigned: 1)
            body.append(number)
            body.append(place: comparators.firstIndex(of: comparator))
        case .coded(let code):
            body.append(unsigned: 2)
            body.append(number: try writer.code(code))
        case .missing(let reason):
            body.append(unsigned: 3)
            body.append(number: try writer.term(reason.rawValue))
        }
        body.append(number: try writer.term(input.unit))
        body.append(number: try writer.term(input.loinc))
        body.append(time: input.effective, since: base)
        body.append(time: input.known, since: base)
        body.append(input.finding.map(StoredIdentifier.init))
    }

    // MARK: Reading

    /// - Throws: ``StoreError/Kind/unreadableRow`` for bytes that are not such a body.
    static func read(
        _ bytes: [UInt8], id: String, model: ModelReference, patient: PatientKey, _ reader: ReaderConnection
    ) throws -> Decision {
        var body = BodyReader(bytes)
        let version = try body.unsigned()
        guard (Self.version...versionOfNumbers + withLate).contains(version) else { throw BodyReader.unreadable }
        let base = try body.signed()
        guard let effective = try body.time(since: base) else { throw BodyReader.unreadable }
        let asOf = AsOf(effective: effective, known: Instant(microseconds: base))
        let (scale, result, level) = (try scale(&body), try result(&body), try level(&body, reader))
        let isLate = version > versionOfNumbers
        let decision: Decision
        if version == versionOfNumbers || version == versionOfNumbers + withLate {
            var numbers = try NumbersBody.read(&body, since: base, reader)
            if isLate { numbers = try withLateInputs(numbers, &body, since: base, reader) }
            decision = Decision(
                id: id, model: model, patient: patient, asOf: asOf, scale: scale, result: result, level: level,
                numbers: numbers)
        } else {
            var written = Decision(
                id: id, model: model, patient: patient, asOf: asOf, scale: scale, result: result, level: level,
                reasons: try body.array { body in
                    Reason(
                        name: try reader.term(body.number()), label: try reader.term(body.number()),
                        inputs: try body.array { try reader.term($0.number()) }, low: try body.double(),
                        high: try body.double(), text: try body.text(), band: try reader.term(body.number()))
                },
                inputs: try body.array { try input(&$0, since: base, reader) }, notes: try body.array { try $0.text() })
            for (place, late) in isLate ? try body.array({ try lateMapping(&$0, since: base, reader) }) : [] {
                guard written.inputs.indices.contains(place) else { throw BodyReader.unreadable }
                written.inputs[place].late = late
            }
            decision = written
        }
        guard body.isAtEnd else { throw BodyReader.unreadable }
        return decision
    }

    private static func withLateInputs(
        _ numbers: DecisionNumbers, _ body: inout BodyReader, since base: Int64, _ reader: ReaderConnection
    ) throws -> DecisionNumbers {
        var row = numbers.row
        for (place, late) in try body.array({ try lateMapping(&$0, since: base, reader) }) {
            if row.origins.indices.contains(place) {
                row.origins[place].late = late
            } else {
                guard row.others[place - row.origins.count] != nil else { throw BodyReader.unreadable }
                row.others[place - row.origins.count]?.late = late
            }
        }
        return DecisionNumbers(sheet: numbers.sheet, moment: numbers.moment, row: row, answer: numbers.answer)
    }

    private static func lateMapping(
        _ body: inout BodyReader, since base: Int64, _ reader: ReaderConnection
    ) throws -> (Int, LateMapping) {
        let place = Int(clamping: try body.unsigned())
        guard let received = try body.time(since: base) else { throw BodyReader.unreadable }
        return (
            place,
            LateMapping(
                received: received, code: try body.text(), table: try reader.term(body.number()), row: try body.text(),
                reviewer: try reader.term(body.optionalNumber()))
        )
    }

    private static func scale(_ body: inout BodyReader) throws -> Decision.Scale {
        switch try body.unsigned() {
        case 0: .points(minimum: try body.double(), maximum: try body.double())
        case 1: .index
        case 2: .probability
        default: throw BodyReader.unreadable
        }
    }

    private static func result(_ body: inout BodyReader) throws -> Decision.Result {
        switch try body.unsigned() {
        case 0: .estimate(Decision.Estimate(value: nil, low: try body.double(), high: try body.double()))
        case 1:
            .estimate(Decision.Estimate(value: try body.double(), low: try body.double(), high: try body.double()))
        case 2: .insufficient(try body.text())
        default: throw BodyReader.unreadable
        }
    }

    private static func level(_ body: inout BodyReader, _ reader: ReaderConnection) throws -> RiskLevel {
        RiskLevel(
            rank: Int(clamping: try body.signed()), name: try reader.term(body.number()),
            colour: try body.entry(of: colours), shape: try body.entry(of: shapes), action: try reader.term(body.number()))
    }

    static func input(
        _ body: inout BodyReader, since base: Int64, _ reader: ReaderConnection
    ) throws -> FeatureValue {
        FeatureValue(
            name: try reader.term(body.number()), content: try content(&body, reader),
            unit: try reader.term(body.optionalNumber()), loinc: try reader.term(body.optionalNumber()),
            effective: try body.time(since: base), known: try body.time(since: base), finding: try body.identifier())
    }

    private static func content(_ body: inout BodyReader, _ reader: ReaderConnection) throws -> FeatureValue.Content {
        switch try body.unsigned() {
        case 0: return .number(try body.double())
        case 1: return .bound(try body.double(), try body.entry(of: comparators))
        case 2: return .coded(try reader.code(body.number()))
        case 3:
            guard let reason = MissingReason(rawValue: try reader.term(body.number())) else { throw BodyReader.unreadable }
            return .missing(reason)
        default: throw BodyReader.unreadable
        }
    }
}

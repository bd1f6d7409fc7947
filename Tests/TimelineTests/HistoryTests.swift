import Clinical
import Testing
import Timeline

/// Random histories of corrections, late arrivals, retractions, duplicates and merges, every read compared with one that
/// goes through all that was ever recorded.
struct HistoryTests {
    /// One thing recorded on a patient: from `visible` on, a read knows of it.
    private struct Record {
        var finding: Finding
        var visible: Instant
    }

    /// All that was recorded, kept as a list and searched from end to end for each read.
    private struct Ledger {
        var records: [Record] = []

        mutating func absorb(_ other: Ledger, known: Instant) {
            for record in other.records {
                records.append(Record(finding: record.finding, visible: max(record.visible, known)))
            }
        }

        /// What a read sees: of each id the version with the latest known time (the last recorded where equal), unless it is a
        /// retraction.
        func visible(_ codes: [String], _ moment: AsOf) -> [Finding] {
            var current: [String: (known: Instant, finding: Finding)] = [:]
            for record in records where record.visible <= moment.known {
                if let standing = current[record.finding.id], standing.known > record.finding.known { continue }
                current[record.finding.id] = (record.finding.known, record.finding)
            }
            return current.values.map(\.finding)
                .filter {
                    $0.status != .enteredInError && codes.contains($0.code.code) && $0.effective.instant <= moment.effective
                }
                .sorted { left, right in
                    if left.effective.instant != right.effective.instant {
                        return left.effective.instant < right.effective.instant
                    }
                    let ranks = [left, right].map { codes.firstIndex(of: $0.code.code) ?? 0 }
                    if ranks[0] != ranks[1] { return ranks[0] > ranks[1] }
                    return left.known == right.known ? left.id < right.id : left.known < right.known
                }
        }

        /// The feature by its definition, without conversion (all units are the requested one).
        func last(_ request: FeatureRequest, _ moment: AsOf) -> (content: FeatureValue.Content, finding: String?) {
            let seen = visible(request.loinc, moment)
            let since = moment.effective.adding(seconds: -request.horizonSeconds)
            let valued = seen.last { if case .missing = $0.value { false } else { true } }
            if let valued, valued.effective.instant >= since { return (content(valued, request), valued.id) }
            let gap = seen.last { if case .missing = $0.value { true } else { false } }
            if let gap, gap.effective.instant >= since { return (content(gap, request), gap.id) }
            if let valued { return (.missing(.stale), valued.id) }
            return (.missing(.notMeasured), nil)
        }

        func extreme(_ request: FeatureRequest, _ moment: AsOf) -> FeatureValue.Content {
            let since = moment.effective.adding(seconds: -request.horizonSeconds)
            let numbers = visible(request.loinc, moment).filter { $0.effective.instant >= since }.compactMap {
                finding -> Double? in
                if case .number(let number) = content(finding, request) { number } else { nil }
            }
            guard let low = numbers.min(), let high = numbers.max() else { return .missing(.notMeasured) }
            return .number(request.aggregate == .minimum ? low : high)
        }

        private func content(_ finding: Finding, _ request: FeatureRequest) -> FeatureValue.Content {
            switch finding.value {
            case .missing(let reason): return .missing(reason)
            case .text, .coded: return .missing(.notUsable)
            case .quantity(let quantity):
                let value = quantity.value.doubleValue
                if let plausible = request.plausible, !plausible.contains(value) { return .missing(.implausible) }
                return quantity.comparator.map { .bound(value, $0) } ?? .number(value)
            }
        }
    }

    private static let codes = ["8867-4", "8889-8", "9279-1"]

    private static func randomFinding(known: Int64, using random: inout SplitMix64, ids: Int) -> Finding {
        let value: Finding.Value
        switch Int.random(in: 0..<12, using: &random) {
        case 0: value = .missing([.noValue, .ambiguous, .unmappedCode].randomElement(using: &random) ?? .noValue)
        case 1: value = .text(PHI("see note"))
        case 2: value = rate(999)
        default: value = rate(Int.random(in: 40...160, using: &random))
        }
        // Some ids are the 32 digits of the pipeline, some are foreign.
        let number = Int.random(in: 0..<ids, using: &random)
        let id = number % 3 == 0 ? "foreign-\(number)" : ContentDigest.identifier("finding", "\(number)")
        var status = Finding.Status.final
        if Int.random(in: 0..<6, using: &random) == 0 { status = .enteredInError }
        // Late arrivals: effective up to 90 minutes before it is known; few distinct times, for ties.
        return finding(
            id, value, code: codes.randomElement(using: &random) ?? "8867-4",
            at: (known - Int64.random(in: 0...90, using: &random)) / 5 * 5, known: known, status: status)
    }

    @Test func everyReadIsWhatWasKnownThen() {
        var random = SplitMix64(seed: 2026)
        var reads = 0
        for history in 0..<1500 {
            let patients = history % 3 == 0 ? 3 : 1
            var timelines = Array(repeating: PatientTimeline(), count: patients)
            var ledgers = Array(repeating: Ledger(), count: patients)
            var now: Int64 = 0
            var past: [Finding] = []
            for _ in 0..<Int.random(in: 1...40, using: &random) {
                now += Int64.random(in: 0...12, using: &random)
                let target = Int.random(in: 0..<patients, using: &random)
                switch Int.random(in: 0..<14, using: &random) {
                case 0 where patients > 1:
                    let other = (target + 1) % patients
                    timelines[target].absorb(timelines[other], known: minute(now))
                    ledgers[target].absorb(ledgers[other], known: minute(now))
                case 1:
                    // The same message again.
                    guard let again = past.randomElement(using: &random) else { continue }
                    timelines[0].record(again)
                    ledgers[0].records.append(Record(finding: again, visible: again.known))
                case 2:
                    // A correction of something that was recorded.
                    guard var corrected = past.randomElement(using: &random) else { continue }
                    corrected.value = rate(Int.random(in: 40...160, using: &random))
                    corrected.status = .corrected
                    corrected.known = minute(now)
                    timelines[target].record(corrected)
                    ledgers[target].records.append(Record(finding: corrected, visible: corrected.known))
                default:
                    let new = Self.randomFinding(known: now, using: &random, ids: 15)
                    past.append(new)
                    timelines[target].record(new)
                    ledgers[target].records.append(Record(finding: new, visible: new.known))
                }
            }
            for _ in 0..<12 {
                let target = Int.random(in: 0..<patients, using: &random)
                let moment = asOf(
                    .random(in: -100...(now + 10), using: &random), known: .random(in: -10...(now + 10), using: &random))
                let codes = Array(Self.codes.shuffled(using: &random).prefix(Int.random(in: 1...3, using: &random)))
                let expected = ledgers[target].visible(codes, moment)
                #expect(timelines[target].series(loinc: codes, from: .distantPast, asOf: moment) == expected)
                #expect(timelines[target].latest(loinc: codes, asOf: moment) == expected.last)
                let horizon = Int64.random(in: 1...120, using: &random) * 60
                let last = FeatureRequest(
                    name: "x", label: "X", loinc: codes, unit: "/min", horizonSeconds: horizon, plausible: 0...300)
                let value = timelines[target].features([last], asOf: moment).first
                let expectedValue = ledgers[target].last(last, moment)
                #expect(value?.content == expectedValue.content)
                #expect(value?.finding == expectedValue.finding)
                for aggregate in [FeatureRequest.Aggregate.minimum, .maximum] {
                    var request = last
                    request.aggregate = aggregate
                    let found = timelines[target].features([request], asOf: moment).first?.content
                    let expected = ledgers[target].extreme(request, moment)
                    if case .number = expected {
                        #expect(found == expected)
                    } else if case .number? = found {
                        Issue.record("an extreme where there is no value")
                    }
                }
                reads += 1
            }
        }
        #expect(reads == 18_000)
    }

    /// The order in which findings arrive does not change what a read sees, if no two versions of a result are known at the
    /// same moment.
    @Test func theOrderOfArrivalDoesNotMatter() {
        var random = SplitMix64(seed: 7)
        for _ in 0..<200 {
            var findings = (0..<30).map { Self.randomFinding(known: Int64($0 * 3), using: &random, ids: 8) }
            let inOrder = findings.reduce(into: PatientTimeline()) { $0.record($1) }
            findings.shuffle(using: &random)
            let shuffled = findings.reduce(into: PatientTimeline()) { $0.record($1) }
            #expect(inOrder.findingCount == shuffled.findingCount)
            for known in stride(from: Int64(0), through: 90, by: 9) {
                let moment = asOf(100, known: known)
                let codes = Self.codes
                #expect(
                    inOrder.series(loinc: codes, from: .distantPast, asOf: moment)
                        == shuffled.series(loinc: codes, from: .distantPast, asOf: moment))
            }
        }
    }
}

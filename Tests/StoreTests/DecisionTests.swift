import Clinical
import Foundation
import GRDB
import Store
import Testing

@Suite("Decisions")
struct DecisionTests {
    let folder: TemporaryFolder
    let store: SQLiteStore
    let patient = Samples.patient("1")

    init() throws {
        folder = try TemporaryFolder()
        store = try folder.open()
    }

    private func record(_ decisions: Decision...) async throws {
        try await store.record(decisions: decisions, deliveries: [])
    }

    @Test("A decision is found by its id, digest or not", arguments: ["short", ContentDigest.identifier("x"), "ÄÖÜ"])
    func byID(id: String) async throws {
        let decision = Samples.decision(id, patient)
        try await record(decision)
        #expect(try await store.decision(id: id) == decision)
        #expect(try await store.decision(id: id + "x") == nil)
        #expect(try await store.scores(of: patient, model: "news2", limit: 1).map(\.decision) == [id])
    }

    @Test("The history of a score is there for the previous state, latest first")
    func history() async throws {
        try await record(
            Samples.decision("d1", patient, effective: 10, known: 10, score: 3),
            Samples.decision("d3", patient, effective: 30, known: 30, score: 7),
            Samples.decision("d2", patient, effective: 20, known: 40, score: 5))
        let other = ModelReference(name: "qsofa", version: "1", digest: String(repeating: "11", count: 32), title: "qSOFA")
        try await record(Samples.decision("q1", patient, effective: 35, score: 1, model: other))
        #expect(try await store.decisions(of: patient, model: "news2", limit: 10).map(\.id) == ["d3", "d2", "d1"])
        #expect(try await store.decisions(of: patient, model: "news2", limit: 2).map(\.id) == ["d3", "d2"])
        #expect(try await store.decisions(of: patient, model: nil, limit: 2).map(\.id) == ["q1", "d3"])
        #expect(try await store.decisions(of: patient, model: "mews", limit: 2) == [])
        let scores = try await store.scores(of: patient, model: "news2", limit: 10)
        #expect(scores.map(\.value) == [7, 5, 3])
        #expect(scores.map(\.low) == [7, 5, 3])
        #expect(scores.map(\.rank) == [3, 3, 3])
        #expect(scores.map(\.asOf.known) == [30, 40, 10].map { Samples.start.adding(seconds: $0) })
        #expect(try await Set(store.latestDecisions().map(\.id)) == ["d3", "q1"])
    }

    @Test("Said again, a decision is stored once; said again after another, it is the latest again")
    func again() async throws {
        try await record(Samples.decision("d1", patient, effective: 10))
        try await record(Samples.decision("d1", patient, effective: 11))
        #expect(try await store.scores(of: patient, model: "news2", limit: 10).count == 1)
        try await record(Samples.decision("d2", patient, effective: 20))
        // The newer value was withdrawn: the inputs, and so the decision, are the first ones again.
        try await record(Samples.decision("d1", patient, effective: 30))
        var expected = Samples.decision("d1", patient, effective: 10)
        expected.asOf = Samples.decision("d1", patient, effective: 30).asOf
        #expect(try await store.latestDecisions() == [expected])
        #expect(try await store.decisions(of: patient, model: nil, limit: 10).map(\.id) == ["d1", "d2", "d1"])
        #expect(
            try await store.decisions(of: patient, model: nil, limit: 10).map(\.asOf.effective)
                == [30, 20, 10].map { Samples.start.adding(seconds: $0) })
    }

    @Test("Without enough inputs there is a row without numbers")
    func insufficient() async throws {
        var decision = Samples.decision("d1", patient)
        decision.result = .insufficient("No vital sign within 24 h.")
        decision.level = .unknown
        decision.scale = .index
        try await record(decision)
        #expect(try await store.latestDecisions() == [decision])
        let score = try #require(try await store.scores(of: patient, model: "news2", limit: 1).first)
        #expect(score == ScorePoint(decision: "d1", asOf: decision.asOf, value: nil, low: nil, high: nil, rank: 0))
    }

    @Test("A range without a value keeps both bounds")
    func range() async throws {
        var decision = Samples.decision("d1", patient)
        decision.result = .estimate(Decision.Estimate(value: nil, low: 5, high: 9))
        try await record(decision)
        let score = try #require(try await store.scores(of: patient, model: "news2", limit: 1).first)
        #expect((score.value, score.low, score.high) == (nil, 5, 9))
    }

    @Test("A merge brings the retired key's decisions along and takes it off the latest ones")
    func merged() async throws {
        let retired = Samples.patient("2")
        try await record(Samples.decision("d1", patient, effective: 10), Samples.decision("d2", retired, effective: 20))
        let ids = try await Samples.journal(store, 1)
        try await store.commit([
            ProcessedEntry(journalID: ids[0], events: [.merge(retired: retired, surviving: patient, known: Samples.start)])
        ])
        #expect(try await store.decisions(of: patient, model: nil, limit: 10).map(\.id) == ["d2", "d1"])
        #expect(try await store.latestDecisions().map(\.id) == ["d1"])
    }

    @Test("Decisions of every shape come back as they were", arguments: 0..<20)
    func everyShape(seed: Int) async throws {
        var random = RandomDecisions(seed: UInt64(seed))
        let decisions = (0..<20).map { random.decision("d\($0)", patient) }
        try await store.record(decisions: decisions, deliveries: [])
        for decision in decisions { #expect(try await store.decision(id: decision.id) == decision) }
    }

    @Test(
        "A trained model's decision comes back in numbers and in words, also after the service starts again",
        arguments: 0..<10)
    func numbers(seed: Int) async throws {
        var random = RandomDecisions(seed: UInt64(seed))
        let decisions = (0..<20).map { random.numbered("d\($0)", patient) }
        try await store.record(decisions: decisions, deliveries: [])
        try await store.close()
        let again = try folder.open()
        for decision in decisions {
            let read = try #require(try await again.decision(id: decision.id))
            #expect(read.numbers != nil && read.numbers == decision.numbers)
            #expect((read.reasons, read.inputs, read.notes) == (decision.reasons, decision.inputs, decision.notes))
            #expect(read == decision)
        }
        try await again.close()
    }

    @Test(
        "A body cut anywhere, or with any byte changed, is an error or a decision, never a crash", arguments: [false, true])
    func damagedAnywhere(isNumbered: Bool) async throws {
        var random = RandomDecisions(seed: 7)
        let decision = isNumbered ? random.numbered("d1", patient) : random.decision("d1", patient)
        try await store.record(decisions: [decision], deliveries: [])
        let database = try folder.database()
        let body = try await database.read { try Data.fetchOne($0, sql: "SELECT body FROM decision") ?? Data() }
        for position in body.indices {
            var damaged = body
            damaged[position] ^= 0xff
            for bytes in [body.prefix(position), damaged] {
                try await database.write { try $0.execute(sql: "UPDATE decision SET body = ?", arguments: [bytes]) }
                let error = await storeError { () async throws(StoreError) in
                    let read = try await store.decision(id: "d1")
                    // Words are made of what was read, whatever it is.
                    _ = (read?.reasons, read?.inputs, read?.notes)
                }
                if bytes.count < body.count { #expect(error?.kind == .unreadableRow) }
                #expect(error == nil || error?.kind == .unreadableRow)
            }
        }
    }

    @Test(
        "Extreme numbers read back", arguments: [Double.infinity, -.infinity, .nan, -0.0, .leastNonzeroMagnitude])
    func extremeNumbers(number: Double) async throws {
        var decision = Samples.decision("d1", patient)
        decision.scale = .points(minimum: number, maximum: 20)
        try await record(decision)
        let read = try #require(try await store.decision(id: "d1"))
        guard case .points(let minimum, _) = read.scale else {
            Issue.record("expected points")
            return
        }
        #expect(minimum.isNaN == number.isNaN)
        if !number.isNaN { #expect(minimum == number && minimum.sign == number.sign) }
    }

    @Test("A damaged row is an error, not a crash", arguments: ["", "{", "[]", "{\"id\":1}", "nul", "\u{0}"])
    func damaged(body: String) async throws {
        try await record(Samples.decision("d1", patient))
        try await folder.database().write {
            try $0.execute(sql: "UPDATE decision SET body = ?", arguments: [Data(body.utf8)])
        }
        let error = await storeError { () async throws(StoreError) in _ = try await store.decision(id: "d1") }
        #expect(error?.kind == .unreadableRow)
        let latest = await storeError { () async throws(StoreError) in _ = try await store.latestDecisions() }
        #expect(latest?.kind == .unreadableRow)
    }
}

/// Decisions of every shape, from a seed.
struct RandomDecisions {
    private var generator: SplitMix64

    init(seed: UInt64) {
        generator = SplitMix64(seed: seed)
    }

    mutating func decision(_ id: String, _ patient: PatientKey) -> Decision {
        let scales: [Decision.Scale] = [.points(minimum: number(), maximum: number()), .index, .probability]
        let results: [Decision.Result] = [
            .estimate(Decision.Estimate(value: number(), low: number(), high: number())),
            .estimate(Decision.Estimate(value: nil, low: number(), high: number())), .insufficient(text()),
        ]
        return Decision(
            id: id, model: Samples.news2, patient: patient, asOf: AsOf(effective: moment(), known: moment()),
            scale: generator.pick(scales), result: generator.pick(results),
            level: RiskLevel(
                rank: generator.below(5), name: text(), colour: generator.pick([.none, .green, .yellow, .orange, .red]),
                shape: generator.pick([.none, .circle, .triangle, .diamond, .octagon]), action: text()),
            reasons: (0..<generator.below(4)).map { _ in
                Reason(
                    name: text(), label: text(), inputs: texts(), low: number(), high: number(), text: text(), band: text())
            }, inputs: (0..<generator.below(4)).map { _ in input() }, notes: texts())
    }

    /// One whose words are made of numbers.
    mutating func numbered(_ id: String, _ patient: PatientKey) -> Decision {
        let requests = (0..<30).map { index in
            FeatureRequest(
                name: "input-\(index)", label: "Input \(index)", loinc: ["9279-1", "8867-4"],
                unit: index == 7 ? nil : "/min",
                aggregate: FeatureRequest.Aggregate.allCases[index % 10], horizonSeconds: 3600, plausible: 0...300,
                concept: "concept-\(index / 4)")
        }
        let sheet = DecisionSheet(requests)
        let values = requests.map { request in
            var value = input()
            value.name = request.name
            if generator.chance(70) {
                // As a timeline gives them.
                let isNumber =
                    switch value.content {
                    case .number, .bound: true
                    case .coded, .missing: false
                    }
                value.unit = isNumber ? request.resultUnit : nil
                let (effective, known) = (moment(), moment())
                (value.loinc, value.effective, value.known) = ("8867-4", effective, known)
                value.finding = generator.chance(50) ? ContentDigest.identifier(text()) : text()
            }
            return value
        }
        let whole = decision(id, patient)
        let answer = DecisionNumbers.Answer(
            baseline: number(), contributions: sheet.concepts.map { _ in number() },
            sets: (0..<generator.below(4)).map { _ in
                DecisionNumbers.PredictionSet(
                    level: number(), positive: generator.chance(50), negative: generator.chance(50))
            },
            isUnusual: generator.chance(50), farthest: generator.chance(50) ? generator.below(30) : nil,
            outside: (0..<generator.below(4)).map { _ in generator.below(30) })
        return Decision(
            id: id, model: whole.model, patient: patient, asOf: whole.asOf, scale: .probability, result: whole.result,
            level: whole.level,
            numbers: DecisionNumbers(
                sheet: sheet, moment: moment(), row: FeatureRow(values, requests: requests),
                answer: generator.chance(80) ? answer : nil))
    }

    private mutating func input() -> FeatureValue {
        let contents: [FeatureValue.Content] = [
            .number(number()), .bound(number(), generator.pick([.less, .greaterOrEqual])),
            .coded(Code(system: text(), code: text(), display: generator.chance(50) ? text() : nil)),
            .missing(generator.pick([.stale, .notMeasured])),
        ]
        return FeatureValue(
            name: text(), content: generator.pick(contents), unit: generator.chance(50) ? text() : nil,
            loinc: generator.chance(50) ? "9279-1" : nil, effective: generator.chance(50) ? moment() : nil,
            known: generator.chance(50) ? moment() : nil, finding: generator.chance(50) ? text() : nil)
    }

    private mutating func moment() -> Instant {
        Instant(microseconds: Int64(truncatingIfNeeded: generator.next()))
    }

    private mutating func number() -> Double {
        generator.pick([0, 1, -1, 7, 0.1, 36.6, 1e-7, 1.5e300, 123_456_789_012, -2.5, 0.30000000000000004])
    }

    private mutating func texts() -> [String] {
        (0..<generator.below(3)).map { _ in text() }
    }

    private mutating func text() -> String {
        let parts = ["", "≥ 25", "SpO₂", "\"quoted\"", "back\\slash", "tab\t", "\r\n", "\u{0}\u{1f}", "\u{2028}", "👩🏽‍⚕️", "/"]
        return (0..<generator.below(4)).map { _ in generator.pick(parts) }.joined()
    }
}

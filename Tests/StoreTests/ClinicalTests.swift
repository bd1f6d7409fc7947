import Clinical
import Foundation
import GRDB
import Store
import Testing

@Suite("Commit, findings, patients, merges")
struct ClinicalTests {
    let folder: TemporaryFolder
    let store: SQLiteStore

    init() throws {
        folder = try TemporaryFolder()
        store = try folder.open()
    }

    private func commit(_ events: [ClinicalEvent]) async throws {
        let count = try await store.counts().entries
        let ids = try await Samples.journal(store, 1, tag: "entry \(count) ")
        try await store.commit([ProcessedEntry(journalID: ids[0], events: events)])
    }

    // MARK: Exactly once

    @Test("An entry takes effect once; the repeat is reported, and so is an unknown one")
    func exactlyOnce() async throws {
        let ids = try await Samples.journal(store, 2)
        let patient = Samples.patient("1")
        let entry = ProcessedEntry(
            journalID: ids[0], events: [.finding(Samples.finding("f1", patient))], unmapped: [Samples.unmapped],
            issues: [Issue(.warning, code: 1001, place: "OBX[4]-3", "The code has no mapping.")],
            decisions: [Samples.decision("d1", patient)], deliveries: [Samples.delivery("d1", patient)])
        #expect(try await store.commit([entry, entry]) == CommitResult(committed: [ids[0]], alreadyProcessed: [ids[0]]))
        #expect(
            try await store.commit([entry, ProcessedEntry(journalID: 77), ProcessedEntry(journalID: ids[1])])
                == CommitResult(committed: [ids[1]], alreadyProcessed: [ids[0]], unknown: [77]))
        #expect(try await store.findings(of: patient).count == 1)
        #expect(try await store.unmappedQueue(limit: 10).map(\.count) == [1])
        #expect(try await store.issues(of: ids[0]) == entry.issues)
        #expect(try await store.decisions(of: patient, model: nil, limit: 10).count == 1)
        #expect(try await store.outboxCounts().map(\.waiting) == [1])
        #expect(try await store.counts() == JournalCounts(entries: 2, pending: 0, processed: 2))
        #expect(try await store.entry(ids[0])?.state == .processed)
    }

    @Test("An empty batch is nothing")
    func empty() async throws {
        #expect(try await store.commit([]) == CommitResult())
    }

    // MARK: Findings

    @Test("Findings come back as they were, with versions, by effective time, known time and place in the message")
    func findingOrder() async throws {
        let patient = Samples.patient("1")
        let ids = try await Samples.journal(store, 3)
        func f(_ id: String, _ journal: Int64, effective: Int64, known: Int64, status: Finding.Status = .final, place: Int)
            -> Finding
        {
            Samples.finding(
                id, patient, effective: effective, known: known, journal: journal, path: "OBX[\(place)]-5", status: status,
                value: "\(place).50")
        }
        // The second message corrects a result twice, then deletes it; the third comes late with an older result.
        let first = [
            f("z", ids[0], effective: 10, known: 11, place: 1), f("a", ids[0], effective: 10, known: 11, place: 2),
        ]
        let second = [
            f("z", ids[1], effective: 10, known: 12, status: .corrected, place: 2),
            f("z", ids[1], effective: 10, known: 12, status: .corrected, place: 1),
            f("z", ids[1], effective: 10, known: 12, status: .enteredInError, place: 3),
        ]
        let third = [f("y", ids[2], effective: 5, known: 20, place: 1)]
        for (id, findings) in zip(ids, [first, second, third]) {
            try await store.commit([ProcessedEntry(journalID: id, events: findings.map { .finding($0) })])
        }
        #expect(try await store.findings(of: patient) == third + first + second)
        #expect(try await store.findings(of: Samples.patient("2")) == [])
        #expect(try await store.findings(of: Samples.patient("1", system: "urn:oid:9.9")) == [])
    }

    @Test("Every finding that can be written reads back equal, after reopening too", arguments: 0..<8)
    func findingRoundTrip(seed: Int) async throws {
        var random = RandomFindings(seed: UInt64(seed))
        let patient = Samples.patient("1")
        let ids = try await Samples.journal(store, 50)
        var written: [Finding] = []
        for id in ids {
            let findings = (0..<6).map { _ in random.finding(patient, journal: id) }
            written += findings
            try await store.commit([ProcessedEntry(journalID: id, events: findings.map { .finding($0) })])
        }
        let expected = Set(written)
        let read = try await store.findings(of: patient)
        #expect(read.count == written.count)
        #expect(Set(read) == expected)
        let order = read.map { ($0.effective.instant, $0.known) }
        #expect(zip(order, order.dropFirst()).allSatisfy { $0 <= $1 })
        try await store.close()
        #expect(try await Set(folder.open().findings(of: patient)) == expected)
    }

    // MARK: Patients

    @Test("Demographics: later messages replace what they state and keep what they leave out")
    func patientRecords() async throws {
        let key = Samples.patient("1")
        #expect(try await store.patient(key) == nil)
        let birth = ClinicalTime(
            date: try #require(CivilDate(year: 1950, month: 2, day: 3)), precision: .day, offsetOrigin: .absent)
        func record(_ name: String?, _ sex: PatientRecord.Sex?, _ birth: ClinicalTime?, known: Int64) -> PatientRecord {
            PatientRecord(
                key: key, name: name.map { PHI($0) }, birthDate: birth.map { PHI($0) }, sex: sex,
                known: Samples.start.adding(seconds: known))
        }
        try await commit([.patient(record("Doe, Jane", nil, birth, known: 10))])
        try await commit([.patient(record(nil, .female, nil, known: 20))])
        #expect(try await store.patient(key) == record("Doe, Jane", .female, birth, known: 20))
        try await commit([.patient(record("Roe, Jane", nil, nil, known: 30))])
        // An older message, processed late, fills gaps only.
        try await commit([.patient(record("Old, Name", .male, nil, known: 5))])
        #expect(try await store.patient(key) == record("Roe, Jane", .female, birth, known: 30))
        #expect(try await store.patients() == [record("Roe, Jane", .female, birth, known: 30)])
    }

    @Test("A patient known from a finding alone is listed, without demographics")
    func patientFromFinding() async throws {
        let keys = (1...5).map { Samples.patient("\($0)") }
        for key in keys { try await commit([.finding(Samples.finding("f", key))]) }
        let records = try await store.patients()
        #expect(records.map(\.key) == keys)
        #expect(records.allSatisfy { $0.name == nil && $0.birthDate == nil && $0.sex == nil && $0.known == Samples.start })
        #expect(try await store.patients(after: keys[1], limit: 2).map(\.key) == [keys[2], keys[3]])
        #expect(try await store.patients(after: Samples.patient("nobody"), limit: 2) == [])
    }

    @Test("The same value from two assigners is two patients")
    func assigners() async throws {
        let keys = [Samples.patient("1", system: "urn:oid:1"), Samples.patient("1", system: "urn:oid:2")]
        for key in keys { try await commit([.finding(Samples.finding("f of \(key.system)", key))]) }
        #expect(try await store.findings(of: keys[0]).map(\.id) == ["f of urn:oid:1"])
        #expect(try await store.patients().map(\.key) == keys)
    }

    // MARK: Merges

    @Test("Merges are followed transitively: C into B, B into A")
    func transitiveMerge() async throws {
        let (a, b, c) = (Samples.patient("A"), Samples.patient("B"), Samples.patient("C"))
        for (index, key) in [a, b, c].enumerated() {
            try await commit([
                .finding(Samples.finding("f\(index)", key, effective: Int64(10 - index), journal: Int64(index + 1)))
            ])
        }
        let first = PatientMerge(retired: c, surviving: b, known: Samples.start.adding(seconds: 30))
        let second = PatientMerge(retired: b, surviving: a, known: Samples.start.adding(seconds: 31))
        for merge in [first, second] {
            try await commit([.merge(retired: merge.retired, surviving: merge.surviving, known: merge.known)])
        }
        for key in [a, b, c] { #expect(try await store.resolve(key) == a) }
        #expect(try await store.findings(of: a).map(\.id) == ["f2", "f1", "f0"])
        #expect(try await store.findings(of: a).map(\.patient) == [c, b, a])
        #expect(try await store.findings(of: b).map(\.id) == ["f2", "f1"])
        #expect(try await store.findings(of: c).map(\.id) == ["f2"])
        #expect(try await store.patients().map(\.key) == [a])
        #expect(try await store.merges() == [first, second])
        try await store.close()
        #expect(try await folder.open().resolve(c) == a)
    }

    @Test("A key that was never seen resolves to itself, and a merge may name such keys")
    func unseenKeys() async throws {
        let (a, b) = (Samples.patient("A"), Samples.patient("B"))
        #expect(try await store.resolve(a) == a)
        try await commit([.merge(retired: b, surviving: a, known: Samples.start)])
        #expect(try await store.resolve(b) == a)
        #expect(try await store.findings(of: a) == [])
        // What still arrives under the retired key belongs to the surviving one.
        try await commit([.finding(Samples.finding("late", b, journal: 2))])
        #expect(try await store.findings(of: a).map(\.id) == ["late"])
    }

    @Test("Merges that contradict each other end: the last one holds, no ring is left")
    func ring() async throws {
        let keys = ["A", "B", "C", "D"].map { Samples.patient($0) }
        func merge(_ retired: Int, _ surviving: Int) async throws {
            try await commit([.merge(retired: keys[retired], surviving: keys[surviving], known: Samples.start)])
        }
        try await merge(0, 1)
        try await merge(1, 0)
        #expect(try await store.resolve(keys[1]) == keys[0])
        #expect(try await store.resolve(keys[0]) == keys[0])
        try await merge(0, 2)
        try await merge(2, 3)
        try await merge(3, 1)
        for key in keys { #expect(try await store.resolve(key) == keys[1]) }
        #expect(try await store.patients().map(\.key) == [keys[1]])
        try await merge(2, 2)
        #expect(try await store.resolve(keys[2]) == keys[1])
    }

    @Test("Any sequence of merges leaves every key with one survivor that is not retired", arguments: 0..<6)
    func randomMerges(seed: Int) async throws {
        var generator = SplitMix64(seed: UInt64(seed))
        let keys = (0..<8).map { Samples.patient("\($0)") }
        for _ in 0..<25 {
            let (retired, surviving) = (generator.pick(keys), generator.pick(keys))
            try await commit([.merge(retired: retired, surviving: surviving, known: Samples.start)])
            let root = try await store.resolve(surviving)
            #expect(try await store.resolve(retired) == root)
            #expect(try await store.resolve(root) == root)
            if retired != surviving { #expect(try await store.patients().map(\.key).contains(root)) }
        }
    }

    // MARK: Encounters

    @Test("An encounter moves, keeps what a message leaves out, and ends")
    func encounters() async throws {
        let patient = Samples.patient("1")
        func encounter(
            _ status: EncounterRecord.Status, _ place: (String?, String?, String?), end: Int64? = nil, known: Int64
        ) -> EncounterRecord {
            EncounterRecord(
                id: ContentDigest.identifier("Encounter", "1"), patient: patient, status: status, ward: place.0,
                room: place.1, bed: place.2, start: known == 0 ? ClinicalTime(Samples.start) : nil,
                end: end.map { ClinicalTime(Samples.start.adding(seconds: $0)) },
                known: Samples.start.adding(seconds: known))
        }
        try await commit([.encounter(encounter(.inProgress, ("W1", "101", "A"), known: 0))])
        // Moved to another ward; the bed is not yet known, and that of the old ward does not stay.
        try await commit([.encounter(encounter(.inProgress, ("W2", nil, nil), known: 10))])
        var current = try await store.currentEncounters()
        #expect(current.map(\.ward) == ["W2"])
        #expect(current.map(\.room) == [nil])
        #expect(current.map(\.bed) == [nil])
        #expect(current.map(\.start) == [ClinicalTime(Samples.start)])
        // Nothing said of the place: it stays.
        try await commit([.encounter(encounter(.inProgress, (nil, nil, nil), known: 20))])
        current = try await store.currentEncounters()
        #expect(current.map(\.ward) == ["W2"])
        try await commit([.encounter(encounter(.finished, (nil, nil, nil), end: 30, known: 30))])
        // An older message, processed late, does not reopen it.
        try await commit([.encounter(encounter(.inProgress, ("W9", nil, nil), known: 5))])
        #expect(try await store.currentEncounters() == [])
        let all = try await store.encounters(of: patient)
        #expect(all.map(\.status) == [.finished])
        #expect(all.map(\.ward) == ["W2"])
        #expect(all.map(\.end) == [ClinicalTime(Samples.start.adding(seconds: 30))])
    }

    @Test("Encounters of a merged key are those of the survivor")
    func mergedEncounters() async throws {
        let (a, b) = (Samples.patient("A"), Samples.patient("B"))
        for (id, key) in [("e1", a), ("e2", b)] {
            try await commit([
                .encounter(
                    EncounterRecord(
                        id: id, patient: key, status: .inProgress, ward: "W", room: nil, bed: nil, start: nil, end: nil,
                        known: Samples.start))
            ])
        }
        try await commit([.merge(retired: b, surviving: a, known: Samples.start)])
        #expect(try await store.encounters(of: a).map(\.id) == ["e1", "e2"])
        #expect(try await store.encounters(of: b).map(\.id) == ["e2"])
        #expect(try await store.currentEncounters().map(\.patient) == [a, b])
    }

    @Test("Findings damaged anywhere are an error or other findings, never a crash", arguments: 0..<4)
    func damagedAnywhere(round: Int) async throws {
        let patient = Samples.patient("1")
        var random = RandomFindings(seed: UInt64(round))
        let id = try await Samples.journal(store, 1)[0]
        let events = (0..<4).map { _ in ClinicalEvent.finding(random.finding(patient, journal: id)) }
        try await store.commit([ProcessedEntry(journalID: id, events: events)])
        let database = try folder.database()
        let body = try await database.read { try Data.fetchOne($0, sql: "SELECT body FROM findings") ?? Data() }
        try #require(!body.isEmpty)
        for position in body.indices {
            var damaged = body
            damaged[position] ^= 0xff
            for bytes in [body.prefix(position), damaged] {
                try await database.write { try $0.execute(sql: "UPDATE findings SET body = ?", arguments: [bytes]) }
                let error = await storeError { () async throws(StoreError) in _ = try await store.findings(of: patient) }
                if bytes.count < body.count { #expect(error?.kind == .unreadableRow) }
                #expect(error == nil || error?.kind == .unreadableRow)
            }
        }
    }
}

/// Findings of every shape, from a seed.
struct RandomFindings {
    private var generator: SplitMix64

    init(seed: UInt64) {
        generator = SplitMix64(seed: seed)
    }

    mutating func finding(_ patient: PatientKey, journal: Int64) -> Finding {
        Finding(
            id: generator.chance(50) ? ContentDigest.identifier(text()) : generator.pick(["x", "", text(), ABCDEF]),
            patient: patient, code: code(), value: value(),
            status: generator.pick([.preliminary, .final, .corrected, .enteredInError]), effective: time(),
            known: Instant(microseconds: Int64(generator.below(1_000_000_000))),
            origin: Finding.Origin(
                source: text(),
                address: SourceAddress(messageID: generator.chance(80) ? journal : 0, path: "OBX[\(generator.below(9))]-5"),
                rawCode: code(), rawValue: PHI(text()), rawUnit: generator.chance(50) ? text() : nil, mapping: mapping()))
    }

    /// Looks like a digest, except that its letters are capitals.
    private let ABCDEF = String(repeating: "ABCDEF01", count: 4)

    private mutating func text() -> String {
        let parts = [
            "", "Kreatinin", "µmol/L", "日本", "a\"b\\c", "line\nline", "\u{0}", "👩🏽‍⚕️", "'; DROP TABLE finding;--", "7.40",
        ]
        return (0..<generator.below(4)).map { _ in generator.pick(parts) }.joined()
    }

    private mutating func code() -> Code {
        Code(
            system: generator.pick([CodeSystem.loinc, "", text()]), code: text(),
            display: generator.chance(50) ? text() : nil)
    }

    private mutating func value() -> Finding.Value {
        switch generator.below(5) {
        case 0: return .coded(code())
        case 1: return .text(PHI(text()))
        case 2:
            return .missing(
                generator.pick([
                    .notMeasured, .stale, .unmappedCode, .noMap, .ambiguous, .unit, .noValue, .notUsable, .implausible,
                ])
            )
        default:
            let numbers = [
                "7.40", "-0.0", "0", "1e3", "1e-30", "9223372036854775807", "9223372036854775808",
                "-9223372036854775809", "1234567890123456789012345678901234567", "0.000000000000000000000000000000000001",
            ]
            return .quantity(
                Quantity(
                    value: ExactDecimal(generator.pick(numbers)) ?? ExactDecimal(0),
                    unit: generator.chance(70) ? generator.pick(["mmol/L", "%", ""]) : nil,
                    comparator: generator.chance(30)
                        ? generator.pick([.less, .lessOrEqual, .greaterOrEqual, .greater]) : nil))
        }
    }

    private mutating func time() -> ClinicalTime {
        let date = CivilDate(
            year: generator.pick([1, 1583, 1900, 1969, 1970, 2000, 2026, 2111, 9999]), month: 1 + generator.below(12),
            day: 1 + generator.below(28))
        let precision = generator.pick(
            [ClinicalTime.Precision.year, .month, .day, .hour, .minute, .second, .fraction])
        let origin = generator.pick([ClinicalTime.OffsetOrigin.stated, .configured, .absent])
        let digits = precision == .fraction ? 1 + generator.below(9) : 0
        let time = date.flatMap {
            ClinicalTime(
                date: $0, hour: precision >= .hour ? generator.below(24) : 0,
                minute: precision >= .minute ? generator.below(60) : 0,
                second: precision >= .second ? generator.below(61) : 0,
                nanosecond: precision == .fraction ? generator.below(1_000_000_000) : 0, fractionDigits: digits,
                precision: precision, offsetMinutes: origin == .absent ? 0 : generator.below(2879) - 1439,
                offsetOrigin: origin)
        }
        return time ?? ClinicalTime(Samples.start)
    }

    private mutating func mapping() -> MappingRecord? {
        guard generator.chance(70) else { return nil }
        return MappingRecord(
            table: text(), tableDigest: generator.pick(["d1", "d2"]), row: generator.pick(["r1", "r2"]),
            relationship: generator.pick(["equivalent", "wider"]), unitRead: generator.chance(50) ? "mg/dL" : nil,
            conversion: generator.pick(["none", "molar"]), factor: generator.chance(50) ? "88.42" : nil)
    }
}

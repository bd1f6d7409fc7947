import Clinical
import Foundation
import Store
import Testing

@Suite("Journal")
struct JournalTests {
    let folder: TemporaryFolder
    let store: SQLiteStore

    init() throws {
        folder = try TemporaryFolder()
        store = try folder.open()
    }

    @Test("Messages come back byte for byte, in order, with what the door knew of them")
    func roundTrip() async throws {
        let bodies: [[UInt8]] = [Array(0...255), [], Array("MSH|^~\\&|\r".utf8), [0], Array(repeating: 65, count: 100_000)]
        let formats: [MessageFormat] = [.hl7v2, .fhir, .cda, .fhir, .cda]
        let entries = zip(bodies, formats).enumerated().map { index, pair in
            Samples.entry(
                pair.0, controlID: index == 1 ? nil : "c\(index)", source: "source \(index)", seconds: Int64(index),
                format: pair.1)
        }
        let receipts = try await store.append(entries)
        #expect(receipts.map(\.id) == [1, 2, 3, 4, 5])
        #expect(receipts.allSatisfy { $0.disposition == .new })
        let read = try await store.pending(after: 0, limit: 100)
        #expect(read.map(\.bytes) == bodies)
        #expect(read.map(\.format) == formats)
        #expect(read.map(\.source) == entries.map(\.message.source))
        #expect(read.map(\.controlID) == ["c0", nil, "c2", "c3", "c4"])
        #expect(read.map(\.received) == entries.map(\.message.received))
        #expect(read.map(\.digest) == bodies.map { ContentDigest(of: $0) })
        #expect(read.allSatisfy { $0.state == .pending && !$0.isConflicting })
        #expect(try await store.entry(3) == read[2])
        #expect(try await store.entry(6) == nil)
    }

    @Test("An empty call stores nothing and answers nothing")
    func nothing() async throws {
        #expect(try await store.append([]) == [])
        #expect(try await store.counts() == JournalCounts())
    }

    @Test("Same source, control id and body: a duplicate, counted and not stored")
    func duplicate() async throws {
        let entry = Samples.entry("body", controlID: "1")
        #expect(try await store.append([entry]) == [JournalReceipt(id: 1, disposition: .new)])
        let again = JournalReceipt(id: 1, disposition: .duplicate(of: 1, state: .pending))
        #expect(try await store.append([entry, entry]) == [again, again])
        #expect(try await store.counts() == JournalCounts(entries: 1, pending: 1, duplicates: 2))
    }

    @Test("A duplicate says how far the first one has come")
    func duplicateState() async throws {
        let entries = [Samples.entry("a", controlID: "1"), Samples.entry("b", controlID: "2")]
        _ = try await store.append(entries)
        try await store.commit([
            ProcessedEntry(journalID: 1), ProcessedEntry(journalID: 2, outcome: .quarantined(Samples.failure)),
        ])
        #expect(
            try await store.append(entries).map(\.disposition) == [
                .duplicate(of: 1, state: .processed), .duplicate(of: 2, state: .quarantined),
            ])
    }

    @Test("Two of the same in one call are one entry")
    func duplicateWithinCall() async throws {
        let receipts = try await store.append([Samples.entry("x", controlID: "1"), Samples.entry("x", controlID: "1")])
        #expect(receipts.map(\.id) == [1, 1])
        #expect(receipts[1].disposition == .duplicate(of: 1, state: .pending))
    }

    @Test("Another body under the same control id is kept and flagged")
    func conflict() async throws {
        let receipts = try await store.append([
            Samples.entry("first", controlID: "1"), Samples.entry("second", controlID: "1"),
            Samples.entry("third", controlID: "1"), Samples.entry("second", controlID: "1"),
            Samples.entry("first", controlID: "1"),
        ])
        #expect(
            receipts.map(\.disposition) == [
                .new, .conflicting(with: 1), .conflicting(with: 2), .duplicate(of: 2, state: .pending),
                .duplicate(of: 1, state: .pending),
            ])
        let entries = try await store.entries(.all, after: 0, limit: 10)
        #expect(entries.map(\.conflictsWith) == [nil, 1, 2])
        #expect(entries.map(\.isConflicting) == [false, true, true])
        #expect(try await store.counts() == JournalCounts(entries: 3, pending: 3, duplicates: 2, conflicting: 2))
    }

    @Test("Sources do not share control ids")
    func sources() async throws {
        let receipts = try await store.append([
            Samples.entry("x", controlID: "1", source: "labA"), Samples.entry("x", controlID: "1", source: "labB"),
            Samples.entry("y", controlID: "1", source: "labB"),
        ])
        #expect(receipts.map(\.disposition) == [.new, .new, .conflicting(with: 2)])
    }

    @Test("Without a control id the body alone decides, apart from those that have one")
    func withoutControlID() async throws {
        let receipts = try await store.append([
            Samples.entry("x", controlID: nil), Samples.entry("x", controlID: nil), Samples.entry("y", controlID: nil),
            Samples.entry("x", controlID: "1"), Samples.entry("x", controlID: ""),
            Samples.entry("x", controlID: nil, source: "b"),
        ])
        #expect(
            receipts.map(\.disposition) == [.new, .duplicate(of: 1, state: .pending), .new, .new, .new, .new])
    }

    @Test("A sender that uses one control id for everything is survived, and repeats are still found")
    func oneControlIDForAll() async throws {
        _ = try await store.append((0..<400).map { Samples.entry("body \($0)", controlID: "1") })
        let repeated = try await store.append([
            Samples.entry("body 7", controlID: "1"), Samples.entry("new", controlID: "1"),
        ])
        #expect(repeated[0].disposition == .duplicate(of: 8, state: .pending))
        guard case .conflicting(let other) = repeated[1].disposition else {
            Issue.record("expected a conflict")
            return
        }
        #expect((1...400).contains(other))
    }

    @Test("Entries are found by number, reception time, source and state, page by page")
    func filters() async throws {
        _ = try await store.append(
            (0..<20).map {
                Samples.entry("b\($0)", controlID: "\($0)", source: $0 % 2 == 0 ? "even" : "odd", seconds: Int64($0))
            })
        try await store.commit([
            ProcessedEntry(journalID: 1), ProcessedEntry(journalID: 4, outcome: .quarantined(Samples.failure)),
        ])
        func ids(_ filter: JournalFilter, after: Int64 = 0, limit: Int = 100) async throws -> [Int64] {
            try await store.entries(filter, after: after, limit: limit).map(\.id)
        }
        #expect(try await ids(.all) == Array(1...20))
        #expect(try await ids(.all, after: 18) == [19, 20])
        #expect(try await ids(.all, limit: 2) == [1, 2])
        #expect(try await ids(JournalFilter(ids: 5...7)) == [5, 6, 7])
        #expect(try await ids(JournalFilter(ids: 5...7), after: 5) == [6, 7])
        #expect(try await ids(JournalFilter(ids: .min ... .max)).count == 20)
        #expect(try await ids(JournalFilter(source: "odd"), limit: 3) == [2, 4, 6])
        #expect(try await ids(JournalFilter(source: "nobody")) == [])
        let start = Samples.start
        #expect(try await ids(JournalFilter(received: start.adding(seconds: 2)..<start.adding(seconds: 5))) == [3, 4, 5])
        #expect(try await ids(JournalFilter(received: start.adding(seconds: 90)..<start.adding(seconds: 95))) == [])
        #expect(try await ids(JournalFilter(state: .processed)) == [1])
        #expect(try await ids(JournalFilter(state: .quarantined)) == [4])
        #expect(try await ids(JournalFilter(source: "even", state: .pending), after: 10) == [11, 13, 15, 17, 19])
        #expect(
            try await ids(
                JournalFilter(received: start..<start.adding(seconds: 10), source: "odd", state: .quarantined)) == [4])
        #expect(try await store.pending(after: 0, limit: 3).map(\.id) == [2, 3, 5])
        #expect(try await store.pending(after: 5, limit: 2).map(\.id) == [6, 7])
    }

    @Test("Reopened, the journal is the same and numbers go on")
    func reopen() async throws {
        _ = try await Samples.journal(store, 3)
        let before = try await store.entries(.all, after: 0, limit: 10)
        let counts = try await store.counts()
        try await store.close()
        let again = try folder.open()
        #expect(try await again.entries(.all, after: 0, limit: 10) == before)
        #expect(try await again.counts() == counts)
        #expect(
            try await again.append([Samples.entry("new", controlID: "n")]) == [JournalReceipt(id: 4, disposition: .new)])
    }

    @Test("Numbers in the middle of a 64-bit range and beyond do not crash a query", arguments: [Int64.min, -1, .max])
    func extremes(id: Int64) async throws {
        _ = try await Samples.journal(store, 1)
        #expect(try await store.entry(id) == nil)
        #expect(try await store.quarantined(id) == nil)
        #expect(try await store.issues(of: id) == [])
        #expect(try await store.pending(after: id, limit: 5).count == (id == .max ? 0 : 1))
        #expect(try await store.requeueQuarantined(id) == false)
        #expect(try await store.requeue(id, at: Samples.start) == false)
    }
}

import Clinical
import Foundation
import GRDB
import Store
import Testing

@Suite("Group commit")
struct ConcurrencyTests {
    let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    @Test("64 tasks append at once: nothing lost, nothing twice, each task's order kept")
    func appendTogether() async throws {
        let store = try folder.open()
        let tasks = 64
        let each = 25
        let numbers = try await withThrowingTaskGroup(of: (Int, [Int64]).self) { group in
            for task in 0..<tasks {
                group.addTask {
                    var ids: [Int64] = []
                    for index in 0..<each {
                        let entry = Samples.entry("\(task)/\(index)", controlID: "\(index)", source: "source \(task)")
                        ids += try await store.append([entry]).map(\.id)
                    }
                    return (task, ids)
                }
            }
            return try await group.reduce(into: [Int: [Int64]]()) { $0[$1.0] = $1.1 }
        }
        #expect(Set(numbers.values.joined()) == Set(1...Int64(tasks * each)))
        for (task, ids) in numbers {
            #expect(ids == ids.sorted())
            let stored = try await store.entries(JournalFilter(source: "source \(task)"), after: 0, limit: 100)
            #expect(stored.map(\.id) == ids)
            #expect(stored.map { String(decoding: $0.bytes, as: UTF8.self) } == (0..<each).map { "\(task)/\($0)" })
        }
        let counts = try await store.counts()
        #expect(counts == JournalCounts(entries: Int64(tasks * each), pending: Int64(tasks * each)))
    }

    @Test("The same message from 64 tasks at once is stored once")
    func racingDuplicates() async throws {
        let store = try folder.open()
        let receipts = try await withThrowingTaskGroup(of: [JournalReceipt].self) { group in
            for _ in 0..<64 { group.addTask { try await store.append([Samples.entry("same", controlID: "1")]) } }
            return try await group.reduce(into: []) { $0 += $1 }
        }
        #expect(receipts.count == 64)
        #expect(receipts.filter { $0.disposition == .new }.count == 1)
        #expect(try await store.counts() == JournalCounts(entries: 1, pending: 1, duplicates: 63))
    }

    @Test("The same entry committed by 16 tasks at once takes effect once")
    func racingCommits() async throws {
        let store = try folder.open()
        let ids = try await Samples.journal(store, 20)
        let patient = Samples.patient("1")
        let results = try await withThrowingTaskGroup(of: CommitResult.self) { group in
            for _ in 0..<16 {
                group.addTask {
                    try await store.commit(
                        ids.map {
                            ProcessedEntry(
                                journalID: $0, events: [.finding(Samples.finding("f\($0)", patient, journal: $0))])
                        })
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(results.flatMap(\.committed).sorted() == ids)
        #expect(results.flatMap(\.alreadyProcessed).count == ids.count * 15)
        #expect(try await store.findings(of: patient).count == ids.count)
    }

    @Test("Reads go on while others write, and see whole transactions only")
    func readersSeeWholeTransactions() async throws {
        let store = try folder.open()
        let ids = try await Samples.journal(store, 40)
        let patient = Samples.patient("1")
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                for id in ids {
                    let events = (0..<5).map {
                        ClinicalEvent.finding(Samples.finding("f\(id)-\($0)", patient, journal: id, path: "OBX[\($0)]-5"))
                    }
                    try await store.commit([ProcessedEntry(journalID: id, events: events)])
                }
            }
            for _ in 0..<4 {
                group.addTask {
                    for _ in 0..<50 {
                        let count = try await store.findings(of: patient).count
                        #expect(count % 5 == 0)
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(try await store.findings(of: patient).count == 200)
    }

    @Test("One caller's bad data fails that caller alone, though others shared its transaction")
    func neighbours() async throws {
        let store = try folder.open()
        try await folder.database().write { database in
            try database.execute(
                sql: """
                    CREATE TRIGGER poison BEFORE INSERT ON cursor WHEN NEW.name = 'poison'
                    BEGIN SELECT RAISE(ABORT, 'poison'); END
                    """)
        }
        let outcomes = await withTaskGroup(of: (Int, StoreError?).self) { group in
            for task in 0..<64 {
                group.addTask {
                    let name = task % 8 == 0 ? "poison" : "cursor \(task)"
                    return (
                        task,
                        await storeError { () async throws(StoreError) in try await store.setCursor(name, to: "\(task)") }
                    )
                }
            }
            return await group.reduce(into: [Int: StoreError?]()) { $0[$1.0] = $1.1 }
        }
        for (task, error) in outcomes {
            #expect(error?.kind == (task % 8 == 0 ? .constraint : nil))
            if task % 8 != 0 { #expect(try await store.cursor("cursor \(task)") == "\(task)") }
        }
        #expect(try await store.cursor("poison") == nil)
        #expect(store.health == .working)
    }

    /// Refuses findings of one path.
    private func poison() async throws {
        try await folder.database().write { database in
            try database.execute(
                sql: """
                    CREATE TRIGGER poison BEFORE INSERT ON findings WHEN instr(NEW.body, CAST('poison' AS BLOB))
                    BEGIN SELECT RAISE(ABORT, 'poison'); END
                    """)
        }
    }

    @Test("Pieces before a failing entry are committed, those after it are not, and the store goes on")
    func laterPiecesAreNotWritten() async throws {
        let store = try folder.open { $0.commitEntries = 1 }
        let ids = try await Samples.journal(store, 4)
        try await poison()
        let patient = Samples.patient("1")
        let batch = ids.map { id in
            ProcessedEntry(
                journalID: id,
                events: [.finding(Samples.finding("f\(id)", patient, journal: id, path: id == ids[1] ? "poison" : "5"))])
        }
        let error = await storeError { () async throws(StoreError) in try await store.commit(batch) }
        #expect(error?.kind == .constraint)
        #expect(store.health == .working)
        #expect(try await store.pending(after: 0, limit: 10).map(\.id) == Array(ids[1...]))
        #expect(try await store.commit(Array(batch[2...])).committed == Array(ids[2...]))
    }

    @Test("A failing entry takes its whole piece back, and the batch can be committed without it")
    func pieceIsAtomic() async throws {
        let store = try folder.open { $0.commitEntries = 3 }
        let ids = try await Samples.journal(store, 3)
        try await poison()
        let patient = Samples.patient("never seen before")
        func entry(_ id: Int64) -> ProcessedEntry {
            ProcessedEntry(
                journalID: id,
                events: [
                    .finding(Samples.finding("f\(id)", patient, journal: id, path: id == ids[1] ? "poison" : "OBX[1]-5"))
                ],
                unmapped: [Samples.unmapped], deliveries: [Samples.delivery("d\(id)", patient)])
        }
        let error = await storeError { () async throws(StoreError) in try await store.commit(ids.map(entry)) }
        #expect(error?.kind == .constraint)
        #expect(try await store.findings(of: patient) == [])
        #expect(try await store.patient(patient) == nil)
        #expect(try await store.unmappedQueue(limit: 10) == [])
        #expect(try await store.outboxCounts() == [])
        #expect(try await store.pending(after: 0, limit: 10).map(\.id) == ids)
        #expect(try await store.commit([entry(ids[0]), entry(ids[2])]).committed == [ids[0], ids[2]])
        #expect(try await store.findings(of: patient).count == 2)
        #expect(try await store.unmappedQueue(limit: 10).map(\.count) == [2])
        #expect(try await store.outboxCounts() == [OutboxCounts(destination: "engine", waiting: 2, delivered: 0, dead: 0)])
    }

    @Test("After closing, every call is refused and none hangs")
    func closed() async throws {
        let store = try folder.open()
        try await store.close()
        #expect(store.health == .closed)
        let append = await storeError { () async throws(StoreError) in
            _ = try await store.append([Samples.entry("x", controlID: nil)])
        }
        let read = await storeError { () async throws(StoreError) in _ = try await store.counts() }
        let probe = await storeError { () async throws(StoreError) in try await store.probe() }
        #expect([append?.kind, read?.kind, probe?.kind] == [.closed, .closed, .closed])
    }

    @Test("Closing while many write: every call ends, and what was acknowledged is there")
    func closeUnderLoad() async throws {
        let store = try folder.open()
        let acknowledged = await withTaskGroup(of: [Int64].self) { group in
            for task in 0..<32 {
                group.addTask {
                    var ids: [Int64] = []
                    for index in 0..<50 {
                        guard let receipts = try? await store.append([Samples.entry("\(task)/\(index)", controlID: nil)])
                        else { break }
                        ids += receipts.map(\.id)
                    }
                    return ids
                }
            }
            group.addTask {
                try? await Task.sleep(for: .milliseconds(5))
                try? await store.close()
                return []
            }
            return await group.reduce(into: Set<Int64>()) { $0.formUnion($1) }
        }
        let again = try folder.open()
        let stored = Set(try await again.entries(.all, after: 0, limit: 10_000).map(\.id))
        #expect(acknowledged.isSubset(of: stored))
    }
}

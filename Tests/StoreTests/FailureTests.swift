import Clinical
import Foundation
import GRDB
import Store
import Testing

/// Rule 1 of the design: nothing is acknowledged that is not on disk; after a failed write nothing is acknowledged
/// until a probe write has succeeded.
@Suite("Failed writes")
struct FailureTests {
    let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    @Test("A full disk stops acknowledging; what was acknowledged before is all there")
    func full() async throws {
        let store = try folder.open {
            $0.maximumBytes = 600_000
            $0.probeMilliseconds = 3_600_000
        }
        let body = [UInt8](repeating: 65, count: 20_000)
        var acknowledged: [Int64] = []
        var failure: StoreError?
        for index in 0..<100 where failure == nil {
            failure = await storeError { () async throws(StoreError) in
                acknowledged += try await store.append([Samples.entry(body + Array("\(index)".utf8), controlID: "\(index)")]
                )
                .map(\.id)
            }
        }
        #expect(failure?.kind == .full)
        #expect(!acknowledged.isEmpty && acknowledged.count < 100)
        guard case .failing(let cause) = store.health else {
            Issue.record("expected a failing store")
            return
        }
        #expect(cause.kind == .full)
        // A small message would fit, and is refused all the same.
        let next = await storeError { () async throws(StoreError) in
            _ = try await store.append([Samples.entry("small", controlID: "small")])
        }
        #expect(next?.kind == .refused)
        #expect(next?.databaseCode == cause.databaseCode)
        // Reading goes on.
        #expect(try await store.entries(.all, after: 0, limit: 1000).map(\.id) == acknowledged)
        try await store.close()

        let larger = try folder.open()
        #expect(try await larger.entries(.all, after: 0, limit: 1000).map(\.id) == acknowledged)
        #expect(try await larger.append([Samples.entry("small", controlID: "small")]).count == 1)
    }

    @Test("On a full disk everyone who waits is told, and nobody hangs")
    func fullForMany() async throws {
        let store = try folder.open {
            $0.maximumBytes = 600_000
            $0.probeMilliseconds = 3_600_000
        }
        let body = [UInt8](repeating: 65, count: 10_000)
        let outcomes = await withTaskGroup(of: (Int64?, StoreError?).self) { group in
            for task in 0..<64 {
                group.addTask {
                    var id: Int64?
                    let error = await storeError { () async throws(StoreError) in
                        let entry = Samples.entry(body + Array("\(task)".utf8), controlID: "\(task)")
                        id = try await store.append([entry]).first?.id
                    }
                    return (id, error)
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        let acknowledged = Set(outcomes.compactMap(\.0))
        let errors = outcomes.compactMap(\.1)
        #expect(acknowledged.count + errors.count == 64)
        #expect(!errors.isEmpty)
        #expect(errors.allSatisfy { $0.kind == .full || $0.kind == .refused })
        let stored = try await store.entries(.all, after: 0, limit: 1000).map(\.id)
        #expect(Set(stored) == acknowledged)
        #expect(try await store.counts().entries == Int64(acknowledged.count))
    }

    @Test("A journal that cannot be written stops every write until a probe succeeds")
    func refusalAndProbe() async throws {
        let store = try folder.open { $0.probeMilliseconds = 3_600_000 }
        _ = try await Samples.journal(store, 2)
        let operatorsTool = try folder.database()
        try await operatorsTool.write { database in
            try database.execute(
                sql: "CREATE TRIGGER broken BEFORE INSERT ON journal BEGIN SELECT RAISE(FAIL, 'broken'); END")
            try database.execute(
                sql: "CREATE TRIGGER worse BEFORE INSERT ON probe BEGIN SELECT RAISE(FAIL, 'broken'); END")
        }
        func append(_ name: String) async -> StoreError? {
            await storeError { () async throws(StoreError) in
                _ = try await store.append([Samples.entry(name, controlID: name)])
            }
        }
        #expect(await append("first")?.kind == .constraint)
        #expect(await append("second")?.kind == .refused)
        let commit = await storeError { () async throws(StoreError) in
            try await store.commit([ProcessedEntry(journalID: 1)])
        }
        #expect(commit?.kind == .refused)
        let probe = await storeError { () async throws(StoreError) in try await store.probe() }
        #expect(probe?.kind == .constraint)
        #expect(await append("third")?.kind == .refused)

        try await operatorsTool.write { try $0.execute(sql: "DROP TRIGGER broken; DROP TRIGGER worse") }
        #expect(await append("fourth")?.kind == .refused)
        try await store.probe()
        #expect(store.health == .working)
        #expect(await append("fifth") == nil)
        #expect(try await store.entries(.all, after: 0, limit: 10).count == 3)
    }

    @Test("A locked file is a failed write; the store finds back by itself once the lock is gone")
    func locked() async throws {
        let store = try folder.open {
            $0.busyTimeoutMilliseconds = 20
            $0.probeMilliseconds = 0
        }
        _ = try await Samples.journal(store, 1)
        var unsafe = Configuration()
        unsafe.allowsUnsafeTransactions = true
        let other = try DatabaseQueue(path: folder.file, configuration: unsafe)
        try await other.writeWithoutTransaction { try $0.execute(sql: "BEGIN IMMEDIATE") }
        let during = await storeError { () async throws(StoreError) in _ = try await Samples.append(store, "a") }
        #expect(during?.kind == .busy)
        #expect(store.health != .working)
        try await other.writeWithoutTransaction { try $0.execute(sql: "ROLLBACK") }
        try await store.probe()
        #expect(try await Samples.append(store, "a") == 2)
    }

    @Test("The store's own probes end the refusal without anyone asking")
    func recoversByItself() async throws {
        let store = try folder.open { $0.probeMilliseconds = 0 }
        let operatorsTool = try folder.database()
        try await operatorsTool.write { database in
            try database.execute(
                sql: "CREATE TRIGGER broken BEFORE INSERT ON journal BEGIN SELECT RAISE(FAIL, 'broken'); END")
        }
        let first = await storeError { () async throws(StoreError) in _ = try await Samples.append(store, "a") }
        #expect(first?.kind == .constraint)
        try await operatorsTool.write { try $0.execute(sql: "DROP TRIGGER broken") }
        var attempts = 0
        while attempts < 1000 {
            attempts += 1
            let error = await storeError { () async throws(StoreError) in _ = try await Samples.append(store, "a") }
            if error == nil { break }
            #expect(error?.kind == .refused)
            try await Task.sleep(for: .milliseconds(2))
        }
        #expect(store.health == .working)
        #expect(try await store.counts().entries == 1)
    }
}

extension Samples {
    static func append(_ store: SQLiteStore, _ body: String) async throws(StoreError) -> Int64? {
        try await store.append([entry(body, controlID: body)]).first?.id
    }
}

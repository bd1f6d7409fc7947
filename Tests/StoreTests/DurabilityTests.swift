import Clinical
import Foundation
import GRDB
import Store
import Testing

@Suite("Durability and opening")
struct DurabilityTests {
    let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    @Test("After a crash everything acknowledged is there: file and log copied while the store is open")
    func crash() async throws {
        let store = try folder.open()
        let ids = try await Samples.journal(store, 30)
        let patient = Samples.patient("1")
        try await store.commit(
            ids.prefix(10).map {
                ProcessedEntry(journalID: $0, events: [.finding(Samples.finding("f\($0)", patient, journal: $0))])
            })
        let crashed = try TemporaryFolder()
        try folder.snapshot(to: crashed)
        let recovered = try crashed.open()
        #expect(try await recovered.entries(.all, after: 0, limit: 100) == store.entries(.all, after: 0, limit: 100))
        #expect(try await recovered.counts() == JournalCounts(entries: 30, pending: 20, processed: 10))
        #expect(try await recovered.findings(of: patient) == store.findings(of: patient))
        #expect(try await recovered.pending(after: 0, limit: 100).map(\.id) == Array(ids.dropFirst(10)))
    }

    /// 800 transactions of at least three pages make a log of 10 MB that nobody copies back.
    @Test("While writing goes on, the log is copied back into the file and starts again")
    func logIsCopiedBack() async throws {
        let store = try folder.open { $0.checkpointPages = 100 }
        for number in 0..<800 {
            _ = try await store.append([Samples.entry(String(repeating: "x", count: 4000), controlID: "\(number)")])
        }
        let size = try FileManager.default.attributesOfItem(atPath: folder.file + "-wal")[.size] as? Int
        #expect(try #require(size) < 5 << 20)
        #expect(try await store.counts().entries == 800)
        try await store.close()
        #expect(try await folder.open().counts().entries == 800)
    }

    @Test("Copied after each append, the file holds exactly what was acknowledged by then")
    func crashAfterEach() async throws {
        let store = try folder.open()
        for count in 1...8 {
            _ = try await store.append([Samples.entry("body \(count)", controlID: "\(count)")])
            let crashed = try TemporaryFolder()
            try folder.snapshot(to: crashed)
            let recovered = try crashed.open()
            #expect(try await recovered.entries(.all, after: 0, limit: 100).map(\.id) == Array(1...Int64(count)))
        }
    }

    @Test("A torn end of the log costs only the transactions it tore", arguments: 0..<12)
    func tornLog(round: Int) async throws {
        let store = try folder.open()
        for index in 0..<12 { _ = try await store.append([Samples.entry("body \(index)", controlID: "\(index)")]) }
        let crashed = try TemporaryFolder()
        try folder.snapshot(to: crashed)
        var generator = SplitMix64(seed: UInt64(round))
        let log = crashed.file + "-wal"
        var bytes = try Data(contentsOf: URL(fileURLWithPath: log))
        let cut = bytes.count - generator.below(bytes.count / 2)
        if round % 2 == 0 {
            bytes = bytes.prefix(cut)
        } else {
            for index in cut..<bytes.count { bytes[index] = UInt8(truncatingIfNeeded: generator.next()) }
        }
        try bytes.write(to: URL(fileURLWithPath: log))
        let recovered = try crashed.open()
        let ids = try await recovered.entries(.all, after: 0, limit: 100).map(\.id)
        #expect(ids == Array(1...Int64(12)).prefix(ids.count).map { $0 })
        #expect(try await recovered.counts().entries == Int64(ids.count))
        let check = try await crashed.database().read { try String.fetchOne($0, sql: "PRAGMA integrity_check") }
        #expect(check == "ok")
        #expect(try await recovered.append([Samples.entry("next", controlID: "next")]).map(\.id) == [Int64(ids.count) + 1])
    }

    @Test("The folder is for its owner only, the file too")
    func permissions() async throws {
        let store = try folder.open()
        _ = try await Samples.journal(store, 1)
        func mode(_ path: String) throws -> Int? {
            try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
        }
        #expect(try mode(folder.path + "/data") == 0o700)
        #expect(try mode(folder.file) == 0o600)
        #expect(try mode(folder.file + "-wal") == 0o600)
    }

    @Test("The log is a write-ahead log")
    func journalMode() async throws {
        let store = try folder.open()
        #expect(store.health == .working)
        let mode = try await folder.database().read { try String.fetchOne($0, sql: "PRAGMA journal_mode") }
        #expect(mode == "wal")
    }

    @Test("A file of a newer version is refused by name and left as it is")
    func newerSchema() async throws {
        let store = try folder.open()
        _ = try await Samples.journal(store, 1)
        try await store.close()
        let queue = try folder.database()
        try await queue.write { try $0.execute(sql: "INSERT INTO grdb_migrations (identifier) VALUES ('9999')") }
        try queue.close()
        let before = try Data(contentsOf: URL(fileURLWithPath: folder.file))
        let error = await storeError { () async throws(StoreError) in _ = try SQLiteStore(folder.configuration()) }
        #expect(error?.kind == .newerSchema)
        #expect(error?.code == 5002)
        #expect(try Data(contentsOf: URL(fileURLWithPath: folder.file)) == before)
    }

    @Test("Another program's database is refused and left as it is")
    func foreignDatabase() async throws {
        try FileManager.default.createDirectory(atPath: folder.path + "/data", withIntermediateDirectories: true)
        let queue = try folder.database()
        try await queue.write { try $0.execute(sql: "CREATE TABLE recipe (id INTEGER PRIMARY KEY)") }
        try queue.close()
        let before = try Data(contentsOf: URL(fileURLWithPath: folder.file))
        let error = await storeError { () async throws(StoreError) in _ = try SQLiteStore(folder.configuration()) }
        #expect(error?.kind == .foreignFile)
        #expect(try Data(contentsOf: URL(fileURLWithPath: folder.file)) == before)
    }

    @Test("A file that is no database is refused and left as it is")
    func notADatabase() async throws {
        try FileManager.default.createDirectory(atPath: folder.path + "/data", withIntermediateDirectories: true)
        let text = Data(String(repeating: "This is a letter. ", count: 100).utf8)
        try text.write(to: URL(fileURLWithPath: folder.file))
        let error = await storeError { () async throws(StoreError) in _ = try SQLiteStore(folder.configuration()) }
        #expect(error?.kind == .foreignFile)
        #expect(try Data(contentsOf: URL(fileURLWithPath: folder.file)) == text)
    }

    @Test("A folder that cannot be made is an error, not a crash")
    func impossiblePath() async throws {
        try Data().write(to: URL(fileURLWithPath: folder.path + "/plain"))
        let configuration = StoreConfiguration(path: folder.path + "/plain/below/store.sqlite")
        let error = await storeError { () async throws(StoreError) in _ = try SQLiteStore(configuration) }
        #expect(error?.kind == .cannotOpen)
    }
}

@Suite("Settings")
struct SettingsTests {
    @Test("Settings at and beyond their ends do not crash the store", arguments: [Int.min, -1, 0, 1, Int.max])
    func extremes(value: Int) async throws {
        let folder = try TemporaryFolder()
        let store = try folder.open {
            $0.groupCommitMessages = value
            $0.groupCommitMilliseconds = value
            $0.checkpointPages = value
            $0.unmappedSamples = value
            $0.dictionaryEntries = value
            $0.probeMilliseconds = value
            $0.writerCacheBytes = min(value, 1 << 20)
            $0.readerCacheBytes = min(value, 1 << 20)
            $0.readers = min(value, 4)
            $0.busyTimeoutMilliseconds = value
        }
        let ids = try await Samples.journal(store, 3)
        let patient = Samples.patient("1")
        try await store.commit(
            ids.map {
                ProcessedEntry(
                    journalID: $0, events: [.finding(Samples.finding("f\($0)", patient))], unmapped: [Samples.unmapped])
            })
        #expect(try await store.findings(of: patient).map(\.id) == ["f1", "f2", "f3"])
        #expect(try await store.unmappedQueue(limit: 9).map(\.count) == [3])
    }
}

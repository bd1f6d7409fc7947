import Foundation
import GRDB

/// The store in one SQLite file: write-ahead log, `synchronous=FULL`, one writer with group commit, several readers.
///
/// Every writing method returns after the fsync of its transaction. Reads see everything that was committed before they
/// began. The file and its companions (`-wal`, `-shm`) belong to one process at a time.
public final class SQLiteStore: PersistentStore {
    let configuration: StoreConfiguration
    let writer: GroupCommit
    private let pool: DatabasePool
    private let checkpointer: Checkpointer
    private let vocabulary: Vocabulary

    /// Opens the file, creating it and its folder where needed, and brings its schema up to date.
    ///
    /// - Throws: ``StoreError/Kind/newerSchema`` for a file of a newer version, ``StoreError/Kind/foreignFile`` for a
    ///   file of another program; both are left untouched.
    public init(_ configuration: StoreConfiguration) throws(StoreError) {
        self.configuration = configuration
        vocabulary = Vocabulary(capacity: max(1, configuration.dictionaryEntries))
        do {
            try Self.prepareFile(configuration.path)
            try Self.checkFile(configuration)
            pool = try DatabasePool(path: configuration.path, configuration: Self.connections(configuration))
            let migrator = Schema.migrator
            try migrator.migrate(pool)
            let connection = try pool.writeWithoutTransaction { database in
                try Self.setUpWriter(database, configuration)
                return WriterConnection(database, configuration)
            }
            checkpointer = try Checkpointer(
                path: configuration.path, configuration: Self.connections(configuration),
                pages: Self.checkpointPages(configuration))
            writer = GroupCommit(
                pool: pool, writer: connection, checkpointer: checkpointer, configuration: configuration)
        } catch {
            throw StoreError(error, operation: "store.open")
        }
    }

    public var health: StoreHealth { writer.health }

    public func probe() async throws(StoreError) {
        try await writer.probe()
    }

    public func close() async throws(StoreError) {
        await writer.close { $0.close() }
        do {
            try checkpointer.close()
            try pool.close()
        } catch {
            throw StoreError(error, operation: "store.close")
        }
    }

    func read<Value: Sendable>(
        _ operation: String, _ body: @escaping @Sendable (ReaderConnection) throws -> Value
    ) async throws(StoreError) -> Value {
        if case .closed = writer.health { throw StoreError(.closed, operation: operation) }
        do {
            return try await pool.read { [vocabulary] database in try body(ReaderConnection(database, vocabulary)) }
        } catch {
            throw StoreError(error, operation: operation)
        }
    }

    // MARK: Opening

    private static func prepareFile(_ path: String) throws {
        let files = FileManager.default
        let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
        do {
            if !files.fileExists(atPath: folder) {
                try files.createDirectory(
                    atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
            }
        } catch {
            throw StoreError(.cannotOpen, operation: "store.open")
        }
        if !files.fileExists(atPath: path) {
            // SQLite gives the write-ahead log the permissions of the file.
            guard files.createFile(atPath: path, contents: nil, attributes: [.posixPermissions: 0o600]) else {
                throw StoreError(.cannotOpen, operation: "store.open")
            }
        }
    }

    /// Refuses a file that is not ours, or not yet ours to read, before anything writes to it.
    private static func checkFile(_ configuration: StoreConfiguration) throws {
        let size = try FileManager.default.attributesOfItem(atPath: configuration.path)[.size] as? Int
        guard let size, size > 0 else { return }
        var connection = Configuration()
        connection.readonly = true
        connection.busyMode = .timeout(busySeconds(configuration))
        let queue = try DatabaseQueue(path: configuration.path, configuration: connection)
        defer { try? queue.close() }
        try queue.read { database in
            let application = try Int32.fetchOne(database, sql: "PRAGMA application_id")
            let tables = try Int.fetchOne(database, sql: "SELECT count(*) FROM sqlite_schema") ?? 0
            if tables > 0, application != Schema.applicationID {
                throw StoreError(.foreignFile, operation: "store.open")
            }
            if try Schema.migrator.hasBeenSuperseded(database) {
                throw StoreError(.newerSchema, operation: "store.open")
            }
        }
    }

    private static func connections(_ configuration: StoreConfiguration) -> Configuration {
        var connection = Configuration()
        connection.label = "store"
        connection.foreignKeysEnabled = false
        connection.maximumReaderCount = max(1, configuration.readers)
        connection.busyMode = .timeout(busySeconds(configuration))
        let cache = max(1, configuration.readerCacheBytes / 1024)
        connection.prepareDatabase { database in
            try database.execute(sql: "PRAGMA cache_size = -\(cache)")
            try database.execute(sql: "PRAGMA temp_store = MEMORY")
        }
        return connection
    }

    private static func checkpointPages(_ configuration: StoreConfiguration) -> Int {
        min(max(1, configuration.checkpointPages), 1_000_000)
    }

    private static func busySeconds(_ configuration: StoreConfiguration) -> Double {
        Double(min(max(0, configuration.busyTimeoutMilliseconds), 3_600_000)) / 1000
    }

    private static func setUpWriter(_ database: Database, _ configuration: StoreConfiguration) throws {
        // GRDB opens a pool with NORMAL, which loses the last transactions with the power.
        try database.execute(sql: "PRAGMA synchronous = FULL")
        try database.execute(sql: "PRAGMA cache_size = -\(max(1, configuration.writerCacheBytes / 1024))")
        // After a burst the log shrinks back.
        let limit = checkpointPages(configuration) * 4 * 4096
        try database.execute(sql: "PRAGMA journal_size_limit = \(limit)")
        // Acknowledging rests on these two; a file system that cannot have them must not be used unnoticed.
        guard try Int.fetchOne(database, sql: "PRAGMA synchronous") == 2,
            try String.fetchOne(database, sql: "PRAGMA journal_mode") == "wal"
        else { throw StoreError(.cannotOpen, operation: "store.open") }
        if let bytes = configuration.maximumBytes {
            let pageSize = try Int64.fetchOne(database, sql: "PRAGMA page_size") ?? 4096
            try database.execute(sql: "PRAGMA max_page_count = \(max(1, bytes / pageSize))")
        }
    }
}

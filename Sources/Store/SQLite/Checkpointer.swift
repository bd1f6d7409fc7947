import Dispatch
import GRDB
import GRDBSQLite

/// Copies the write-ahead log back into the file (SQLite: Write-Ahead Logging, section 2.2) without holding up writers.
///
/// SQLite would do it after the commit that made the log too long, and everybody behind that commit would wait for some
/// twenty milliseconds. Here a connection of its own copies while writing goes on; what was written meanwhile is little,
/// and the writer copies it itself. The log then starts again from its beginning.
final class Checkpointer: Sendable {
    private enum State {
        case idle
        /// The connection of its own is copying.
        case copying
        /// The rest is the writer's.
        case copied
    }

    private let queue: DatabaseQueue
    private let threshold: Int
    private let state = Locked((state: State.idle, threshold: 0))

    /// - Parameter pages: length of the log that starts a copy.
    init(path: String, configuration: Configuration, pages: Int) throws {
        queue = try DatabaseQueue(path: path, configuration: configuration)
        threshold = pages
        state.withLock { $0.threshold = pages }
    }

    /// To be called after each commit with the length of the log; `rest` is called when there is something for
    /// ``finish(_:)``.
    func committed(pages: Int, rest: @escaping @Sendable () -> Void) {
        let isDue = state.withLock { state in
            guard state.state == .idle, pages >= state.threshold else { return false }
            state.state = .copying
            return true
        }
        guard isDue else { return }
        queue.asyncWriteWithoutTransaction { [self] database in
            // A failure is one of the disk: the next commit will meet it, and says so to those whom it concerns.
            _ = Self.checkpoint(database)
            state.withLock { $0.state = .copied }
            rest()
        }
    }

    /// Copies the rest, on the queue of the writing connection and outside of a transaction.
    func finish(_ database: Database) {
        guard state.withLock({ $0.state == .copied }) else { return }
        let left = Self.checkpoint(database)
        // A reader that still looks at an old state keeps the log from starting again: try when it has grown further.
        state.withLock { $0 = (.idle, left + threshold) }
    }

    func close() throws {
        try queue.close()
    }

    /// Returns how many pages of the log stay in use.
    private static func checkpoint(_ database: Database) -> Int {
        var (length, copied): (Int32, Int32) = (0, 0)
        let code = sqlite3_wal_checkpoint_v2(
            database.sqliteConnection, nil, SQLITE_CHECKPOINT_PASSIVE, &length, &copied)
        guard code == SQLITE_OK, length == copied else { return max(0, Int(length)) }
        return 0
    }
}

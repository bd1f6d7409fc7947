import GRDB
import GRDBSQLite

/// A prepared statement whose parameters are bound, and columns read, by position.
///
/// GRDB prepares and owns the statement; binding and stepping go straight to SQLite, because a row of a dozen values
/// is written forty thousand times a second. Used on the queue of its connection only, and not by two callers at once.
final class SQLStatement {
    private let statement: Statement
    private let handle: OpaquePointer
    private var parameter: Int32 = 1

    /// - Parameter cached: takes the statement from the connection's own cache, for callers that do not keep it.
    init(_ database: Database, _ sql: String, cached: Bool = false) throws {
        statement = try cached ? database.cachedStatement(sql: sql) : database.makeStatement(sql: sql)
        handle = statement.sqliteStatement
    }

    // MARK: Parameters, in order

    @discardableResult
    func bind(_ value: Int64) -> SQLStatement {
        sqlite3_bind_int64(handle, parameter, value)
        return advance()
    }

    @discardableResult
    func bind(_ value: Int64?) -> SQLStatement {
        guard let value else { return bindNull() }
        return bind(value)
    }

    @discardableResult
    func bind(_ value: Int) -> SQLStatement {
        bind(Int64(value))
    }

    @discardableResult
    func bind(_ value: Double?) -> SQLStatement {
        guard let value else { return bindNull() }
        sqlite3_bind_double(handle, parameter, value)
        return advance()
    }

    @discardableResult
    func bind(_ value: String) -> SQLStatement {
        if value.isEmpty {
            // Without a byte there may be no address, and that would bind NULL.
            sqlite3_bind_text(handle, parameter, "", 0, Self.transient)
            return advance()
        }
        var text = value
        text.withUTF8 { buffer in
            buffer.withMemoryRebound(to: CChar.self) { bytes in
                _ = sqlite3_bind_text64(
                    handle, parameter, bytes.baseAddress, sqlite3_uint64(bytes.count), Self.transient, UInt8(SQLITE_UTF8))
            }
        }
        return advance()
    }

    @discardableResult
    func bind(_ value: String?) -> SQLStatement {
        guard let value else { return bindNull() }
        return bind(value)
    }

    @discardableResult
    func bind(_ value: [UInt8]) -> SQLStatement {
        value.withUnsafeBytes { bytes in
            if let base = bytes.baseAddress, !bytes.isEmpty {
                _ = sqlite3_bind_blob64(handle, parameter, base, sqlite3_uint64(bytes.count), Self.transient)
            } else {
                _ = sqlite3_bind_zeroblob(handle, parameter, 0)
            }
        }
        return advance()
    }

    @discardableResult
    func bind(_ value: StoredIdentifier) -> SQLStatement {
        switch value {
        case .bytes(let bytes): bind(bytes)
        case .text(let text): bind(text)
        }
    }

    @discardableResult
    func bindNull() -> SQLStatement {
        sqlite3_bind_null(handle, parameter)
        return advance()
    }

    private func advance() -> SQLStatement {
        parameter += 1
        return self
    }

    // MARK: Running

    /// Runs a statement without rows.
    func run() throws {
        defer { reset() }
        while try step() {}
    }

    /// Reads the first row, if there is one.
    func first<Value>(_ read: (SQLStatement) throws -> Value) throws -> Value? {
        defer { reset() }
        return try step() ? read(self) : nil
    }

    /// Reads all rows.
    func all<Value>(_ read: (SQLStatement) throws -> Value) throws -> [Value] {
        defer { reset() }
        var values: [Value] = []
        while try step() { values.append(try read(self)) }
        return values
    }

    private func step() throws -> Bool {
        switch sqlite3_step(handle) {
        case SQLITE_ROW: return true
        case SQLITE_DONE: return false
        case let code: throw DatabaseError(resultCode: ResultCode(rawValue: code))
        }
    }

    private func reset() {
        // The code repeats the error that step() already threw.
        sqlite3_reset(handle)
        parameter = 1
    }

    // MARK: Columns, from 0

    func isNull(_ column: Int32) -> Bool {
        sqlite3_column_type(handle, column) == SQLITE_NULL
    }

    func int64(_ column: Int32) -> Int64 {
        sqlite3_column_int64(handle, column)
    }

    func optionalInt64(_ column: Int32) -> Int64? {
        isNull(column) ? nil : int64(column)
    }

    func int(_ column: Int32) -> Int {
        Int(clamping: int64(column))
    }

    func optionalDouble(_ column: Int32) -> Double? {
        isNull(column) ? nil : sqlite3_column_double(handle, column)
    }

    func text(_ column: Int32) -> String {
        guard let start = sqlite3_column_text(handle, column) else { return "" }
        let count = Int(sqlite3_column_bytes(handle, column))
        return String(decoding: UnsafeBufferPointer(start: start, count: count), as: UTF8.self)
    }

    func optionalText(_ column: Int32) -> String? {
        isNull(column) ? nil : text(column)
    }

    func bytes(_ column: Int32) -> [UInt8] {
        guard let start = sqlite3_column_blob(handle, column) else { return [] }
        return [UInt8](UnsafeRawBufferPointer(start: start, count: Int(sqlite3_column_bytes(handle, column))))
    }

    func isInteger(_ column: Int32) -> Bool {
        sqlite3_column_type(handle, column) == SQLITE_INTEGER
    }

    func identifier(_ column: Int32) -> String {
        guard sqlite3_column_type(handle, column) == SQLITE_BLOB else { return text(column) }
        return StoredIdentifier.bytes(bytes(column)).text
    }

    // SQLITE_TRANSIENT: SQLite copies before the call returns.
    private static var transient: sqlite3_destructor_type { unsafeBitCast(-1, to: sqlite3_destructor_type.self) }
}

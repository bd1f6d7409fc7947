import GRDB

extension StoreError {
    /// Maps any error of the database layer. Message, SQL and arguments are left behind on purpose.
    init(_ error: any Error, operation: String) {
        switch error {
        case let error as StoreError:
            self = error
        case let error as DatabaseError:
            self.init(
                Self.kind(of: error.resultCode), operation: operation, databaseCode: error.extendedResultCode.rawValue)
        case is CancellationError:
            self.init(.cancelled, operation: operation)
        default:
            self.init(.other, operation: operation)
        }
    }

    private static func kind(of code: ResultCode) -> Kind {
        switch code {
        case .SQLITE_BUSY, .SQLITE_LOCKED, .SQLITE_PROTOCOL: .busy
        case .SQLITE_FULL: .full
        case .SQLITE_IOERR: .inputOutput
        case .SQLITE_CANTOPEN, .SQLITE_READONLY, .SQLITE_PERM, .SQLITE_AUTH: .cannotOpen
        case .SQLITE_CORRUPT: .corrupt
        case .SQLITE_NOTADB: .foreignFile
        case .SQLITE_CONSTRAINT, .SQLITE_MISMATCH: .constraint
        case .SQLITE_TOOBIG: .tooLarge
        default: .other
        }
    }

    /// Whether the cause lies in what was to be written rather than in the database.
    var isAboutData: Bool {
        kind == .constraint || kind == .tooLarge || kind == .unreadableRow
    }
}

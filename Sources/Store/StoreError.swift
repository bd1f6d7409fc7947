/// What went wrong in the store.
///
/// Never holds SQL, arguments, or text of the database library: only a stable code, the operation, and a sentence.
public struct StoreError: Error, Sendable, Hashable {
    /// The kinds of failure; the raw value is the stable numeric code.
    public enum Kind: Int, Sendable, Codable {
        /// The file or its folder cannot be created or opened.
        case cannotOpen = 5001
        /// The file was written by a newer version of this program.
        case newerSchema = 5002
        /// The file exists and is not a database of this program.
        case foreignFile = 5003
        /// Another process holds the file.
        case busy = 5004
        /// No space is left on the disk, or the configured size is reached.
        case full = 5005
        /// The disk reported an error.
        case inputOutput = 5006
        /// The file is damaged.
        case corrupt = 5007
        /// An earlier write failed and no probe has succeeded since: nothing is acknowledged.
        case refused = 5008
        /// A rule of the schema was broken.
        case constraint = 5009
        /// A value is larger than a row may be.
        case tooLarge = 5010
        /// A stored row cannot be read back.
        case unreadableRow = 5011
        /// The store was closed.
        case closed = 5012
        /// The task was cancelled while it waited.
        case cancelled = 5013
        /// Any other failure of the database.
        case other = 5099
    }

    public let kind: Kind
    /// What was being done: `journal.append`, `clinical.commit`.
    public let operation: String
    /// A sentence that an operator can act on.
    public let reason: String
    /// Extended result code of SQLite; 0 where the failure is not SQLite's.
    public let databaseCode: Int32

    /// Stable numeric code, 5001 and up.
    public var code: Int { kind.rawValue }

    public init(_ kind: Kind, operation: String, reason: String? = nil, databaseCode: Int32 = 0) {
        self.kind = kind
        self.operation = operation
        self.reason = reason ?? kind.sentence
        self.databaseCode = databaseCode
    }
}

extension StoreError: CustomStringConvertible {
    public var description: String {
        "store error \(code) in \(operation): \(reason)" + (databaseCode == 0 ? "" : " (SQLite code \(databaseCode))")
    }
}

extension StoreError.Kind {
    var sentence: String {
        switch self {
        case .cannotOpen: "The database file cannot be opened; check that the folder exists and may be written."
        case .newerSchema: "The database file was written by a newer version; use that version or another file."
        case .foreignFile: "The file is not a database of this program; name another file."
        case .busy: "Another process holds the database file; stop it or raise the busy timeout."
        case .full: "No space is left for the database; free space or raise its configured size."
        case .inputOutput: "The disk reported an error; check the disk and its file system."
        case .corrupt: "The database file is damaged; restore it from a copy."
        case .refused: "An earlier write failed; nothing is accepted until a probe write succeeds."
        case .constraint: "The data breaks a rule of the database; nothing of this call was stored."
        case .tooLarge: "A value is larger than the database accepts; nothing of this call was stored."
        case .unreadableRow: "A stored row cannot be read back; check the database file."
        case .closed: "The store was closed."
        case .cancelled: "The task was cancelled while it waited for the database."
        case .other: "The database refused the operation."
        }
    }
}

/// What became of an appended message.
public struct JournalReceipt: Sendable, Hashable {
    public enum Disposition: Sendable, Hashable {
        case new
        /// The same message is in the journal already; nothing was stored, the repeat was counted.
        case duplicate(of: Int64, state: EntryState)
        /// Stored, and flagged: the same source and control id came before with another body.
        case conflicting(with: Int64)
    }

    /// Number of the entry; of the earlier one for a duplicate.
    public var id: Int64
    public var disposition: Disposition

    public init(id: Int64, disposition: Disposition) {
        self.id = id
        self.disposition = disposition
    }
}

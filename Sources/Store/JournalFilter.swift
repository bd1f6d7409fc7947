public import Clinical

/// Which journal entries are asked for. What is `nil` does not restrict.
public struct JournalFilter: Sendable, Hashable {
    public var ids: ClosedRange<Int64>?
    /// From the lower bound up to, not including, the upper.
    public var received: Range<Instant>?
    public var source: String?
    public var state: EntryState?

    public init(
        ids: ClosedRange<Int64>? = nil, received: Range<Instant>? = nil, source: String? = nil, state: EntryState? = nil
    ) {
        self.ids = ids
        self.received = received
        self.source = source
        self.state = state
    }

    public static let all = JournalFilter()
}

/// How many entries the journal has.
public struct JournalCounts: Sendable, Hashable, Codable {
    /// Stored entries; the sum of the next three.
    public var entries: Int64
    public var pending: Int64
    public var processed: Int64
    public var quarantined: Int64
    /// Repeats that were acknowledged and not stored.
    public var duplicates: Int64
    /// Entries whose control id came before with another body.
    public var conflicting: Int64

    public init(
        entries: Int64 = 0, pending: Int64 = 0, processed: Int64 = 0, quarantined: Int64 = 0, duplicates: Int64 = 0,
        conflicting: Int64 = 0
    ) {
        self.entries = entries
        self.pending = pending
        self.processed = processed
        self.quarantined = quarantined
        self.duplicates = duplicates
        self.conflicting = conflicting
    }
}

public import Clinical

/// What waits for a person: codes without a mapping, and messages set aside.
public protocol WorkQueues: Sendable {
    /// Codes that could not be normalised and have not been mapped since, most frequent first.
    func unmappedQueue(limit: Int) async throws(StoreError) -> [UnmappedItem]

    /// The item with this number, open or not.
    func unmappedItem(_ id: Int64) async throws(StoreError) -> UnmappedItem?

    /// Messages that wait for a mapping of a code, over all its units and specimens.
    func waiting(source: String, code: Code) async throws(StoreError) -> WaitingMessages

    /// Values whose code found no room in the queue. They are on the timeline as missing all the same.
    func unmappedOverflow() async throws(StoreError) -> Int64

    /// Messages set aside, by journal number, starting after `id`.
    func quarantine(after id: Int64, limit: Int) async throws(StoreError) -> [QuarantinedEntry]

    func quarantined(_ id: Int64) async throws(StoreError) -> QuarantinedEntry?

    /// Makes a message pending again. `false` if it is not in quarantine.
    @discardableResult
    func requeueQuarantined(_ id: Int64) async throws(StoreError) -> Bool

    /// Issues that were noted when the entry was processed or set aside.
    func issues(of id: Int64) async throws(StoreError) -> [Issue]
}

/// A local code or unit that could not be normalised, with how often it came.
public struct UnmappedItem: Sendable, Hashable {
    /// Number in the queue.
    public var id: Int64
    public var source: String
    public var code: Code
    public var unit: String?
    public var specimen: String?
    public var count: Int64
    public var firstSeen: Instant
    public var lastSeen: Instant
    /// Of the latest occurrence.
    public var reason: MissingReason
    public var explanation: String
    /// LOINC codes that might be meant.
    public var candidates: [String]
    /// Where it was seen first, a bounded number.
    public var samples: [SourceAddress]
    public var values: ValueSketch
    /// How many messages are remembered as waiting for a mapping, up to the limit of the store.
    public var waiting: Int
    /// Journal number of the approval after which the code was mapped; `nil` while it waits.
    public var resolved: Int64?

    public init(
        id: Int64, source: String, code: Code, unit: String?, specimen: String?, count: Int64, firstSeen: Instant,
        lastSeen: Instant,
        reason: MissingReason, explanation: String, candidates: [String], samples: [SourceAddress],
        values: ValueSketch = ValueSketch(), waiting: Int = 0, resolved: Int64? = nil
    ) {
        self.id = id
        self.source = source
        self.code = code
        self.unit = unit
        self.specimen = specimen
        self.count = count
        self.firstSeen = firstSeen
        self.lastSeen = lastSeen
        self.reason = reason
        self.explanation = explanation
        self.candidates = candidates
        self.samples = samples
        self.values = values
        self.waiting = waiting
        self.resolved = resolved
    }
}

/// Journal entries that wait for a mapping.
public struct WaitingMessages: Sendable, Hashable {
    /// Numbers that are remembered, ascending.
    public var journalIDs: [Int64]
    /// Whether these are all; where not, entries of the source from the first on may wait as well.
    public var isComplete: Bool

    public init(journalIDs: [Int64], isComplete: Bool) {
        self.journalIDs = journalIDs
        self.isComplete = isComplete
    }
}

/// A message that was set aside, with why.
public struct QuarantinedEntry: Sendable, Hashable {
    public var journalID: Int64
    public var source: String
    public var format: MessageFormat
    public var controlID: String?
    public var received: Instant
    /// The reason, with its place in the message.
    public var issue: Issue
    /// How often it was requeued and came back.
    public var requeues: Int

    public init(
        journalID: Int64, source: String, format: MessageFormat, controlID: String?, received: Instant, issue: Issue,
        requeues: Int
    ) {
        self.journalID = journalID
        self.source = source
        self.format = format
        self.controlID = controlID
        self.received = received
        self.issue = issue
        self.requeues = requeues
    }
}

public import Clinical

/// What waits for a person: codes without a mapping, and messages set aside.
public protocol WorkQueues: Sendable {
    /// Codes that could not be normalised, most frequent first.
    func unmappedQueue(limit: Int) async throws(StoreError) -> [UnmappedItem]

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

    public init(
        source: String, code: Code, unit: String?, specimen: String?, count: Int64, firstSeen: Instant, lastSeen: Instant,
        reason: MissingReason, explanation: String, candidates: [String], samples: [SourceAddress]
    ) {
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

public import Clinical

/// Everything that came of one journal entry; stored in one transaction with its change of state.
public struct ProcessedEntry: Sendable {
    public enum Outcome: Sendable, Hashable {
        case processed
        /// Kept aside with the reason. Only ``ProcessedEntry/issues`` are stored with it: a quarantined message leaves
        /// nothing on the timeline and counts nothing as unmapped, so that it can be requeued.
        case quarantined(Issue)
    }

    public var journalID: Int64
    public var outcome: Outcome
    /// In the order of the message, which is the order in which they apply.
    public var events: [ClinicalEvent]
    public var unmapped: [UnmappedCode]
    /// What waited in the queue and is mapped now.
    public var resolved: [UnmappedCode] = []
    /// What waits in the queue for another reason now.
    public var restated: [UnmappedCode] = []
    public var issues: [Issue]
    public var decisions: [Decision]
    public var deliveries: [NewDelivery]

    public init(
        journalID: Int64, outcome: Outcome = .processed, events: [ClinicalEvent] = [], unmapped: [UnmappedCode] = [],
        issues: [Issue] = [], decisions: [Decision] = [], deliveries: [NewDelivery] = []
    ) {
        self.journalID = journalID
        self.outcome = outcome
        self.events = events
        self.unmapped = unmapped
        self.issues = issues
        self.decisions = decisions
        self.deliveries = deliveries
    }
}

/// What a commit did with each of its entries.
public struct CommitResult: Sendable, Hashable {
    public var committed: [Int64]
    /// Were processed or quarantined before; nothing of them was stored again.
    public var alreadyProcessed: [Int64]
    /// Are not in the journal; nothing of them was stored.
    public var unknown: [Int64]

    public init(committed: [Int64] = [], alreadyProcessed: [Int64] = [], unknown: [Int64] = []) {
        self.committed = committed
        self.alreadyProcessed = alreadyProcessed
        self.unknown = unknown
    }
}

public import Clinical
public import FHIR

/// The queue of unmapped codes, for the page on which a person works through it. Implemented by the pipeline.
public protocol MappingQueue: Sendable {
    /// `nil` when it cannot be read.
    func unmappedQueue() async -> UnmappedQueueView?

    /// Approves one meaning of an item.
    func approve(_ form: ApprovalForm) async -> ApprovalAnswer
}

/// Translates codes by the mapping tables in use. Implemented by the pipeline.
public protocol CodeTranslation: Sendable {
    /// The FHIR operation `$translate`, from Parameters to Parameters.
    func translate(_ parameters: JSON) async throws(CodeTranslationFault) -> JSON
}

/// Why a request cannot be answered.
public struct CodeTranslationFault: Error, Sendable, Hashable {
    /// Name of the parameter.
    public var parameter: String
    public var reason: String

    public init(parameter: String, reason: String) {
        self.parameter = parameter
        self.reason = reason
    }
}

/// What the form of an item says.
public struct ApprovalForm: Sendable, Hashable {
    public var item: Int64
    /// LOINC code; `nil` decides that no code fits.
    public var target: String?
    public var reviewers: [String]
    public var unitMeaning: String?
    public var isForUnitOnly: Bool
    public var isForSpecimenOnly: Bool
    public var comment: String?

    public init(
        item: Int64, target: String?, reviewers: [String], unitMeaning: String?, isForUnitOnly: Bool,
        isForSpecimenOnly: Bool, comment: String?
    ) {
        self.item = item
        self.target = target
        self.reviewers = reviewers
        self.unitMeaning = unitMeaning
        self.isForUnitOnly = isForUnitOnly
        self.isForSpecimenOnly = isForSpecimenOnly
        self.comment = comment
    }
}

public enum ApprovalAnswer: Sendable, Hashable {
    /// Number of the journal entry that puts it to use.
    case approved(Int64)
    /// A sentence for the person.
    case refused(String)
}

/// The page `/queue/unmapped`.
public struct UnmappedQueueView: Sendable, Hashable {
    public struct Proposal: Sendable, Hashable {
        public var loinc: String
        public var display: String
        /// Why it is proposed: `words 0.92, unit fits`.
        public var reasons: String
        /// Model inputs it would feed, `NEWS2: Respiratory rate`.
        public var inputs: [String]

        public init(loinc: String, display: String, reasons: String, inputs: [String]) {
            self.loinc = loinc
            self.display = display
            self.reasons = reasons
            self.inputs = inputs
        }
    }

    public struct Item: Sendable, Hashable {
        public var id: Int64
        public var source: String
        public var code: String
        public var name: String?
        public var unit: String?
        public var specimen: String?
        public var count: Int64
        public var firstSeen: Instant
        public var lastSeen: Instant
        /// Why it waits.
        public var explanation: String
        /// `2.1 to 4.8, median 3.2`; `nil` without numbers.
        public var values: String?
        /// Messages that wait for it.
        public var waiting: Int
        public var proposals: [Proposal]

        public init(
            id: Int64, source: String, code: String, name: String?, unit: String?, specimen: String?, count: Int64,
            firstSeen: Instant, lastSeen: Instant, explanation: String, values: String?, waiting: Int, proposals: [Proposal]
        ) {
            self.id = id
            self.source = source
            self.code = code
            self.name = name
            self.unit = unit
            self.specimen = specimen
            self.count = count
            self.firstSeen = firstSeen
            self.lastSeen = lastSeen
            self.explanation = explanation
            self.values = values
            self.waiting = waiting
            self.proposals = proposals
        }
    }

    public var clock: Instant
    public var items: [Item]
    /// Whether there are more items than these.
    public var hasMore: Bool
    /// Values whose code found no room in the queue.
    public var overflow: Int64
    /// Mapped codes whose values look otherwise than they should, a sentence each.
    public var shifts: [String]

    public init(clock: Instant, items: [Item], hasMore: Bool, overflow: Int64, shifts: [String]) {
        self.clock = clock
        self.items = items
        self.hasMore = hasMore
        self.overflow = overflow
        self.shifts = shifts
    }
}

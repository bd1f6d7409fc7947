internal import Clinical
internal import Normalization

/// What the processor needs of a normalised message; the FHIR bundle is not kept.
struct NormalizedEntry: Sendable {
    var events: [ClinicalEvent]
    var unmapped: [UnmappedCode]
    var issues: [Issue]
    /// Generation of the tables it was read by (``TablesInUse``).
    var tables: Int

    init(_ message: NormalizedMessage, tables: Int = 0) {
        self.tables = tables
        events = message.events
        unmapped = message.unmapped
        issues = message.issues
    }

    /// Events that are stamped already.
    init(events: [ClinicalEvent], tables: Int) {
        self.events = events
        self.tables = tables
        unmapped = []
        issues = []
    }

    /// Stamps what only the journal knows: the number of the entry, and when it was received.
    mutating func stamp(journalID: Int64, received: Instant) {
        for index in events.indices { events[index].stamp(journalID: journalID, received: received) }
        for index in unmapped.indices { unmapped[index].address.messageID = journalID }
    }
}

extension ClinicalEvent {
    /// Changed where it stands: a copy would count a dozen references.
    fileprivate mutating func stamp(journalID: Int64, received: Instant) {
        switch consume self {
        case .finding(var finding):
            finding.known = received
            finding.origin.address.messageID = journalID
            self = .finding(finding)
        case .patient(var record):
            record.known = received
            self = .patient(record)
        case .encounter(var record):
            record.known = received
            self = .encounter(record)
        case .merge(let retired, let surviving, _):
            self = .merge(retired: retired, surviving: surviving, known: received)
        }
    }
}

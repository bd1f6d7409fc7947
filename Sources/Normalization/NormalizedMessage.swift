public import Clinical
public import FHIR

/// A message in FHIR R4 with its codes and units normalised.
public struct NormalizedMessage: Sendable, Hashable {
    /// `ADT^A01`, `ORU^R01`; for FHIR the type of the resource, `Bundle`; `C-CDA`.
    public var messageType: String
    /// MSH-10, the Bundle's identifier or id, the document's id.
    public var controlID: String?
    /// MSH-7, `Bundle.timestamp`, the document's `effectiveTime`.
    public var sent: ClinicalTime?
    /// A Bundle of type `transaction` whose entries are `PUT Type/id` with ids that follow from identifiers alone; `nil`
    /// where it was not asked for.
    public var bundle: JSON?
    /// What the message says, in its order.
    public var events: [ClinicalEvent]
    /// Codes and units that found no mapping.
    public var unmapped: [UnmappedCode]
    public var issues: [Issue]
    /// FHIR input only: `Patient/123` on the sender's server → patient. Hand it to later messages of the same source,
    /// whose observations may refer to patients they do not carry.
    public var serverPatients: [String: PatientKey]

    public init(
        messageType: String, controlID: String?, sent: ClinicalTime?, bundle: JSON?, events: [ClinicalEvent],
        unmapped: [UnmappedCode], issues: [Issue], serverPatients: [String: PatientKey] = [:]
    ) {
        self.messageType = messageType
        self.controlID = controlID
        self.sent = sent
        self.bundle = bundle
        self.events = events
        self.unmapped = unmapped
        self.issues = issues
        self.serverPatients = serverPatients
    }
}

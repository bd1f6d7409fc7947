/// One thing that a message says about a patient, in the order of the message.
public enum ClinicalEvent: Hashable, Sendable {
    case patient(PatientRecord)
    case encounter(EncounterRecord)
    case finding(Finding)
    /// Everything known under `retired` belongs to `surviving` from `known` on (ADT^A40).
    case merge(retired: PatientKey, surviving: PatientKey, known: Instant)

    /// The patient whose order of events this belongs to.
    public var patient: PatientKey {
        switch self {
        case .patient(let record): record.key
        case .encounter(let record): record.patient
        case .finding(let finding): finding.patient
        case .merge(_, let surviving, _): surviving
        }
    }
}

/// Demographics as far as scores and the ward page need them. `nil` means the message did not say.
public struct PatientRecord: Hashable, Sendable, Codable {
    public enum Sex: String, Sendable, Codable {
        case female, male, other, unknown
    }

    public var key: PatientKey
    /// `Family, Given`.
    public var name: PHI<String>?
    public var birthDate: PHI<ClinicalTime>?
    public var sex: Sex?
    public var known: Instant

    public init(key: PatientKey, name: PHI<String>?, birthDate: PHI<ClinicalTime>?, sex: Sex?, known: Instant) {
        self.key = key
        self.name = name
        self.birthDate = birthDate
        self.sex = sex
        self.known = known
    }
}

/// Where a patient is, and since when.
public struct EncounterRecord: Hashable, Sendable, Codable {
    public enum Status: String, Sendable, Codable {
        case planned, inProgress = "in-progress", finished, cancelled
    }

    /// Logical id of the FHIR Encounter.
    public var id: String
    public var patient: PatientKey
    public var status: Status
    /// Point of care (PV1-3.1), room (.2) and bed (.3), as sent.
    public var ward: String?
    public var room: String?
    public var bed: String?
    public var start: ClinicalTime?
    public var end: ClinicalTime?
    public var known: Instant

    public init(
        id: String, patient: PatientKey, status: Status, ward: String?, room: String?, bed: String?, start: ClinicalTime?,
        end: ClinicalTime?, known: Instant
    ) {
        self.id = id
        self.patient = patient
        self.status = status
        self.ward = ward
        self.room = room
        self.bed = bed
        self.start = start
        self.end = end
        self.known = known
    }
}

/// A local code or unit that could not be normalised: a work item, counted, never dropped.
public struct UnmappedCode: Hashable, Sendable, Codable {
    public var source: String
    public var code: Code
    public var unit: String?
    public var specimen: String?
    public var reason: MissingReason
    public var explanation: String
    /// LOINC codes that might be meant; lets a decision say which of its inputs may be waiting here.
    public var candidates: [String]
    public var address: SourceAddress
    /// The value where it is a number: what the values under a code look like helps to find out what the code means.
    public var number: PHI<Double>?

    public init(
        source: String, code: Code, unit: String?, specimen: String?, reason: MissingReason, explanation: String,
        candidates: [String], address: SourceAddress, number: PHI<Double>? = nil
    ) {
        self.source = source
        self.code = code
        self.unit = unit
        self.specimen = specimen
        self.reason = reason
        self.explanation = explanation
        self.candidates = candidates
        self.address = address
        self.number = number
    }
}

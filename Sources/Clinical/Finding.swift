/// One normalised clinical observation: a vital sign, a laboratory result, an assessment.
public struct Finding: Hashable, Sendable, Codable {
    public enum Value: Hashable, Sendable, Codable {
        /// A number in UCUM units, after conversion to the unit of its LOINC code.
        case quantity(Quantity)
        /// A coded answer (level of consciousness, a culture result).
        case coded(Code)
        case text(PHI<String>)
        /// The result exists but has no usable value; the reason says why. Never read as normal.
        case missing(MissingReason)
    }

    /// FHIR R4 observation status, as far as the timeline tells them apart.
    public enum Status: String, Sendable, Codable {
        case preliminary, final, corrected
        /// Deleted or withdrawn by the sender; retracts what was known under the same id.
        case enteredInError = "entered-in-error"
    }

    /// Logical id of the FHIR Observation. The same result, corrected or deleted later, has the same id.
    public var id: String
    public var patient: PatientKey
    /// LOINC, when the code was mapped; otherwise the sender's own code.
    public var code: Code
    public var value: Value
    public var status: Status
    /// When it was true of the patient (time of measurement or collection).
    public var effective: ClinicalTime
    /// When this service learned of it.
    public var known: Instant
    public var origin: Origin

    public init(
        id: String, patient: PatientKey, code: Code, value: Value, status: Status, effective: ClinicalTime, known: Instant,
        origin: Origin
    ) {
        self.id = id
        self.patient = patient
        self.code = code
        self.value = value
        self.status = status
        self.effective = effective
        self.known = known
        self.origin = origin
    }
}

extension Finding {
    /// Everything needed to answer "why is this value what it is?".
    public struct Origin: Hashable, Sendable, Codable {
        /// Name of the configured source.
        public var source: String
        public var address: SourceAddress
        public var rawCode: Code
        /// The value as the sender wrote it.
        public var rawValue: PHI<String>
        public var rawUnit: String?
        /// Mapping row and conversion; `nil` when the code was not mapped.
        public var mapping: MappingRecord?

        public init(
            source: String, address: SourceAddress, rawCode: Code, rawValue: PHI<String>, rawUnit: String?,
            mapping: MappingRecord?
        ) {
            self.source = source
            self.address = address
            self.rawCode = rawCode
            self.rawValue = rawValue
            self.rawUnit = rawUnit
            self.mapping = mapping
        }
    }
}

/// Why a value is missing although something arrived, or although something was expected.
public enum MissingReason: String, Sendable, Codable, Hashable {
    /// Nothing arrived.
    case notMeasured = "not-measured"
    /// Something arrived, too long ago to stand for now.
    case stale
    /// The local code has no approved mapping.
    case unmappedCode = "unmapped-code"
    /// It is decided, by an approved row, that no code fits the local code.
    case noMap = "no-map"
    /// More than one mapping row fits, or the unit has two meanings.
    case ambiguous
    /// The unit cannot be converted to the one that is needed.
    case unit
    /// The sender gave no value, or a data-absent reason.
    case noValue = "no-value"
    /// The value is text or a code where a number is needed, or a code that is not known.
    case notUsable = "not-usable"
    /// Outside what is physiologically possible in its unit.
    case implausible

    /// Whether another row of a mapping table can give the value.
    public var isOfMapping: Bool { self == .unmappedCode || self == .noMap || self == .ambiguous || self == .unit }
}

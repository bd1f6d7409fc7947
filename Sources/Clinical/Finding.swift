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
    ///
    /// What a message says of a value does not change on its way; it is one reference to carry, not five.
    public struct Origin: Hashable, Sendable, Codable {
        private final class Fields: Hashable, Sendable {
            let source: String
            let rawCode: Code
            let rawValue: PHI<String>
            let rawUnit: String?
            let mapping: MappingRecord?

            init(source: String, rawCode: Code, rawValue: PHI<String>, rawUnit: String?, mapping: MappingRecord?) {
                self.source = source
                self.rawCode = rawCode
                self.rawValue = rawValue
                self.rawUnit = rawUnit
                self.mapping = mapping
            }

            static func == (left: Fields, right: Fields) -> Bool {
                left === right
                    || left.rawValue == right.rawValue && left.rawCode == right.rawCode && left.rawUnit == right.rawUnit
                        && left.source == right.source && left.mapping == right.mapping
            }

            func hash(into hasher: inout Hasher) {
                hasher.combine(rawCode)
                hasher.combine(rawValue)
            }
        }

        public var address: SourceAddress
        private let fields: Fields

        /// Name of the configured source.
        public var source: String { fields.source }
        public var rawCode: Code { fields.rawCode }
        /// The value as the sender wrote it.
        public var rawValue: PHI<String> { fields.rawValue }
        public var rawUnit: String? { fields.rawUnit }
        /// Mapping row and conversion; `nil` when the code was not mapped.
        public var mapping: MappingRecord? { fields.mapping }

        public init(
            source: String, address: SourceAddress, rawCode: Code, rawValue: PHI<String>, rawUnit: String?,
            mapping: MappingRecord?
        ) {
            self.address = address
            fields = Fields(source: source, rawCode: rawCode, rawValue: rawValue, rawUnit: rawUnit, mapping: mapping)
        }

        private enum CodingKeys: String, CodingKey {
            case source, address, rawCode, rawValue, rawUnit, mapping
        }

        public init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: CodingKeys.self)
            self.init(
                source: try container.decode(String.self, forKey: .source),
                address: try container.decode(SourceAddress.self, forKey: .address),
                rawCode: try container.decode(Code.self, forKey: .rawCode),
                rawValue: try container.decode(PHI<String>.self, forKey: .rawValue),
                rawUnit: try container.decodeIfPresent(String.self, forKey: .rawUnit),
                mapping: try container.decodeIfPresent(MappingRecord.self, forKey: .mapping))
        }

        public func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(source, forKey: .source)
            try container.encode(address, forKey: .address)
            try container.encode(rawCode, forKey: .rawCode)
            try container.encode(rawValue, forKey: .rawValue)
            try container.encodeIfPresent(rawUnit, forKey: .rawUnit)
            try container.encodeIfPresent(mapping, forKey: .mapping)
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

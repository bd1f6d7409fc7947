/// Identifies a patient: who assigned the identifier, and the identifier.
///
/// Everything about a patient carries it and is looked up by it: it is one reference, and its hash is worked out once.
public struct PatientKey: Hashable, Sendable, Codable {
    private final class Fields: Sendable {
        let system: String
        let value: PHI<String>
        let hash: Int

        init(system: String, value: PHI<String>) {
            self.system = system
            self.value = value
            var hasher = Hasher()
            hasher.combine(system)
            hasher.combine(value)
            hash = hasher.finalize()
        }
    }

    private let fields: Fields

    /// URI of the assigning authority (an OID as `urn:oid:…`).
    public var system: String { fields.system }
    public var value: PHI<String> { fields.value }

    public init(system: String, value: String) {
        fields = Fields(system: system, value: PHI(value))
    }

    /// Logical id of the FHIR Patient: the first 128 bits of SHA-256 over system and value, in hexadecimal.
    public var resourceID: String {
        ContentDigest.identifier("Patient", system, value.exposed)
    }

    public static func == (left: PatientKey, right: PatientKey) -> Bool {
        left.fields === right.fields
            || left.fields.hash == right.fields.hash && left.value == right.value && left.system == right.system
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(fields.hash)
    }

    private enum CodingKeys: String, CodingKey {
        case system, value
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        fields = Fields(
            system: try container.decode(String.self, forKey: .system),
            value: try container.decode(PHI<String>.self, forKey: .value))
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(system, forKey: .system)
        try container.encode(value, forKey: .value)
    }
}

extension PatientKey: CustomStringConvertible {
    public var description: String { "<phi>" }
}

/// Identifies a patient: who assigned the identifier, and the identifier.
public struct PatientKey: Hashable, Sendable, Codable {
    /// URI of the assigning authority (an OID as `urn:oid:…`).
    public let system: String
    public let value: PHI<String>

    public init(system: String, value: String) {
        self.system = system
        self.value = PHI(value)
    }

    /// Logical id of the FHIR Patient: the first 128 bits of SHA-256 over system and value, in hexadecimal.
    public var resourceID: String {
        ContentDigest.identifier("Patient", system, value.exposed)
    }
}

extension PatientKey: CustomStringConvertible {
    public var description: String { "<phi>" }
}

/// A code in a code system.
public struct Code: Hashable, Sendable, Codable {
    /// Canonical URI of the code system (`http://loinc.org`, `urn:iso:std:iso:11073:10101`, a local URI).
    public let system: String
    public let code: String
    public let display: String?

    public init(system: String, code: String, display: String? = nil) {
        self.system = system
        self.code = code
        self.display = display
    }
}

/// Canonical URIs of the code systems this project speaks of.
public enum CodeSystem {
    public static let loinc = "http://loinc.org"
    public static let ucum = "http://unitsofmeasure.org"
    /// ISO/IEEE 11073-10101 nomenclature, HL7v2 table 0396 name `MDC`.
    public static let mdc = "urn:iso:std:iso:11073:10101"
    public static let snomed = "http://snomed.info/sct"
}

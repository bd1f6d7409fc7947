/// A code in a code system.
///
/// Every finding has several, and many have the same: it is one reference to carry, not three texts.
public struct Code: Hashable, Sendable, Codable {
    private final class Fields: Sendable {
        let system: String
        let code: String
        let display: String?

        init(system: String, code: String, display: String?) {
            self.system = system
            self.code = code
            self.display = display
        }
    }

    private let fields: Fields

    /// Canonical URI of the code system (`http://loinc.org`, `urn:iso:std:iso:11073:10101`, a local URI).
    public var system: String { fields.system }
    public var code: String { fields.code }
    public var display: String? { fields.display }

    public init(system: String, code: String, display: String? = nil) {
        fields = Fields(system: system, code: code, display: display)
    }

    public static func == (left: Code, right: Code) -> Bool {
        left.fields === right.fields
            || left.code == right.code && left.system == right.system && left.display == right.display
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(code)
        hasher.combine(system)
    }

    private enum CodingKeys: String, CodingKey {
        case system, code, display
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            system: try container.decode(String.self, forKey: .system),
            code: try container.decode(String.self, forKey: .code),
            display: try container.decodeIfPresent(String.self, forKey: .display))
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(system, forKey: .system)
        try container.encode(code, forKey: .code)
        try container.encodeIfPresent(display, forKey: .display)
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

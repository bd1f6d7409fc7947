/// The URIs this project defines, in one place.
///
/// Extensions carry what FHIR has no element for: the value before normalisation, where it stood in the message, and
/// the mapping row that changed it.
public enum Canonical {
    /// Base of the `fullUrl` of produced entries, so that relative references resolve within the Bundle.
    public static let base = "https://headwall.dev/fhir"
    /// On `valueQuantity`: `valueQuantity` as the sender wrote it.
    public static let rawValue = base + "/StructureDefinition/raw-value"
    /// On a resource or component: `valueString`, the place in the message (`OBX[3]-5`).
    public static let sourceAddress = base + "/StructureDefinition/source-address"
    /// On an added coding: `valueString`, table, version and row of the mapping (`labA/1.0.0#…`).
    public static let mapping = base + "/StructureDefinition/mapping"
    /// On a date: `valueString`, the local time of a source whose zone is not known.
    public static let localTime = base + "/StructureDefinition/local-time"

    /// In front of the namespace of an assigning authority that has no URI of its own.
    public static let assigner = "urn:headwall:assigner:"
    /// In front of the name of a source, for its local codes.
    public static let localCodes = "urn:headwall:codes:"
    /// Codes of this project for what LOINC has no code (`spo2-scale`: which scale of NEWS2 a patient is on). They need no
    /// mapping; a table may still give one.
    public static let clinicalCodes = "urn:headwall:codes:clinical"
    /// In front of the name of a source, for ids of its server.
    public static let serverIDs = "urn:headwall:server-id:"
    /// System of source names in Provenance.
    public static let source = "urn:headwall:source"
    /// System of message control ids in Provenance.
    public static let message = "urn:headwall:message"

    /// Text as part of a URN: everything but letters, digits and `-._` percent-encoded.
    static func encoded(_ text: String) -> String {
        if text.utf8.allSatisfy(isPlain) { return text }
        var result = ""
        for byte in text.utf8 {
            if isPlain(byte) {
                result.unicodeScalars.append(UnicodeScalar(byte))
            } else {
                let digits = String(byte, radix: 16, uppercase: true)
                result += "%" + (digits.count < 2 ? "0" : "") + digits
            }
        }
        return result
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"):
            true
        default: false
        }
    }
}

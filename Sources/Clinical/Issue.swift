/// Something about an input that its owner should know: never silent, never with the value itself.
public struct Issue: Hashable, Sendable, Codable {
    public enum Severity: String, Sendable, Codable, Comparable {
        case information, warning, error

        public static func < (left: Severity, right: Severity) -> Bool { left.rank < right.rank }
        private var rank: Int {
            switch self {
            case .information: 0
            case .warning: 1
            case .error: 2
            }
        }
    }

    public let severity: Severity
    /// Stable numeric code: HL7 table 0357 where it applies (100 segment sequence, 101 required field missing,
    /// 102 data type, 103 table value not found, 200 unsupported message type, 201 event, 202 processing id,
    /// 203 version, 204 unknown key, 207 internal), above 1000 this project's own.
    public let code: Int
    /// Where: `PID-5`, an XPath, a JSON pointer, `byte 1042`.
    public let place: String
    /// A sentence a user can act on. Never holds an input value.
    public let text: String

    public init(_ severity: Severity, code: Int, place: String, _ text: String) {
        self.severity = severity
        self.code = code
        self.place = place
        self.text = text
    }
}

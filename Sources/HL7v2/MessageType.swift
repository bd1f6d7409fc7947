/// MSH-9: what a message is (HL7 v2.5.1 section 2.15.9.9).
public struct MessageType: Sendable, Hashable {
    /// Table 0076: `ADT`.
    public var code: String
    /// Table 0003: `A01`; `nil` when not sent.
    public var event: String?
    /// Table 0354: `ADT_A01`; `nil` when not sent, as before v2.3.1.
    public var structure: String?

    public init(code: String, event: String? = nil, structure: String? = nil) {
        self.code = code
        self.event = event
        self.structure = structure
    }
}

extension MessageType: CustomStringConvertible {
    /// Code and event: `ADT^A01`.
    public var description: String {
        event.map { "\(code)^\($0)" } ?? code
    }
}

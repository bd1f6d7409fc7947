/// Where a value came from: the message and the place in it.
public struct SourceAddress: Hashable, Sendable, Codable {
    /// Journal number of the message; 0 outside a service (offline conversion).
    public var messageID: Int64
    /// Place in the field's own notation: `OBX[3]-5`, an XPath, a JSON pointer.
    public var path: String

    public init(messageID: Int64 = 0, path: String) {
        self.messageID = messageID
        self.path = path
    }
}

/// What a journal entry holds.
public enum MessageFormat: String, Sendable, Codable {
    case hl7v2, fhir, cda
    /// An approved mapping: from this entry on another version of a table is in use. No door takes it.
    case mappings

    /// Formats that doors take.
    public static let messages: [MessageFormat] = [.hl7v2, .fhir, .cda]
}

/// Bytes as they came through a door, with what the door knows of them.
public struct InboundMessage: Sendable {
    /// Name of the configured source.
    public let source: String
    public let format: MessageFormat
    public let bytes: [UInt8]
    /// When the service learned of it: the "known" axis of the timeline.
    public let received: Instant

    public init(source: String, format: MessageFormat, bytes: [UInt8], received: Instant) {
        self.source = source
        self.format = format
        self.bytes = bytes
        self.received = received
    }
}

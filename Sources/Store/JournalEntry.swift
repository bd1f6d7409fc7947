public import Clinical

/// A message on its way into the journal.
public struct NewEntry: Sendable {
    public var message: InboundMessage
    /// MSH-10, or the identifier of the Bundle or document; `nil` when there is none or it cannot be read.
    public var controlID: String?
    /// SHA-256 of the body.
    public let digest: ContentDigest
    /// Why the door refused it: the entry is stored in quarantine, in the same transaction. `nil` makes it pending.
    public var refusal: Issue?

    public init(message: InboundMessage, controlID: String?, refusal: Issue? = nil) {
        self.message = message
        self.controlID = controlID
        self.refusal = refusal
        digest = ContentDigest(of: message.bytes)
    }
}

extension NewEntry: CustomStringConvertible, CustomReflectable {
    /// Source and format only: the body holds patient data.
    public var description: String { "new entry (\(message.format.rawValue))" }
    public var customMirror: Mirror { Mirror(self, children: ["format": message.format]) }
}

/// How far an entry has come.
public enum EntryState: String, Sendable, Hashable, Codable {
    case pending, processed, quarantined
}

/// A message in the journal.
public struct JournalEntry: Sendable, Hashable {
    /// Number in the journal, from 1, ascending in the order of arrival, never used twice.
    public var id: Int64
    public var source: String
    public var format: MessageFormat
    public var controlID: String?
    public var digest: ContentDigest
    public var received: Instant
    public var bytes: [UInt8]
    public var state: EntryState
    /// An earlier entry of the same source and control id whose body differs.
    public var conflictsWith: Int64?

    /// Whether the sender used this control id before for another body.
    public var isConflicting: Bool { conflictsWith != nil }

    /// The message as it came through the door.
    public var message: InboundMessage {
        InboundMessage(source: source, format: format, bytes: bytes, received: received)
    }

    public init(
        id: Int64, source: String, format: MessageFormat, controlID: String?, digest: ContentDigest, received: Instant,
        bytes: [UInt8], state: EntryState, conflictsWith: Int64?
    ) {
        self.id = id
        self.source = source
        self.format = format
        self.controlID = controlID
        self.digest = digest
        self.received = received
        self.bytes = bytes
        self.state = state
        self.conflictsWith = conflictsWith
    }
}

extension JournalEntry: CustomStringConvertible, CustomReflectable {
    /// Number and state only: the body holds patient data.
    public var description: String { "journal entry \(id) (\(state.rawValue))" }
    public var customMirror: Mirror { Mirror(self, children: ["id": id, "state": state]) }
}

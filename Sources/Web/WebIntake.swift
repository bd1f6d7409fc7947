public import Clinical

/// Takes bytes that came over HTTP. Implemented by the pipeline: it returns only after the bytes are committed, or says
/// that they were not.
public protocol WebIntake: Sendable {
    func receive(source: String, format: MessageFormat, bytes: [UInt8]) async -> IntakeResult
}

/// What became of a body.
public struct IntakeResult: Sendable, Hashable {
    public enum Status: Sendable, Hashable {
        /// Committed under this journal number.
        case accepted(journal: Int64)
        /// The same bytes were committed before, under this number; nothing was done again.
        case duplicate(journal: Int64)
        /// Not kept.
        case rejected([Issue])
        /// Committed, but it cannot be processed as it is; waits in quarantine.
        case quarantined([Issue])
        /// Nothing was committed for a reason on this side; the sender may try again.
        case unavailable(retryAfterSeconds: Int)
    }

    public var status: Status
    /// The acknowledgement message for HL7v2, empty for other formats.
    public var reply: [UInt8]

    public init(_ status: Status, reply: [UInt8] = []) {
        self.status = status
        self.reply = reply
    }
}

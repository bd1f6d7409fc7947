/// Why a door could not do its work. Never carries message content.
public struct DoorError: Error, Hashable, Sendable {
    /// What went wrong, with a stable number for scripts and alarms.
    public enum Cause: Int, Sendable {
        /// The listening address cannot be bound (in use, not allowed, unknown).
        case cannotListen = 2001
        /// A certificate, key or CA file cannot be used.
        case certificate = 2002
        /// The other side refused the connection or cannot be reached.
        case refused = 2003
        /// A connection or a reply took too long.
        case timeout = 2004
        /// The connection ended before the reply came.
        case closedBeforeReply = 2005
        /// The reply is larger than the limit.
        case replyTooLarge = 2006
        /// Bytes came that are no MLLP frame.
        case protocolViolation = 2007
        /// The TLS handshake failed or a certificate was not accepted.
        case tls = 2008
        /// The content holds bytes that MLLP uses for framing.
        case unframeable = 2009
        /// The task was cancelled.
        case cancelled = 2010
        /// A watched folder cannot be read or written.
        case folder = 2011
    }

    public let cause: Cause
    /// The door: a configured name, an address, or a folder's role; never a file's name.
    public let place: String
    /// A sentence a user can act on.
    public let reason: String

    public init(_ cause: Cause, place: String, _ reason: String) {
        self.cause = cause
        self.place = place
        self.reason = reason
    }

    public var code: Int { cause.rawValue }
}

extension DoorError: CustomStringConvertible {
    public var description: String { "\(place): \(reason) [\(code)]" }
}

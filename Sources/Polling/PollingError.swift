/// Why something could not be fetched. Holds no content, no address and no text of a library.
public struct PollingError: Error, Hashable, Sendable {
    /// What went wrong, with a stable number for scripts and alarms.
    public enum Cause: Int, Sendable {
        /// The configuration cannot work; nothing was sent.
        case configuration = 2301
        /// The host name is not known or nothing accepts connections there.
        case unreachable = 2302
        case timeout = 2303
        /// The TLS handshake failed or the server's certificate was not accepted.
        case tls = 2304
        /// The connection ended before the whole answer had come.
        case truncated = 2305
        /// The answer is larger than the limit.
        case tooLarge = 2306
        /// Any other failure of the transport.
        case transport = 2307
        /// The server answered with a redirect, which is not followed.
        case redirect = 2308
        /// The server does not accept the token.
        case unauthorized = 2309
        /// The server answered with another status than success.
        case status = 2310
        /// The server limits the rate, and for longer than this program waits.
        case rateLimited = 2311
        /// So many requests failed that none is sent for some time.
        case circuitOpen = 2312
        /// The answer is not a FHIR searchset Bundle.
        case badPage = 2313
        /// The link to the next page leads to another server or in a circle.
        case badLink = 2314
        /// The page could not be committed, or the cursor not be read or written.
        case notCommitted = 2315
        /// The bearer token cannot be read.
        case token = 2316
        case cancelled = 2317
    }

    public let cause: Cause
    /// Where: the name of the server, a JSON pointer or byte offset in a page, the name of a setting.
    public let place: String
    /// A sentence a user can act on.
    public let reason: String
    /// HTTP status, where the cause is one.
    public let status: Int?

    public init(_ cause: Cause, place: String, _ reason: String, status: Int? = nil) {
        self.cause = cause
        self.place = place
        self.reason = reason
        self.status = status
    }

    public var code: Int { cause.rawValue }
}

extension PollingError: CustomStringConvertible {
    public var description: String { "\(place): \(reason) [\(code)]" }
}

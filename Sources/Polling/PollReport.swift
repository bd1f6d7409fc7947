public import Clinical

/// One page as it is handed on.
public struct PolledPage: Hashable, Sendable {
    /// Name of the server.
    public let server: String
    /// The query, ``PollQuery/text``.
    public let query: String
    /// Number of the page in its poll, from 1.
    public let number: Int
    public let entryCount: Int
    public let received: Instant
}

/// How one poll of one query went.
public struct PollReport: Hashable, Sendable {
    public let server: String
    public let query: String
    /// `Bundle.total` of the first page, when given.
    public internal(set) var expected: Int?
    /// Matches in all pages.
    public internal(set) var received = 0
    public internal(set) var pages = 0
    /// Pages of which every entry had been handed on by an earlier poll, and which were not handed on again.
    public internal(set) var repeatedPages = 0
    /// Waits that the server asked for by 429 or 503.
    public internal(set) var statusWaits = 0
    /// Requests sent again after a failure.
    public internal(set) var retries = 0
    public internal(set) var duration = Duration.zero
    /// Whether the cursor is where the next poll should start.
    public internal(set) var isComplete = false
    public internal(set) var error: PollingError?

    init(server: String, query: String) {
        self.server = server
        self.query = query
    }

    /// Whether the server announced another number of resources than came.
    public var isMismatch: Bool {
        guard let expected, isComplete else { return false }
        return expected != received
    }
}

public import Clinical

/// Which FHIR server to poll, for what, and how gently.
public struct FHIRPollerConfiguration: Sendable {
    /// Where the bearer token comes from. It is read before the first request and again when the server answers 401.
    public enum Token: Hashable, Sendable {
        /// The content of a file, without white space around it.
        case file(String)
        /// The value of an environment variable.
        case environment(String)
    }

    /// Name of the server in logs, reports and cursors.
    public var name: String
    public var base: ServerURL
    public var queries: [PollQuery]
    /// Time between the end of one round and the start of the next.
    public var interval: Duration
    /// `_count`: resources a page.
    public var pageSize: Int
    /// Pages of one query in one poll.
    public var maximumPages: Int
    public var token: Token?
    /// How far `_lastUpdated` reaches back behind the newest resource seen: what a server commits late still comes.
    public var overlap: Duration
    /// Start of the first poll; `nil` fetches everything.
    public var since: Instant?
    /// Asks for `_sort=_lastUpdated`; with it a first fetch of more than ``maximumPages`` proceeds poll by poll.
    public var isSorted: Bool
    /// Time for one request.
    public var timeout: Duration
    /// Largest page, in bytes.
    public var maximumBodyBytes: Int
    public var policy: RequestPolicy

    public init(
        name: String, base: ServerURL, queries: [PollQuery], interval: Duration = .seconds(60), pageSize: Int = 200,
        maximumPages: Int = 1000, token: Token? = nil, overlap: Duration = .seconds(60), since: Instant? = nil,
        isSorted: Bool = true, timeout: Duration = .seconds(30), maximumBodyBytes: Int = 16 << 20,
        policy: RequestPolicy = RequestPolicy()
    ) {
        self.name = name
        self.base = base
        self.queries = queries
        self.interval = interval
        self.pageSize = pageSize
        self.maximumPages = maximumPages
        self.token = token
        self.overlap = overlap
        self.since = since
        self.isSorted = isSorted
        self.timeout = timeout
        self.maximumBodyBytes = maximumBodyBytes
        self.policy = policy
    }
}

public import Clinical

/// Addresses, limits and access of the HTTP server.
public struct WebConfiguration: Sendable {
    /// Loopback unless the configuration says otherwise: the ward page shows patient data.
    public var host: String
    /// 0 takes a free port; the server reports which.
    public var port: Int
    /// Larger bodies are answered 413 as soon as that is known; never more than this is held in memory for a request.
    public var maximumBodyBytes: Int
    /// Connections beyond this wait in the backlog.
    public var maximumConnections: Int
    /// A connection without any byte for this long is closed, unless a response is under way.
    public var idleTimeoutSeconds: Int
    /// A body must be complete within this time, however steadily it drips; else 408.
    public var bodyTimeoutSeconds: Int
    /// Source name for requests that name none.
    public var defaultSource: String
    /// Names that are accepted; `nil` accepts any well-formed name.
    public var sources: Set<String>?
    /// Static bearer tokens: source name by token. When there are any, the machine endpoints (intake, FHIR reads, CDS
    /// Hooks calls) answer 401 without one, and a source may only speak under its own name.
    public var tokens: [String: String]
    /// Open ward pages at a time; more are answered 503.
    public var maximumEventClients: Int
    /// Events that may wait for a slow page before it is dropped; it reconnects and resumes.
    public var eventBuffer: Int
    /// A comment is sent after this long without an event, so that proxies keep the connection.
    public var heartbeatSeconds: Int
    /// Zone of the clock times on the ward page.
    public var zone: ZoneRule
    /// Label and address that CDS cards name as their source.
    public var sourceLabel: String
    public var sourceURL: String?
    /// Version in the CapabilityStatement.
    public var softwareVersion: String

    public init(
        host: String = "127.0.0.1", port: Int = 8080, maximumBodyBytes: Int = 16 << 20, maximumConnections: Int = 256,
        idleTimeoutSeconds: Int = 60, bodyTimeoutSeconds: Int = 60, defaultSource: String = "http",
        sources: Set<String>? = nil, tokens: [String: String] = [:], maximumEventClients: Int = 64, eventBuffer: Int = 64,
        heartbeatSeconds: Int = 15, zone: ZoneRule = .fixed(minutes: 0), sourceLabel: String = "Headwall",
        sourceURL: String? = nil,
        softwareVersion: String = "0.1.0"
    ) {
        self.host = host
        self.port = port
        self.maximumBodyBytes = maximumBodyBytes
        self.maximumConnections = maximumConnections
        self.idleTimeoutSeconds = idleTimeoutSeconds
        self.bodyTimeoutSeconds = bodyTimeoutSeconds
        self.defaultSource = defaultSource
        self.sources = sources
        self.tokens = tokens
        self.maximumEventClients = maximumEventClients
        self.eventBuffer = eventBuffer
        self.heartbeatSeconds = heartbeatSeconds
        self.zone = zone
        self.sourceLabel = sourceLabel
        self.sourceURL = sourceURL
        self.softwareVersion = softwareVersion
    }
}

/// What an ``MLLPServer`` listens on, and its limits.
public struct MLLPServerConfiguration: Hashable, Sendable {
    /// Name of the door in logs.
    public var name: String
    /// Address to listen on.
    public var host: String
    /// Port to listen on; 0 takes any free one, which is reported when bound.
    public var port: Int
    /// Largest content of a frame, in bytes.
    public var maximumFrameBytes: Int
    /// How much of garbage or of a frame above the limit is kept, in bytes.
    public var maximumKeptBytes: Int
    /// Frames handed over at once.
    public var maximumBatchFrames: Int
    /// Connections served at once; further ones are closed as they come.
    public var maximumConnections: Int
    /// Bytes held for open frames and frames at the handler, over all connections. Above it connections wait, except
    /// one at a time so that there is always progress; one read a connection and one frame may be held beyond it.
    public var maximumInFlightBytes: Int
    /// A connection on which nothing comes, and whose replies are all sent, is closed after this time.
    public var idleTimeout: Duration
    /// Time from the first byte of a frame (or of garbage) to its end. Time in which the server itself does not read
    /// is not counted.
    public var frameDeadline: Duration
    /// Time for the TLS handshake.
    public var handshakeTimeout: Duration
    /// Time for sending the last replies and for the peer to close after them.
    public var closeTimeout: Duration
    /// Time for finishing what was received, after a graceful shutdown began.
    public var drainTimeout: Duration
    /// `nil` for plain TCP.
    public var tls: TLSServerConfiguration?

    public init(
        name: String = "mllp", host: String = "127.0.0.1", port: Int = 0, maximumFrameBytes: Int = 16 << 20,
        maximumKeptBytes: Int = 64 << 10, maximumBatchFrames: Int = 256, maximumConnections: Int = 256,
        maximumInFlightBytes: Int = 256 << 20, idleTimeout: Duration = .seconds(900),
        frameDeadline: Duration = .seconds(30), handshakeTimeout: Duration = .seconds(10),
        closeTimeout: Duration = .seconds(5), drainTimeout: Duration = .seconds(20), tls: TLSServerConfiguration? = nil
    ) {
        self.name = name
        self.host = host
        self.port = port
        self.maximumFrameBytes = maximumFrameBytes
        self.maximumKeptBytes = maximumKeptBytes
        self.maximumBatchFrames = maximumBatchFrames
        self.maximumConnections = maximumConnections
        self.maximumInFlightBytes = maximumInFlightBytes
        self.idleTimeout = idleTimeout
        self.frameDeadline = frameDeadline
        self.handshakeTimeout = handshakeTimeout
        self.closeTimeout = closeTimeout
        self.drainTimeout = drainTimeout
        self.tls = tls
    }
}

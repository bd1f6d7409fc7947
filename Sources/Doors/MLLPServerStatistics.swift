/// Counts of an ``MLLPServer`` since it started.
public struct MLLPServerStatistics: Hashable, Sendable {
    /// Connections served now.
    public var openConnections = 0
    public var acceptedConnections = 0
    /// Connections closed at once because too many were open.
    public var refusedConnections = 0
    public var messages = 0
    public var garbage = 0
    public var tooLarge = 0
    public var truncated = 0
    /// Connections closed for an idle, frame, handshake or close deadline.
    public var deadlinesPassed = 0

    public init() {}

    mutating func count(_ frames: [MLLPFrame]) {
        for frame in frames {
            switch frame {
            case .message: messages += 1
            case .garbage: garbage += 1
            case .tooLarge: tooLarge += 1
            case .truncated: truncated += 1
            }
        }
    }
}

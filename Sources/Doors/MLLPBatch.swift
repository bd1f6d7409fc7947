/// Frames that were complete at one read, on their way to the handler of an ``MLLPServer``.
public struct MLLPBatch: Sendable {
    public let frames: [MLLPFrame]
    public let peer: MLLPPeer
}

/// The replies to one ``MLLPBatch``, on their way back.
public struct MLLPReplies: Sendable {
    /// One for each frame, in order, without framing; `nil` where there is none.
    public let contents: [[UInt8]?]

    public init(_ contents: [[UInt8]?]) {
        self.contents = contents
    }
}

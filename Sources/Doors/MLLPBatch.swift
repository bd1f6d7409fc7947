/// Frames that were complete at one read, on their way to the handler of an ``MLLPServer``.
public struct MLLPBatch: Sendable {
    public let frames: [MLLPFrame]
    public let peer: MLLPPeer
}

/// The replies to one ``MLLPBatch``, on their way back.
public struct MLLPReplies: Sendable {
    /// Those to each frame, in the order of the frames, without framing.
    public let contents: [[[UInt8]]]

    public init(_ contents: [[[UInt8]]]) {
        self.contents = contents
    }

    /// One for each frame, `nil` where there is none.
    public init(_ contents: [[UInt8]?]) {
        self.contents = contents.map { $0.map { [$0] } ?? [] }
    }
}

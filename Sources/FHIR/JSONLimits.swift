/// Bounds on what is read, so that no input can exhaust memory or the stack.
public struct JSONLimits: Sendable, Hashable {
    /// Largest text in bytes, at most `Int32.max`.
    public var maximumBytes: Int
    /// Deepest nesting of arrays and objects, at most ``deepest``.
    public var maximumDepth: Int
    /// Most keys and values in one text.
    public var maximumNodes: Int

    /// The tree is walked recursively; this depth fits the smallest thread stack in use.
    public static let deepest = 512

    public init(maximumBytes: Int = 16 << 20, maximumDepth: Int = 64, maximumNodes: Int = 3_000_000) {
        self.maximumBytes = min(max(maximumBytes, 0), Int(Int32.max))
        self.maximumDepth = min(max(maximumDepth, 0), Self.deepest)
        self.maximumNodes = min(max(maximumNodes, 0), Int(Int32.max))
    }
}

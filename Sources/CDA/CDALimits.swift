/// Bounds on what the reader accepts. Real documents stay far below all of them.
public struct CDALimits: Sendable, Hashable {
    /// Bytes of the document as it came.
    public var maximumBytes: Int
    /// Bytes from `<` to `>` of one tag or processing instruction.
    public var maximumTagBytes: Int
    /// Attributes and namespace declarations of one start tag. libxml2 2.9 compares each attribute with every earlier
    /// one, so this is enforced before it sees the bytes.
    public var maximumAttributes: Int
    /// Nesting of elements.
    public var maximumDepth: Int
    /// Elements of the whole document.
    public var maximumElements: Int
    /// Differently named children of one element.
    public var maximumChildNames: Int
    /// UTF-8 bytes of text directly in one element, section narrative excepted.
    public var maximumTextBytes: Int
    /// Observations of the whole document.
    public var maximumObservations: Int

    public init(
        maximumBytes: Int = 16 << 20, maximumTagBytes: Int = 64 << 10, maximumAttributes: Int = 256,
        maximumDepth: Int = 64, maximumElements: Int = 1_000_000, maximumChildNames: Int = 256,
        maximumTextBytes: Int = 1 << 20, maximumObservations: Int = 100_000
    ) {
        self.maximumBytes = maximumBytes
        self.maximumTagBytes = maximumTagBytes
        self.maximumAttributes = maximumAttributes
        self.maximumDepth = maximumDepth
        self.maximumElements = maximumElements
        self.maximumChildNames = maximumChildNames
        self.maximumTextBytes = maximumTextBytes
        self.maximumObservations = maximumObservations
    }
}

extension Message {
    /// Bounds on what is read from one message.
    public struct Limits: Sendable, Hashable {
        public var maximumBytes: Int
        public var maximumSegments: Int
        /// Over all segments.
        public var maximumFields: Int

        public init(maximumBytes: Int = 16 << 20, maximumSegments: Int = 200_000, maximumFields: Int = 2_000_000) {
            self.maximumBytes = maximumBytes
            self.maximumSegments = maximumSegments
            self.maximumFields = maximumFields
        }
    }
}

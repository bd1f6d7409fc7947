/// What a stream of bytes turned out to be, in the order of the stream.
public enum MLLPFrame: Hashable, Sendable {
    /// The content of one complete frame, without its start and end bytes.
    case message([UInt8])
    /// Bytes outside any frame: how many, and the first of them.
    case garbage(count: Int, kept: [UInt8])
    /// A frame above the size limit: its first bytes, and the size of its content as far as it came.
    case tooLarge(prefix: [UInt8], size: Int)
    /// A frame that ended without its end bytes: another frame began, the connection closed, or its deadline passed.
    case truncated([UInt8])

    /// Bytes of memory the frame holds.
    public var heldBytes: Int {
        switch self {
        case .message(let bytes), .garbage(_, let bytes), .tooLarge(let bytes, _), .truncated(let bytes): bytes.count
        }
    }
}

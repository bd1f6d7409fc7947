/// One key or value of a scanned text, in the order of the text.
///
/// A container is followed by all it holds, an object by key, value, key, value …; `next` leads past it.
struct JSONTapeEntry: Sendable {
    enum Kind: UInt8 {
        case null, `false`, `true`, number, string, key, array, object
    }

    /// First byte of the literal; for strings and keys the one after the quotation mark.
    var offset: UInt32
    /// Bytes of the literal, without quotation marks; number of elements or members of a container.
    var length: UInt32
    /// Tape index after this value; a hash of the bytes for a key.
    var next: UInt32
    var kind: Kind
    /// Whether a string or key holds an escape.
    var hasEscapes: Bool
}

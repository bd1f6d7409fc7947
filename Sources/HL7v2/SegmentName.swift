/// The three bytes of a segment name, packed for comparison.
struct SegmentName: Hashable, Sendable {
    let packed: UInt32

    init(_ first: UInt8, _ second: UInt8, _ third: UInt8) {
        packed = UInt32(first) << 16 | UInt32(second) << 8 | UInt32(third)
    }

    /// `nil` unless the text has three bytes.
    init?(_ text: String) {
        var iterator = text.utf8.makeIterator()
        guard let first = iterator.next(), let second = iterator.next(), let third = iterator.next(),
            iterator.next() == nil
        else { return nil }
        self.init(first, second, third)
    }

    static let msh = SegmentName(UInt8(ascii: "M"), UInt8(ascii: "S"), UInt8(ascii: "H"))
    static let obx = SegmentName(UInt8(ascii: "O"), UInt8(ascii: "B"), UInt8(ascii: "X"))
    static let fhs = SegmentName(UInt8(ascii: "F"), UInt8(ascii: "H"), UInt8(ascii: "S"))
    static let bhs = SegmentName(UInt8(ascii: "B"), UInt8(ascii: "H"), UInt8(ascii: "S"))
    static let bts = SegmentName(UInt8(ascii: "B"), UInt8(ascii: "T"), UInt8(ascii: "S"))
    static let fts = SegmentName(UInt8(ascii: "F"), UInt8(ascii: "T"), UInt8(ascii: "S"))

    /// Whether it reads `[A-Z][A-Z0-9]{2}` (HL7 v2.5.1 section 2.5.2).
    @inline(__always)
    var isValid: Bool {
        let first = UInt8(truncatingIfNeeded: packed >> 16)
        return Self.isUpper(first) && Self.isUpperOrDigit(UInt8(truncatingIfNeeded: packed >> 8))
            && Self.isUpperOrDigit(UInt8(truncatingIfNeeded: packed))
    }

    /// Segments whose first two fields are the delimiters themselves.
    var declaresDelimiters: Bool { self == .msh || self == .fhs || self == .bhs }

    /// Segments that wrap messages and never stand inside one (HL7 v2.5.1 section 2.10.3).
    var belongsToBatch: Bool { self == .fhs || self == .bhs || self == .bts || self == .fts }

    /// Z segments are agreed between sites and stand wherever these put them (HL7 v2.5.1 section 2.11).
    var isLocal: Bool { packed >> 16 == UInt32(UInt8(ascii: "Z")) }

    var text: String {
        let bytes = [
            UInt8(truncatingIfNeeded: packed >> 16), UInt8(truncatingIfNeeded: packed >> 8),
            UInt8(truncatingIfNeeded: packed),
        ]
        return String(decoding: bytes, as: UTF8.self)
    }

    @inline(__always)
    private static func isUpper(_ byte: UInt8) -> Bool { byte &- UInt8(ascii: "A") < 26 }

    @inline(__always)
    private static func isUpperOrDigit(_ byte: UInt8) -> Bool { isUpper(byte) || byte &- UInt8(ascii: "0") < 10 }
}

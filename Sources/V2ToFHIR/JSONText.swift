/// Text of a JSON string (RFC 8259 section 7): the quotation mark, the backslash and control characters are escaped.
enum JSONText {
    /// Appends the rest of a string whose opening quotation mark is written already.
    static func appendStringRest(_ bytes: [UInt8], _ range: Range<Int>, to output: inout [UInt8]) {
        var start = range.lowerBound
        while let position = firstEscaped(bytes, start..<range.upperBound) {
            output.append(bytes, start..<position)
            start = position + 1
            appendEscaped(bytes[position], to: &output)
        }
        output.append(bytes, start..<range.upperBound)
        output.append(0x22)
    }

    private static func appendEscaped(_ byte: UInt8, to output: inout [UInt8]) {
        switch byte {
        case 0x22: output.append("\\\"")
        case 0x5C: output.append("\\\\")
        case 0x0A: output.append("\\n")
        case 0x0D: output.append("\\r")
        case 0x09: output.append("\\t")
        default:
            let hex = Array("0123456789abcdef".utf8)
            output.append("\\u00")
            output.append(hex[Int(byte >> 4)])
            output.append(hex[Int(byte & 15)])
        }
    }

    /// The first byte that JSON wants escaped. Eight bytes are looked at in one step: few texts have such a byte.
    @inline(__always)
    static func firstEscaped(_ bytes: [UInt8], _ range: Range<Int>) -> Int? {
        let span = bytes.span
        let raw = span.bytes
        var position = range.lowerBound
        while range.upperBound - position >= 8 {
            let word = raw.unsafeLoadUnaligned(fromByteOffset: position, as: UInt64.self)
            if holdsEscaped(word) { break }
            position += 8
        }
        while position < range.upperBound {
            let byte = span[position]
            if byte < 0x20 || byte == 0x22 || byte == 0x5C { return position }
            position += 1
        }
        return nil
    }

    /// Whether one of the eight bytes is to be escaped: a subtraction borrows into the high bit of a byte that is too small
    /// (Mycroft 1987). A byte above a match may be taken for one too, which does not change the answer.
    @inline(__always)
    private static func holdsEscaped(_ word: UInt64) -> Bool {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let quotes = word ^ (ones &* 0x22)
        let backslashes = word ^ (ones &* 0x5C)
        let small = (word &- ones &* 0x20) & ~word
        let zero = ((quotes &- ones) & ~quotes) | ((backslashes &- ones) & ~backslashes)
        return (small | zero) & (ones &* 0x80) != 0
    }
}

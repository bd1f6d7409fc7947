/// Escape sequences in text (HL7 v2.5.1 section 2.7).
///
/// Read: `\F\ \S\ \T\ \R\ \E\` (and `\P\` where a truncation character is declared), `\Xdd…\`, `\.br\` as a line feed;
/// `\H\` and `\N\` switch highlighting and leave no text. Everything else (local `\Z…\`, other formatting commands,
/// switches of character set, malformed hexadecimal data, a lone escape character) is kept as it stands.
public enum EscapeSequences {
    /// The text of bytes that hold no delimiters other than escapes.
    public static func decode(
        _ bytes: [UInt8], delimiters: Delimiters = .standard, characterSet: Message.CharacterSet = .utf8
    ) -> String {
        decode(bytes.span, delimiters: delimiters, characterSet: characterSet)
    }

    static func decode(_ bytes: Span<UInt8>, delimiters: Delimiters, characterSet: Message.CharacterSet) -> String {
        var text: [UInt8] = []
        text.reserveCapacity(bytes.count)
        var position = 0
        while position < bytes.count {
            var end = position
            while end < bytes.count, bytes[end] != delimiters.escape { end += 1 }
            characterSet.append(bytes.extracting(position..<end), to: &text)
            guard end < bytes.count else { break }
            var close = end + 1
            while close < bytes.count, bytes[close] != delimiters.escape { close += 1 }
            if close < bytes.count,
                append(bytes.extracting(end + 1..<close), delimiters: delimiters, characterSet: characterSet, to: &text)
            {
                position = close + 1
            } else {
                // A sequence of a defined kind is kept whole. Otherwise the escape character stands for itself, and
                // the next one may open a sequence.
                let isSequence = close < bytes.count && isOfDefinedKind(bytes.extracting(end + 1..<close))
                let kept = isSequence ? close + 1 : end + 1
                characterSet.append(bytes.extracting(end..<kept), to: &text)
                position = kept
            }
        }
        return String(decoding: text, as: UTF8.self)
    }

    private static func isOfDefinedKind(_ body: Span<UInt8>) -> Bool {
        guard body.count > 0 else { return false }
        switch body[0] {
        case UInt8(ascii: "."), UInt8(ascii: "C"), UInt8(ascii: "M"), UInt8(ascii: "X"), UInt8(ascii: "Z"): return true
        default: return body.count == 1 && body[0] &- UInt8(ascii: "A") < 26
        }
    }

    /// Appends what the inside of a sequence stands for; false when it is not known.
    private static func append(
        _ body: Span<UInt8>, delimiters: Delimiters, characterSet: Message.CharacterSet, to text: inout [UInt8]
    ) -> Bool {
        guard body.count > 0 else { return false }
        let code = body[0]
        if body.count == 1 {
            let literal: UInt8?
            switch code {
            case UInt8(ascii: "F"): literal = delimiters.field
            case UInt8(ascii: "S"): literal = delimiters.component
            case UInt8(ascii: "T"): literal = delimiters.subcomponent
            case UInt8(ascii: "R"): literal = delimiters.repetition
            case UInt8(ascii: "E"): literal = delimiters.escape
            case UInt8(ascii: "P"): literal = delimiters.truncation
            case UInt8(ascii: "H"), UInt8(ascii: "N"): return true
            default: return false
            }
            guard let literal else { return false }
            text.append(literal)
            return true
        }
        if code == UInt8(ascii: "X") {
            return appendHexadecimal(body.extracting(1..<body.count), characterSet: characterSet, to: &text)
        }
        if body.count == 3, code == UInt8(ascii: "."), body[1] | 0x20 == UInt8(ascii: "b"),
            body[2] | 0x20 == UInt8(ascii: "r")
        {
            text.append(0x0A)
            return true
        }
        return false
    }

    private static func appendHexadecimal(
        _ digits: Span<UInt8>, characterSet: Message.CharacterSet, to text: inout [UInt8]
    ) -> Bool {
        guard digits.count > 0, digits.count.isMultiple(of: 2) else { return false }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(digits.count / 2)
        for index in stride(from: 0, to: digits.count, by: 2) {
            guard let high = digit(digits[index]), let low = digit(digits[index + 1]) else { return false }
            bytes.append(high << 4 | low)
        }
        guard characterSet.firstInvalidOffset(in: bytes, from: 0) == nil else { return false }
        characterSet.append(bytes.span, to: &text)
        return true
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        default: nil
        }
    }

    /// The text as UTF-8 with delimiters and control characters escaped; ``decode`` gives it back, NUL aside.
    ///
    /// A line feed becomes `\.br\`, every other control character hexadecimal data, so that neither a segment end nor a
    /// byte of the transport's framing can come out of a value. Two quotation marks alone, which would write the null
    /// value, become hexadecimal data too.
    ///
    /// Without an escape character, what would need escaping is left out.
    public static func encode(_ text: String, delimiters: Delimiters = .standard) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.utf8.count + 8)
        append(text, delimiters: delimiters, to: &bytes)
        return bytes
    }

    static func append(_ text: String, delimiters: Delimiters, to bytes: inout [UInt8]) {
        guard let escape = delimiters.escape else {
            // Nothing can be escaped; what would need it is left out rather than read as structure.
            bytes.append(contentsOf: text.utf8.filter { $0 >= 0x20 && $0 != 0x7F && !delimiters.contains($0) })
            return
        }
        if text == "\"\"" {
            bytes.append(escape)
            bytes.append(contentsOf: "X2222".utf8)
            bytes.append(escape)
            return
        }
        func sequence(_ body: String) {
            bytes.append(escape)
            bytes.append(contentsOf: body.utf8)
            bytes.append(escape)
        }
        for byte in text.utf8 {
            switch byte {
            case delimiters.field: sequence("F")
            case delimiters.component: sequence("S")
            case delimiters.repetition: sequence("R")
            case escape: sequence("E")
            case 0x0A where escape != UInt8(ascii: "."): sequence(".br")
            case 0..<0x20, 0x7F:
                let digits = Array("0123456789ABCDEF".utf8)
                bytes.append(escape)
                bytes.append(UInt8(ascii: "X"))
                bytes.append(digits[Int(byte >> 4)])
                bytes.append(digits[Int(byte & 15)])
                bytes.append(escape)
            case let other where other == delimiters.subcomponent: sequence("T")
            case let other where other == delimiters.truncation: sequence("P")
            default: bytes.append(byte)
            }
        }
    }
}

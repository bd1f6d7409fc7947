/// Escape sequences in text (HL7 v2.5.1 section 2.7).
///
/// Read: `\F\ \S\ \T\ \R\ \E\` (and `\P\` where a truncation character is declared), `\Xdd…\`, `\.br\`, `\.sp\` and
/// `\.ce\` as line feeds, `\.sk\` as spaces, `\C…\` and `\M…\` as switches of the character set of what follows. `\H\` and
/// `\N\` (highlighting), indents and word wrap leave no text. Everything else (local `\Z…\`, malformed sequences, a lone
/// escape character) is kept as it stands; ``encode`` writes it so that it reads the same again.
public enum EscapeSequences {
    /// The text of bytes that hold no delimiters other than escapes.
    public static func decode(
        _ bytes: [UInt8], delimiters: Delimiters = .standard, characterSet: Message.CharacterSet = .utf8
    ) -> String {
        decode(bytes.span, delimiters: delimiters, characterSet: characterSet, escaped: characterSet)
    }

    /// - Parameters:
    ///   - characterSet: of the bytes.
    ///   - escaped: of what hexadecimal data stand for; another one where the bytes were converted.
    static func decode(
        _ bytes: Span<UInt8>, delimiters: Delimiters, characterSet: Message.CharacterSet, escaped: Message.CharacterSet
    ) -> String {
        var text: [UInt8] = []
        text.reserveCapacity(bytes.count)
        var position = 0
        // Set by the first switch; most texts have none.
        var switched: ISO2022?
        func appendRun(_ run: Span<UInt8>) {
            guard switched != nil, run.count > 0 else { return characterSet.append(run, to: &text) }
            var copy: [UInt8] = []
            for index in run.indices { copy.append(run[index]) }
            if switched?.append(copy[...], to: &text) != nil { characterSet.append(run, to: &text) }
        }
        while position < bytes.count {
            var end = position
            while end < bytes.count, bytes[end] != delimiters.escape { end += 1 }
            appendRun(bytes.extracting(position..<end))
            guard end < bytes.count else { break }
            var close = end + 1
            while close < bytes.count, bytes[close] != delimiters.escape { close += 1 }
            if close < bytes.count, follow(bytes.extracting(end + 1..<close), escaped, &switched) {
                position = close + 1
            } else if close < bytes.count,
                append(bytes.extracting(end + 1..<close), delimiters: delimiters, characterSet: escaped, to: &text)
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

    /// `\C…\` and `\M…\`: the escape sequence of ISO/IEC 2022 in hexadecimal, without its ESC (section 2.7.2).
    private static func follow(
        _ body: Span<UInt8>, _ set: Message.CharacterSet, _ switched: inout ISO2022?
    ) -> Bool {
        guard body.count == 5 || body.count == 7, body[0] == UInt8(ascii: "C") || body[0] == UInt8(ascii: "M") else {
            return false
        }
        var sequence: [UInt8] = []
        for index in stride(from: 1, to: body.count, by: 2) {
            guard let high = digit(body[index]), let low = digit(body[index + 1]) else { return false }
            sequence.append(high << 4 | low)
        }
        var state = switched ?? ISO2022(part: { if case .iso8859(let part) = set { part } else { nil } }())
        guard state.follow(sequence[...]) else { return false }
        switched = state
        return true
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
        return code == UInt8(ascii: ".") && appendFormatting(body, to: &text)
    }

    /// Formatting commands (section 2.7.6): what they add to the text. Indents, word wrap and centring add nothing.
    private static func appendFormatting(_ body: Span<UInt8>, to text: inout [UInt8]) -> Bool {
        guard body.count >= 3, body.count <= 7 else { return false }
        var number = 0
        var digits = 0
        for index in 3..<body.count {
            let byte = body[index]
            if index == 3, byte == UInt8(ascii: "+") || byte == UInt8(ascii: "-") { continue }
            guard byte &- UInt8(ascii: "0") < 10 else { return false }
            number = number * 10 + Int(byte - UInt8(ascii: "0"))
            digits += 1
        }
        let count = digits == 0 ? 1 : number
        guard count <= 99 else { return false }
        switch String(decoding: [body[1] | 0x20, body[2] | 0x20], as: UTF8.self) {
        case "br" where body.count == 3, "ce" where body.count == 3: text.append(0x0A)
        case "sp": for _ in 0..<count { text.append(0x0A) }
        case "sk": for _ in 0..<count { text.append(0x20) }
        case "fi" where body.count == 3, "nf" where body.count == 3: break
        case "in" where digits > 0, "ti" where digits > 0: break
        default: return false
        }
        return true
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
    /// A line feed becomes `\.br\` (`\X0A\` where the full stop is a delimiter), every other control character hexadecimal data, so that neither a segment end nor a
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
        // Delimiters are punctuation, so the full stop is the only character of a sequence that one of them can be.
        let mayFormat = !delimiters.contains(UInt8(ascii: "."))
        for byte in text.utf8 {
            switch byte {
            case delimiters.field: sequence("F")
            case delimiters.component: sequence("S")
            case delimiters.repetition: sequence("R")
            case escape: sequence("E")
            case 0x0A where mayFormat: sequence(".br")
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

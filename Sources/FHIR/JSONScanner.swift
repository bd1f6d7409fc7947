/// Checks a text against RFC 8259 in one pass and notes where each key and value is.
///
/// Every load is bounds-checked by `RawSpan`. Strings are scanned eight bytes at a time.
struct JSONScanner {
    private(set) var tape: [JSONTapeEntry] = []
    private var position = 0
    private let count: Int
    private let limits: JSONLimits
    private var frame = Frame(entry: 0, isObject: false)
    private var outer: [Frame] = []

    /// An array or object that is still open.
    struct Frame {
        var entry: Int
        var isObject: Bool
        var count: UInt32 = 0
        /// A bit per hash of a key seen; a key whose bit is not set is new for certain.
        var seen: UInt64 = 0
        var hasEscapedKeys = false
    }

    /// Objects up to this size compare a key with the earlier ones when it arrives, larger ones sort at their end.
    private static let pairwiseLimit = 32

    static func scan(_ bytes: RawSpan, limits: JSONLimits) throws(FHIRError) -> [JSONTapeEntry] {
        guard bytes.byteCount <= limits.maximumBytes else {
            throw FHIRError(
                code: FHIRError.Code.size, place: "",
                reason: "The text is larger than the limit of \(limits.maximumBytes) bytes.")
        }
        var scanner = JSONScanner(count: bytes.byteCount, limits: limits)
        try scanner.run(bytes)
        return scanner.tape
    }

    private init(count: Int, limits: JSONLimits) {
        self.count = count
        self.limits = limits
        tape.reserveCapacity(min(count / 12 + 8, limits.maximumNodes))
    }

    private mutating func run(_ bytes: RawSpan) throws(FHIRError) {
        if count >= 3, bytes.byte(0) == 0xEF, bytes.byte(1) == 0xBB, bytes.byte(2) == 0xBF { position = 3 }
        var depth = 0
        value: while true {
            skipWhitespace(bytes)
            guard position < count else { throw failure(.truncated, at: count) }
            let byte = bytes.byte(position)
            switch byte {
            case UInt8(ascii: "\""):
                try string(bytes, kind: .string)
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                let isObject = byte == UInt8(ascii: "{")
                guard depth < limits.maximumDepth else { throw failure(.depth, at: position) }
                let entry = tape.count
                try append(
                    .init(
                        offset: UInt32(position), length: 0, next: 0, kind: isObject ? .object : .array, hasEscapes: false))
                if depth > 0 { outer.append(frame) }
                frame = Frame(entry: entry, isObject: isObject)
                depth += 1
                position += 1
                skipWhitespace(bytes)
                guard position < count else { throw failure(.truncated, at: count) }
                if bytes.byte(position) == (isObject ? UInt8(ascii: "}") : UInt8(ascii: "]")) {
                    position += 1
                    tape[entry].next = UInt32(tape.count)
                    depth -= 1
                    if let last = outer.popLast() { frame = last }
                } else {
                    if isObject { try key(bytes) }
                    continue value
                }
            case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"):
                try number(bytes)
            case UInt8(ascii: "t"): try literal(bytes, "true", .true)
            case UInt8(ascii: "f"): try literal(bytes, "false", .false)
            case UInt8(ascii: "n"): try literal(bytes, "null", .null)
            default:
                throw failure(.grammar, at: position)
            }

            // A value has ended: what follows belongs to the innermost open container.
            while depth > 0 {
                frame.count += 1
                skipWhitespace(bytes)
                guard position < count else { throw failure(.truncated, at: count) }
                let byte = bytes.byte(position)
                if byte == UInt8(ascii: ",") {
                    position += 1
                    if frame.isObject {
                        skipWhitespace(bytes)
                        try key(bytes)
                    }
                    continue value
                }
                guard byte == (frame.isObject ? UInt8(ascii: "}") : UInt8(ascii: "]")) else {
                    throw failure(.grammar, at: position)
                }
                position += 1
                tape[frame.entry].length = frame.count
                tape[frame.entry].next = UInt32(tape.count)
                if frame.isObject, frame.count > UInt32(Self.pairwiseLimit) || frame.hasEscapedKeys {
                    if let offset = JSONKeys.firstDuplicate(in: tape, object: frame.entry, bytes: bytes) {
                        throw failure(.duplicateKey, at: offset)
                    }
                }
                depth -= 1
                if let last = outer.popLast() { frame = last }
            }
            break
        }
        skipWhitespace(bytes)
        guard position == count else { throw failure(.trailing, at: position) }
    }

    @inline(__always)
    private mutating func append(_ entry: JSONTapeEntry) throws(FHIRError) {
        guard tape.count < limits.maximumNodes else { throw failure(.nodes, at: Int(entry.offset)) }
        tape.append(entry)
    }

    @inline(__always)
    private mutating func skipWhitespace(_ bytes: RawSpan) {
        guard position < count, bytes.byte(position) <= 0x20 else { return }
        skipWhitespaceRun(bytes)
    }

    private mutating func skipWhitespaceRun(_ bytes: RawSpan) {
        while position < count {
            switch bytes.byte(position) {
            case 0x20:
                // Indentation comes in long runs of spaces.
                while position &+ 8 <= count, bytes.word(position) == 0x2020_2020_2020_2020 { position += 8 }
                guard position < count, bytes.byte(position) == 0x20 else { continue }
                position += 1
            case 0x0A, 0x0D, 0x09: position += 1
            default: return
            }
        }
    }

    /// A key and the colon after it.
    @inline(__always)
    private mutating func key(_ bytes: RawSpan) throws(FHIRError) {
        guard position < count else { throw failure(.truncated, at: count) }
        guard bytes.byte(position) == UInt8(ascii: "\"") else { throw failure(.key, at: position) }
        let entry = tape.count
        try string(bytes, kind: .key)
        if frame.count < UInt32(Self.pairwiseLimit) {
            if tape[entry].hasEscapes {
                frame.hasEscapedKeys = true
            } else {
                let start = Int(tape[entry].offset)
                let hash = JSONKeys.hash(bytes, start, Int(tape[entry].length))
                tape[entry].next = hash
                let bit: UInt64 = 1 << UInt64(hash & 63)
                if frame.seen & bit != 0, isRepeated(bytes, entry) { throw failure(.duplicateKey, at: start) }
                frame.seen |= bit
            }
        }
        skipWhitespace(bytes)
        guard position < count else { throw failure(.truncated, at: count) }
        guard bytes.byte(position) == UInt8(ascii: ":") else { throw failure(.colon, at: position) }
        position += 1
    }

    /// Whether the open object has the key at a tape index already, as an unescaped one.
    private func isRepeated(_ bytes: RawSpan, _ entry: Int) -> Bool {
        let key = tape[entry]
        var earlier = frame.entry + 1
        while earlier < entry {
            let other = tape[earlier]
            if other.next == key.next, other.length == key.length, !other.hasEscapes,
                bytes.equal(Int(other.offset), Int(key.offset), length: Int(key.length))
            {
                return true
            }
            earlier = Int(tape[earlier + 1].next)
        }
        return false
    }

    /// A string from its opening to its closing quotation mark.
    @inline(__always)
    private mutating func string(_ bytes: RawSpan, kind: JSONTapeEntry.Kind) throws(FHIRError) {
        let start = position + 1
        var end = start
        var hasEscapes = false
        scan: while true {
            while end &+ 8 <= count {
                let special = JSONScanner.specialBytes(bytes.word(end))
                if special == 0 {
                    end &+= 8
                } else {
                    end &+= special.trailingZeroBitCount >> 3
                    break
                }
            }
            guard end < count else { throw failure(.truncated, at: count) }
            let byte = bytes.byte(end)
            if byte == UInt8(ascii: "\"") { break scan }
            if byte >= 0x80 {
                end = try multibyte(bytes, end)
            } else if byte == UInt8(ascii: "\\") {
                hasEscapes = true
                end = try escape(bytes, end)
            } else if byte < 0x20 {
                throw failure(.control, at: end)
            } else {
                end &+= 1
            }
        }
        position = end + 1
        try append(
            .init(
                offset: UInt32(start), length: UInt32(end - start), next: UInt32(tape.count + 1), kind: kind,
                hasEscapes: hasEscapes))
    }

    /// Sets the high bit of the first byte of the word that is a quotation mark, a backslash, a control character or
    /// not ASCII; bytes above it may be marked wrongly, through the borrow.
    @inline(__always)
    private static func specialBytes(_ word: UInt64) -> UInt64 {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let quotes = (word ^ (ones &* 0x22)) &- ones
        let backslashes = (word ^ (ones &* 0x5C)) &- ones
        let controls = word &- ones &* 0x20
        return (quotes | backslashes | controls | word) & (ones &* 0x80)
    }

    /// Passes over non-ASCII characters, well-formed by table 3-7 of the Unicode Standard.
    private func multibyte(_ bytes: RawSpan, _ start: Int) throws(FHIRError) -> Int {
        var position = start
        while position < count {
            let lead = bytes.byte(position)
            var second: ClosedRange<UInt8> = 0x80...0xBF
            let length: Int
            switch lead {
            case 0..<0x80: return position
            case 0xC2...0xDF: length = 2
            case 0xE0: (length, second) = (3, 0xA0...0xBF)
            case 0xED: (length, second) = (3, 0x80...0x9F)
            case 0xE1...0xEF: length = 3
            case 0xF0: (length, second) = (4, 0x90...0xBF)
            case 0xF1...0xF3: length = 4
            case 0xF4: (length, second) = (4, 0x80...0x8F)
            default: throw failure(.encoding, at: position)
            }
            guard position + length <= count, second.contains(bytes.byte(position + 1)) else {
                throw failure(.encoding, at: position)
            }
            for offset in 2..<max(length, 2) where bytes.byte(position + offset) & 0xC0 != 0x80 {
                throw failure(.encoding, at: position)
            }
            position += length
        }
        return position
    }

    /// Passes over one escape, or two that form a surrogate pair.
    private func escape(_ bytes: RawSpan, _ start: Int) throws(FHIRError) -> Int {
        guard start + 1 < count else { throw failure(.truncated, at: count) }
        switch bytes.byte(start + 1) {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
            UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            return start + 2
        case UInt8(ascii: "u"):
            guard let unit = bytes.codeUnit(escapedAt: start) else { throw failure(.escape, at: start) }
            if unit & 0xF800 != 0xD800 { return start + 6 }
            guard unit < 0xDC00, let low = bytes.codeUnit(escapedAt: start + 6), low & 0xFC00 == 0xDC00 else {
                throw failure(.surrogate, at: start)
            }
            return start + 12
        default:
            throw failure(.escape, at: start)
        }
    }

    @inline(__always)
    private mutating func number(_ bytes: RawSpan) throws(FHIRError) {
        let start = position
        var end = start
        if bytes.byte(end) == UInt8(ascii: "-") { end += 1 }
        let leadingZero = end < count && bytes.byte(end) == UInt8(ascii: "0")
        let whole = end
        skipDigits(bytes, &end)
        guard end > whole, !leadingZero || end == whole + 1 else { throw failure(.number, at: start) }
        if end < count, bytes.byte(end) == UInt8(ascii: ".") {
            end += 1
            let fraction = end
            skipDigits(bytes, &end)
            guard end > fraction else { throw failure(.number, at: start) }
        }
        if end < count, bytes.byte(end) | 0x20 == UInt8(ascii: "e") {
            end += 1
            if end < count, bytes.byte(end) == UInt8(ascii: "+") || bytes.byte(end) == UInt8(ascii: "-") { end += 1 }
            let exponent = end
            skipDigits(bytes, &end)
            guard end > exponent else { throw failure(.number, at: start) }
        }
        position = end
        try append(
            .init(
                offset: UInt32(start), length: UInt32(end - start), next: UInt32(tape.count + 1), kind: .number,
                hasEscapes: false))
    }

    @inline(__always)
    private func skipDigits(_ bytes: RawSpan, _ position: inout Int) {
        while position < count, bytes.byte(position) &- UInt8(ascii: "0") < 10 { position &+= 1 }
    }

    private mutating func literal(
        _ bytes: RawSpan, _ text: StaticString, _ kind: JSONTapeEntry.Kind
    ) throws(FHIRError) {
        let length = text.utf8CodeUnitCount
        for offset in 0..<length {
            guard position + offset < count else { throw failure(.truncated, at: count) }
            guard bytes.byte(position + offset) == text.utf8Start[offset] else {
                throw failure(.grammar, at: position + offset)
            }
        }
        try append(
            .init(
                offset: UInt32(position), length: UInt32(length), next: UInt32(tape.count + 1), kind: kind,
                hasEscapes: false))
        position += length
    }
}

extension JSONScanner {
    private enum Failure {
        case grammar, key, colon, truncated, encoding, escape, surrogate, control, number, duplicateKey, trailing, depth,
            nodes
    }

    @inline(never)
    private func failure(_ failure: Failure, at offset: Int) -> FHIRError {
        typealias Code = FHIRError.Code
        let (code, reason): (Int, String) =
            switch failure {
            case .grammar: (Code.grammar, "A character is not allowed here by the JSON grammar.")
            case .key: (Code.grammar, "A key in quotation marks is expected here.")
            case .colon: (Code.grammar, "A colon is expected after the key.")
            case .truncated: (Code.truncated, "The text ends before the value is complete.")
            case .encoding: (Code.encoding, "The bytes are not UTF-8; send the text in UTF-8.")
            case .escape: (Code.escape, "This is not an escape that JSON has.")
            case .surrogate: (Code.escape, "Half of a surrogate pair stands alone.")
            case .control: (Code.controlCharacter, "A control character in a string must be escaped.")
            case .number: (Code.number, "This is not a number by the JSON grammar.")
            case .duplicateKey: (Code.duplicateKey, "The key occurs twice in one object; send it once.")
            case .trailing: (Code.trailingContent, "Only white space may follow the value.")
            case .depth: (Code.depth, "Arrays and objects are nested deeper than \(limits.maximumDepth) levels.")
            case .nodes: (Code.nodes, "There are more than \(limits.maximumNodes) keys and values.")
            }
        return FHIRError(code: code, place: "byte \(offset)", reason: reason)
    }
}

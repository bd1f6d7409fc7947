internal import Clinical

/// The bytes of a message with the offsets of its segments and fields: what every view points into.
///
/// Repetitions, components and subcomponents are found when asked for; they lie within one field.
final class MessageIndex: Sendable {
    /// Where a segment lies. Field n of it ends at `separators[firstSeparator + n]`; field 0 is its name.
    struct SegmentEntry: Sendable {
        var name: SegmentName
        /// 1-based, among the segments of the same name.
        var occurrence: UInt32
        var start: UInt32
        var firstSeparator: UInt32
        var lastSeparator: UInt32
    }

    /// The message as it is cut: the input, or its text in UTF-8 where the set has to be converted.
    let bytes: [UInt8]
    /// The input where ``bytes`` are not it.
    let converted: ConvertedSource?
    let delimiters: Delimiters
    let characterSet: Message.CharacterSet
    /// Whether text is the bytes as they are, escapes aside: ASCII or UTF-8, and no NUL.
    let isPlain: Bool
    let separators: [UInt32]
    let segments: [SegmentEntry]
    private let oddities: [Oddity]

    init(_ bytes: [UInt8], limits: Message.Limits) throws(HL7v2Error) {
        guard bytes.count <= limits.maximumBytes, bytes.count < Int(UInt32.max) else {
            throw HL7v2Error(
                code: HL7v2Error.Code.tooLarge, place: HL7v2Location(byteOffset: limits.maximumBytes),
                reason: "The message is longer than the limit of \(limits.maximumBytes) bytes; split it or raise the limit."
            )
        }
        var bytes = bytes
        var converted = try ConvertedSource.wide(&bytes)
        var (header, scan) = try Self.scan(bytes, limits)
        if converted == nil, scan.hasNonASCII || scan.hasEscape || Self.namesFurtherSets(bytes, header, scan),
            let set = ConvertedSource.declaredSet(bytes, header)
        {
            converted = try ConvertedSource.converting(&bytes, set)
            (header, scan) = try Self.scan(bytes, limits)
        }
        let table = try SegmentTable(bytes, start: header.start, scan: scan, limit: limits.maximumSegments)
        var oddities = header.oddities
        oddities.append(contentsOf: table.oddities)
        self.bytes = bytes
        self.converted = converted
        delimiters = header.delimiters
        separators = scan.separators
        segments = table.entries

        let places = Places(bytes: bytes, separators: scan.separators, segments: segments)
        if scan.nulCount > 0 {
            oddities.append(Oddity(kind: .nulBytes, offset: scan.firstNul, count: scan.nulCount))
        }
        if scan.controlCount > 0 {
            oddities.append(Oddity(kind: .controlCharacters, offset: scan.firstControl, count: scan.controlCount))
        }
        characterSet = try places.declaredCharacterSet(
            hasNonASCII: scan.hasNonASCII, from: header.start, &oddities,
            delimiters: header.delimiters, converted: converted)
        if case .iso8859 = characterSet, scan.hasNonASCII {
            isPlain = false
        } else {
            isPlain = scan.nulCount == 0
        }
        self.oddities = oddities
    }

    /// Oddities that were tolerated, in words.
    var issues: [Issue] {
        guard !oddities.isEmpty else { return [] }
        let places = Places(bytes: bytes, separators: separators, segments: segments)
        return oddities.map { $0.issue(in: places, characterSet: characterSet) }
    }

    private static func scan(
        _ bytes: [UInt8], _ limits: Message.Limits
    ) throws(HL7v2Error) -> (HeaderScan, SeparatorScan) {
        let header = try HeaderScan(bytes)
        guard
            let scan = SeparatorScan(
                bytes, from: header.start, fieldSeparator: header.delimiters.field,
                maximum: max(0, min(limits.maximumFields, bytes.count)))
        else {
            throw HL7v2Error(
                code: HL7v2Error.Code.tooManyParts, place: HL7v2Location(byteOffset: header.start),
                reason: "The message has more than \(limits.maximumFields) fields; split it or raise the limit.")
        }
        return (header, scan)
    }

    /// Whether MSH-18 repeats, so that any text may switch to another set.
    private static func namesFurtherSets(_ bytes: [UInt8], _ header: HeaderScan, _ scan: SeparatorScan) -> Bool {
        guard scan.separators.count > 17, let end = scan.terminators.first, end >= 17 else { return false }
        return bytes[Int(scan.separators[16])..<Int(scan.separators[17])].contains(header.delimiters.repetition)
    }

    /// The text of a range that holds no delimiters other than escapes.
    func text(_ start: Int, _ end: Int) -> String {
        let bytes = bytes
        let value = bytes.span.extracting(start..<end)
        if isPlain, !holdsEscape(value) {
            return value.withUnsafeBufferPointer { String(decoding: $0, as: UTF8.self) }
        }
        // Hexadecimal data are bytes of the message's set; the wide forms of Unicode have no single bytes, so UTF-8 there.
        let escaped = converted?.form == nil ? characterSet : .utf8
        return EscapeSequences.decode(
            value, delimiters: delimiters, characterSet: converted == nil ? characterSet : .utf8, escaped: escaped)
    }

    /// The decoded first subcomponent of a component, by its 1-based number, in the range of a repetition; `nil` when absent,
    /// empty or null.
    ///
    /// Not inlined: where it was, the loop that makes the index became a tenth slower.
    @inline(never)
    func text(ofComponent number: Int, _ start: Int, _ end: Int) -> String? {
        guard start >= 0, let component = part(number, of: start, end, cutAt: delimiters.component),
            let value = part(1, of: component.start, component.end, cutAt: delimiters.subcomponent),
            value.end > value.start, !isNull(value.start, value.end)
        else { return nil }
        return text(value.start, value.end)
    }

    @inline(__always)
    private func holdsEscape(_ value: Span<UInt8>) -> Bool {
        guard let escape = delimiters.escape else { return false }
        for index in value.indices where value[index] == escape { return true }
        return false
    }

    /// Whether a range holds exactly `""`, the null value (HL7 v2.5.1 section 2.5.3).
    @inline(__always)
    func isNull(_ start: Int, _ end: Int) -> Bool {
        end &- start == 2 && bytes[start] == UInt8(ascii: "\"") && bytes[start &+ 1] == UInt8(ascii: "\"")
    }

    /// The same of other bytes.
    func isNull(in bytes: [UInt8], _ start: Int, _ end: Int) -> Bool {
        bytes[start..<end].elementsEqual([UInt8(ascii: "\""), UInt8(ascii: "\"")])
    }

    /// The offset of the first delimiter in a range, or its end.
    @inline(__always)
    func end(_ start: Int, _ end: Int, before delimiter: UInt8) -> Int {
        let bytes = bytes
        let span = bytes.span
        var position = start
        while position < end, span[position] != delimiter { position &+= 1 }
        return position
    }

    /// The `number`-th (1-based) part of a range cut at `delimiter`; `nil` when there are fewer.
    func part(_ number: Int, of start: Int, _ end: Int, cutAt delimiter: UInt8?) -> (start: Int, end: Int)? {
        guard number >= 1 else { return nil }
        guard let delimiter else { return number == 1 ? (start, end) : nil }
        var partStart = start
        for _ in 1..<number {
            let partEnd = self.end(partStart, end, before: delimiter)
            guard partEnd < end else { return nil }
            partStart = partEnd &+ 1
        }
        return (partStart, self.end(partStart, end, before: delimiter))
    }

    /// All parts of a range cut at `delimiter`; never empty.
    func parts(of start: Int, _ end: Int, cutAt delimiter: UInt8?) -> [(start: Int, end: Int)] {
        guard let delimiter else { return [(start, end)] }
        var parts: [(start: Int, end: Int)] = []
        var partStart = start
        while true {
            let partEnd = self.end(partStart, end, before: delimiter)
            parts.append((partStart, partEnd))
            guard partEnd < end else { return parts }
            partStart = partEnd + 1
        }
    }
}

/// The start of a message: what comes before MSH, and MSH-1 and MSH-2.
struct HeaderScan {
    /// Offset of the `M` of MSH.
    private(set) var start = 0
    private(set) var delimiters = Delimiters.standard
    private(set) var oddities: [Oddity] = []
    static let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]

    init(_ bytes: [UInt8]) throws(HL7v2Error) {
        if bytes.starts(with: Self.byteOrderMark) {
            start = 3
            oddities.append(Oddity(kind: .byteOrderMark))
        }
        let beforeBlanks = start
        while start < bytes.count, Self.isBlank(bytes[start]) { start += 1 }
        if start > beforeBlanks, start < bytes.count {
            oddities.append(Oddity(kind: .leadingBlank, offset: beforeBlanks))
        }
        guard bytes.count - start >= 3,
            SegmentName(bytes[start], bytes[start + 1], bytes[start + 2]) == .msh
        else {
            throw HL7v2Error(
                code: HL7v2Error.Code.notAMessage, place: HL7v2Location(byteOffset: start),
                reason: start == bytes.count
                    ? "The message is empty." : "A message starts with the segment MSH; this one does not.")
        }
        let first = start + 4
        guard bytes.count > first else { throw Self.tooShort(at: bytes.count) }
        let field = bytes[start + 3]
        var end = first
        while end < bytes.count, bytes[end] != field, bytes[end] != 0x0D, bytes[end] != 0x0A, end - first <= 16 { end += 1 }
        guard Delimiters.mayDelimit(field) else {
            throw Self.invalid(1, at: start + 3, "MSH-1 must be one ASCII punctuation character.")
        }
        var declared = Delimiters(field: field, encodingCharacters: bytes[first..<end])
        if declared == nil {
            declared = Delimiters(field: field, encodingCharactersWithDoubledEscape: bytes[first..<end])
            if declared != nil { oddities.append(Oddity(kind: .escapeDoubled, offset: first)) }
        }
        guard let delimiters = declared else {
            throw Self.invalid(
                2, at: first,
                "MSH-2 must be two to five different ASCII punctuation characters, none of them MSH-1 or a quotation mark.")
        }
        guard end < bytes.count, bytes[end] == field else { throw Self.tooShort(at: end) }
        self.delimiters = delimiters
    }

    static func isBlank(_ byte: UInt8) -> Bool {
        byte == 0x20 || byte == 0x09 || byte == 0x0D || byte == 0x0A || byte == 0
    }

    private static func tooShort(at offset: Int) -> HL7v2Error {
        HL7v2Error(
            code: HL7v2Error.Code.headerTooShort, place: HL7v2Location(segment: "MSH", byteOffset: offset),
            reason: "MSH ends before its third field, so nothing says who sent what.")
    }

    private static func invalid(_ field: Int, at offset: Int, _ reason: String) -> HL7v2Error {
        HL7v2Error(
            code: HL7v2Error.Code.delimitersInvalid,
            place: HL7v2Location(segment: "MSH", field: field, byteOffset: offset), reason: reason)
    }
}

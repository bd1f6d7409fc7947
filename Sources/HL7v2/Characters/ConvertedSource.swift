/// The input of a message that had to be converted to UTF-8 before it could be cut at its delimiters.
struct ConvertedSource: Sendable {
    let bytes: [UInt8]
    let set: Message.CharacterSet
    /// Of UTF-16 and UTF-32.
    var form: UnicodeForms.Form?

    /// Converts UTF-16 and UTF-32, which are recognized before anything can be read.
    static func wide(_ bytes: inout [UInt8]) throws(HL7v2Error) -> ConvertedSource? {
        guard let form = UnicodeForms.form(of: bytes) else { return nil }
        return try converting(&bytes, form.width == 2 ? .utf16 : .utf32, form)
    }

    static func converting(
        _ bytes: inout [UInt8], _ set: Message.CharacterSet, _ form: UnicodeForms.Form? = nil
    ) throws(HL7v2Error) -> ConvertedSource {
        let source = ConvertedSource(bytes: bytes, set: set, form: form)
        switch set.utf8(bytes) {
        case .converted(let text):
            bytes = text
            return source
        case .invalid(let offset):
            throw HL7v2Error(
                code: HL7v2Error.Code.bytesInvalid, place: place(of: offset, in: bytes),
                reason: "Byte \(offset) means nothing in \(set.label), the character set of the message.")
        case .unavailable:
            throw HL7v2Error(
                code: HL7v2Error.Code.characterSetUnsupported, place: HL7v2Location(segment: "MSH", field: 18),
                reason: "The C library of this system has no table for \(set.label); install its character set modules.")
        }
    }

    /// The set in MSH-18 if it is one that has to be converted.
    ///
    /// Characters in front of it may hold bytes that look like field separators, so the label is looked for from its place on.
    static func declaredSet(_ bytes: [UInt8], _ header: HeaderScan) -> Message.CharacterSet? {
        let line = bytes[header.start...].prefix(64 << 10).prefix { $0 != 0x0D && $0 != 0x0A }
        let fields = line.split(separator: header.delimiters.field, maxSplits: 60, omittingEmptySubsequences: false)
        for field in fields.dropFirst(17) {
            let labels = labels(field, header.delimiters)
            let sets = labels.map { Message.CharacterSet(label: $0) }
            guard let first = sets.first else { continue }
            if let first, first.isConverted { return first }
            // Further sets are reached by escape sequences from the first, which is ASCII when it is left out.
            let hasFurther = sets.dropFirst().contains { if case .iso2022 = $0 { true } else { $0 == .ksX1001 } }
            if hasFurther {
                switch first {
                case .iso8859(let part): return .iso2022(part: part)
                case .ascii: return .iso2022(part: nil)
                case nil where labels[0].isEmpty: return .iso2022(part: nil)
                default: return nil
                }
            }
            // A set that needs no conversion; what names another one further on is no MSH-18.
            if first != nil { return nil }
        }
        return nil
    }

    /// The repetitions of MSH-18, decoded: a label may hold a delimiter that is an unusual one.
    static func labels(_ field: ArraySlice<UInt8>, _ delimiters: Delimiters) -> [String] {
        field.split(separator: delimiters.repetition, omittingEmptySubsequences: false).map { label in
            guard let escape = delimiters.escape, label.contains(escape) else {
                return String(decoding: label, as: UTF8.self)
            }
            return EscapeSequences.decode(Array(label), delimiters: delimiters)
        }
    }

    /// The segment a byte of the input lies in, as far as its name can be read.
    private static func place(of offset: Int, in bytes: [UInt8]) -> HL7v2Location {
        let before = bytes[..<min(offset, bytes.count)]
        let start = (before.lastIndex { $0 == 0x0D || $0 == 0x0A } ?? -1) + 1
        guard bytes.count - start >= 3 else { return HL7v2Location(byteOffset: offset) }
        let name = SegmentName(bytes[start], bytes[start + 1], bytes[start + 2])
        guard name.isValid else { return HL7v2Location(byteOffset: offset) }
        let lines = bytes[..<start].split { $0 == 0x0D || $0 == 0x0A }
        let earlier = lines.count { $0.count >= 3 && $0.prefix(3).elementsEqual(bytes[start..<start + 3]) }
        return HL7v2Location(segment: name.text, occurrence: earlier + 1, byteOffset: offset)
    }
}

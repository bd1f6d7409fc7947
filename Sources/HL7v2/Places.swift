/// Answers questions about a message while its index is being built.
struct Places {
    let bytes: [UInt8]
    let separators: [UInt32]
    let segments: [MessageIndex.SegmentEntry]

    /// The segment and field that hold a byte.
    func location(ofByte offset: Int) -> HL7v2Location {
        guard let entry = segments.last(where: { Int($0.start) <= offset }) else {
            return HL7v2Location(byteOffset: offset)
        }
        let range = Int(entry.firstSeparator)...Int(entry.lastSeparator)
        var field = separators[range].firstIndex { Int($0) >= offset }.map { $0 - range.lowerBound } ?? range.count - 1
        if entry.name.declaresDelimiters { field += 1 }
        return HL7v2Location(
            segment: entry.name.text, occurrence: Int(entry.occurrence), field: field > 0 ? field : nil, byteOffset: offset)
    }

    /// Where MSH-18 lies; `nil` when it is absent or empty.
    private var declaration: Range<Int>? {
        guard let header = segments.first else { return nil }
        // Field 18 of MSH is the 17th after the name, because MSH-1 is the first separator itself.
        let last = Int(header.firstSeparator) + 17
        guard last <= Int(header.lastSeparator) else { return nil }
        let range = Int(separators[last - 1]) + 1..<Int(separators[last])
        return range.isEmpty ? nil : range
    }

    private static let utf8Label = Array("UNICODE UTF-8".utf8)

    /// Settles the character set, and checks every byte against it (HL7 v2.5.1 section 2.15.9.18).
    func declaredCharacterSet(
        hasNonASCII: Bool, from start: Int, _ oddities: inout [Oddity], delimiters: Delimiters,
        converted: ConvertedSource?
    ) throws(HL7v2Error) -> Message.CharacterSet {
        let declaration = declaration
        if converted == nil {
            // The two most frequent cases, without making texts of them.
            if declaration == nil, !hasNonASCII { return .ascii }
            if let declaration, bytes[declaration].elementsEqual(Self.utf8Label) {
                try check(.utf8, hasNonASCII: hasNonASCII, from: start)
                return .utf8
            }
        }
        let field = HL7v2Location(segment: "MSH", field: 18)
        let labels = declaration.map { ConvertedSource.labels(bytes[$0], delimiters) } ?? []
        let isDeclared = labels.first.map { !$0.isEmpty && $0 != "\"\"" } ?? false
        guard isDeclared, let label = labels.first else {
            if let converted { return try undeclared(converted, labels, &oddities) }
            return try undeclaredCharacterSet(hasNonASCII: hasNonASCII, from: start, &oddities)
        }
        guard let set = Message.CharacterSet(label: label) else {
            throw HL7v2Error(
                code: HL7v2Error.Code.characterSetUnsupported, place: field,
                reason: "The character set in MSH-18 cannot be read; send UNICODE UTF-8, or another set of HL7 table 0211.")
        }
        if Self.isAlias(label, of: set) {
            oddities.append(Oddity(kind: .characterSetAlias))
        }
        if labels.dropFirst().contains(where: { Message.CharacterSet(label: $0) == nil }) {
            oddities.append(Oddity(kind: .furtherCharacterSets))
        }
        if let converted {
            let isSame = converted.set == set || { if case .iso2022 = converted.set { true } else { false } }()
            guard isSame else { throw Self.disagreement(converted.set) }
            return converted.set
        }
        if set == .utf16 || set == .utf32 { throw Self.disagreement(nil) }
        if set.isConverted {
            // Nothing but ASCII was sent, which these sets share.
            return set
        }
        try check(set, hasNonASCII: hasNonASCII, from: start)
        return set
    }

    /// Label and bytes have to agree.
    private func check(_ set: Message.CharacterSet, hasNonASCII: Bool, from start: Int) throws(HL7v2Error) {
        guard hasNonASCII, let offset = set.firstInvalidOffset(in: bytes, from: start) else { return }
        throw HL7v2Error(
            code: HL7v2Error.Code.bytesInvalid, place: location(ofByte: offset),
            reason: "Byte \(offset) means nothing in \(set.label), the character set that MSH-18 declares.")
    }

    private static func isAlias(_ label: String, of set: Message.CharacterSet) -> Bool {
        switch set {
        case .iso2022, .ascii: false
        case .utf16: label != set.label && label != "UNICODE"
        default: label != set.label
        }
    }

    private static func disagreement(_ found: Message.CharacterSet?) -> HL7v2Error {
        HL7v2Error(
            code: HL7v2Error.Code.bytesInvalid, place: HL7v2Location(segment: "MSH", field: 18),
            reason: "The message is \(found.map { "written in \($0.label)" } ?? "not written in UTF-16 or UTF-32"), "
                + "which is not what MSH-18 declares.")
    }

    /// What was converted although MSH-18 does not name it first: a wide form of Unicode, unmistakable, or escape sequences
    /// into one of its further repetitions.
    private func undeclared(
        _ converted: ConvertedSource, _ labels: [String], _ oddities: inout [Oddity]
    ) throws(HL7v2Error) -> Message.CharacterSet {
        if case .iso2022 = converted.set, labels.count > 1 { return converted.set }
        // Converted by a label that is not in MSH-18 once the characters before it are read.
        guard converted.form != nil else { throw Self.disagreement(converted.set) }
        oddities.append(Oddity(kind: .wideUndeclared))
        return converted.set
    }

    /// Without MSH-18 the standard means ASCII. UTF-8 is unmistakable enough to be taken with a warning; any other
    /// set would be a guess.
    private func undeclaredCharacterSet(
        hasNonASCII: Bool, from start: Int, _ oddities: inout [Oddity]
    ) throws(HL7v2Error) -> Message.CharacterSet {
        guard hasNonASCII else { return .ascii }
        if let offset = Message.CharacterSet.utf8.firstInvalidOffset(in: bytes, from: start) {
            throw HL7v2Error(
                code: HL7v2Error.Code.characterSetUndeclared, place: location(ofByte: offset),
                reason: "MSH-18 is empty and the message is neither ASCII nor UTF-8; declare its character set in MSH-18.")
        }
        oddities.append(Oddity(kind: .utf8Undeclared))
        return .utf8
    }
}

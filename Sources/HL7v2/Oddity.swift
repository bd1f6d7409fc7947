internal import Clinical

/// Something tolerated while a message was read, in a few numbers: its words are made when somebody asks for them, since
/// many messages have one and few readers look.
struct Oddity: Sendable {
    enum Kind: UInt8, Sendable {
        case byteOrderMark, leadingBlank, lastSegmentOpen, lineEnds, blankLines, nulBytes, controlCharacters
        case characterSetAlias, furtherCharacterSets, utf8Undeclared, wideUndeclared, escapeDoubled
    }

    var kind: Kind
    /// Offset of the first byte concerned.
    var offset = 0
    var count = 0
    var pairs = 0

    func issue(in places: Places, characterSet: Message.CharacterSet) -> Issue {
        switch kind {
        case .byteOrderMark:
            Issue(
                .information, code: HL7v2Error.Code.byteOrderMark, place: "byte \(offset)",
                "The message starts with a UTF-8 byte order mark; it is skipped.")
        case .leadingBlank:
            Issue(
                .information, code: HL7v2Error.Code.leadingBlank, place: "byte \(offset)",
                "Blank space before MSH is skipped.")
        case .lastSegmentOpen:
            Issue(
                .information, code: HL7v2Error.Code.lastSegmentOpen, place: "byte \(offset)",
                "The last segment is not ended by a carriage return.")
        case .lineEnds:
            Issue(
                .information, code: HL7v2Error.Code.lineEnds, place: "byte \(offset)",
                "\(count) segments end with LF and \(pairs) with CR LF; the standard asks for CR alone.")
        case .blankLines:
            Issue(
                .information, code: HL7v2Error.Code.blankLines, place: "byte \(offset)",
                "\(count) blank lines between or after segments are skipped.")
        case .nulBytes:
            Issue(
                .warning, code: HL7v2Error.Code.nulBytes, place: places.location(ofByte: offset).description,
                "The message holds \(count) NUL bytes, the first here; they read as U+FFFD.")
        case .controlCharacters:
            Issue(
                .information, code: HL7v2Error.Code.controlCharacters, place: places.location(ofByte: offset).description,
                "The message holds \(count) control characters, the first here; they should be escaped.")
        case .characterSetAlias:
            Issue(
                .information, code: HL7v2Error.Code.characterSetAlias, place: "MSH[1]-18",
                "MSH-18 is not spelled as in HL7 table 0211; it is read as \(characterSet.label).")
        case .furtherCharacterSets:
            Issue(
                .information, code: HL7v2Error.Code.furtherCharacterSets, place: "MSH[1]-18",
                "MSH-18 names further character sets that cannot be read; escapes into them are kept as text.")
        case .utf8Undeclared:
            Issue(
                .warning, code: HL7v2Error.Code.utf8Undeclared, place: "MSH[1]-18",
                "MSH-18 is empty, which means ASCII, but the message holds UTF-8; it is read as UTF-8.")
        case .escapeDoubled:
            Issue(
                .warning, code: HL7v2Error.Code.escapeDoubled, place: "MSH[1]-2",
                "MSH-2 holds the escape character twice, as program source does; it is read as declared once. "
                    + "Backslashes doubled in values stay as text.")
        case .wideUndeclared:
            Issue(
                .warning, code: HL7v2Error.Code.utf8Undeclared, place: "MSH[1]-18",
                "MSH-18 is empty, which means ASCII, but the message is written in \(characterSet.label).")
        }
    }
}

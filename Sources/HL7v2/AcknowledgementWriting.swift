public import Clinical

extension Acknowledgement {
    /// An acknowledgement of `message`, or of something that could not be read when it is `nil`.
    ///
    /// - Parameters:
    ///   - controlID: MSH-10 of the acknowledgement itself.
    ///   - time: MSH-7, written in UTC.
    ///   - issues: one error each. Their texts are sent to the other system, so they must not hold input values.
    /// - Returns: a message, ended by CR, without transport framing.
    public static func build(
        for message: Message?, code: Code, controlID: String, time: Instant, issues: [Issue] = []
    ) -> [UInt8] {
        build(header: message.map { MessageHeader($0) }, code: code, controlID: controlID, time: time, issues: issues)
    }

    /// An acknowledgement of bytes that could not be read as a message. Whatever of MSH can be read is used; otherwise the
    /// delimiters are `|^~\&`, the receiver is left open and MSA-2 is empty.
    public static func build(
        forUnreadable bytes: [UInt8], code: Code, controlID: String, time: Instant, issues: [Issue] = []
    ) -> [UInt8] {
        build(header: MessageHeader(scanning: bytes), code: code, controlID: controlID, time: time, issues: issues)
    }

    /// An acknowledgement from the fields of MSH.
    ///
    /// Sender and receiver change places (MSH-3/4 and 5/6), MSH-11 and 12 are repeated, and MSH-18 names the sender's
    /// character set, in which what is repeated stays. Where its name holds one of the sender's delimiters and cannot be
    /// written, the answer is in ASCII, without what is not. Versions up to 2.4 get one ERR with ERR-1 repeated and the first
    /// text in MSA-3; later ones, and an unknown version, one ERR an issue with ERR-2, 3, 4, 5, 7 and 8.
    public static func build(
        header: MessageHeader?, code: Code, controlID: String, time: Instant, issues: [Issue] = []
    ) -> [UInt8] {
        let delimiters = header?.delimiters ?? .standard
        let set = header?.convertedFrom ?? header?.characterSet ?? .ascii
        let setName = header.flatMap { name(of: set, in: $0) }
        let isASCII = set == .ascii || setName == nil
        func repeated(_ field: Int) -> [UInt8]? {
            header?.fields[field].flatMap { !isASCII || $0.allSatisfy { $0 < 0x80 } ? $0 : nil }
        }
        var msh = SegmentBuilder("MSH")
        for (from, to) in [(5, 3), (6, 4), (3, 5), (4, 6), (11, 11), (12, 12)] {
            if let bytes = repeated(from) { msh.set(to, encoded: bytes) }
        }
        if !isASCII, let setName { msh.set(18, encoded: setName) }
        msh.set(7, to: DateTimeWriter.text(time))
        msh.set(9, to: "ACK")
        if let event = header?.type?.event {
            msh.set(9, component: 2, to: ascii(event))
            msh.set(9, component: 3, to: "ACK")
        }
        msh.set(10, to: ascii(controlID))
        if !msh.hasValue(11) { msh.set(11, to: "P") }
        if !msh.hasValue(12) { msh.set(12, to: "2.5.1") }

        var msa = SegmentBuilder("MSA")
        msa.set(1, to: code.rawValue)
        if let bytes = repeated(10) { msa.set(2, encoded: bytes) }

        let errors: [SegmentBuilder]
        if isBefore25(header?.version) {
            // The text message is the only place these versions have for a sentence (at most 80 characters).
            msa.set(3, to: issues.first.map { String(ascii($0.text).prefix(80)) })
            errors = issues.isEmpty ? [] : [combinedError(issues)]
        } else {
            errors = issues.map(error)
        }
        var bytes: [UInt8] = []
        for segment in [msh, msa] + errors { segment.write(to: &bytes, delimiters: delimiters) }
        // In the set the message came in; everything repeated was in it, the rest is ASCII.
        return isASCII ? bytes : header?.convertedFrom?.encode(bytes, form: header?.form) ?? bytes
    }

    /// MSH-18 of the answer: as sent, since further sets may be named there, or by the name of what was found where it is no
    /// name of a set; `nil` where that cannot be written with the sender's delimiters.
    private static func name(of set: Message.CharacterSet, in header: MessageHeader) -> [UInt8]? {
        if header.convertedFrom != nil, let label = header.fields[18], !label.isEmpty, label.allSatisfy({ $0 < 0x80 }) {
            return label
        }
        return set.label.utf8.contains(where: header.delimiters.contains) ? nil : Array(set.label.utf8)
    }

    /// ERR up to v2.4: each error a repetition of ERR-1.
    private static func combinedError(_ issues: [Issue]) -> SegmentBuilder {
        var err = SegmentBuilder("ERR")
        for (offset, issue) in issues.enumerated() {
            let repetition = offset + 1
            if let place = HL7v2Location(issue.place) {
                err.set(1, repetition: repetition, component: 1, to: place.segment)
                err.set(1, repetition: repetition, component: 2, to: String(place.occurrence))
                err.set(1, repetition: repetition, component: 3, to: place.field.map(String.init))
            }
            let standard = StandardCondition(issue.code)
            err.set(1, repetition: repetition, component: 4, subcomponent: 1, to: String(standard.code))
            err.set(1, repetition: repetition, component: 4, subcomponent: 2, to: standard.text)
            err.set(1, repetition: repetition, component: 4, subcomponent: 3, to: "HL70357")
        }
        return err
    }

    /// ERR since v2.5.
    private static func error(_ issue: Issue) -> SegmentBuilder {
        var err = SegmentBuilder("ERR")
        if let place = HL7v2Location(issue.place) {
            // A component number means nothing without a repetition number before it.
            let repetition = place.repetition ?? (place.component == nil ? nil : 1)
            let numbers = [place.occurrence, place.field, repetition, place.component, place.subcomponent]
            err.set(2, components: [place.segment] + numbers.map { $0.map(String.init) })
        } else {
            err.set(7, to: ascii(issue.place))
        }
        let standard = StandardCondition(issue.code)
        err.set(3, components: [String(standard.code), standard.text, "HL70357"])
        err.set(4, to: issue.severity == .error ? "E" : issue.severity == .warning ? "W" : "I")
        if standard.code != issue.code {
            err.set(5, components: [String(issue.code), nil, "L"])
        }
        err.set(8, to: String(ascii(issue.text).prefix(250)))
        return err
    }

    private static func isBefore25(_ version: String?) -> Bool {
        guard let parts = version?.split(separator: ".", omittingEmptySubsequences: false).map({ Int($0) }),
            let major = parts.first ?? nil
        else { return false }
        let minor = parts.count > 1 ? parts[1] ?? 0 : 0
        return major < 2 || (major == 2 && minor < 5)
    }

    /// What is sent back is in the sender's character set, of which only ASCII is common ground.
    private static func ascii(_ text: String) -> String {
        String(decoding: text.unicodeScalars.map { $0.isASCII ? UInt8($0.value) : UInt8(ascii: "?") }, as: UTF8.self)
    }
}

/// The entry of HL7 table 0357 that stands for a code: itself, or the nearest one for this project's own numbers, which
/// travel in ERR-5.
private struct StandardCondition {
    let code: Int
    let text: String

    private static let texts: [Int: String] = [
        0: "Message accepted", 100: "Segment sequence error", 101: "Required field missing", 102: "Data type error",
        103: "Table value not found", 200: "Unsupported message type", 201: "Unsupported event code",
        202: "Unsupported processing id", 203: "Unsupported version id", 204: "Unknown key identifier",
        205: "Duplicate key identifier", 206: "Application record locked", 207: "Application internal error",
    ]

    init(_ code: Int) {
        let standard =
            switch code {
            case HL7v2Error.Code.notAMessage, HL7v2Error.Code.headerTooShort, HL7v2Error.Code.segmentNameInvalid,
                HL7v2Error.Code.segmentMissing, HL7v2Error.Code.segmentMisplaced, HL7v2Error.Code.segmentRepeated,
                HL7v2Error.Code.segmentUnexpected:
                HL7v2Error.Code.segmentSequence
            case HL7v2Error.Code.delimitersInvalid, HL7v2Error.Code.bytesInvalid,
                HL7v2Error.Code.characterSetUndeclared:
                HL7v2Error.Code.dataType
            case HL7v2Error.Code.structureUnknown: HL7v2Error.Code.unsupportedMessageType
            case HL7v2Error.Code.characterSetUnsupported: HL7v2Error.Code.tableValueNotFound
            case let other where Self.texts[other] != nil: other
            default: HL7v2Error.Code.internalError
            }
        self.code = standard
        text = Self.texts[standard] ?? "Application internal error"
    }
}

public import Clinical

/// One HL7 v2 message in the ER7 encoding (HL7 v2.5.1 chapter 2): an index over its bytes.
///
/// Reading finds the segments and fields in one pass and checks what no value can be read without: delimiters, segment
/// names, character set. Values are decoded when asked for. What the segments mean, which are required and in which
/// order, is not checked here; message grammars stand on top of this.
public struct Message: Sendable {
    let index: MessageIndex

    /// Reads a message. Segments may end with CR, LF or CR LF; oddities that are tolerated are listed in ``issues``.
    ///
    /// - Throws: ``HL7v2Error`` with the place, when MSH is missing or too short, delimiters are unusable, a segment name is
    ///   not `[A-Z][A-Z0-9]{2}`, the bytes do not fit the declared character set, or a limit is exceeded.
    public init(_ bytes: [UInt8], limits: Limits = Limits()) throws(HL7v2Error) {
        index = try MessageIndex(bytes, limits: limits)
    }

    /// The text every offset and range refers to: the input as given, or in UTF-8 where its set had to be converted.
    public var bytes: [UInt8] { index.bytes }

    /// The input as given.
    public var source: [UInt8] { index.converted?.bytes ?? index.bytes }

    public var delimiters: Delimiters { index.delimiters }

    /// MSH-18, or what stands in for it (see ``issues``).
    public var characterSet: CharacterSet { index.characterSet }

    /// Oddities that were tolerated, such as line ends other than CR.
    public var issues: [Issue] { index.issues }

    /// All segments in order, MSH first.
    public var segments: Segments { Segments(index: index) }

    /// The segments of a name, in order.
    public func segments(named name: String) -> [Segment] {
        guard let packed = SegmentName(name) else { return [] }
        var found: [Segment] = []
        for position in index.segments.indices where index.segments[position].name == packed {
            found.append(Segment(index, position))
        }
        return found
    }

    /// The `occurrence`-th (1-based) segment of a name; `nil` when there are fewer.
    public func segment(_ name: String, _ occurrence: Int = 1) -> Segment? {
        guard let packed = SegmentName(name), let wanted = UInt32(exactly: occurrence) else { return nil }
        guard
            let position = index.segments.firstIndex(where: { $0.name == packed && $0.occurrence == wanted })
        else { return nil }
        return Segment(index, position)
    }

    /// Decoded text at a path such as `PID-5`, `OBX[3]-5`, `PID-3[2].4.1`; numbers left out are 1.
    ///
    /// `nil` when there is no such place, when it is empty or null, and when the text is not a path to a field.
    public subscript(path: String) -> String? {
        guard let place = HL7v2Location(path), let number = place.field,
            let field = segment(place.segment, place.occurrence)?.field(number)
        else { return nil }
        let repetition = field.repetition(place.repetition ?? 1)
        guard let component = place.component else { return repetition.text }
        return repetition.component(component).subcomponent(place.subcomponent ?? 1).text
    }

    /// The segments of a message.
    public struct Segments: RandomAccessCollection, Sendable {
        let index: MessageIndex

        public var startIndex: Int { 0 }
        public var endIndex: Int { index.segments.count }
        public subscript(position: Int) -> Segment {
            precondition(position >= 0 && position < endIndex, "Segment position is out of range")
            return Segment(index, position)
        }
    }
}

extension Message {
    /// The first segment; reading fails without one.
    public var header: Segment { Segment(index, 0) }

    /// MSH-3.1.
    public var sendingApplication: String? { header.text(3) }
    /// MSH-4.1.
    public var sendingFacility: String? { header.text(4) }
    /// MSH-5.1.
    public var receivingApplication: String? { header.text(5) }
    /// MSH-6.1.
    public var receivingFacility: String? { header.text(6) }

    /// MSH-7; `nil` when not valued.
    public var timestamp: ClinicalTime? {
        get throws(HL7v2Error) { try DateTimeReader.read(header.field(7)) }
    }

    /// MSH-9; `nil` when its first component is not valued.
    public var type: MessageType? {
        let field = header.field(9)
        guard let code = field.text else { return nil }
        return MessageType(code: code, event: field.component(2).text, structure: field.component(3).text)
    }

    /// MSH-10.
    public var controlID: String? { header.text(10) }
    /// MSH-11.1: `P`, `T` or `D`.
    public var processingID: String? { header.text(11) }
    /// MSH-12.1: `2.5.1`.
    public var version: String? { header.text(12) }
}

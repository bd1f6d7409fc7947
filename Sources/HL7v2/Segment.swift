/// One segment of a message: a view, cheap to copy.
public struct Segment: Sendable {
    let message: MessageIndex
    /// 0-based position in the message.
    public let index: Int

    private var entry: MessageIndex.SegmentEntry { message.segments[index] }

    init(_ message: MessageIndex, _ index: Int) {
        self.message = message
        self.index = index
    }

    /// Three characters: `PID`.
    public var name: String { entry.name.text }

    /// 1-based, among the segments of the same name.
    public var occurrence: Int { Int(entry.occurrence) }

    /// `OBX[3]`.
    public var path: String { location.description }

    public var location: HL7v2Location {
        HL7v2Location(segment: name, occurrence: occurrence, byteOffset: Int(entry.start))
    }

    /// Where it lies in ``Message/bytes``, without its terminator.
    public var range: Range<Int> {
        let entry = entry
        return Int(entry.start)..<Int(message.separators[Int(entry.lastSeparator)])
    }

    /// The bytes as sent, without the terminator.
    public var raw: ArraySlice<UInt8> { message.bytes[range] }

    /// Number of the last field that is present, counting MSH-1.
    public var fieldCount: Int {
        let entry = entry
        let cuts = Int(entry.lastSeparator) - Int(entry.firstSeparator)
        return entry.name.declaresDelimiters ? cuts + 1 : cuts
    }

    /// A field by its number in the standard; absent beyond the last one sent.
    ///
    /// MSH-1 is the field separator itself and MSH-2 the encoding characters; both are read literally.
    public func field(_ number: Int) -> Field {
        let entry = entry
        var cut = number
        if entry.name.declaresDelimiters {
            if number == 1 {
                let position = Int(message.separators[Int(entry.firstSeparator)])
                return Field(Content(message, position, position + 1), segment: index, number: 1, isLiteral: true)
            }
            cut = number &- 1
        }
        guard number >= 1, cut <= Int(entry.lastSeparator &- entry.firstSeparator) else {
            return Field(Content(absentIn: message), segment: index, number: number, isLiteral: false)
        }
        let end = Int(entry.firstSeparator) &+ cut
        let content = Content(message, Int(message.separators[end &- 1]) &+ 1, Int(message.separators[end]))
        return Field(content, segment: index, number: number, isLiteral: entry.name.declaresDelimiters && number == 2)
    }

    /// Every field that was sent, from the first.
    public var fields: [Field] {
        guard fieldCount > 0 else { return [] }
        return (1...fieldCount).map { field($0) }
    }

    /// The decoded text of a field's first repetition, component `component`; `nil` when not valued.
    public func text(_ field: Int, _ component: Int = 1) -> String? {
        component == 1 ? self.field(field).text : self.field(field).component(component).text
    }
}

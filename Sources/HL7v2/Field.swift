/// One field of a segment: a view, cheap to copy.
///
/// Absent, empty and null differ (HL7 v2.5.1 section 2.5.3): an absent or empty field says nothing, the null value `""`
/// says that there is no value any more. ``text`` is `nil` for all three; ask ``isNull`` where it matters.
public struct Field: Sendable {
    let content: Content
    let segment: Int
    /// Number in the standard: 5 in `PID-5`.
    public let number: Int
    /// MSH-1 and MSH-2 hold delimiters that do not delimit.
    let isLiteral: Bool

    init(_ content: Content, segment: Int, number: Int, isLiteral: Bool) {
        self.content = content
        self.segment = segment
        self.number = number
        self.isLiteral = isLiteral
    }

    /// Beyond the last field sent.
    public var isAbsent: Bool { content.isAbsent }

    /// Absent, or nothing between its separators.
    public var isEmpty: Bool { content.isEmpty }

    /// Exactly `""`.
    public var isNull: Bool { content.isNull }

    /// Neither empty nor null.
    public var isValued: Bool { !isEmpty && !isNull }

    /// The bytes as sent.
    public var raw: ArraySlice<UInt8> { content.raw }

    /// Where it lies in ``Message/bytes``; `nil` when absent.
    public var range: Range<Int>? { isAbsent ? nil : content.start..<content.end }

    /// First repetition, first component, first subcomponent, decoded; `nil` when not valued.
    public var text: String? { isLiteral ? literal : content.leading.text }

    /// The whole field with its delimiters as sent, each value decoded: for free text whose sender did not escape
    /// delimiters. `nil` when not valued.
    public var wholeText: String? { isLiteral ? literal : content.text }

    private var literal: String { String(decoding: content.raw, as: UTF8.self) }

    /// The repetitions in order; one for a field without any, none for an absent field.
    public var repetitions: [Repetition] {
        if isAbsent { return [] }
        if isLiteral { return [Repetition(content, field: self, number: 1)] }
        var number = 0
        return content.parts(cutAt: content.index.delimiters.repetition).map { part in
            number += 1
            return Repetition(part, field: self, number: number)
        }
    }

    /// A repetition by its 1-based number; absent beyond the last one sent.
    public func repetition(_ number: Int) -> Repetition {
        let part = isLiteral && number == 1 ? content : content.part(number, cutAt: content.index.delimiters.repetition)
        return Repetition(part, field: self, number: number)
    }

    /// A component of the first repetition by its 1-based number; absent beyond the last one sent.
    public func component(_ number: Int) -> Component {
        repetition(1).component(number)
    }

    /// `PID[1]-5`.
    public var path: String { location.description }

    public var location: HL7v2Location {
        var location = Segment(content.index, segment).location
        location.field = number
        location.byteOffset = isAbsent ? nil : content.start
        return location
    }
}

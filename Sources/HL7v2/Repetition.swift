/// One repetition of a field: a view, cheap to copy.
public struct Repetition: Sendable {
    let content: Content
    public let field: Field
    /// 1-based.
    public let number: Int

    init(_ content: Content, field: Field, number: Int) {
        self.content = content
        self.field = field
        self.number = number
    }

    public var isAbsent: Bool { content.isAbsent }
    public var isEmpty: Bool { content.isEmpty }
    /// Exactly `""`.
    public var isNull: Bool { content.isNull }

    /// Neither empty nor null.
    public var isValued: Bool { !isEmpty && !isNull }

    /// The bytes as sent.
    public var raw: ArraySlice<UInt8> { content.raw }

    /// First component, first subcomponent, decoded; `nil` when not valued.
    public var text: String? { field.isLiteral ? wholeText : content.leading.text }

    /// The whole repetition with its delimiters as sent, decoded; `nil` when not valued.
    public var wholeText: String? {
        field.isLiteral ? String(decoding: content.raw, as: UTF8.self) : content.text
    }

    /// The components in order; none for an absent repetition.
    public var components: [Component] {
        if field.isLiteral { return isAbsent ? [] : [component(1)] }
        var number = 0
        return content.parts(cutAt: content.index.delimiters.component).map { part in
            number += 1
            return Component(part, repetition: self, number: number)
        }
    }

    /// A component by its 1-based number; absent beyond the last one sent.
    public func component(_ number: Int) -> Component {
        let part =
            field.isLiteral && number == 1 ? content : content.part(number, cutAt: content.index.delimiters.component)
        return Component(part, repetition: self, number: number)
    }

    /// The decoded text of a component, that of its first subcomponent; `nil` when not valued.
    public func text(_ component: Int) -> String? {
        // As `component(component).text`, without the views on the way there: most of what is read is read here.
        if field.isLiteral { return self.component(component).text }
        return content.index.text(ofComponent: component, content.start, content.end)
    }

    /// `PID[1]-3[2]`.
    public var path: String { location.description }

    public var location: HL7v2Location {
        var location = field.location
        location.repetition = number
        location.byteOffset = isAbsent ? nil : content.start
        return location
    }
}

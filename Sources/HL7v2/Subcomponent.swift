/// One subcomponent of a component, the smallest part of a message: a view, cheap to copy.
public struct Subcomponent: Sendable {
    let content: Content
    public let component: Component
    /// 1-based.
    public let number: Int

    init(_ content: Content, component: Component, number: Int) {
        self.content = content
        self.component = component
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

    /// Decoded; `nil` when not valued.
    public var text: String? {
        component.repetition.field.isLiteral ? component.wholeText : content.text
    }

    /// `PID[1]-3.4.2`.
    public var path: String { location.description }

    public var location: HL7v2Location {
        var location = component.location
        location.subcomponent = number
        location.byteOffset = isAbsent ? nil : content.start
        return location
    }
}

/// One component of a repetition: a view, cheap to copy.
public struct Component: Sendable {
    let content: Content
    public let repetition: Repetition
    /// 1-based.
    public let number: Int

    init(_ content: Content, repetition: Repetition, number: Int) {
        self.content = content
        self.repetition = repetition
        self.number = number
    }

    private var isLiteral: Bool { repetition.field.isLiteral }

    public var isAbsent: Bool { content.isAbsent }
    public var isEmpty: Bool { content.isEmpty }
    /// Exactly `""`.
    public var isNull: Bool { content.isNull }

    /// Neither empty nor null.
    public var isValued: Bool { !isEmpty && !isNull }

    /// The bytes as sent.
    public var raw: ArraySlice<UInt8> { content.raw }

    /// First subcomponent, decoded; `nil` when not valued.
    public var text: String? { isLiteral ? wholeText : subcomponent(1).text }

    /// The whole component with its subcomponent delimiters as sent, decoded; `nil` when not valued.
    public var wholeText: String? {
        isLiteral ? String(decoding: content.raw, as: UTF8.self) : content.text
    }

    /// The subcomponents in order; none for an absent component.
    public var subcomponents: [Subcomponent] {
        if isLiteral { return isAbsent ? [] : [subcomponent(1)] }
        var number = 0
        return content.parts(cutAt: content.index.delimiters.subcomponent).map { part in
            number += 1
            return Subcomponent(part, component: self, number: number)
        }
    }

    /// A subcomponent by its 1-based number; absent beyond the last one sent.
    public func subcomponent(_ number: Int) -> Subcomponent {
        let part = isLiteral && number == 1 ? content : content.part(number, cutAt: content.index.delimiters.subcomponent)
        return Subcomponent(part, component: self, number: number)
    }

    /// `PID[1]-5[2].1`.
    public var path: String { location.description }

    public var location: HL7v2Location {
        var location = repetition.location
        location.component = number
        location.byteOffset = isAbsent ? nil : content.start
        return location
    }
}

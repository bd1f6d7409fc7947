public import Clinical

/// A JSON number exactly as it was written.
///
/// FHIR R4 (http://hl7.org/fhir/R4/datatypes.html#decimal) requires that the precision of a decimal survives: `1.00`
/// differs from `1.0`. Two numbers are equal when their texts are.
public struct JSONNumber: Sendable, Hashable {
    /// A literal of the grammar of RFC 8259 section 6.
    public let literal: String

    /// `nil` unless the text is a JSON number.
    public init?(_ literal: String) {
        guard Self.isNumber(literal.utf8) else { return nil }
        self.literal = literal
    }

    public init(_ value: Int) {
        literal = String(value)
    }

    /// With the digits that the decimal was written with.
    public init(_ value: ExactDecimal) {
        literal = value.description
    }

    /// Text that the scanner has already found to be a number.
    init(scanned literal: String) {
        self.literal = literal
    }

    /// The exact value; `nil` beyond the 37 digits and exponents that ``ExactDecimal`` holds.
    public var decimal: ExactDecimal? {
        ExactDecimal(literal)
    }

    /// The value when the literal is a plain integer that fits.
    public var integer: Int? {
        Int(literal)
    }

    static func isNumber(_ text: String.UTF8View) -> Bool {
        var rest = text[...]
        func digits() -> Int {
            let end = rest.firstIndex { !(UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) } ?? rest.endIndex
            let count = rest.distance(from: rest.startIndex, to: end)
            rest = rest[end...]
            return count
        }
        if rest.first == UInt8(ascii: "-") { rest = rest.dropFirst() }
        let leadingZero = rest.first == UInt8(ascii: "0")
        let whole = digits()
        guard whole == 1 || (whole > 1 && !leadingZero) else { return false }
        if rest.first == UInt8(ascii: ".") {
            rest = rest.dropFirst()
            guard digits() > 0 else { return false }
        }
        if rest.first == UInt8(ascii: "e") || rest.first == UInt8(ascii: "E") {
            rest = rest.dropFirst()
            if rest.first == UInt8(ascii: "+") || rest.first == UInt8(ascii: "-") { rest = rest.dropFirst() }
            guard digits() > 0 else { return false }
        }
        return rest.isEmpty
    }
}

extension JSONNumber: CustomStringConvertible {
    public var description: String { literal }
}

public import Clinical

/// A structured numeric value, SN (HL7 v2.5.1 section 2.A.70): a comparator, one or two numbers, and what joins them.
public struct StructuredNumeric: Sendable, Hashable {
    public enum Comparator: String, Sendable, Hashable {
        case greater = ">"
        case less = "<"
        case greaterOrEqual = ">="
        case lessOrEqual = "<="
        case equal = "="
        case notEqual = "<>"
    }

    public enum Separator: String, Sendable, Hashable {
        /// From the first number to the second.
        case range = "-"
        /// "Or more" after a single number.
        case orMore = "+"
        case ratio = "/"
        case decimal = "."
        case titre = ":"
    }

    /// SN.1; `equal` when not sent, which is its default.
    public var comparator: Comparator
    /// SN.2.
    public var first: ExactDecimal?
    /// SN.3.
    public var separator: Separator?
    /// SN.4.
    public var second: ExactDecimal?

    public init(
        comparator: Comparator = .equal, first: ExactDecimal?, separator: Separator? = nil, second: ExactDecimal? = nil
    ) {
        self.comparator = comparator
        self.first = first
        self.separator = separator
        self.second = second
    }

    /// Reads the four components of a repetition: `>^100`, `^1^:^128`.
    ///
    /// - Throws: code 102 (data type error), at the component that does not fit.
    public init(_ repetition: Repetition) throws(HL7v2Error) {
        comparator = .equal
        if let text = repetition.text(1) {
            guard let comparator = Comparator(rawValue: text) else {
                throw Self.error(repetition.component(1).location, "SN.1 is one of > < >= <= = <> or empty.")
            }
            self.comparator = comparator
        }
        if let text = repetition.text(2) {
            first = try NumericReader.read(text, at: repetition.component(2).location)
        }
        if let text = repetition.text(3) {
            guard let separator = Separator(rawValue: text) else {
                throw Self.error(repetition.component(3).location, "SN.3 is one of - + / . : or empty.")
            }
            self.separator = separator
        }
        if let text = repetition.text(4) {
            second = try NumericReader.read(text, at: repetition.component(4).location)
        }
        guard first != nil || second != nil else {
            throw Self.error(repetition.location, "A structured numeric needs a number in SN.2 or SN.4.")
        }
    }

    /// Reads a comparator in front of a number, as laboratories write it into ST and NM fields: `<0.1`, `>= 90`.
    ///
    /// - Throws: code 102 (data type error), at `place`.
    public init(
        text: String, at place: HL7v2Location = HL7v2Location(segment: "", occurrence: 0)
    ) throws(HL7v2Error) {
        var rest = Substring(text)
        comparator = .equal
        for candidate in [Comparator.greaterOrEqual, .lessOrEqual, .notEqual, .greater, .less, .equal]
        where rest.utf8.starts(with: candidate.rawValue.utf8) {
            comparator = candidate
            rest = rest.dropFirst(candidate.rawValue.count)
            break
        }
        while rest.first == " " { rest = rest.dropFirst() }
        first = try NumericReader.read(String(rest), at: place)
    }

    /// As a FHIR comparator and number, where the value is a single one that has such a form; `nil` comparator is exact.
    public var bound: (comparator: Quantity.Comparator?, value: ExactDecimal)? {
        guard let first, second == nil else { return nil }
        if separator == .orMore { return comparator == .equal ? (.greaterOrEqual, first) : nil }
        guard separator == nil else { return nil }
        switch comparator {
        case .equal: return (nil, first)
        case .less: return (.less, first)
        case .lessOrEqual: return (.lessOrEqual, first)
        case .greater: return (.greater, first)
        case .greaterOrEqual: return (.greaterOrEqual, first)
        case .notEqual: return nil
        }
    }

    private static func error(_ place: HL7v2Location, _ reason: String) -> HL7v2Error {
        HL7v2Error(code: HL7v2Error.Code.dataType, place: place, reason: reason)
    }
}

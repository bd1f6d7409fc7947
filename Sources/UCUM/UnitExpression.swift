/// A unit code as its grammar reads it: terms joined by `.` and `/` from left to right.
public struct UnitExpression: Hashable, Sendable {
    public struct Part: Hashable, Sendable {
        /// After a slash.
        public var divides: Bool
        public var item: Item
    }

    public indirect enum Item: Hashable, Sendable {
        /// A positive whole number, with its annotation.
        case number(Int64, annotation: String?)
        /// An annotation standing for the unity: `{beats}`.
        case annotation(String)
        case unit(Reference)
        /// In parentheses.
        case group(UnitExpression)
    }

    /// A unit atom with its prefix and exponent.
    public struct Reference: Hashable, Sendable {
        var atom: Int
        var prefix: Int?
        public var exponent: Int
        public var annotation: String?
    }

    public var parts: [Part]

    /// Reads a case sensitive UCUM code (UCUM sections 5 to 16).
    public init(_ code: String, limits: UnitParser.Limits = .init()) throws(UCUMError) {
        self = try UnitParser(Array(code.utf8), limits: limits).read()
    }

    /// Reads a case insensitive UCUM code (`MG/DL`, `MM[HG]`, `NMOL/L`), in which some units have another code than in
    /// the case sensitive form: `PAL` is the pascal, `SIE` the siemens, `HR` the hour (UCUM sections 3 and 27, column c/i).
    public init(caseInsensitive code: String, limits: UnitParser.Limits = .init()) throws(UCUMError) {
        self = try UnitParser(Array(code.utf8), limits: limits, ignoresCase: true).read()
    }

    init(parts: [Part]) {
        self.parts = parts
    }

    /// The unit spelled out: `(milligram) / (deciliter)`, powers as `(meter ^ 2)`.
    public var displayName: String {
        var text = ""
        for (index, part) in parts.enumerated() {
            if part.divides {
                text += index == 0 ? "1 / " : " / "
            } else if index > 0 {
                text += " * "
            }
            text += part.item.displayName
        }
        return text
    }
}

extension UnitExpression {
    /// The case sensitive code of this expression: reads back as the same expression.
    public var code: String {
        var text = ""
        for (index, part) in parts.enumerated() {
            if part.divides { text += "/" } else if index > 0 { text += "." }
            text += part.item.code
        }
        return text
    }

    /// Prefix and unit of every factor, in the order of the code: `mg`, `dL`.
    public var symbols: [String] {
        var found: [String] = []
        collectSymbols(into: &found)
        return found
    }

    private func collectSymbols(into found: inout [String]) {
        for part in parts {
            switch part.item {
            case .number, .annotation: break
            case .group(let inner): inner.collectSymbols(into: &found)
            case .unit(let reference):
                let symbols = UnitSymbols.table
                let prefix = reference.prefix.map { symbols.prefixes[$0].code } ?? ""
                found.append(prefix + symbols.atoms[reference.atom].code)
            }
        }
    }

    /// Every annotation, with whether it stands below the line, in the order of the code.
    public var annotations: [Annotation] {
        var found: [Annotation] = []
        collect(into: &found, below: false)
        return found
    }

    public struct Annotation: Hashable, Sendable {
        public var text: String
        /// Below the line of a fraction: `{creat}` in `mg/g{creat}`.
        public var isBelow: Bool

        public init(text: String, isBelow: Bool) {
            self.text = text
            self.isBelow = isBelow
        }
    }

    private func collect(into found: inout [Annotation], below: Bool) {
        for part in parts {
            let below = below != part.divides
            switch part.item {
            case .annotation(let text), .number(_, let text?): found.append(Annotation(text: text, isBelow: below))
            case .number(_, nil): break
            case .unit(let reference):
                guard let text = reference.annotation else { break }
                found.append(Annotation(text: text, isBelow: below != (reference.exponent < 0)))
            case .group(let inner): inner.collect(into: &found, below: below)
            }
        }
    }
}

extension UnitExpression.Item {
    var code: String {
        switch self {
        case .number(let number, let annotation): return "\(number)" + (annotation.map { "{\($0)}" } ?? "")
        case .annotation(let text): return "{\(text)}"
        case .group(let inner): return "(" + inner.code + ")"
        case .unit(let reference):
            let symbols = UnitSymbols.table
            return (reference.prefix.map { symbols.prefixes[$0].code } ?? "") + symbols.atoms[reference.atom].code
                + (reference.exponent == 1 ? "" : "\(reference.exponent)") + (reference.annotation.map { "{\($0)}" } ?? "")
        }
    }

    var displayName: String {
        switch self {
        case .number(let number, _): return "\(number)"
        case .annotation(let text): return "{\(text)}"
        case .group(let inner): return "(" + inner.displayName + ")"
        case .unit(let reference):
            let symbols = UnitSymbols.table
            let prefix = reference.prefix.map { symbols.prefixes[$0].name } ?? ""
            let name = prefix + symbols.atoms[reference.atom].name
            return reference.exponent == 1 ? "(\(name))" : "(\(name) ^ \(reference.exponent))"
        }
    }
}

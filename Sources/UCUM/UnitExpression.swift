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

extension UnitExpression.Item {
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

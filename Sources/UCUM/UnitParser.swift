/// A bounded recursive descent over the bytes of a unit code.
public struct UnitParser {
    public struct Limits: Sendable, Hashable {
        /// Longest code that is read, in bytes.
        public var maximumBytes: Int
        /// Deepest nesting of parentheses.
        public var maximumDepth: Int

        public init(maximumBytes: Int = 256, maximumDepth: Int = 16) {
            self.maximumBytes = min(max(maximumBytes, 0), 4096)
            self.maximumDepth = min(max(maximumDepth, 0), 64)
        }
    }

    private let bytes: [UInt8]
    private let limits: Limits
    private let ignoresCase: Bool
    private var index = 0
    private var depth = 0

    init(_ bytes: [UInt8], limits: Limits, ignoresCase: Bool = false) {
        self.bytes = bytes
        self.limits = limits
        self.ignoresCase = ignoresCase
    }

    consuming func read() throws(UCUMError) -> UnitExpression {
        guard !bytes.isEmpty else { throw UCUMError(.empty, "The unit is empty; the unity is written 1.") }
        guard bytes.count <= limits.maximumBytes else {
            throw UCUMError(.tooLong, at: limits.maximumBytes, "The unit has more than \(limits.maximumBytes) bytes.")
        }
        if let place = bytes.firstIndex(where: { $0 < 33 || $0 > 126 }) {
            throw UCUMError(.invalidCharacter, at: place, "Units are written in printable ASCII without spaces.")
        }
        let expression = try mainTerm()
        if index < bytes.count {
            if bytes[index] == UInt8(ascii: ")") {
                throw UCUMError(.unbalanced, at: index, "This parenthesis was never opened.")
            }
            throw UCUMError(.missingOperator, at: index, "A dot, a slash or the end of the unit is expected here.")
        }
        return expression
    }

    private var next: UInt8? { index < bytes.count ? bytes[index] : nil }

    /// `/ term`, or `term` with its components.
    private mutating func mainTerm() throws(UCUMError) -> UnitExpression {
        var parts: [UnitExpression.Part] = []
        var divides = false
        if next == UInt8(ascii: "/") {
            divides = true
            index += 1
        }
        while true {
            parts.append(UnitExpression.Part(divides: divides, item: try component()))
            switch next {
            case UInt8(ascii: "."): divides = false
            case UInt8(ascii: "/"): divides = true
            default: return UnitExpression(parts: parts)
            }
            index += 1
        }
    }

    private mutating func component() throws(UCUMError) -> UnitExpression.Item {
        guard let byte = next else {
            throw UCUMError(.missingTerm, at: index, "A unit is expected at the end.")
        }
        switch byte {
        case UInt8(ascii: "("): return .group(try group())
        case UInt8(ascii: "{"): return .annotation(try annotation())
        case UInt8(ascii: "0")...UInt8(ascii: "9"):
            return isPowerOfTen ? try unit() : try number()
        case UInt8(ascii: "."), UInt8(ascii: "/"), UInt8(ascii: ")"), UInt8(ascii: "+"), UInt8(ascii: "-"),
            UInt8(ascii: "}"):
            throw UCUMError(.missingTerm, at: index, "A unit is expected here.")
        default: return try unit()
        }
    }

    /// `10*` and `10^` are unit atoms that begin with digits.
    private var isPowerOfTen: Bool {
        index + 2 < bytes.count && bytes[index] == UInt8(ascii: "1") && bytes[index + 1] == UInt8(ascii: "0")
            && (bytes[index + 2] == UInt8(ascii: "*") || bytes[index + 2] == UInt8(ascii: "^"))
    }

    private mutating func group() throws(UCUMError) -> UnitExpression {
        let opening = index
        guard depth < limits.maximumDepth else {
            throw UCUMError(.tooDeep, at: index, "Parentheses are nested more than \(limits.maximumDepth) deep.")
        }
        depth += 1
        index += 1
        let inner = try mainTerm()
        guard next == UInt8(ascii: ")") else {
            throw UCUMError(.unbalanced, at: opening, "This parenthesis is not closed.")
        }
        index += 1
        depth -= 1
        return inner
    }

    private mutating func annotation() throws(UCUMError) -> String {
        let opening = index
        index += 1
        let start = index
        while let byte = next, byte != UInt8(ascii: "}") {
            guard byte != UInt8(ascii: "{") else {
                throw UCUMError(.unbalanced, at: index, "An annotation cannot hold another one.")
            }
            index += 1
        }
        guard index < bytes.count else {
            throw UCUMError(.unbalanced, at: opening, "This annotation is not closed.")
        }
        index += 1
        return String(decoding: bytes[start..<index - 1], as: UTF8.self)
    }

    private mutating func optionalAnnotation() throws(UCUMError) -> String? {
        next == UInt8(ascii: "{") ? try annotation() : nil
    }

    private mutating func number() throws(UCUMError) -> UnitExpression.Item {
        let start = index
        var value: Int64 = 0
        while let digit = nextDigit {
            guard index - start < 18 else {
                throw UCUMError(.invalidNumber, at: start, "The number has more than 18 digits.")
            }
            value = value * 10 + digit
            index += 1
        }
        guard value > 0 else { throw UCUMError(.invalidNumber, at: start, "A unit of size zero measures nothing.") }
        return .number(value, annotation: try optionalAnnotation())
    }

    private var nextDigit: Int64? {
        guard let byte = next, byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") else { return nil }
        return Int64(byte - UInt8(ascii: "0"))
    }

    private mutating func unit() throws(UCUMError) -> UnitExpression.Item {
        let start = index
        try skipSymbol()
        let symbols = UnitSymbols.table
        let symbol = bytes[start..<index]
        switch ignoresCase
            ? symbols.read(capitals: String(decoding: symbol, as: UTF8.self).uppercased()) : symbols.read(symbol)
        {
        case .found(let atom, let prefix):
            let exponent = try exponent() ?? 1
            return .unit(
                UnitExpression.Reference(
                    atom: atom, prefix: prefix, exponent: exponent, annotation: try optionalAnnotation()))
        case .prefixNotAllowed:
            throw UCUMError(.prefixNotAllowed, at: start, "This unit takes no metric prefix.")
        case .unknown:
            throw UCUMError(
                .unknownUnit, at: start, "This is not a UCUM unit (case \(ignoresCase ? "in" : "")sensitive form).")
        }
    }

    /// Moves over a symbol: everything up to an operator, exponent or annotation, brackets taken whole.
    private mutating func skipSymbol() throws(UCUMError) {
        if isPowerOfTen {
            index += 3
            return
        }
        while let byte = next {
            switch byte {
            case UInt8(ascii: "["):
                let opening = index
                while let inner = next, inner != UInt8(ascii: "]") {
                    guard inner != UInt8(ascii: "[") || index == opening else { break }
                    index += 1
                }
                guard next == UInt8(ascii: "]") else {
                    throw UCUMError(.unbalanced, at: opening, "This square bracket is not closed.")
                }
                index += 1
            case UInt8(ascii: "."), UInt8(ascii: "/"), UInt8(ascii: "("), UInt8(ascii: ")"), UInt8(ascii: "{"),
                UInt8(ascii: "}"), UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"):
                return
            default:
                index += 1
            }
        }
    }

    private mutating func exponent() throws(UCUMError) -> Int? {
        let start = index
        var sign = 1
        if next == UInt8(ascii: "-") || next == UInt8(ascii: "+") {
            sign = next == UInt8(ascii: "-") ? -1 : 1
            index += 1
        }
        let firstDigit = index
        var value = 0
        while let digit = nextDigit {
            guard index - firstDigit < 3 else {
                throw UCUMError(.exponentTooLarge, at: start, "The exponent has more than three digits.")
            }
            value = value * 10 + Int(digit)
            index += 1
        }
        if index == firstDigit {
            guard firstDigit == start else {
                throw UCUMError(.missingTerm, at: index, "Digits of an exponent are expected after the sign.")
            }
            return nil
        }
        return sign * value
    }
}

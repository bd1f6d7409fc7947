/// A condition of a row, in the tables' own small language:
///
///     PID-25 absent
///     OBX-2 in ("ST", "TX") and not OBX-11 = "X"
///     count(PID-11) > 1 or length(PID-7) > 8
///     OBX-2 = "NM" and not decimal(OBX-5) and not compared(OBX-5)
///
/// A reference is a segment and field with an optional component (`PID-5.1`), or a segment alone. Absent means not valued:
/// the null value counts as absent. `!=` and `not-in` hold for absent values. `decimal` holds unless something else than a
/// decimal number is sent, `compared` for a number with `<`, `<=`, `>` or `>=` before it.
indirect enum Condition: Sendable, Hashable {
    case present(Reference)
    case equals(Reference, [[UInt8]])
    case same(Reference, Reference)
    case count(Reference, Comparison, Int)
    case length(Reference, Comparison, Int)
    case decimal(Reference)
    case compared(Reference)
    case not(Condition)
    case all([Condition])
    case any([Condition])

    enum Comparison: Sendable { case equal, greater, atMost, less, atLeast }

    struct Reference: Sendable, Hashable {
        /// Packed name.
        var segment: UInt32
        /// 0 means the segment or cell itself.
        var field: Int
        var component: Int
        var subcomponent: Int
    }

    /// `nil` when the text is not a condition.
    static func parse(_ text: String) -> Condition? {
        var parser = ConditionParser(text)
        guard let condition = parser.alternatives(), parser.isAtEnd else { return nil }
        return condition
    }

    /// The condition holds for decimal numbers only.
    var wantsDecimal: Bool {
        switch self {
        case .decimal: true
        case .all(let parts): parts.contains { $0.wantsDecimal }
        default: false
        }
    }

    /// The condition asks somewhere whether `source` is absent.
    func mentionsAbsence(of source: Reference) -> Bool {
        switch self {
        case .not(.present(let reference)):
            reference.field == source.field && reference.segment == source.segment
                && reference.component == source.component
        case .not(let inner): inner.mentionsAbsence(of: source)
        case .all(let parts), .any(let parts): parts.contains { $0.mentionsAbsence(of: source) }
        default: false
        }
    }
}

private struct ConditionParser {
    private var tokens: [String] = []
    private var position = 0

    init(_ text: String) {
        var token = ""
        var quoted = false
        func isOperator(_ character: Character) -> Bool { "(),".contains(character) }
        for character in text {
            if quoted {
                if character == "\"" {
                    tokens.append("\"" + token)
                    token = ""
                    quoted = false
                } else {
                    token.append(character)
                }
                continue
            }
            if character == "\"" {
                quoted = true
            } else if character == " " || isOperator(character) {
                if !token.isEmpty { tokens.append(token) }
                token = ""
                if character != " " { tokens.append(String(character)) }
            } else {
                token.append(character)
            }
        }
        if !token.isEmpty { tokens.append(token) }
    }

    var isAtEnd: Bool { position == tokens.count }

    private var next: String? { position < tokens.count ? tokens[position] : nil }

    private mutating func take(_ token: String) -> Bool {
        guard next == token else { return false }
        position += 1
        return true
    }

    mutating func alternatives() -> Condition? {
        guard let first = conjunction() else { return nil }
        var parts = [first]
        while take("or") {
            guard let part = conjunction() else { return nil }
            parts.append(part)
        }
        return parts.count == 1 ? first : .any(parts)
    }

    private mutating func conjunction() -> Condition? {
        guard let first = term() else { return nil }
        var parts = [first]
        while take("and") {
            guard let part = term() else { return nil }
            parts.append(part)
        }
        return parts.count == 1 ? first : .all(parts)
    }

    private mutating func term() -> Condition? {
        if take("not") { return term().map { .not($0) } }
        if take("(") {
            guard let inner = alternatives(), take(")") else { return nil }
            return inner
        }
        if next == "count" || next == "length" {
            let counts = take("count")
            if !counts { position += 1 }
            guard take("("), let reference = reference(), take(")"), let comparison = comparison(), let text = next,
                let number = Int(text)
            else { return nil }
            position += 1
            return counts ? .count(reference, comparison, number) : .length(reference, comparison, number)
        }
        if next == "decimal" || next == "compared" {
            let isDecimal = take("decimal")
            if !isDecimal { position += 1 }
            guard take("("), let reference = reference(), take(")") else { return nil }
            return isDecimal ? .decimal(reference) : .compared(reference)
        }
        guard let reference = reference(), let word = next else { return nil }
        position += 1
        switch word {
        case "present": return .present(reference)
        case "absent": return .not(.present(reference))
        case "in": return list().map { .equals(reference, $0) }
        case "not-in": return list().map { .not(.equals(reference, $0)) }
        case "=", "!=":
            let condition: Condition
            if let value = literal() {
                condition = .equals(reference, [value])
            } else if let other = self.reference() {
                condition = .same(reference, other)
            } else {
                return nil
            }
            return word == "=" ? condition : .not(condition)
        default: return nil
        }
    }

    private mutating func comparison() -> Condition.Comparison? {
        defer { position += 1 }
        switch next {
        case "=": return .equal
        case ">": return .greater
        case "<": return .less
        case "<=": return .atMost
        case ">=": return .atLeast
        default: return nil
        }
    }

    private mutating func literal() -> [UInt8]? {
        guard let token = next, token.hasPrefix("\"") else { return nil }
        position += 1
        return Array(token.utf8.dropFirst())
    }

    private mutating func list() -> [[UInt8]]? {
        guard take("(") else { return nil }
        var values: [[UInt8]] = []
        while !take(")") {
            guard let value = literal() else { return nil }
            values.append(value)
            _ = take(",")
        }
        return values
    }

    private mutating func reference() -> Condition.Reference? {
        guard let token = next, let reference = Condition.Reference(token) else { return nil }
        position += 1
        return reference
    }
}

extension Condition.Reference {
    /// `PID`, `PID-5`, `PID-5.1`, `CX-4.1`.
    init?(_ text: String) {
        let parts = text.split(separator: "-", maxSplits: 1)
        guard let name = parts.first, (2...4).contains(name.utf8.count),
            name.utf8.allSatisfy({ (0x41...0x5A).contains($0) || (0x30...0x39).contains($0) })
        else { return nil }
        self.init(segment: SourceTape.pack(name.utf8), field: 0, component: 0, subcomponent: 0)
        guard parts.count == 2 else { return }
        let numbers = parts[1].split(separator: ".").map { Int($0) }
        guard (1...3).contains(numbers.count), let first = numbers[0] else { return nil }
        field = first
        if numbers.count > 1 {
            guard let second = numbers[1] else { return nil }
            component = second
        }
        if numbers.count > 2 {
            guard let third = numbers[2] else { return nil }
            subcomponent = third
        }
    }
}

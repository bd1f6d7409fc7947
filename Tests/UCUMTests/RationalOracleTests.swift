import Clinical
import Foundation
import Testing
import UCUM

/// Units at random against a second evaluator: exact fractions over the definitions in UCUM's own file.
///
/// The oracle shares no code with the library. It never sees the text of an expression: the generator makes a list of
/// factors, which the oracle multiplies and the library reads from one of the many ways to write it.
@Suite(
    "Random expressions against exact fractions",
    .enabled(
        if: FileManager.default.fileExists(atPath: SharedData.ucum + "/ucum-essence.xml"),
        "../shared/data/terminology/ucum/ucum-essence.xml is not there"))
struct RationalOracleTests {
    @Test("conversions agree in every digit", arguments: [1, 2, 3, 4] as [UInt64]) func conversions(seed: UInt64) throws {
        let oracle = try Essence.shared.get()
        var random = SplitMix64(state: seed)
        var (compared, exact) = (0, 0)
        for _ in 0..<20_000 {
            let source = oracle.factors(&random)
            guard let target = oracle.commensurable(with: source, &random), let ratio = oracle.ratio(source, target) else {
                continue
            }
            let (from, to) = (oracle.text(source, &random), oracle.text(target, &random))
            let value = ExactDecimal(
                coefficient: Int128.random(in: 1...99_999, using: &random), scale: Int.random(in: -2...5, using: &random))
            guard let expected = Fraction(value)?.times(ratio) else { continue }
            let result: ExactDecimal
            do {
                result = try UCUM.convert(value, from: from, to: to)
            } catch {
                Issue.record("\(from) → \(to): \(error)")
                continue
            }
            compared += 1
            if expected.isFiniteDecimal, expected.digits <= 15, let found = Fraction(result) {
                exact += 1
                #expect(found == expected, "\(value) \(from) → \(to): \(result)")
            } else {
                let wanted = Double(expected.numerator) / Double(expected.denominator)
                #expect(abs(result.doubleValue - wanted) <= 1e-14 * abs(wanted), "\(value) \(from) → \(to): \(result)")
            }
        }
        #expect(compared > 5000 && exact > 1000)
    }

    @Test("what measures something else is refused", arguments: [5, 6] as [UInt64]) func refusals(seed: UInt64) throws {
        let oracle = try Essence.shared.get()
        var random = SplitMix64(state: seed)
        var refused = 0
        for _ in 0..<10_000 {
            let (source, target) = (oracle.factors(&random), oracle.factors(&random))
            let (from, to) = (oracle.text(source, &random), oracle.text(target, &random))
            guard let first = oracle.value(source), let second = oracle.value(target) else { continue }
            let isSame = first.dimension == second.dimension
            #expect(try Unit(from).isCommensurable(with: Unit(to)) == isSame, "\(from) \(to)")
            guard !isSame else { continue }
            refused += 1
            #expect(throws: UCUMError.self) { try UCUM.convert(ExactDecimal(1), from: from, to: to) }
        }
        #expect(refused > 5000)
    }

    @Test("every way to write a unit is the same unit, and its own code too", arguments: [7] as [UInt64])
    func ways(seed: UInt64) throws {
        let oracle = try Essence.shared.get()
        var random = SplitMix64(state: seed)
        for _ in 0..<10_000 {
            let factors = oracle.factors(&random)
            // Beyond 127 bits a factor is no exact number any more, and the order of the factors shows.
            guard oracle.value(factors) != nil else { continue }
            let (first, second) = (oracle.text(factors, &random), oracle.text(factors.shuffled(using: &random), &random))
            // A factor beyond what the library holds exactly is rounded, in the order in which it is multiplied.
            for other in [second, try UnitExpression(first).code] {
                let one = try UCUM.convert(ExactDecimal(1), from: first, to: other).doubleValue
                #expect(abs(one - 1) <= 1e-14, "\(first) \(other)")
            }
        }
    }
}

/// A fraction in lowest terms with a positive denominator; operations are `nil` beyond 127 bits.
private struct Fraction: Equatable {
    let numerator: Int128
    let denominator: Int128

    init?(_ numerator: Int128, _ denominator: Int128 = 1) {
        guard denominator != 0, numerator != .min, denominator != .min else { return nil }
        var (a, b) = (numerator.magnitude, denominator.magnitude)
        while b != 0 { (a, b) = (b, a % b) }
        let divisor = Int128(max(a, 1)) * (denominator < 0 ? -1 : 1)
        self.numerator = numerator / divisor
        self.denominator = denominator / divisor
    }

    init?(_ decimal: ExactDecimal) {
        let scale = Int(decimal.scale)
        guard let power = Self.power(10, abs(scale)) else { return nil }
        if scale >= 0 {
            self.init(decimal.coefficient, power)
        } else {
            let (product, overflow) = decimal.coefficient.multipliedReportingOverflow(by: power)
            if overflow { return nil }
            self.init(product)
        }
    }

    func times(_ other: Fraction) -> Fraction? {
        // Crosswise reduction first, so that only what really is too large overflows.
        guard let left = Fraction(numerator, other.denominator), let right = Fraction(other.numerator, denominator) else {
            return nil
        }
        let (top, over) = left.numerator.multipliedReportingOverflow(by: right.numerator)
        let (bottom, under) = left.denominator.multipliedReportingOverflow(by: right.denominator)
        return over || under ? nil : Fraction(top, bottom)
    }

    var inverse: Fraction? { Fraction(denominator, numerator) }

    func raised(to exponent: Int) -> Fraction? {
        var result = Fraction(1)
        for _ in 0..<abs(exponent) { result = result?.times(self) }
        return exponent < 0 ? result?.inverse : result
    }

    var isFiniteDecimal: Bool {
        var rest = denominator
        while rest % 2 == 0 { rest /= 2 }
        while rest % 5 == 0 { rest /= 5 }
        return rest == 1
    }

    /// Significant digits of a finite decimal.
    var digits: Int {
        var (top, bottom) = (numerator.magnitude, denominator.magnitude)
        while bottom % 10 == 0 { bottom /= 10 }
        while bottom > 1 {
            let (next, overflow) = top.multipliedReportingOverflow(by: bottom % 2 == 0 ? 5 : 2)
            if overflow { return 99 }
            top = next
            bottom /= bottom % 2 == 0 ? 2 : 5
        }
        while top != 0, top % 10 == 0 { top /= 10 }
        return String(top).count
    }

    static func power(_ base: Int128, _ exponent: Int) -> Int128? {
        var result: Int128 = 1
        for _ in 0..<exponent {
            let (next, overflow) = result.multipliedReportingOverflow(by: base)
            if overflow { return nil }
            result = next
        }
        return result
    }
}

/// The atoms and prefixes of `ucum-essence.xml` with exact values, where they have one.
private struct Essence: Sendable {
    struct Factor: Hashable {
        var prefix: String
        var atom: String
        var exponent: Int
    }

    struct Value {
        var magnitude: Fraction
        var dimension: [String: Int]
    }

    struct Failure: Error {}

    static let shared = Result { () throws -> Essence in try Essence() }

    private var definitions: [String: (value: String, unit: String)] = [:]
    private var metric: Set<String> = []
    private var prefixes: [String: Fraction] = [:]
    private var atoms: [String] = []
    private var values: [String: Value] = [:]

    private init() throws {
        let text = try String(contentsOfFile: SharedData.ucum + "/ucum-essence.xml", encoding: .utf8)
            .replacing("&apos;", with: "'").replacing("&lt;", with: "<").replacing("&gt;", with: ">")
        for match in text.matches(of: /<prefix Code="([^"]+)"[\s\S]*?<value value="([^"]+)"/) {
            prefixes[String(match.1)] = ExactDecimal(String(match.2)).flatMap { Fraction($0) }
        }
        for match in text.matches(of: /<base-unit\s+Code="([^"]+)"/) {
            values[String(match.1)] = Fraction(1).map { Value(magnitude: $0, dimension: [String(match.1): 1]) }
            metric.insert(String(match.1))
        }
        // Special units have no value of their own: the search ends with the unit.
        for match in text.matches(of: /<unit\s+Code="([^"]+)"([^>]*)>(?:(?!<\/unit>)[\s\S])*?<value\s+([^>]*)>/) {
            let (code, attributes, value) = (String(match.1), String(match.2), String(match.3))
            guard !attributes.contains("isSpecial=\"yes\""), !attributes.contains("isArbitrary=\"yes\""),
                let unit = value.firstMatch(of: /Unit="([^"]+)"/), let number = value.firstMatch(of: /value="([^"]+)"/)
            else { continue }
            definitions[code] = (String(number.1), String(unit.1))
            if attributes.contains("isMetric=\"yes\"") { metric.insert(code) }
        }
        for code in definitions.keys.sorted() { _ = resolve(code) }
        // Amounts of substance are told apart beyond the dimension, so that they are not for this oracle.
        let amounts: Set = [
            "mol", "eq", "osm", "kat", "U", "10*", "10^", "[HPF]", "[LPF]", "[NTU]", "[FNU]", "[hnsf'U]", "Bq", "Ci", "Sv",
            "REM",
        ]
        atoms = values.keys.filter { !amounts.contains($0) }.sorted()
    }

    private mutating func resolve(_ code: String) -> Value? {
        if let known = values[code] { return known }
        guard let (text, unit) = definitions[code], let value = ExactDecimal(text).flatMap({ Fraction($0) }),
            let defined = evaluate(unit), let magnitude = value.times(defined.magnitude)
        else { return nil }
        let result = Value(magnitude: magnitude, dimension: defined.dimension)
        values[code] = result
        return result
    }

    /// A definition of the file: factors with `.` and `/` between them and no parentheses.
    private mutating func evaluate(_ text: String) -> Value? {
        guard !text.contains("("), let one = Fraction(1) else { return nil }
        var result = Value(magnitude: one, dimension: [:])
        for match in text.matches(of: /(^|[.\/])([^.\/]+)/) {
            guard let factor = symbol(String(match.2)) else { return nil }
            let sign = match.1 == "/" ? -1 : 1
            guard let raised = factor.magnitude.raised(to: sign), let product = result.magnitude.times(raised) else {
                return nil
            }
            result.magnitude = product
            for (base, exponent) in factor.dimension { result.dimension[base, default: 0] += sign * exponent }
        }
        result.dimension = result.dimension.filter { $0.value != 0 }
        return result
    }

    private mutating func symbol(_ text: String) -> Value? {
        if let number = Int128(text) { return Fraction(number).map { Value(magnitude: $0, dimension: [:]) } }
        if text.hasPrefix("10*") || text.hasPrefix("10^") {
            let exponent = text.count == 3 ? 1 : Int(text.dropFirst(3)) ?? 0
            return Fraction(10)?.raised(to: exponent).map { Value(magnitude: $0, dimension: [:]) }
        }
        var (name, exponent) = (text, 1)
        if definitions[text] == nil, values[text] == nil, let match = text.firstMatch(of: /^(.*[^0-9+-])([+-]?[0-9]+)$/) {
            (name, exponent) = (String(match.1), Int(match.2) ?? 1)
        }
        guard let value = prefixed(name) else { return nil }
        return value.magnitude.raised(to: exponent).map {
            Value(magnitude: $0, dimension: value.dimension.mapValues { $0 * exponent })
        }
    }

    private mutating func prefixed(_ name: String) -> Value? {
        if let value = resolve(name) { return value }
        for length in [1, 2] where name.count > length {
            let atom = String(name.dropFirst(length))
            guard let prefix = prefixes[String(name.prefix(length))], metric.contains(atom), let value = resolve(atom),
                let magnitude = prefix.times(value.magnitude)
            else { continue }
            return Value(magnitude: magnitude, dimension: value.dimension)
        }
        return nil
    }

    // MARK: Expressions

    func value(_ factors: [Factor]) -> Value? {
        guard var magnitude = Fraction(1) else { return nil }
        var dimension: [String: Int] = [:]
        for factor in factors {
            guard let atom = values[factor.atom],
                let prefix = factor.prefix.isEmpty ? Fraction(1) : prefixes[factor.prefix],
                let one = prefix.times(atom.magnitude), let raised = one.raised(to: factor.exponent),
                let product = magnitude.times(raised)
            else { return nil }
            magnitude = product
            for (base, exponent) in atom.dimension { dimension[base, default: 0] += exponent * factor.exponent }
        }
        return Value(magnitude: magnitude, dimension: dimension.filter { $0.value != 0 })
    }

    func ratio(_ source: [Factor], _ target: [Factor]) -> Fraction? {
        guard let from = value(source), let to = value(target), from.dimension == to.dimension else { return nil }
        return to.magnitude.inverse.flatMap { from.magnitude.times($0) }
    }

    func factors(_ random: inout SplitMix64) -> [Factor] {
        (0..<Int.random(in: 1...3, using: &random)).compactMap { _ in
            guard let atom = atoms.randomElement(using: &random) else { return nil }
            let exponent = [1, 1, 1, 1, 2, 3, -1, -1, -2][Int.random(in: 0..<9, using: &random)]
            return Factor(prefix: prefix(of: atom, &random), atom: atom, exponent: exponent)
        }
    }

    private func prefix(of atom: String, _ random: inout SplitMix64) -> String {
        // With a prefix some atoms spell another unit: `cd` is the candela.
        guard metric.contains(atom), Bool.random(using: &random),
            let prefix = prefixes.keys.sorted().randomElement(using: &random), values[prefix + atom] == nil,
            definitions[prefix + atom] == nil
        else { return "" }
        return prefix
    }

    /// The same dimension by other atoms, one for one.
    func commensurable(with factors: [Factor], _ random: inout SplitMix64) -> [Factor]? {
        var result: [Factor] = []
        for factor in factors {
            let dimension = values[factor.atom]?.dimension
            guard let atom = atoms.filter({ values[$0]?.dimension == dimension }).randomElement(using: &random) else {
                return nil
            }
            result.append(Factor(prefix: prefix(of: atom, &random), atom: atom, exponent: factor.exponent))
        }
        return result
    }

    /// One of the ways to write it.
    func text(_ factors: [Factor], _ random: inout SplitMix64) -> String {
        var text = ""
        for factor in factors {
            let divides = factor.exponent < 0 && Bool.random(using: &random)
            let exponent = divides ? -factor.exponent : factor.exponent
            var part = factor.prefix + factor.atom
            if exponent != 1 {
                part += exponent > 0 && Bool.random(using: &random) ? "+\(exponent)" : "\(exponent)"
            }
            if Int.random(in: 0..<8, using: &random) == 0 { part = "(\(part))" }
            text += divides ? "/" + part : (text.isEmpty ? "" : ".") + part
        }
        return text
    }
}

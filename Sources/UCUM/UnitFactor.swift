public import Clinical

/// A positive number that units are multiplied by: exact where that is possible in 128 bits.
///
/// An exact factor is `numerator / denominator × 10^tens × π^pi` in lowest terms, the denominator coprime to 10, so
/// that it is a finite decimal exactly when the denominator is 1. π stays a symbol: degrees to degrees cancels it.
public struct UnitFactor: Hashable, Sendable {
    enum Form: Hashable, Sendable {
        case exact(numerator: UInt128, denominator: UInt128, tens: Int, pi: Int)
        case approximate(Double)
    }

    let form: Form

    init(_ form: Form) {
        self.form = form
    }

    public static let one = UnitFactor(.exact(numerator: 1, denominator: 1, tens: 0, pi: 0))
    static let pi = UnitFactor(.exact(numerator: 1, denominator: 1, tens: 0, pi: 1))

    /// `numerator / denominator × 10^tens`; `nil` unless both numbers are positive.
    public init?(_ numerator: Int128, over denominator: Int128 = 1, tens: Int = 0) {
        guard numerator > 0, denominator > 0 else { return nil }
        self = Self.reduced(numerator.magnitude, denominator.magnitude, tens: tens, pi: 0)
    }

    /// `nil` unless the number is positive.
    public init?(_ value: ExactDecimal) {
        self.init(value.coefficient, tens: -Int(value.scale))
    }

    static func powerOfTen(_ tens: Int) -> UnitFactor {
        UnitFactor(.exact(numerator: 1, denominator: 1, tens: tens, pi: 0))
    }

    public var isExact: Bool {
        if case .exact = form { true } else { false }
    }

    public var isOne: Bool { self == .one }

    /// The nearest double; infinite or zero where the factor is beyond the range of doubles.
    public var doubleValue: Double {
        switch form {
        case .approximate(let value): value
        case .exact(let numerator, let denominator, let tens, let pi):
            raise(.pi, pi) * Double(numerator) / Double(denominator) * powerOf10(tens)
        }
    }

    public var inverse: UnitFactor {
        switch form {
        case .approximate(let value): UnitFactor(.approximate(1 / value))
        case .exact(let numerator, let denominator, let tens, let pi):
            Self.reduced(denominator, numerator, tens: -tens, pi: -pi)
        }
    }

    public static func * (left: UnitFactor, right: UnitFactor) -> UnitFactor {
        guard case .exact(let n1, let d1, let t1, let p1) = left.form,
            case .exact(let n2, let d2, let t2, let p2) = right.form
        else { return UnitFactor(.approximate(left.doubleValue * right.doubleValue)) }
        let first = greatestCommonDivisor(n1, d2)
        let second = greatestCommonDivisor(n2, d1)
        let (numerator, high) = (n1 / first).multipliedReportingOverflow(by: n2 / second)
        let (denominator, low) = (d1 / second).multipliedReportingOverflow(by: d2 / first)
        if high || low { return UnitFactor(.approximate(left.doubleValue * right.doubleValue)) }
        return reduced(numerator, denominator, tens: t1 + t2, pi: p1 + p2)
    }

    public static func / (left: UnitFactor, right: UnitFactor) -> UnitFactor {
        left * right.inverse
    }

    /// This factor to a whole power.
    public func power(_ exponent: Int) -> UnitFactor {
        guard exponent >= 0 else { return inverse.power(-exponent) }
        var result = UnitFactor.one
        var square = self
        var rest = exponent
        while rest > 0 {
            if rest & 1 == 1 { result = result * square }
            rest >>= 1
            if rest > 0 { square = square * square }
        }
        return result
    }

    /// Lowest terms, with every factor 2 and 5 of the denominator moved into the power of ten.
    private static func reduced(_ numerator: UInt128, _ denominator: UInt128, tens: Int, pi: Int) -> UnitFactor {
        let common = greatestCommonDivisor(numerator, denominator)
        var (numerator, denominator, tens) = (numerator / common, denominator / common, tens)
        for (prime, partner) in [(2, 5), (5, 2)] as [(UInt128, UInt128)] {
            while denominator % prime == 0 {
                let (product, overflow) = numerator.multipliedReportingOverflow(by: partner)
                if overflow {
                    let value = Double(numerator) / Double(denominator) * powerOf10(tens) * raise(.pi, pi)
                    return UnitFactor(.approximate(value))
                }
                (numerator, denominator, tens) = (product, denominator / prime, tens - 1)
            }
        }
        while numerator % 10 == 0, numerator > 0 {
            numerator /= 10
            tens += 1
        }
        return UnitFactor(.exact(numerator: numerator, denominator: denominator, tens: tens, pi: pi))
    }
}

extension UnitFactor: CustomStringConvertible {
    /// Exact text: `88.4`, `5/9`, `1/180×π`; an approximate factor has the shortest digits of its double.
    public var description: String {
        switch form {
        case .approximate(let value): return "\(value)"
        case .exact(let numerator, let denominator, let tens, let pi):
            var text: String
            if denominator == 1 {
                text = Self.decimal(numerator, tens)
            } else if tens >= 0 {
                text = Self.decimal(numerator, tens) + "/\(denominator)"
            } else {
                text = "\(numerator)/" + Self.decimal(denominator, -tens)
            }
            if pi != 0 { text += "×π" + (pi == 1 ? "" : "^\(pi)") }
            return text
        }
    }

    private static func decimal(_ digits: UInt128, _ tens: Int) -> String {
        if tens > 24 || tens < -40 { return "\(digits)e\(tens)" }
        if tens >= 0 { return "\(digits)" + String(repeating: "0", count: tens) }
        let text = "\(digits)"
        let padded = String(repeating: "0", count: max(0, 1 - tens - text.utf8.count)) + text
        return padded.dropLast(-tens) + "." + padded.suffix(-tens)
    }
}

func greatestCommonDivisor(_ left: UInt128, _ right: UInt128) -> UInt128 {
    var (a, b) = (left, right)
    while b != 0 { (a, b) = (b, a % b) }
    return max(a, 1)
}

/// `base^exponent` for whole exponents, without a mathematics library.
func raise(_ base: Double, _ exponent: Int) -> Double {
    var result = 1.0
    var square = base
    var rest = exponent.magnitude
    while rest > 0 {
        if rest & 1 == 1 { result *= square }
        square *= square
        rest >>= 1
    }
    return exponent < 0 ? 1 / result : result
}

private func powerOf10(_ exponent: Int) -> Double {
    Double("1e\(exponent)") ?? (exponent < 0 ? 0 : .infinity)
}

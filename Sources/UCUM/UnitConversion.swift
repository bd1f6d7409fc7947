public import Clinical

/// Arithmetic that turns a number in one unit into a number in another, compiled once and applied often.
public struct UnitConversion: Hashable, Sendable {
    public enum Kind: String, Sendable, Codable {
        /// The number stays as it is.
        case none
        /// Multiplied by a factor.
        case factor
        /// Shifted and multiplied (temperatures).
        case affine
        /// Through a logarithm or another function.
        case function
    }

    enum Step: Hashable, Sendable {
        case identity
        case factor(UnitFactor)
        /// `(value + offset / divisor) × factor`; computed as `(value × divisor + offset) × applied`.
        case affine(offset: ExactDecimal, divisor: Int64, factor: UnitFactor, applied: UnitFactor)
        case function(source: Reading, target: Reading)
    }

    /// How a reading relates to base units: `proper(reading × scalar) × factor`.
    struct Reading: Hashable, Sendable {
        var scale: SpecialScale?
        var scalar: Double
        var factor: Double
    }

    let step: Step

    public static let identity = UnitConversion(step: .identity)

    /// Multiplication by a factor.
    public init(multiplyingBy factor: UnitFactor) {
        step = factor.isOne ? .identity : .factor(factor)
    }

    /// `slope × x + intercept`, exactly; `nil` unless the slope is an exact rational number of 64 bits.
    public init?(slope: UnitFactor, intercept: ExactDecimal) {
        guard intercept.coefficient != 0 else {
            self.init(multiplyingBy: slope)
            return
        }
        guard case .exact(let numerator, let denominator, let tens, 0) = slope.form, let times = Int64(exactly: numerator),
            let size = Int128(exactly: denominator), let applied = UnitFactor(1, over: size, tens: tens)
        else { return nil }
        let (offset, overflow) = intercept.coefficient.multipliedReportingOverflow(by: size)
        guard !overflow else { return nil }
        self.init(
            step: .affine(
                offset: ExactDecimal(coefficient: offset, scale: Int(intercept.scale) + tens), divisor: times,
                factor: slope, applied: applied))
    }

    private init(step: Step) {
        self.step = step
    }

    public var kind: Kind {
        switch step {
        case .identity: .none
        case .factor: .factor
        case .affine: .affine
        case .function: .function
        }
    }

    /// What the number is multiplied by; `nil` for identity and for functions.
    public var factor: UnitFactor? {
        switch step {
        case .identity, .function: nil
        case .factor(let factor): factor
        case .affine(_, _, let factor, _): factor
        }
    }

    /// The arithmetic as text: `10`, `(x − 32) × 5/9`; `nil` where the number is not changed.
    public var formula: String? {
        switch step {
        case .identity: return nil
        case .factor(let factor): return factor.description
        case .affine(let offset, let divisor, let factor, _):
            let sign = offset.coefficient < 0 ? "−" : "+"
            let size = ExactDecimal(coefficient: Int128(offset.coefficient.magnitude), scale: Int(offset.scale))
            return "(x \(sign) \(size)" + (divisor == 1 ? "" : "/\(divisor)") + ") × \(factor)"
        case .function: return "by function"
        }
    }

    /// The number in the target unit: exact where the factor is exact and the result a decimal of at most 37 digits,
    /// otherwise rounded half to even to `significantDigits`.
    ///
    /// `nil` where there is no such number (the logarithm of a negative one) or it is outside the range of decimals.
    public func apply(_ value: ExactDecimal, significantDigits: Int = 15) -> ExactDecimal? {
        switch step {
        case .identity:
            return value
        case .factor(let factor):
            return Self.multiply(value, by: factor, digits: significantDigits)
        case .affine(let offset, let divisor, _, let applied):
            guard let sum = Self.sum(value, times: divisor, offset) else { return nil }
            return Self.multiply(sum, by: applied, digits: significantDigits)
        case .function(let source, let target):
            return Self.rounded(target.reading(of: source.proper(value.doubleValue)), digits: significantDigits)
        }
    }
}

extension UnitConversion.Reading {
    init(_ unit: Unit) {
        self.init(scale: unit.scale, scalar: unit.scalar.doubleValue, factor: unit.factor.doubleValue)
    }

    func proper(_ reading: Double) -> Double {
        switch scale {
        case nil: reading * factor
        case .offset(let offset): (reading * scalar + offset.doubleValue) * factor
        case .function(let function): function.toProper(reading * scalar) * factor
        }
    }

    func reading(of quantity: Double) -> Double {
        switch scale {
        case nil: quantity / factor
        case .offset(let offset): (quantity / factor - offset.doubleValue) / scalar
        case .function(let function): function.fromProper(quantity / factor) / scalar
        }
    }
}

extension UnitConversion {
    private static func multiply(_ value: ExactDecimal, by factor: UnitFactor, digits: Int) -> ExactDecimal? {
        guard case .exact(let numerator, let denominator, let tens, let pi) = factor.form, pi.magnitude <= 8 else {
            return rounded(value.doubleValue * factor.doubleValue, digits: digits)
        }
        guard pi != 0 else {
            return DecimalScaling.scale(value, by: numerator, over: denominator, tens: tens, digits: digits)
        }
        // Each step keeps 30 digits, so that only the last rounding is seen.
        var result = DecimalScaling.scale(value, by: numerator, over: denominator, tens: tens, digits: 30)
        for step in 1...pi.magnitude {
            guard let current = result else { return nil }
            let places = step == pi.magnitude ? digits : 30
            result =
                pi > 0
                ? DecimalScaling.scale(current, by: DecimalScaling.piDigits, over: 1, tens: -37, digits: places)
                : DecimalScaling.scale(current, by: 1, over: DecimalScaling.piDigits, tens: 37, digits: places)
        }
        return result.map { shortened($0, digits: digits) }
    }

    /// An exact product with π is not more exact than π was.
    private static func shortened(_ value: ExactDecimal, digits: Int) -> ExactDecimal {
        var (coefficient, scale) = (value.coefficient.magnitude, Int(value.scale))
        var limit: UInt128 = 1
        for _ in 0..<max(1, min(digits, 30)) { limit *= 10 }
        var rest = false
        while coefficient >= limit * 10, scale > 0 {
            rest = rest || coefficient % 10 != 0
            coefficient /= 10
            scale -= 1
        }
        if coefficient >= limit, scale > 0 {
            let last = coefficient % 10
            coefficient /= 10
            scale -= 1
            if last > 5 || (last == 5 && (rest || coefficient % 2 == 1)) { coefficient += 1 }
        }
        return ExactDecimal(coefficient: Int128(coefficient) * (value.coefficient < 0 ? -1 : 1), scale: scale)
    }

    /// `value × divisor + offset`, exactly; `nil` when that needs more than 128 bits.
    private static func sum(_ value: ExactDecimal, times divisor: Int64, _ offset: ExactDecimal) -> ExactDecimal? {
        let scale = max(value.scale, offset.scale)
        guard let left = shifted(value.coefficient, by: Int(scale) - Int(value.scale)),
            let right = shifted(offset.coefficient, by: Int(scale) - Int(offset.scale))
        else { return nil }
        let (product, overflow) = left.multipliedReportingOverflow(by: Int128(divisor))
        let (sum, carried) = product.addingReportingOverflow(right)
        return overflow || carried || sum == .min ? nil : ExactDecimal(coefficient: sum, scale: Int(scale))
    }

    private static func shifted(_ coefficient: Int128, by places: Int) -> Int128? {
        guard coefficient != 0 else { return 0 }
        guard (0...38).contains(places) else { return nil }
        var result = coefficient
        for _ in 0..<places {
            let (product, overflow) = result.multipliedReportingOverflow(by: 10)
            if overflow { return nil }
            result = product
        }
        return result
    }

    /// A double's shortest decimal, cut to some significant digits.
    private static func rounded(_ value: Double, digits: Int) -> ExactDecimal? {
        guard value.isFinite, let exact = ExactDecimal(shortest: value) else { return nil }
        return DecimalScaling.roundToSignificant(exact, digits: digits)
    }
}

extension Unit {
    /// The conversion from this unit to another.
    ///
    /// - Throws: ``UCUMError`` when the units are not commensurable, or arbitrary units differ.
    public func conversion(to target: Unit) throws(UCUMError) -> UnitConversion {
        guard isCommensurable(with: target) else {
            if dimension.isArbitrary || target.dimension.isArbitrary {
                throw UCUMError(.arbitraryUnit, "An arbitrary unit converts into no other unit.")
            }
            throw UCUMError(.notCommensurable, "The two units measure different kinds of quantity.")
        }
        if self == target { return .identity }
        if let scale, let other = target.scale, scale.isNeper != other.isNeper, scale.isLevel, other.isLevel {
            throw UCUMError(
                .notCommensurable,
                "A neper counts a ratio of fields and a bel one of powers; UCUM's table does not say which is meant.")
        }
        guard isSpecial || target.isSpecial else { return UnitConversion(multiplyingBy: factor / target.factor) }
        return UnitConversion(from: self, to: target)
    }
}

extension UnitConversion {
    /// Special scales. Offsets stay exact: with `proper = (x·a₁ + o₁)·s₁` on both sides,
    /// `y = (x + (o₁ − o₂·s₂/s₁)/a₁) · a₁·s₁ / (a₂·s₂)`.
    fileprivate init(from source: Unit, to target: Unit) {
        if let o1 = source.offset, let o2 = target.offset,
            let offset = Self.offset(o1, minus: o2, times: target.factor / source.factor, over: source.scalar)
        {
            let factor = source.scalar * source.factor / (target.scalar * target.factor)
            let applied = UnitFactor(1, over: Int128(offset.divisor)).map { factor * $0 } ?? factor
            step = .affine(offset: offset.decimal, divisor: offset.divisor, factor: factor, applied: applied)
        } else {
            step = .function(source: Reading(source), target: Reading(target))
        }
    }

    private static func offset(
        _ first: ExactDecimal, minus second: ExactDecimal, times ratio: UnitFactor, over scalar: UnitFactor
    ) -> (decimal: ExactDecimal, divisor: Int64)? {
        guard case .exact(let numerator, let denominator, let tens, 0) = ratio.form,
            let divisor = Int64(exactly: denominator),
            let numerator = Int128(exactly: numerator),
            case .exact(let top, let bottom, let scalarTens, 0) = scalar.form, top == 1, bottom == 1
        else { return nil }
        let (product, overflow) = second.coefficient.multipliedReportingOverflow(by: -numerator)
        guard !overflow else { return nil }
        let subtrahend = ExactDecimal(coefficient: product, scale: Int(second.scale) - tens)
        guard let sum = sum(first, times: divisor, subtrahend) else { return nil }
        var decimal = ExactDecimal(coefficient: sum.coefficient, scale: Int(sum.scale) + scalarTens).normalized
        var divisor128 = Int128(divisor)
        let common = Int128(greatestCommonDivisor(decimal.coefficient.magnitude, divisor128.magnitude))
        decimal = ExactDecimal(coefficient: decimal.coefficient / common, scale: Int(decimal.scale))
        divisor128 /= common
        return (decimal, Int64(clamping: divisor128))
    }
}

extension Unit {
    /// Offset of the zero point of the scale; zero for proper units.
    fileprivate var offset: ExactDecimal? {
        switch scale {
        case nil: ExactDecimal(0)
        case .offset(let offset): offset
        case .function: nil
        }
    }
}

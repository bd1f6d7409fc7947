import Clinical

/// Decimal × rational with one rounding.
enum DecimalScaling {
    /// Largest magnitude with ``ExactDecimal/maximumDigits`` digits, plus one.
    static let digitLimit: UInt128 = 10_000_000_000_000_000_000_000_000_000_000_000_000

    /// π to 38 digits, as an integer × 10^-37.
    static let piDigits: UInt128 = 31_415_926_535_897_932_384_626_433_832_795_028_842

    /// `value × numerator / denominator × 10^tens`, exact where it is a decimal of at most 37 digits, otherwise rounded
    /// half to even to `digits` significant digits. `nil` when the result is outside the range of ``ExactDecimal``.
    static func scale(
        _ value: ExactDecimal, by numerator: UInt128, over denominator: UInt128, tens: Int, digits: Int
    ) -> ExactDecimal? {
        let negative = value.coefficient < 0
        let scale = Int(value.scale) - tens
        guard value.coefficient != 0 else { return make(0, negative: false, scale: max(0, min(scale, 15))) }
        let (product, overflow) = value.coefficient.magnitude.multipliedReportingOverflow(by: numerator)
        if !overflow, denominator == 1 || product % denominator == 0 {
            var quotient = denominator == 1 ? product : product / denominator
            var exactScale = scale
            // Zeros that the factor brought in; a mere shift of the point keeps the digits as they were written.
            if numerator != 1 || denominator != 1 {
                while exactScale > max(0, Int(value.scale)), quotient % 10 == 0 {
                    quotient /= 10
                    exactScale -= 1
                }
            }
            if quotient < digitLimit { return make(quotient, negative: negative, scale: exactScale) }
        }
        if !overflow, let fast = divide(product, by: denominator, digits: digits) {
            var (coefficient, roundedScale) = (fast.quotient, scale + fast.places)
            while roundedScale > max(0, Int(value.scale)), coefficient % 10 == 0 {
                coefficient /= 10
                roundedScale -= 1
            }
            return make(UInt128(coefficient), negative: negative, scale: roundedScale)
        }
        let full = value.coefficient.magnitude.multipliedFullWidth(by: numerator)
        let (rounded, places) = divide(WideProduct(high: full.high, low: full.low), by: denominator, digits: digits)
        var (coefficient, roundedScale) = (rounded, scale + places)
        while roundedScale > max(0, Int(value.scale)), coefficient % 10 == 0 {
            coefficient /= 10
            roundedScale -= 1
        }
        return make(coefficient, negative: negative, scale: roundedScale)
    }

    /// The same as the wide division below for the usual small numbers, with one division; `nil` where it does not apply.
    private static func divide(_ dividend: UInt128, by divisor: UInt128, digits: Int) -> (quotient: UInt64, places: Int)? {
        guard dividend > 0, dividend <= UInt128(UInt64.max), divisor <= UInt128(UInt64.max), (1...17).contains(digits)
        else {
            return nil
        }
        // Powers of two bound the quotient; one power of ten too few or too many is put right below.
        let bits =
            UInt64(truncatingIfNeeded: divisor).leadingZeroBitCount
            &- UInt64(truncatingIfNeeded: dividend).leadingZeroBitCount
        let places = digits + 1 - Int((Double(bits) * 0.30103).rounded(.down))
        guard (0...19).contains(places) else { return nil }
        let (shifted, overflow) = dividend.multipliedReportingOverflow(by: UInt128(powersOfTen[places]))
        guard !overflow else { return nil }
        let (wide, rest) = shifted.quotientAndRemainder(dividingBy: divisor)
        guard let quotient = UInt64(exactly: wide) else { return nil }
        let limit = powersOfTen[digits]
        var unit: UInt64 = 1
        while quotient / unit >= limit { unit *= 10 }
        guard unit > 1 || rest == 0 else { return nil }
        let (kept, dropped) = quotient.quotientAndRemainder(dividingBy: unit)
        let half = unit / 2
        let up = unit > 1 && (dropped > half || (dropped == half && (rest != 0 || kept % 2 == 1)))
        var removed = 0
        var size = unit
        while size > 1 {
            size /= 10
            removed += 1
        }
        return (up ? kept + 1 : kept, places - removed)
    }

    private static let powersOfTen: [UInt64] = (0...19).map { exponent in
        (0..<exponent).reduce(into: 1) { power, _ in power *= 10 }
    }

    /// `digits` significant digits of `dividend / divisor`, as an integer × 10^-places.
    private static func divide(
        _ dividend: WideProduct, by divisor: UInt128, digits: Int
    ) -> (quotient: UInt128, places: Int) {
        let digits = max(1, min(digits, 30))
        var limit: UInt128 = 1
        for _ in 0..<digits { limit *= 10 }
        // One digit more than asked for, and whether anything non-zero lies below it.
        var dividend = dividend
        var places = 0
        var sticky = false
        // dividend < divisor × limit × 10 at the end of this loop, which also bounds the multiplications below it.
        while dividend.quotient(by: divisor).map({ $0.quotient >= limit * 10 }) ?? true {
            sticky = dividend.divideBy10() != 0 || sticky
            places -= 1
        }
        while let step = dividend.quotient(by: divisor), step.quotient < limit {
            dividend.multiplyBy10()
            places += 1
        }
        let last = dividend.quotient(by: divisor) ?? (0, 0)
        var quotient = last.quotient / 10
        let digit = last.quotient % 10
        sticky = sticky || last.remainder != 0
        if digit > 5 || (digit == 5 && (sticky || quotient % 2 == 1)) { quotient += 1 }
        return (quotient, places - 1)
    }

    private static func make(_ magnitude: UInt128, negative: Bool, scale: Int) -> ExactDecimal? {
        var (magnitude, scale) = (magnitude, scale)
        // Plain integers rather than exponents, as far as the digits go.
        while scale < 0, magnitude < digitLimit / 10 {
            magnitude *= 10
            scale += 1
        }
        guard abs(scale) <= ExactDecimal.maximumScale, magnitude < digitLimit else { return nil }
        let coefficient = Int128(magnitude)
        return ExactDecimal(coefficient: negative ? -coefficient : coefficient, scale: scale)
    }
}

/// A product of two 128-bit numbers.
struct WideProduct {
    var high: UInt128
    var low: UInt128

    /// `nil` when the quotient needs more than 128 bits.
    func quotient(by divisor: UInt128) -> (quotient: UInt128, remainder: UInt128)? {
        guard divisor > 0, high < divisor else { return nil }
        return high == 0 ? low.quotientAndRemainder(dividingBy: divisor) : divisor.dividingFullWidth((high, low))
    }

    /// Divides in place, returning the remainder.
    mutating func divideBy10() -> UInt128 {
        let (quotient, rest) = high.quotientAndRemainder(dividingBy: 10)
        high = quotient
        let step = (10 as UInt128).dividingFullWidth((rest, low))
        low = step.quotient
        return step.remainder
    }

    mutating func multiplyBy10() {
        let product = low.multipliedFullWidth(by: 10)
        low = product.low
        high = high &* 10 &+ product.high
    }
}

extension DecimalScaling {
    /// Rounded half to even to a number of significant digits; unchanged where it has no more than that.
    static func roundToSignificant(_ value: ExactDecimal, digits: Int) -> ExactDecimal? {
        var limit: UInt128 = 1
        for _ in 0..<max(1, min(digits, 30)) { limit *= 10 }
        guard value.coefficient.magnitude >= limit else {
            return make(value.coefficient.magnitude, negative: value.coefficient < 0, scale: Int(value.scale))
        }
        let full = WideProduct(high: 0, low: value.coefficient.magnitude)
        let (coefficient, places) = divide(full, by: 1, digits: digits)
        return make(coefficient, negative: value.coefficient < 0, scale: Int(value.scale) + places)
    }
}

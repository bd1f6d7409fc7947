import Clinical
import Foundation
import Testing
import UCUM

/// Laws that hold for every unit of the table, special ones too.
@Suite(
    "Properties of every unit",
    .enabled(
        if: FileManager.default.fileExists(atPath: SharedData.ucum + "/ucum-essence.xml"),
        "../shared/data/terminology/ucum/ucum-essence.xml is not there"))
struct AtomPropertyTests {
    static let codes: [String] = {
        let text = (try? String(contentsOfFile: SharedData.ucum + "/ucum-essence.xml", encoding: .utf8)) ?? ""
        return text.matches(of: /<(?:base-)?unit\s+Code="([^"]+)"/).map { String($0.1).replacing("&apos;", with: "'") }
    }()

    /// Every pair of units that measure the same: there and back again is where it began.
    @Test("round trip between all commensurable units") func roundTrip() throws {
        let units = try Self.codes.map { (code: $0, unit: try Unit($0)) }
        var pairs = 0
        let values = ["0.5", "1", "7.25"].compactMap { ExactDecimal($0) }
        for (first, source) in units {
            for (second, target) in units where source.isCommensurable(with: target) {
                guard let there = try? source.conversion(to: target), let back = try? target.conversion(to: source) else {
                    continue
                }
                pairs += 1
                for value in values {
                    guard let over = there.apply(value) else { continue }
                    // A logarithm of 30 digits, or a power of it, is beyond what a double holds.
                    guard abs(over.doubleValue) < 1e12, abs(over.doubleValue) > 1e-12, let again = back.apply(over) else {
                        continue
                    }
                    #expect(abs(again.doubleValue - value.doubleValue) <= 1e-9, "\(value) \(first) → \(second)")
                }
            }
        }
        #expect(pairs > 5000)
    }

    @Test("a product measures the product of the dimensions, whatever the order") func products() throws {
        let plain = try Self.codes.filter { try !Unit($0).isSpecial }
        for (index, first) in plain.enumerated() {
            for second in [plain[(index &* 7 &+ 3) % plain.count], plain[(index &* 13 &+ 5) % plain.count]] {
                let product = try Unit("\(first).\(second)")
                #expect(try product == Unit("\(second).\(first)"))
                #expect(try product == Unit(first).multiplied(by: Unit(second)))
                #expect(try Unit("(\(first).\(second))/\(second)").isCommensurable(with: Unit(first)))
                #expect(try Unit("\(first)2/\(first)").dimension == Unit(first).dimension)
            }
        }
    }

    @Test("the code of an expression reads back as the same unit") func codes() throws {
        for code in Self.codes { #expect(try Unit(UnitExpression(code).code) == Unit(code)) }
    }

    /// UCUM section 24: an arbitrary unit is commensurable with no unit but itself.
    @Test("arbitrary units convert into themselves only") func arbitrary() throws {
        let arbitrary = try Self.codes.filter { try Unit($0).dimension.isArbitrary }
        #expect(arbitrary.count >= 35)
        for first in arbitrary {
            for second in Self.codes where first.lowercased() != second.lowercased() {
                #expect(try Unit(first).isCommensurable(with: Unit(second)) == false, "\(first) \(second)")
            }
        }
    }

    /// IEC 60027-3: a neper is a ratio of fields, 8.685889638 dB; UCUM's table would make it 4.34 dB.
    @Test("nepers and bels do not convert into each other") func levels() throws {
        #expect(throws: UCUMError.self) { try Unit("Np").conversion(to: Unit("dB")) }
        #expect(throws: UCUMError.self) { try Unit("B").conversion(to: Unit("Np")) }
        #expect(try Unit("dB").conversion(to: Unit("B")).apply(ExactDecimal(20))?.doubleValue == 2)
    }

    /// Rounded half to even: the library agrees with long division, digit by digit.
    @Test("division is rounded right in every digit") func rounding() throws {
        var random = SplitMix64(state: 9)
        for _ in 0..<20_000 {
            let numerator = UInt64.random(in: 1...(1 << 40), using: &random)
            let denominator = UInt64.random(in: 1...UInt64.max >> UInt64.random(in: 4...60, using: &random), using: &random)
            let digits = Int.random(in: 1...17, using: &random)
            guard let expected = longDivision(UInt128(numerator), by: UInt128(denominator), digits: digits) else {
                continue
            }
            let factor = try #require(UnitFactor(1, over: Int128(denominator)))
            let conversion = UnitConversion(multiplyingBy: factor)
            let value = ExactDecimal(coefficient: Int128(numerator))
            let result = try #require(conversion.apply(value, significantDigits: digits))
            #expect(
                result.isNumericallyEqual(to: expected), "\(numerator)/\(denominator) to \(digits): \(result) \(expected)")
        }
    }

    /// `nil` where the quotient is a finite decimal, which is not rounded.
    private func longDivision(_ dividend: UInt128, by divisor: UInt128, digits: Int) -> ExactDecimal? {
        var odd = divisor
        while odd % 2 == 0 { odd /= 2 }
        while odd % 5 == 0 { odd /= 5 }
        guard dividend % odd != 0 else { return nil }
        var (coefficient, rest) = dividend.quotientAndRemainder(dividingBy: divisor)
        var scale = 0
        while String(coefficient).count < digits || coefficient == 0 {
            let step = (rest * 10).quotientAndRemainder(dividingBy: divisor)
            (coefficient, rest, scale) = (coefficient * 10 + step.quotient, step.remainder, scale + 1)
        }
        var cut: UInt128 = 1
        while String(coefficient / cut).count > digits { (cut, scale) = (cut * 10, scale - 1) }
        let (kept, dropped) = coefficient.quotientAndRemainder(dividingBy: cut)
        // The expansion does not end, so that there is no tie.
        let up = cut == 1 ? rest * 2 > divisor : dropped * 2 >= cut
        return ExactDecimal(coefficient: Int128(up ? kept + 1 : kept), scale: scale)
    }
}

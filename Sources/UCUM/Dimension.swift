/// The kind of quantity a unit measures: powers of the seven UCUM base units, and of arbitrary units.
public struct Dimension: Hashable, Sendable {
    /// Powers of metre, second, gram, radian, kelvin, coulomb and candela, in this order.
    var base: SIMD8<Int32> = .zero
    /// Powers of arbitrary units by their number in the table, ascending; none is zero.
    var arbitrary: [ArbitraryPower] = []

    struct ArbitraryPower: Hashable, Sendable {
        var atom: Int32
        var exponent: Int32
    }

    public static let one = Dimension()

    init() {}

    static func base(_ index: Int) -> Dimension {
        var dimension = Dimension()
        dimension.base[index & 7] = 1
        return dimension
    }

    static func arbitrary(_ atom: Int) -> Dimension {
        var dimension = Dimension()
        dimension.arbitrary = [ArbitraryPower(atom: Int32(truncatingIfNeeded: atom), exponent: 1)]
        return dimension
    }

    public var isOne: Bool { base == .zero && arbitrary.isEmpty }
    public var isArbitrary: Bool { !arbitrary.isEmpty }

    static func * (left: Dimension, right: Dimension) -> Dimension {
        var result = left
        result.base = left.base &+ right.base
        if !right.arbitrary.isEmpty {
            var powers: [Int32: Int32] = [:]
            for item in left.arbitrary + right.arbitrary { powers[item.atom, default: 0] &+= item.exponent }
            result.arbitrary = powers.filter { $0.value != 0 }.map { ArbitraryPower(atom: $0.key, exponent: $0.value) }
                .sorted { $0.atom < $1.atom }
        }
        return result
    }

    func power(_ exponent: Int) -> Dimension {
        let exponent = Int32(truncatingIfNeeded: exponent)
        var result = self
        result.base = base &* SIMD8(repeating: exponent)
        result.arbitrary =
            exponent == 0 ? [] : arbitrary.map { ArbitraryPower(atom: $0.atom, exponent: $0.exponent &* exponent) }
        return result
    }
}

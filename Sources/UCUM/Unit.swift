import Clinical

/// A unit of measure, read from a UCUM code: what it measures and how large it is.
///
/// Two codes that mean the same unit (`mL`, `cm3`) give equal units; annotations mean nothing (UCUM section 6).
public struct Unit: Hashable, Sendable {
    public internal(set) var dimension: Dimension
    /// Size in UCUM base units; for a special unit that of the proper unit behind its scale.
    public internal(set) var factor: UnitFactor
    /// Moles, equivalents and osmoles in it. UCUM counts them as pure numbers, so that `mmol/L` converts to `/L`, and
    /// makes an equivalent a mole whatever the charge; callers for whom these differ compare this, too.
    public internal(set) var amount: SubstanceAmount
    /// The scale of a special unit, and the scalar in front of it (`dB`: 1/10).
    var scale: SpecialScale?
    var scalar: UnitFactor

    public static let one = Unit(dimension: .one, factor: .one)

    init(dimension: Dimension, factor: UnitFactor) {
        self.dimension = dimension
        self.factor = factor
        amount = .none
        scale = nil
        scalar = .one
    }

    /// Reads a case sensitive UCUM code.
    public init(_ code: String, limits: UnitParser.Limits = .init()) throws(UCUMError) {
        self = try Unit(UnitExpression(code, limits: limits))
    }

    /// Reads a case insensitive UCUM code: `MG/DL`, `MM[HG]`.
    public init(caseInsensitive code: String, limits: UnitParser.Limits = .init()) throws(UCUMError) {
        self = try Unit(UnitExpression(caseInsensitive: code, limits: limits))
    }

    public init(_ expression: UnitExpression) throws(UCUMError) {
        self = try Unit(expression) { UnitValues.table.units[$0] }
    }

    /// Whether it is on a scale that is not a ratio scale: `Cel`, `[pH]`, `dB`.
    public var isSpecial: Bool { scale != nil }

    /// Whether the two measure the same kind of quantity, so that numbers convert.
    public func isCommensurable(with other: Unit) -> Bool {
        dimension == other.dimension
    }

    /// The unit of a product; fails for special units.
    public func multiplied(by other: Unit) throws(UCUMError) -> Unit {
        guard scale == nil || other.isPureNumber, other.scale == nil || isPureNumber else {
            throw UCUMError(.specialUnitInTerm, Self.specialReason)
        }
        var result = Unit(dimension: dimension * other.dimension, factor: factor * other.factor)
        result.amount = amount.adding(other.amount)
        if scale != nil {
            (result.factor, result.scale, result.scalar) = (factor, scale, scalar * other.factor)
        } else if other.scale != nil {
            (result.factor, result.scale, result.scalar) = (other.factor, other.scale, other.scalar * factor)
        }
        return result
    }

    /// The unit of a quotient; fails for special units.
    public func divided(by other: Unit) throws(UCUMError) -> Unit {
        try multiplied(by: try other.power(-1))
    }

    func power(_ exponent: Int) throws(UCUMError) -> Unit {
        if exponent == 1 { return self }
        guard scale == nil else { throw UCUMError(.specialUnitInTerm, Self.specialReason) }
        var result = Unit(dimension: dimension.power(exponent), factor: factor.power(exponent))
        result.amount = amount.power(exponent)
        return result
    }

    /// A mole is no number a special unit can be multiplied by, though UCUM gives it no dimension.
    private var isPureNumber: Bool { dimension.isOne && scale == nil && amount == .none }

    private static let specialReason = "A unit on a special scale can only stand alone, with a prefix or a number."
}

extension Unit {
    /// Evaluates an expression with the units of the atoms given by number.
    init(_ expression: UnitExpression, atom: (Int) throws(UCUMError) -> Unit?) throws(UCUMError) {
        var result = Unit.one
        for part in expression.parts {
            let unit: Unit
            switch part.item {
            case .number(let number, _):
                unit = Unit(dimension: .one, factor: UnitFactor(Int128(number)) ?? .one)
            case .annotation:
                unit = .one
            case .group(let inner):
                unit = try Unit(inner, atom: atom)
            case .unit(let reference):
                guard let plain = try atom(reference.atom) else {
                    throw UCUMError(.unknownUnit, "The definition of a unit could not be read.")
                }
                var prefixed = plain
                if let prefix = reference.prefix {
                    let factor = UnitSymbols.table.prefixes[prefix].factor
                    if plain.isSpecial {
                        prefixed.scalar = plain.scalar * factor
                    } else {
                        prefixed.factor = plain.factor * factor
                    }
                }
                unit = try prefixed.power(reference.exponent)
            }
            result = try part.divides ? result.divided(by: unit) : result.multiplied(by: unit)
        }
        self = result
    }
}

internal import Clinical
internal import UCUM

/// How numbers in one raw unit become numbers in the canonical unit of a concept, compiled once.
enum UnitBinding: Sendable {
    case converts(Conversion)
    case refused(MissingReason, explanation: String)

    struct Conversion: Sendable {
        /// The UCUM code the raw unit was read as.
        var unitRead: String
        /// UCUM code of the result.
        var unit: String
        var arithmetic: UnitConversion
        /// As in ``MappingRecord/conversion``.
        var description: String
        /// As in ``MappingRecord/factor``.
        var factor: String?
    }

    /// What a conversion depends on besides the raw unit; concepts that agree in it share their bindings.
    struct Target: Hashable, Sendable {
        var unit: String?
        var molarMass: ExactDecimal?
        var valence: Int?
        var citation: String?
        /// Conversions and prohibitions of the code itself.
        var rules: [ClinicalRule] = []

        init(_ concept: Concept, _ clinical: ClinicalRules = ClinicalRules()) {
            self.init(unit: concept.unit, of: concept.loinc, concept, clinical)
        }

        /// A unit asked for directly.
        init(unit: String?, of loinc: String? = nil, _ concept: Concept? = nil, _ clinical: ClinicalRules = ClinicalRules())
        {
            self.unit = unit
            let mass = loinc.flatMap { clinical.masses[$0] }
            molarMass = concept?.molarMass ?? mass?.molarMass
            valence = concept?.valence ?? mass?.valence
            citation = concept?.molarMass != nil || concept?.valence != nil ? concept?.citation : mass?.citation
            rules = loinc.flatMap { clinical.rules[$0] } ?? []
        }
    }

    init(reading: UnitAliases.Reading, target: Target, into wanted: UnitAliases.Reading?) {
        guard let wanted else {
            self = .converts(
                Conversion(
                    unitRead: reading.code, unit: reading.code, arithmetic: .identity, description: "none", factor: nil))
            return
        }
        let source = reading.unit
        let targetUnit = wanted.unit
        func converts(_ arithmetic: UnitConversion, _ description: String) -> UnitBinding {
            .converts(
                Conversion(
                    unitRead: reading.code, unit: wanted.code, arithmetic: arithmetic,
                    description: arithmetic.kind == .none ? "none" : description,
                    factor: arithmetic.factor?.description))
        }
        if let own = Self.byRule(reading, wanted, target.rules) {
            switch own {
            case .success(let rule): self = converts(rule.arithmetic, rule.text)
            case .failure(let prohibition): self = .refused(.unit, explanation: prohibition.explanation)
            }
        } else if let difference = AnnotationRule.difference(reading.annotations, wanted.annotations) {
            self = .refused(.unit, explanation: difference)
        } else if source.isCommensurable(with: targetUnit) {
            if source.amount == targetUnit.amount, let arithmetic = try? source.conversion(to: targetUnit) {
                switch arithmetic.kind {
                case .affine: self = converts(arithmetic, "affine: " + (arithmetic.formula ?? ""))
                case .function where source.isSpecial != targetUnit.isSpecial:
                    self = .refused(
                        .unit, explanation: "A logarithmic scale does not convert into the quantity it is taken of.")
                case .function: self = converts(arithmetic, "function")
                case .none, .factor: self = converts(arithmetic, "ucum")
                }
            } else if let arithmetic = Self.charge(source, targetUnit, valence: target.valence) {
                self = converts(arithmetic, "valence: \(target.valence ?? 1) equivalents per mole")
            } else {
                self = .refused(
                    .unit,
                    explanation: "The unit counts something else (moles, equivalents, particles) than the code does.")
            }
        } else if let mass = target.molarMass, let arithmetic = Self.molar(source, targetUnit, mass, target.valence) {
            self = converts(arithmetic, "molar: \(mass) g/mol" + (target.citation.map { ", " + $0 } ?? ""))
        } else if source.dimension.isArbitrary || targetUnit.dimension.isArbitrary {
            self = .refused(.unit, explanation: "An arbitrary unit converts into no other unit (UCUM section 24).")
        } else {
            self = .refused(.unit, explanation: "The unit measures another kind of quantity than the code.")
        }
    }

    private struct Prohibition: Error {
        var explanation: String
    }

    /// What the rules of the code say of these two units; `nil` where they say nothing.
    private static func byRule(
        _ reading: UnitAliases.Reading, _ wanted: UnitAliases.Reading, _ rules: [ClinicalRule]
    ) -> Result<(arithmetic: UnitConversion, text: String), Prohibition>? {
        for rule in rules {
            guard let from = rule.from, let to = rule.to, let before = same(reading, as: from),
                let after = same(to, as: wanted)
            else { continue }
            guard rule.kind != .prohibited, let factor = rule.factor else {
                return .failure(Prohibition(explanation: rule.text))
            }
            guard rule.offset.coefficient == 0 || after.isOne else { continue }
            if let arithmetic = UnitConversion(slope: factor * before * after, intercept: rule.offset) {
                return .success((arithmetic, rule.text))
            }
        }
        return nil
    }

    /// The factor between two units that count and annotate the same.
    private static func same(_ source: UnitAliases.Reading, as target: UnitAliases.Reading) -> UnitFactor? {
        guard source.annotations == target.annotations, source.unit.amount == target.unit.amount else { return nil }
        return ratio(source.unit, target.unit)
    }

    /// Equivalents to moles or back: only with a known charge, and only when nothing else differs.
    private static func charge(_ source: Unit, _ target: Unit, valence: Int?) -> UnitConversion? {
        guard let valence, source.amount.osmoles == target.amount.osmoles,
            source.amount.moles.below == target.amount.moles.below,
            source.amount.equivalents.below == target.amount.equivalents.below,
            let charge = UnitFactor(Int128(valence)), let plain = try? source.conversion(to: target),
            plain.kind == .none || plain.kind == .factor
        else { return nil }
        let factor = plain.factor ?? .one
        switch (source.amount.moles.above, source.amount.equivalents.above) {
        case (0, 1) where target.amount.moles.above == 1 && target.amount.equivalents.above == 0:
            return UnitConversion(multiplyingBy: factor / charge)
        case (1, 0) where target.amount.moles.above == 0 && target.amount.equivalents.above == 1:
            return UnitConversion(multiplyingBy: factor * charge)
        default: return nil
        }
    }

    /// Mass to amount of substance or back, by the molar mass.
    private static func molar(
        _ source: Unit, _ target: Unit, _ mass: ExactDecimal, _ valence: Int?
    ) -> UnitConversion? {
        guard let molarMass = UnitFactor(mass), let perMole = try? Unit("g/mol") else { return nil }
        if source.amount == .none, let charge = chargeFactor(target, valence),
            let other = try? target.multiplied(by: perMole),
            let factor = ratio(source, other)
        {
            return UnitConversion(multiplyingBy: factor / molarMass * charge)
        }
        if target.amount == .none, let charge = chargeFactor(source, valence),
            let other = try? source.multiplied(by: perMole),
            let factor = ratio(other, target)
        {
            return UnitConversion(multiplyingBy: factor * molarMass / charge)
        }
        return nil
    }

    /// Equivalents per mole for a unit that has one mole or one equivalent above the line and no other.
    private static func chargeFactor(_ unit: Unit, _ valence: Int?) -> UnitFactor? {
        guard unit.amount.moles.below == 0, unit.amount.equivalents.below == 0, unit.amount.osmoles == .init() else {
            return nil
        }
        switch (unit.amount.moles.above, unit.amount.equivalents.above) {
        case (1, 0): return .one
        case (0, 1): return valence.flatMap { UnitFactor(Int128($0)) }
        default: return nil
        }
    }

    private static func ratio(_ source: Unit, _ target: Unit) -> UnitFactor? {
        guard let conversion = try? source.conversion(to: target) else { return nil }
        switch conversion.kind {
        case .none: return .one
        case .factor: return conversion.factor
        case .affine, .function: return nil
        }
    }
}

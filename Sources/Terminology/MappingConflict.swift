internal import Clinical
internal import UCUM

/// Something in a set of mappings that cannot be right, or needs a person to look at it.
public struct MappingConflict: Hashable, Sendable {
    public enum Kind: String, Sendable, CaseIterable {
        /// The unit measures another kind of quantity than the target (`%` under a number per volume).
        case unitAgainstProperty = "unit-against-property"
        /// One test in two units was given two analytes (basophils in 10*9/L, monocytes in %).
        case siblingComponent = "sibling-component"
        /// Two approved mappings that one value could both meet.
        case overlapping
        /// One key, two targets.
        case twoTargets = "two-targets"
        case deprecated
        /// The form or the check digit of a LOINC code is wrong.
        case invalidCode = "invalid-code"
        /// The display is not the official one.
        case display
        /// Values of this mapping lie apart from those of all others with the same target and unit.
        case separateValues = "separate-values"
        /// A factor that UCUM contradicts.
        case factorAgainstUCUM = "factor-against-ucum"
        /// A factor that the molar mass of the code contradicts.
        case factorAgainstMolarMass = "factor-against-molar-mass"
        /// A factor between units that do not convert at all.
        case factorBetweenKinds = "factor-between-kinds"
    }

    public var kind: Kind
    /// System and code of the mappings concerned, or of the factor.
    public var codes: [String]
    /// Positions of the mappings in what was checked.
    public var positions: [Int]
    public var explanation: String
}

extension Terminology {
    /// Checks mappings of any origin; their units are read with the aliases of a source.
    public func conflicts(in mappings: [CodeMapping], source: String = "*") -> [MappingConflict] {
        var check = MappingChecks(aliases: aliases, concepts: concepts, source: source)
        check.run(mappings)
        return check.conflicts
    }

    /// A factor as some table states it.
    public struct StatedFactor: Hashable, Sendable {
        /// What it is stated for: LOINC codes of the value before and after; `nil` for units as such.
        public var loinc: String?
        public var targetLOINC: String?
        public var from: String
        public var to: String
        public var factor: Double

        public init(loinc: String? = nil, targetLOINC: String? = nil, from: String, to: String, factor: Double) {
            self.loinc = loinc
            self.targetLOINC = targetLOINC
            self.from = from
            self.to = to
            self.factor = factor
        }
    }

    /// What is wrong with stated factors, by UCUM and the molar masses known here; `unchecked` counts those whose units
    /// could not be read or whose analyte has no known mass.
    public func conflicts(
        in factors: [StatedFactor], source: String = "*", tolerance: Double = 0.03
    ) -> (conflicts: [MappingConflict], unchecked: Int) {
        var found: [MappingConflict] = []
        var unchecked = 0
        for (position, stated) in factors.enumerated() {
            guard let from = try? aliases.read(stated.from, source: source),
                let to = try? aliases.read(stated.to, source: source)
            else {
                unchecked += 1
                continue
            }
            let codes = [stated.loinc, stated.targetLOINC].compactMap { $0 }
            func report(_ kind: MappingConflict.Kind, _ explanation: String) {
                found.append(
                    MappingConflict(kind: kind, codes: codes, positions: [position], explanation: explanation))
            }
            var expected: (Double, MappingConflict.Kind)?
            var isOtherKind = false
            for code in codes.isEmpty ? [nil] : codes.map(Optional.some) {
                let target = UnitBinding.Target(unit: to.code, of: code, code.flatMap { concepts[$0] }, clinical)
                switch UnitBinding(reading: from, target: target, into: to) {
                case .converts(let conversion):
                    let kind: MappingConflict.Kind =
                        conversion.description.hasPrefix("molar") || conversion.description.hasPrefix("valence")
                        ? .factorAgainstMolarMass : .factorAgainstUCUM
                    if conversion.arithmetic.kind == .affine || conversion.arithmetic.kind == .function {
                        report(.factorBetweenKinds, "These units need more than a factor.")
                    } else {
                        expected = expected ?? (conversion.arithmetic.factor?.doubleValue ?? 1, kind)
                    }
                case .refused:
                    isOtherKind =
                        isOtherKind || from.unit.isCommensurable(with: to.unit)
                        || from.unit.dimension.isArbitrary != to.unit.dimension.isArbitrary
                }
            }
            if let (factor, kind) = expected {
                if abs(stated.factor / factor - 1) > tolerance {
                    report(kind, "The factor is \(factor.formatted), not \(stated.factor.formatted).")
                }
            } else if isOtherKind {
                report(.factorBetweenKinds, "No factor holds between these units.")
            } else {
                unchecked += 1
            }
        }
        return (found, unchecked)
    }
}

extension Double {
    /// Six significant digits at most, for people.
    fileprivate var formatted: String {
        ExactDecimal(shortest: self).map { value in
            let text = value.normalized.description
            return text.utf8.count <= 8 ? text : ExactDecimal(text).map { "\(Float($0.doubleValue))" } ?? text
        } ?? "\(self)"
    }
}

public import Clinical
internal import UCUM

/// LOINC codes whose values can stand for those of another code of the same analyte: 14682-9, creatinine in µmol/L, for
/// 2160-0, creatinine in mg/dL. The column `feeds` of `units/canonical.tsv`.
///
/// One step only: that a first code feeds a second and that a third does not make the first feed the third.
public struct AnalyteCodes: Sendable {
    private struct Feed: Sendable {
        var from: String
        var conversion: UnitBinding.Conversion
    }

    /// The codes that feed a code, ascending.
    public private(set) var substitutes: [String: [String]] = [:]
    private var feeds: [String: Feed] = [:]

    init() {}

    /// - Parameter refuse: Takes a LOINC code whose values cannot stand for those of the code that it feeds, and why.
    init(_ table: ConceptTable, refuse: (_ loinc: String, _ reason: String) -> Void) {
        for concept in table.concepts.values.sorted(by: { $0.loinc < $1.loinc }) {
            guard let target = concept.feeds.flatMap({ table.concepts[$0] }) else { continue }
            guard let from = concept.unit, let to = target.unit, let source = table.units[from],
                let wanted = table.units[to]
            else {
                refuse(concept.loinc, "Codes that feed another, and those that are fed, have units.")
                continue
            }
            if concept.property == target.property, concept.molarMass != target.molarMass {
                refuse(concept.loinc, "The code that it feeds is the same quantity of another substance.")
                continue
            }
            // Urea in moles is urea nitrogen in grams by the mass of its nitrogen: that of the side which is weighed.
            let weighed = concept.property.hasPrefix("M") ? concept : target
            let needs = UnitBinding.Target(unit: to, of: weighed.loinc, weighed, table.clinical)
            switch UnitBinding(reading: source, target: needs, into: wanted) {
            case .refused(_, let explanation): refuse(concept.loinc, explanation)
            case .converts(let conversion):
                feeds[concept.loinc] = Feed(from: from, conversion: conversion)
                substitutes[target.loinc, default: []].append(concept.loinc)
            }
        }
    }

    /// A value under a code as one under the code that it feeds.
    ///
    /// - Parameter unit: UCUM; only values in the unit of the code, which is that of all findings under it, are converted.
    /// - Returns: The value with its UCUM unit; `nil` when the code feeds none.
    public func fed(_ value: ExactDecimal, of loinc: String, in unit: String) -> (value: ExactDecimal, unit: String)? {
        guard let feed = feeds[loinc], feed.from == unit, let fed = feed.conversion.arithmetic.apply(value) else {
            return nil
        }
        return (fed, feed.conversion.unit)
    }
}

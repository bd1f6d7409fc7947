public import Clinical
internal import UCUM

/// Converts by the Unified Code for Units of Measure, and knows no substances.
public struct UCUMConverting: UnitConverting {
    public init() {}

    public func convert(_ value: ExactDecimal, of loinc: String, from: String, to: String) -> ExactDecimal? {
        if from == to { return value }
        return try? UCUM.convertSameKind(value, from: from, to: to)
    }
}

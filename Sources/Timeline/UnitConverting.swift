public import Clinical

/// Converts a number between UCUM units, or says that it cannot.
///
/// Only conversions that need no knowledge of the substance: `mmol/L` to `mg/dL` belongs to the terminology, which has
/// applied it before a finding reaches a timeline.
public protocol UnitConverting: Sendable {
    /// `nil` when a unit is unknown, or the two are not commensurable.
    func convert(_ value: ExactDecimal, from: String, to: String) -> ExactDecimal?
}

public import Clinical

/// Converts a number between UCUM units, or says that it cannot.
///
/// Only conversions that need no knowledge of the substance: `mmol/L` to `mg/dL` belongs to the terminology, which has
/// applied it before a finding reaches a timeline.
public protocol UnitConverting: Sendable {
    /// `nil` when a unit is unknown, or the two are not commensurable.
    func convert(_ value: ExactDecimal, from: String, to: String) -> ExactDecimal?
}

/// Converts nothing: only a number that already has the unit passes.
public struct SameUnit: UnitConverting {
    public init() {}

    public func convert(_ value: ExactDecimal, from: String, to: String) -> ExactDecimal? {
        from == to ? value : nil
    }
}

public import Clinical

/// Converts a number between UCUM units, or says that it cannot.
public protocol UnitConverting: Sendable {
    /// - Parameter loinc: What the number is a value of: between `umol/L` and `mg/dL` stands the mass of a mole.
    /// - Returns: `nil` when a unit is unknown, or no conversion is known.
    func convert(_ value: ExactDecimal, of loinc: String, from: String, to: String) -> ExactDecimal?
}

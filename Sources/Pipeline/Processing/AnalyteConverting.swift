public import Clinical
public import Terminology
public import Timeline

/// Converts by UCUM, and between the codes of one analyte by the mass of a mole.
public struct AnalyteConverting: UnitConverting {
    private let analytes: AnalyteCodes

    public init(_ terminology: Terminology) { analytes = terminology.analytes }

    public func convert(_ value: ExactDecimal, of loinc: String, from: String, to: String) -> ExactDecimal? {
        let plain = UCUMConverting()
        if let converted = plain.convert(value, of: loinc, from: from, to: to) { return converted }
        guard let fed = analytes.fed(value, of: loinc, in: from) else { return nil }
        return plain.convert(fed.value, of: loinc, from: fed.unit, to: to)
    }
}

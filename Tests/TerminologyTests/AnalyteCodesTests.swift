import Clinical
import Terminology
import Testing

/// Values under one code that stand for those of another: factors of the SI conversion tables of the AMA Manual of Style
/// (11th edition, table 17.5-1), which are rounded.
@Suite("Codes of one analyte") struct AnalyteCodesTests {
    typealias Row = (code: String, unit: String, target: String, targetUnit: String, hundred: Double)

    /// What 100 of the unit are.
    static let rows: [Row] = [
        ("14682-9", "umol/L", "2160-0", "mg/dL", 1.131), ("14631-6", "umol/L", "1975-2", "mg/dL", 5.847),
        ("14749-6", "mmol/L", "2345-7", "mg/dL", 1801.8), ("2000-8", "mmol/L", "17861-6", "mg/dL", 400.0),
        // Urea nitrogen is 0.357 mmol of urea a milligram in a decilitre, urea itself 0.1665.
        ("22664-7", "mmol/L", "3094-0", "mg/dL", 280.1), ("3091-6", "mg/dL", "22664-7", "mmol/L", 16.65),
        ("14118-4", "mg/dL", "2524-7", "mmol/L", 11.1), ("59260-0", "mmol/L", "718-7", "g/dL", 161.1),
        ("8331-1", "Cel", "8310-5", "Cel", 100.0),
    ]

    @Test("values convert by the factors of the published tables", arguments: rows)
    func factors(row: Row) throws {
        let analytes = try ShippedTables.terminology.get().analytes
        #expect(analytes.substitutes[row.target]?.contains(row.code) == true)
        let fed = try #require(analytes.fed(ExactDecimal(100), of: row.code, in: row.unit))
        #expect(fed.unit == row.targetUnit)
        #expect(abs(fed.value.doubleValue / row.hundred - 1) < 0.005)
    }

    @Test("a code feeds one step far, and from its own unit only") func oneStep() throws {
        let analytes = try ShippedTables.terminology.get().analytes
        #expect(analytes.substitutes["3094-0"]?.contains("3091-6") == false)
        #expect(analytes.fed(ExactDecimal(1), of: "14682-9", in: "mmol/L") == nil)
        #expect(analytes.fed(ExactDecimal(1), of: "2160-0", in: "mg/dL") == nil)
    }

    @Test(
        "a table in which a code feeds what it is not is refused",
        arguments: [
            // Urea is not urea nitrogen, though both are in mg/dL.
            (
                "3091-6\tUrea [Mass/volume] in Serum or Plasma\tMCnc\tmg/dL\t\t60.056\t\tby formula\t2160-0",
                "another substance"
            ),
            ("3040-3\tLipase [Enzymatic activity/volume] in Serum or Plasma\tCCnc\tU/L\t\t\t\t\t2160-0", "feeds"),
        ])
    func refused(row: String, reason: String) throws {
        var tables = SmallTables()
        tables.canonical = tables.canonical.replacing("6690-2\t", with: row + "\n6690-2\t")
        let error = #expect(throws: TerminologyError.self) { try Terminology(files: tables.files) }
        #expect(error?.problems.contains { $0.reason.contains(reason) } == true)
    }
}

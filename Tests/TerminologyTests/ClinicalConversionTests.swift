import Clinical
import Foundation
import Terminology
import Testing

/// What units alone do not say: conversions that belong to a LOINC code, and those that must not happen.
@Suite("Clinical conversions") struct ClinicalConversionTests {
    private func convert(_ value: String, _ from: String, _ to: String, _ loinc: String? = nil, source: String = "*")
        throws -> UnitConversionOutcome
    {
        let number = try #require(ExactDecimal(value))
        return try ShippedTables.terminology.get().convert(
            value: number, from: from, to: to, loinc: loinc, source: source)
    }

    /// NGSP, "IFCC standardization of HbA1c" (table): 6.5 % is 48 mmol/mol to whole numbers, 7.0 % is 53, 10 % is 86.
    @Test(
        "HbA1c between NGSP and IFCC is affine",
        arguments: [
            ("6.5", "47.545"), ("7.0", "53.010"), ("10", "85.80"), ("5", "31.15"), ("12", "107.66"),
        ])
    func glycatedHaemoglobin(_ percent: String, _ ifcc: String) throws {
        guard case .converted(let there) = try convert(percent, "%", "mmol/mol", "4548-4") else {
            Issue.record("no conversion")
            return
        }
        #expect(there.value.isNumericallyEqual(to: try #require(ExactDecimal(ifcc))))
        #expect(there.conversion.hasPrefix("affine: 10.93 × x − 23.50"))
        guard case .converted(let back) = try convert(ifcc, "mmol/mol", "%", "4548-4") else {
            Issue.record("no conversion back")
            return
        }
        // The two published equations agree to about 0.01 %.
        #expect(abs(back.value.doubleValue - (Double(percent) ?? 0)) < 0.02)
        #expect(try convert("65", "mmol/mol", "%").isRefused)
        #expect(try convert(percent, "%", "mmol/mol").isRefused)
    }

    @Test("a mapped HbA1c in mmol/mol becomes the percentage of its code") func mapped() throws {
        let outcome = try ShippedTables.translate("hospital-b", CodeSystem.loinc, "4548-4", "48", "mmol/mol")
        #expect(outcome.summary == "4548-4 6.54304 %")
    }

    @Test("D-dimer: FEU are twice DDU, and a plain mass is neither") func dimer() throws {
        #expect(try convert("250", "ng/mL{DDU}", "ng/mL{FEU}", "48065-7").value == "500")
        #expect(try convert("0.5", "ug/mL{FEU}", "ng/mL{DDU}", "48066-5").value == "250")
        #expect(try convert("500", "ng/mL{DDU}", "ng/mL{FEU}").isRefused)
        #expect(try convert("500", "ng/mL", "ng/mL{FEU}", "48065-7").isRefused)
        #expect(try convert("500", "ng/mL{FEU}", "ug/L{FEU}").value == "500")
    }

    /// 113.12 g of creatinine are a mole.
    @Test("ratios to creatinine change their denominator by its molar mass") func ratio() throws {
        #expect(try convert("30", "mg/g{creat}", "mg/mmol{creat}", "14959-1").value == "3.3936")
        #expect(try convert("30", "mg/g{creat}", "mg/mmol{creat}").isRefused)
    }

    @Test(
        "what never converts, whatever UCUM says",
        arguments: [
            ("mmol/L", "/L"), ("10*9/L", "mmol/L"), ("mmol/mol", "%"), ("[IU]/L", "U/L"), ("[IU]/mL", "[arb'U]/mL"),
            ("[pH]", "mol/L"), ("nmol/L", "[pH]"), ("{beats}/min", "{breaths}/min"), ("mg/g{creat}", "mg/g{Hb}"),
            ("mL/min/{1.73_m2}", "mL/min"), ("{log10_copies}/mL", "{copies}/mL"), ("/[HPF]", "/[LPF]"), ("/[HPF]", "1"),
            ("meq/L", "mmol/L"), ("mosm/kg", "mmol/kg"), ("mg/dL", "mmol/L"), ("[NTU]", "[FNU]"), ("Bq", "Hz"),
            ("Sv", "Gy"),
            ("dB", "1"), ("{log}", "1"), ("[CFU]/mL", "/mL"), ("Np", "dB"), ("[hnsf'U]", "1"), ("[hp'_X]", "1"),
        ])
    func prohibited(_ from: String, _ to: String) throws {
        #expect(try convert("1", from, to).isRefused)
        #expect(try convert("1", to, from).isRefused)
    }

    @Test("lipoprotein(a) has no factor between mass and particles") func lipoprotein() throws {
        for (from, to) in [("mg/dL", "nmol/L"), ("nmol/L", "mg/dL")] {
            #expect(try convert("50", from, to, "10835-7").explanation?.contains("Lp(a)") == true)
        }
        #expect(try convert("50", "mg/dL", "g/L", "10835-7").value == "0.5")
    }

    /// Annotations that name no other thing are no obstacle.
    @Test(
        "harmless annotations",
        arguments: [
            ("{beats}/min", "/min"), ("10*3{cells}/uL", "10*9/L"), ("kg{body_wt}", "kg"), ("{ratio}", "%"),
            ("mg/g{creat}", "mg/g"),
        ])
    func harmless(_ from: String, _ to: String) throws {
        #expect(try !convert("1", from, to).isRefused)
    }

    /// Factors as printed by laboratories, keyed by LOINC; those that differ by more than one percent from the molar
    /// mass are errors of that table and listed in docs/terminology.md.
    @Test(
        "molar factors of the shared tables",
        .enabled(if: SharedTerminology.isPresent, "../shared/data/terminology is not there"))
    func published() throws {
        let terminology = try ShippedTables.terminology.get()
        var agreeing = 0
        var differing: [String] = []
        for row in try SharedTerminology.tsv("units/miracum-conversion.tsv") {
            guard let factor = row["FACTOR"].flatMap(Double.init), let from = row["FROM_UNIT"], let to = row["TO_UNIT"],
                let first = row["FROM_LOINC"], let second = row["TO_LOINC"]
            else { continue }
            for code in [first, second] {
                guard
                    case .converted(let result) = terminology.convert(
                        value: ExactDecimal(1), from: from, to: to, loinc: code)
                else { continue }
                if abs(result.value.doubleValue / factor - 1) < 0.02 { agreeing += 1 } else { differing.append(code) }
            }
        }
        #expect(agreeing > 150)
        // Factors the wrong way round, or off by a power of ten, in that table.
        #expect(differing.count < 60)
    }
}

extension UnitConversionOutcome {
    var value: String? {
        if case .converted(let value) = self { value.value.normalized.description } else { nil }
    }

    var isRefused: Bool {
        if case .refused = self { true } else { false }
    }

    var explanation: String? {
        if case .refused(_, let explanation) = self { explanation } else { nil }
    }
}

import Clinical
import Terminology
import Testing

@Suite("Translation") struct TranslationTests {
    // MARK: Choosing a row

    private var specimens: SmallTables {
        var tables = SmallTables()
        tables.map = [
            SmallTables.row("1", "2160-0", ["subject_specimen": "SER"]),
            SmallTables.row("1", "2888-6", ["subject_specimen": "UR"]),
        ]
        return tables
    }

    @Test("the row is the one whose conditions are met") func conditions() throws {
        #expect(try specimens.translate("1", unit: "mg/dL", specimen: "SER").summary == "2160-0 1 mg/dL")
        #expect(try specimens.translate("1", unit: "mg/dL", specimen: "UR").summary == "2888-6 1 mg/dL")
    }

    @Test("a condition that is not stated makes the code ambiguous, never the likelier row") func ambiguous() throws {
        let outcome = try specimens.translate("1", unit: "mg/dL")
        #expect(outcome.reason == .ambiguous)
        #expect(outcome.candidates == ["2160-0", "2888-6"])
        #expect(try specimens.translate("1", unit: "mg/dL", specimen: "CSF").reason == .unmappedCode)
        // Also where there is only one row.
        var one = SmallTables()
        one.map = [SmallTables.row("1", "2160-0", ["subject_specimen": "SER"])]
        #expect(try one.translate("1", unit: "mg/dL").reason == .ambiguous)
        #expect(try one.translate("1", unit: "mg/dL", specimen: "UR").reason == .unmappedCode)
    }

    @Test("conditions on the unit tell apart what shares a code") func unitCondition() throws {
        var tables = SmallTables()
        tables.map = [
            SmallTables.row("1", "2160-0", ["subject_unit": "mg/dL"]),
            SmallTables.row("1", "14682-9", ["subject_unit": "umol/L"]),
        ]
        #expect(try tables.translate("1", unit: "umol/L", value: "88").summary == "14682-9 88 umol/L")
        #expect(try tables.translate("1", unit: "mg/dL").summary == "2160-0 1 mg/dL")
        #expect(try tables.translate("1").reason == .ambiguous)
    }

    @Test("rows hold from their first to their last day, UTC") func validity() throws {
        var tables = SmallTables()
        tables.map = [
            SmallTables.row("1", "2160-0", ["valid_to": "2025-12-31"]),
            SmallTables.row("1", "2888-6", ["valid_from": "2026-01-01"]),
        ]
        let newYear = try #require(CivilDate(year: 2026, month: 1, day: 1)).daysSinceEpoch * 86_400
        let before = Instant(seconds: Int64(newYear) - 1)
        let after = Instant(seconds: Int64(newYear))
        #expect(try tables.translate("1", unit: "mg/dL", effective: before).summary == "2160-0 1 mg/dL")
        #expect(try tables.translate("1", unit: "mg/dL", effective: after).summary == "2888-6 1 mg/dL")
        #expect(try tables.translate("1", unit: "mg/dL").summary == "2888-6 1 mg/dL")
        tables.map.removeLast()
        #expect(try tables.translate("1", unit: "mg/dL", effective: after).reason == .unmappedCode)
    }

    @Test("only approved rows translate", arguments: ["proposed", "reviewed", "retired"])
    func status(_ status: String) throws {
        var tables = SmallTables()
        tables.map = [SmallTables.row("1", "2160-0", ["status": status])]
        #expect(try tables.translate("1", unit: "mg/dL").reason == .unmappedCode)
    }

    @Test("a row can say that no code fits") func noTerm() throws {
        var tables = SmallTables()
        tables.map = [SmallTables.row("1", "sssom:NoTermFound")]
        let outcome = try tables.translate("1", unit: "mg/dL")
        #expect(outcome.reason == .noMap)
        #expect(outcome.candidates.isEmpty)
    }

    @Test("the relationship is that of FHIR R4's concept map") func relationship() throws {
        for (predicate, expected) in [
            ("skos:exactMatch", "equivalent"), ("skos:broadMatch", "wider"), ("skos:narrowMatch", "narrower"),
            ("skos:closeMatch", "inexact"),
        ] {
            var tables = SmallTables()
            tables.map = [SmallTables.row("1", "2160-0", ["predicate_id": predicate])]
            #expect(try tables.translate("1", unit: "mg/dL").translation?.record.relationship == expected)
        }
    }

    // MARK: Reading units

    @Test("homographs need an alias of their source") func homographs() throws {
        var tables = SmallTables()
        tables.map = [SmallTables.row("1", "6690-2")]
        #expect(try tables.translate("1", unit: "K/uL", value: "8.1").summary == "6690-2 8.1 10*9/L")
        tables.aliases = "source\traw\tucum\nother\tK/uL\t10*3/uL\n"
        #expect(try tables.translate("1", unit: "K/uL", value: "8.1").reason == .ambiguous)
    }

    @Test("a value without a unit is not given one by guess") func absentUnit() throws {
        var tables = SmallTables()
        tables.map = [SmallTables.row("1", "2823-3", ["unit": "mmol/L"])]
        #expect(try tables.translate("1").reason == .unit)
        #expect(try tables.translate("1", unit: "  ").reason == .unit)
        tables.map = [SmallTables.row("1", "2823-3", ["unit_if_absent": "meq/L"])]
        #expect(try tables.translate("1").summary == "2823-3 1 mmol/L")
        #expect(try tables.translate("1", value: nil).summary == "2823-3")
    }

    @Test("a row can know its source's unit text better") func ownAlias() throws {
        var tables = SmallTables()
        tables.map = [SmallTables.row("1", "2160-0", ["unit_aliases": "torr=g/L; mg/dL=mg/L"])]
        #expect(try tables.translate("1", unit: "torr", value: "0.01").summary == "2160-0 1 mg/dL")
        #expect(try tables.translate("1", unit: "mg/dL", value: "10").summary == "2160-0 1.0 mg/dL")
    }

    @Test("a unit that does not fit is reported, with the code it was to be") func wrongUnit() throws {
        var tables = SmallTables()
        tables.map = [SmallTables.row("1", "2823-3")]
        for unit in ["mm[Hg]", "mmHg", "rubbish", "mg/dL", "10*9/L", String(repeating: "m.", count: 100) + "m"] {
            let outcome = try tables.translate("1", unit: unit)
            #expect(outcome.reason == .unit, "\(unit)")
            #expect(outcome.candidates == ["2823-3"])
        }
    }

    // MARK: Clinical conversions

    /// Factors of the Système International conversion table of the AMA Manual of Style, 11th edition, table 17.5-2, to
    /// the digits printed there.
    @Test(
        "mass to amount of substance agrees with the published SI factors",
        arguments: [
            ("2160-0", "mg/dL", "umol/L", 88.4, 0.06), ("2345-7", "mg/dL", "mmol/L", 0.0555, 0.00006),
            ("2524-7", "mg/dL", "mmol/L", 0.111, 0.0006), ("3094-0", "mg/dL", "mmol/L", 0.357, 0.0006),
            ("1975-2", "mg/dL", "umol/L", 17.104, 0.006), ("17861-6", "mg/dL", "mmol/L", 0.25, 0.0006),
            ("19123-9", "mg/dL", "mmol/L", 0.4114, 0.0006), ("2777-1", "mg/dL", "mmol/L", 0.323, 0.0006),
            ("3084-1", "mg/dL", "umol/L", 59.485, 0.01), ("2093-3", "mg/dL", "mmol/L", 0.0259, 0.00006),
            ("2571-8", "mg/dL", "mmol/L", 0.0113, 0.00006), ("718-7", "g/dL", "mmol/L", 0.6206, 0.0006),
            ("2498-4", "ug/dL", "umol/L", 0.179, 0.0006), ("2143-6", "ug/dL", "nmol/L", 27.588, 0.01),
            ("2284-8", "ng/mL", "nmol/L", 2.266, 0.0006), ("3968-5", "ug/mL", "umol/L", 3.964, 0.006),
        ])
    func molar(_ loinc: String, _ from: String, _ to: String, _ factor: Double, _ tolerance: Double) throws {
        let terminology = try ShippedTables.terminology.get()
        guard case .converted(let result) = terminology.convert(value: ExactDecimal(1), from: from, to: to, loinc: loinc)
        else {
            Issue.record("\(loinc) does not convert")
            return
        }
        #expect(abs(result.value.doubleValue - factor) <= tolerance)
        #expect(result.conversion.hasPrefix("molar: "))
        // And back.
        guard case .converted(let back) = terminology.convert(value: result.value, from: to, to: from, loinc: loinc) else {
            Issue.record("\(loinc) does not convert back")
            return
        }
        #expect(abs(back.value.doubleValue - 1) < 1e-13)
    }

    @Test("a mapped value in the other kind of unit is converted, and says by what") func molarTranslation() throws {
        // 100 µmol/L ÷ 88.4 = 1.131 mg/dL
        let outcome = try ShippedTables.translate("lab-a", ShippedTables.labA, "1006", "100", "umol/L")
        let translation = try #require(outcome.translation)
        #expect(translation.target.code == "2160-0")
        #expect(abs((translation.quantity?.value.doubleValue ?? 0) - 1.1312) < 1e-12)
        #expect(translation.record.conversion.hasPrefix("molar: 113.12 g/mol"))
        #expect(translation.record.factor == "0.011312")
        #expect(translation.record.unitRead == "umol/L")
        // A code for amount of substance stays that code, in its own unit.
        #expect(
            try ShippedTables.translate("hospital-b", CodeSystem.loinc, "14682-9", "88", "umol/L").summary
                == "14682-9 88 umol/L")
        #expect(try ShippedTables.terminology.get().concept("14682-9")?.feeds == "2160-0")
    }

    @Test("equivalents become moles by the charge, and only with it") func valence() throws {
        var tables = SmallTables()
        tables.map = [SmallTables.row("1", "2823-3"), SmallTables.row("2", "17861-6"), SmallTables.row("3", "14682-9")]
        #expect(try tables.translate("1", unit: "meq/L", value: "4.1").summary == "2823-3 4.1 mmol/L")
        // 5 meq/L of calcium is 2.5 mmol/L is 10.02 mg/dL.
        #expect(try tables.translate("2", unit: "meq/L", value: "5").summary == "17861-6 10.0195 mg/dL")
        #expect(try tables.translate("3", unit: "meq/L").reason == .unit)
    }

    @Test("counts, fractions and amounts of substance do not turn into one another") func amounts() throws {
        #expect(try ShippedTables.translate("hospital-b", CodeSystem.loinc, "6690-2", "8", "mmol/L").reason == .unit)
        #expect(try ShippedTables.translate("hospital-b", CodeSystem.loinc, "2951-2", "140", "mosm/L").reason == .unit)
        #expect(try ShippedTables.translate("hospital-b", CodeSystem.loinc, "48065-7", "500", "ng/mL").reason == .unit)
    }

    // MARK: LOINC

    @Test("LOINC codes map to themselves, in their canonical unit") func identity() throws {
        let outcome = try ShippedTables.translate("hospital-b", CodeSystem.loinc, "718-7", "124", "g/L")
        #expect(outcome.summary == "718-7 12.4 g/dL")
        #expect(outcome.translation?.target.display == "Hemoglobin [Mass/volume] in Blood")
        #expect(outcome.translation?.record.relationship == "equal")
        #expect(outcome.translation?.record.table == "units/1.1.0")
        #expect(try ShippedTables.translate("anyone", CodeSystem.loinc, "80288-4").summary == "80288-4")
        #expect(try ShippedTables.translate("anyone", CodeSystem.loinc, "9269-2", "14").summary == "9269-2 14 {score}")
    }

    @Test("LOINC codes that are not in the table pass with their unit; what is no LOINC code does not") func passing()
        throws
    {
        #expect(LOINCCode.isWellFormed("12345-5"))  // LOINC Users' Guide, the worked example of the check digit
        #expect(try ShippedTables.translate("anyone", CodeSystem.loinc, "8251-1", "3", "mg").summary == "8251-1 3 mg")
        #expect(try ShippedTables.translate("anyone", CodeSystem.loinc, "8251-1", "3", "rubbish").reason == .unit)
        for code in ["8251-2", "LP1234-5", "-", "", "1-", "82511", "9999999999999-1"] {
            #expect(
                try ShippedTables.translate("anyone", CodeSystem.loinc, code, "3", "mg").reason == .unmappedCode, "\(code)")
        }
    }

    @Test("an unknown source, system or code is a work item") func unknown() throws {
        #expect(try ShippedTables.translate("x", "urn:x", "1", "3", "mg").reason == .unmappedCode)
        #expect(try ShippedTables.translate("x", ShippedTables.labA, "1001", "3", "mmol/L").reason == .unmappedCode)
        #expect(try ShippedTables.translate("lab-a", ShippedTables.labA, "1999", "3", "pg/mL").reason == .unmappedCode)
    }

    @Test("the record names table, digest and row, and is the same every time") func record() throws {
        let terminology = try ShippedTables.terminology.get()
        let first = try #require(ShippedTables.translate("lab-a", ShippedTables.labA, "1001", "140", "mmol/L").translation)
        let second = try #require(ShippedTables.translate("lab-a", ShippedTables.labA, "1001", "140", "mmol/L").translation)
        #expect(first == second)
        #expect(first.record.table == "lab-a/1.0.0")
        #expect(first.record.tableDigest == terminology.digests["lab-a/1.0.0"])
        #expect(first.record.row.utf8.count == 32)
        #expect(first.record.conversion == "none")
        let other = try #require(ShippedTables.translate("lab-a", ShippedTables.labA, "1002", "4", "mmol/L").translation)
        #expect(other.record.row != first.record.row)
    }

    @Test("a pinned table that is another one is named") func pins() throws {
        let terminology = try ShippedTables.terminology.get()
        let digest = try #require(terminology.digests["lab-a/1.0.0"])
        #expect(terminology.mismatches(with: ["lab-a/1.0.0": digest.uppercased()]) == [])
        #expect(
            terminology.mismatches(with: ["lab-a/1.0.0": "00", "lab-a/2.0.0": digest, "mdc/1.0.0": digest])
                == ["lab-a/1.0.0", "lab-a/2.0.0", "mdc/1.0.0"])
    }

    @Test("a lookup chooses what a translation chooses") func lookups() throws {
        let terminology = try ShippedTables.terminology.get()
        func lookup(_ code: String, specimen: String? = nil) -> RowLookup {
            terminology.lookup(
                TranslationRequest(
                    source: "lab-a", code: Code(system: ShippedTables.labA, code: code), specimen: specimen))
        }
        #expect(lookup("1001") == .found("2951-2"))
        #expect(lookup("1050") == .ambiguous)
        #expect(lookup("1050", specimen: "SER") == .found("2885-2"))
        #expect(lookup("1050", specimen: "XXX") == .excluded)
        #expect(lookup("9999") == .unmapped)
    }

    @Test("units are validated with place and cause") func validation() throws {
        let terminology = try ShippedTables.terminology.get()
        #expect(terminology.validate(unit: "mg/dL") == nil)
        #expect(terminology.validate(unit: "mg//dL")?.code == 2107)
        #expect(terminology.validate(unit: "mg//dL")?.place == "byte 3")
    }
}

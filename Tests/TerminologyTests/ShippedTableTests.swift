import Clinical
import Foundation
import Terminology
import Testing

@Suite("The tables that are shipped") struct ShippedTableTests {
    @Test("they load, and every file is one that a loader looks for") func load() throws {
        let terminology = try ShippedTables.terminology.get()
        #expect(
            Set(terminology.digests.keys) == [
                "units/1.1.0", "common/1.1.0", "mdc/1.0.0", "mimic/1.0.0", "lab-a/1.0.0", "hospital-b/1.0.0",
            ])
        for file in try ShippedTables.files() {
            let fits = TerminologyFile.patterns.contains { pattern in
                let (wanted, given) = (pattern.split(separator: "/"), file.path.split(separator: "/"))
                return wanted.count == given.count && zip(wanted, given).allSatisfy { $0 == "*" || $0 == $1 }
            }
            #expect(fits, "\(file.path)")
        }
    }

    /// ISO/IEEE 11073-10101 numbers as monitors send them (IHE PCD-01), with both forms of the unit.
    @Test(
        "monitor vitals",
        arguments: [
            ("147842", "88", "264864", "8867-4 88 /min"), ("151562", "16", "MDC_DIM_RESP_PER_MIN", "9279-1 16 /min"),
            ("150456", "97", "262688", "59408-5 97 %"), ("150021", "120", "MDC_DIM_MMHG", "8480-6 120 mm[Hg]"),
            ("150022", "80", "266016", "8462-4 80 mm[Hg]"), ("150023", "93", "266016", "8478-0 93 mm[Hg]"),
            ("150344", "36.6", "268192", "8310-5 36.6 Cel"), ("150344", "98.6", "266560", "8310-5 37.0 Cel"),
            ("150033", "16.0", "265987", "8480-6 120.010200867074 mm[Hg]"), ("149530", "77", "264864", "8889-8 77 /min"),
            ("188424", "37.2", "MDC_DIM_DEGC", "8331-1 37.2 Cel"),
        ])
    func monitors(_ code: String, _ value: String, _ unit: String, _ expected: String) throws {
        #expect(try ShippedTables.translate("monitors", CodeSystem.mdc, code, value, unit).summary == expected)
    }

    /// Items of MIMIC-III by their dictionary labels; 190 and 727 state units that their values contradict.
    @Test(
        "MIMIC items, both of its systems",
        arguments: [
            ("211", "85", "BPM", "8867-4 85 /min"), ("220045", "88", "bpm", "8867-4 88 /min"),
            ("618", "19", "BPM", "9279-1 19 /min"),
            ("220210", "20", "insp/min", "9279-1 20 /min"), ("646", "98", "%", "59408-5 98 %"),
            ("51", "114", "mmHg", "8480-6 114 mm[Hg]"),
            ("8441", "49", "mmHg", "8462-4 49 mm[Hg]"), ("220181", "74", "mmHg", "8478-0 74 mm[Hg]"),
            ("678", "98.6", "Deg. F", "8310-5 37.0 Cel"), ("223761", "100.4", "?F", "8310-5 38.0 Cel"),
            ("676", "37", "Deg. C", "8310-5 37 Cel"), ("198", "11", "points", "9269-2 11 {score}"),
            ("220739", "4", nil, "9267-6 4 {score}"),
            ("190", "0.4", "torr", "3150-0 40 %"), ("727", "35", "decFrc", "3150-0 35 %"),
            ("223835", "50", nil, "3150-0 50 %"),
            ("470", "4", "lpm", "3151-8 4 L/min"), ("50912", "0.9", "mg/dL", "2160-0 0.9 mg/dL"),
            ("50971", "4.0", "mEq/L", "2823-3 4.0 mmol/L"),
            ("51301", "8.1", "K/uL", "6690-2 8.1 10*9/L"), ("51279", "3.35", "m/uL", "789-8 3.35 10*12/L"),
            ("50861", "33", "IU/L", "1742-6 33 U/L"), ("51249", "33.5", "%", "786-4 33.5 g/dL"),
            ("50820", "7.40", "units", "11558-4 7.40 [pH]"),
            ("50818", "40", "MM HG", "11557-6 40 mm[Hg]"), ("51237", "1.1", nil, "6301-6 1.1 {INR}"),
            ("51144", "5", "%", "26508-2 5 %"),
            ("50889", "8.92", "mg/dL", "1988-5 89.2 mg/L"), ("50813", "2.1", "mmol/L", "32693-4 2.1 mmol/L"),
            ("226531", "168.5", nil, "29463-7 76.430314345 kg"), ("51283", "1.4", "%", "unmapped-code"),
            ("51514", "0.2", "EU/dL", "unit"),
        ] as [(String, String, String?, String)])
    func mimic(_ item: String, _ value: String, _ unit: String?, _ expected: String) throws {
        #expect(try ShippedTables.translate("mimic", ShippedTables.mimic, item, value, unit).summary == expected)
    }

    @Test("laboratory A: units, specimens, dates, and what it must not know") func laboratoryA() throws {
        func lab(_ code: String, _ value: String, _ unit: String?, specimen: String? = nil, on date: CivilDate? = nil)
            throws -> String
        {
            try ShippedTables.translate("lab-a", ShippedTables.labA, code, value, unit, specimen: specimen, on: date)
                .summary
        }
        #expect(try lab("1020", "12.3", "K/uL") == "6690-2 12.3 10*9/L")
        #expect(try lab("1009", "18.0", "mg/dL") == "2524-7 1.99826816758809 mmol/L")
        #expect(try lab("1009", "2.0", "mmHg") == "unit")
        #expect(try lab("1041", "40", "mmHg") == "2019-8 40 mm[Hg]")
        #expect(try lab("1050", "7.0", "g/dL", specimen: "SER") == "2885-2 7.0 g/dL")
        #expect(try lab("1050", "12", "mg/dL", specimen: "UR") == "2888-6 12 mg/dL")
        #expect(try lab("1050", "12", "mg/dL") == "ambiguous")
        #expect(try lab("1035", "500", "ng/mL", on: CivilDate(year: 2025, month: 6, day: 30)) == "48066-5 500 ng/mL{DDU}")
        #expect(try lab("1035", "500", "ng/mL", on: CivilDate(year: 2025, month: 7, day: 1)) == "48065-7 500 ng/mL{FEU}")
        #expect(try lab("1060", "10", "pg/mL") == "unmapped-code")
        #expect(try lab("1090", "1", nil) == "no-map")
        #expect(try lab("1999", "300", "pg/mL") == "unmapped-code")
    }

    /// FHIR R4 vital signs profile: codes and units it requires.
    @Test(
        "hospital B: the vital signs profile and SI laboratory units",
        arguments: [
            ("9279-1", "16", "/min"), ("8867-4", "70", "/min"), ("2708-6", "97", "%"), ("8310-5", "36.6", "Cel"),
            ("8302-2", "170", "cm"),
            ("9843-4", "50", "cm"), ("29463-7", "70", "kg"), ("39156-5", "24.2", "kg/m2"), ("8480-6", "120", "mm[Hg]"),
            ("8462-4", "80", "mm[Hg]"),
            ("14749-6", "5.5", "mmol/L"), ("15074-8", "5.5", "mmol/L"), ("14682-9", "88", "umol/L"),
            ("2524-7", "1.1", "mmol/L"),
            ("22664-7", "5.0", "mmol/L"), ("14631-6", "12", "umol/L"), ("6690-2", "8.1", "10*9/L"),
            ("3151-8", "2", "L/min"), ("3150-0", "28", "%"),
        ])
    func hospitalB(_ code: String, _ value: String, _ unit: String) throws {
        let outcome = try ShippedTables.translate("hospital-b", CodeSystem.loinc, code, value, unit)
        #expect(outcome.summary == "\(code) \(value) \(unit)")
        #expect(outcome.translation?.record.conversion == "none")
    }

    @Test("every mapped target has a display and, where it is a number, a unit") func concepts() throws {
        let terminology = try ShippedTables.terminology.get()
        for code in [
            "8867-4", "8889-8", "9279-1", "2708-6", "59408-5", "8480-6", "8462-4", "8478-0", "8310-5", "8331-1", "8332-9",
            "8333-7", "9269-2", "9267-6", "9270-0", "9268-4", "67775-7", "80288-4", "3151-8", "3150-0", "6690-2", "764-1",
            "2019-8",
            "2524-7", "32693-4", "2160-0", "14682-9",
        ] {
            let concept = try #require(terminology.concept(code), "\(code)")
            #expect(!concept.display.isEmpty)
        }
    }

    @Test("safe aliases serve every source; homographs serve none") func aliases() throws {
        for (unit, expected) in [
            ("mmHg", "8480-6 120 mm[Hg]"), ("mm[Hg]", "8480-6 120 mm[Hg]"), ("kPa", "8480-6 900.076506503053 mm[Hg]"),
        ] {
            #expect(try ShippedTables.translate("anyone", CodeSystem.loinc, "8480-6", "120", unit).summary == expected)
        }
        for (code, unit) in [("6690-2", "K/uL"), ("1742-6", "u/l"), ("1742-6", "IU/L"), ("2744-1", "ph"), ("777-3", "G/L")]
        {
            #expect(
                try ShippedTables.translate("anyone", CodeSystem.loinc, code, "1", unit).reason == .ambiguous, "\(unit)")
        }
    }
}

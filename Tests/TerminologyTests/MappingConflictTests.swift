import Clinical
import Foundation
import Terminology
import Testing

@Suite("Conflict checks") struct MappingConflictTests {
    private func mapping(
        _ code: String, _ target: String, _ display: String, unit: String? = nil, deciles: [Double] = [], frequency: Int = 1
    ) -> CodeMapping {
        CodeMapping(
            system: "urn:x", code: code, target: Code(system: CodeSystem.loinc, code: target, display: display), unit: unit,
            status: .approved, frequency: frequency, deciles: deciles)
    }

    private func kinds(_ mappings: CodeMapping...) throws -> [MappingConflict.Kind] {
        try ShippedTables.terminology.get().conflicts(in: mappings).map(\.kind)
    }

    @Test("each conflict is found, and only where it is") func kinds() throws {
        let sodium = "Sodium [Moles/volume] in Serum or Plasma"
        #expect(try kinds(mapping("1", "2951-2", sodium, unit: "mmol/L")) == [])
        #expect(try kinds(mapping("1", "2951-2", sodium, unit: "meq/L")) == [])
        #expect(try kinds(mapping("1", "2951-2", sodium, unit: "mg/dL")) == [.unitAgainstProperty])
        #expect(try kinds(mapping("1", "2951-2", sodium, unit: "%")) == [.unitAgainstProperty])
        #expect(try kinds(mapping("1", "2951-2", "Natrium")) == [.display])
        #expect(try kinds(mapping("1", "2951-3", sodium)) == [.invalidCode])
        #expect(
            try kinds(mapping("1", "99999-9", "Deprecated Sodium [Moles/volume] in Blood")).contains(.deprecated))
        #expect(
            try kinds(mapping("1", "2951-2", sodium), mapping("1", "2947-0", "Sodium [Moles/volume] in Blood"))
                == [.twoTargets])
    }

    @Test("two versions of a row in time are no conflict") func validity() throws {
        var first = mapping("1", "48066-5", "Fibrin D-dimer DDU [Mass/volume] in Platelet poor plasma")
        var second = mapping("1", "48065-7", "Fibrin D-dimer FEU [Mass/volume] in Platelet poor plasma")
        first.validTo = "2025-06-30"
        second.validFrom = "2025-07-01"
        #expect(try kinds(first, second) == [])
    }

    @Test("values apart from all others with the same target") func values() throws {
        let name = "Monocytes/100 leukocytes in Blood"
        let usual = mapping(
            "mono", "5905-5", "x", unit: "%", deciles: [0, 4, 5, 6, 6, 7, 8, 8, 9, 11, 20], frequency: 1000)
        let other = mapping(
            "baso", "5905-5", "x", unit: "%", deciles: [0, 0, 0.2, 0.2, 0.3, 0.4, 0.4, 0.5, 0.6, 0.8, 2], frequency: 10)
        let found = try ShippedTables.terminology.get().conflicts(in: [usual, other]).filter { $0.kind == .separateValues }
        #expect(found.map(\.codes) == [["baso", "mono"]])
        #expect(LOINCName(name).analyte == "monocytes")
    }

    @Test(
        "names of LOINC",
        arguments: [
            (
                "Basophils/100 leukocytes in Blood by Automated count", "Basophils/100 leukocytes", nil, "Blood",
                "Automated count"
            ),
            ("Glucose [Mass/volume] in Serum or Plasma", "Glucose", "Mass/volume", "Serum or Plasma", nil),
            ("Heart rate", "Heart rate", nil, nil, nil),
            ("MCV [Entitic volume] by Automated count", "MCV", "Entitic volume", nil, "Automated count"),
        ] as [(String, String, String?, String?, String?)])
    func names(_ text: String, _ component: String, _ property: String?, _ system: String?, _ method: String?) {
        let name = LOINCName(text)
        #expect(name.component == component)
        #expect(name.property == property)
        #expect(name.system == system)
        #expect(name.method == method)
    }

    @Test(
        "Kanta: basophils are sent to monocytes",
        .enabled(if: SharedTerminology.isPresent, "../shared/data/terminology/kanta is not there"))
    func kanta() throws {
        let mappings = try Kanta.mappings(5)
        let conflicts = try ShippedTables.terminology.get().conflicts(in: mappings, source: "kanta")
        let siblings = conflicts.filter { $0.kind == .siblingComponent }
        #expect(siblings.contains { $0.codes.contains("b-baso[%]") && $0.explanation.contains("basophils, monocytes") })
        let counts = Dictionary(grouping: conflicts, by: \.kind).mapValues(\.count)
        // As listed in docs/terminology.md.
        #expect(counts[.siblingComponent] == 23)
        #expect((counts[.unitAgainstProperty] ?? 0) > 50)
        #expect((counts[.separateValues] ?? 0) > 20)
    }

    @Test(
        "MIMIC: reticulocytes in % are sent to a number per volume",
        .enabled(if: SharedTerminology.isPresent, "../shared/data/terminology/mimic is not there"))
    func mimic() throws {
        let map = ColumnMap(
            [
                .code: "itemid (omop_source_code)", .label: "label", .unit: "valueuom", .target: "omop_concept_code",
                .display: "omop_concept_name",
            ], system: "urn:mimic")
        var mappings = try MappingImport(SharedTerminology.bytes("mimic/d_labitems_to_loinc.csv"), map).mappings
        for index in mappings.indices { mappings[index].status = .approved }
        let conflicts = try ShippedTables.terminology.get().conflicts(in: mappings, source: "mimic")
        let units = Set(conflicts.filter { $0.kind == .unitAgainstProperty }.flatMap(\.codes))
        #expect(units.isSuperset(of: ["51283", "51284"]))
        // Free testosterone in pg/mL under moles per volume; neutrophils in mmol/L; two codes with a wrong check digit.
        #expect(units.isSuperset(of: ["50894", "51697"]))
        #expect(Set(conflicts.filter { $0.kind == .invalidCode }.flatMap(\.codes)) == ["51643", "51777"])
    }

    @Test(
        "factors that UCUM or the molar mass contradict",
        .enabled(if: SharedTerminology.isPresent, "../shared/data/terminology/units is not there"))
    func factors() throws {
        let terminology = try ShippedTables.terminology.get()
        let json = try #require(
            try JSONSerialization.jsonObject(with: Data(SharedTerminology.bytes("units/labunits-analytes.json")))
                as? [String: [String: Any]])
        let stated = json.keys.sorted().compactMap { code -> Terminology.StatedFactor? in
            guard let from = json[code]?["traditional_units"] as? String, let to = json[code]?["si_units"] as? String,
                let factor = (json[code]?["conversion_factor"] as? NSNumber)?.doubleValue
            else { return nil }
            return Terminology.StatedFactor(loinc: code, from: from, to: to, factor: factor)
        }
        let labunits = terminology.conflicts(in: stated)
        #expect(
            labunits.conflicts.map { "\($0.codes[0]) \($0.kind.rawValue)" } == [
                // Acetylcholinesterase U/mL → U/L, cystine by half its mass, norepinephrine in pg for nmol,
                // 1,25-dihydroxyvitamin D as if it had one oxygen less.
                "2099-0 factor-against-ucum", "2177-4 factor-against-molar-mass", "2666-6 factor-against-molar-mass",
                "62290-2 factor-against-molar-mass",
            ])
        let miracum = try SharedTerminology.tsv("units/miracum-conversion.tsv").compactMap { row in
            Double(row["FACTOR"] ?? "").map {
                Terminology.StatedFactor(
                    loinc: row["FROM_LOINC"], targetLOINC: row["TO_LOINC"], from: row["FROM_UNIT"] ?? "",
                    to: row["TO_UNIT"] ?? "", factor: $0)
            }
        }
        let found = Set(terminology.conflicts(in: miracum).conflicts.compactMap { $0.codes.last })
        // Urea nitrogen by the mass of urea; triiodothyronine a hundredfold; cortisol the wrong way round.
        #expect(found.isSuperset(of: ["3094-0", "6299-2", "3051-0", "2143-6", "5583-0"]))
        #expect(!found.contains("2160-0"))
    }
}

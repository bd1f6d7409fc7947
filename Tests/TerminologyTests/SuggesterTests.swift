import Clinical
import Terminology
import Testing

@Suite("Suggestions") struct SuggesterTests {
    @Test(
        "words, unit, specimen and values",
        arguments: [
            (Suggester.Query(label: "WBC", unit: "10*3/uL", specimen: "Blood"), "6690-2"),
            (Suggester.Query(label: "Glucose", unit: "mg/dL", specimen: "Urine"), "2350-7"),
            (Suggester.Query(label: "Potassium", unit: "mmol/L", specimen: "Serum"), "2823-3"),
            (Suggester.Query(label: "TSH", unit: "uIU/mL", specimen: "Serum"), "3016-3"),
            (Suggester.Query(label: "ALT (SGPT)", unit: "U/L", specimen: "Blood"), "1742-6"),
            (Suggester.Query(label: "Glucose, Pleural", unit: "mg/dL", specimen: "Pleural"), "2346-5"),
        ])
    func first(_ query: Suggester.Query, _ expected: String) throws {
        let found = try ShippedTables.terminology.get().suggester().suggestions(for: query)
        #expect((1...5).contains(found.count))
        #expect(found.prefix(2).contains { $0.target.code == expected }, "\(found.map(\.target.code))")
        #expect(found.allSatisfy { (0...1).contains($0.score) && $0.reasons.hasPrefix("words ") })
    }

    @Test("nothing is proposed for what has no word in common") func nothing() throws {
        let suggester = try ShippedTables.terminology.get().suggester()
        #expect(suggester.suggestions(for: .init(label: "xyzzy qwrt")).isEmpty)
        #expect(suggester.suggestions(for: .init(label: "")).isEmpty)
    }

    @Test("values that cannot be speak against a code") func values() throws {
        let suggester = try ShippedTables.terminology.get().suggester()
        let query = Suggester.Query(label: "pH", unit: "[pH]", specimen: "Arterial blood", values: [7.3, 7.4, 7.41])
        let impossible = Suggester.Query(label: "pH", unit: "[pH]", specimen: "Arterial blood", values: [2, 1, 3])
        let usual = suggester.suggestions(for: query).first { $0.target.code == "2744-1" }?.score ?? 0
        let odd = suggester.suggestions(for: impossible).first { $0.target.code == "2744-1" }?.score ?? 0
        #expect(odd < usual)
    }

    /// Approved LOINC hidden: neither the labels of the MIMIC table nor its targets are what the suggester reads, which
    /// chooses among all codes that are shipped and all codes of the file.
    @Test(
        "MIMIC laboratory items, by code and by volume",
        .enabled(if: SharedTerminology.isPresent, "../shared/data/terminology/mimic is not there"))
    func mimic() throws {
        let table = try DelimitedText(
            SharedTerminology.bytes("mimic/d_labitems_to_loinc.csv"), separator: UInt8(ascii: ","), file: "mimic")
        let rows = table.rows.filter { table.value("omop_vocabulary_id", of: $0) == "LOINC" }
        let more = rows.compactMap { row -> Suggester.Candidate? in
            guard let code = table.value("omop_concept_code", of: row), let name = table.value("omop_concept_name", of: row)
            else { return nil }
            return Suggester.Candidate(loinc: code, display: name)
        }
        let suggester = try ShippedTables.terminology.get().suggester(with: more)
        var (codes, first, five) = (0.0, 0.0, 0.0)
        var (volume, firstVolume, fiveVolume) = (0.0, 0.0, 0.0)
        for row in rows {
            guard let code = table.value("omop_concept_code", of: row), let label = table.value("label", of: row),
                let count = table.value("labevents_row_count", of: row).flatMap(Double.init), count > 0
            else { continue }
            let found = suggester.suggestions(
                for: .init(
                    label: label, unit: table.value("valueuom", of: row), specimen: table.value("fluid", of: row),
                    source: "mimic"))
            let isFirst = found.first?.target.code == code ? 1.0 : 0
            let isFive = found.contains { $0.target.code == code } ? 1.0 : 0
            (codes, first, five) = (codes + 1, first + isFirst, five + isFive)
            (volume, firstVolume, fiveVolume) = (volume + count, firstVolume + isFirst * count, fiveVolume + isFive * count)
        }
        #expect(codes > 800)
        #expect(first / codes >= 0.60)
        #expect(five / codes >= 0.85)
        #expect(firstVolume / volume >= 0.60)
        #expect(fiveVolume / volume >= 0.85)
    }
}

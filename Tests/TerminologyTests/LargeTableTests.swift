import Clinical
import Terminology
import Testing

@Suite("Large tables") struct LargeTableTests {
    /// Too many rows to know their hashes beforehand; every row is found, and its hash is that of a small table.
    @Test("every row of a large table is found, and no other") func finds() throws {
        var tables = SmallTables()
        let count = 40_000
        let codes = (0..<count).map { String(1_000_000 + $0 * 7) }
        tables.map = codes.flatMap { code in
            [
                SmallTables.row(code, "2160-0", ["subject_specimen": "SER"]),
                SmallTables.row(code, "2888-6", ["subject_specimen": "UR"]),
            ]
        }
        let terminology = try Terminology(files: tables.files)
        func translate(_ code: String, _ specimen: String?) -> TranslationOutcome {
            terminology.translate(
                TranslationRequest(source: "lab", code: Code(system: "urn:lab", code: code), specimen: specimen))
        }
        for code in stride(from: 0, to: count, by: 17).map({ codes[$0] }) {
            #expect(translate(code, "SER").summary == "2160-0")
            #expect(translate(code, "UR").summary == "2888-6")
            #expect(translate(code, nil).reason == .ambiguous)
            #expect(translate(code + "1", "SER").reason == .unmappedCode)
        }
        var small = SmallTables()
        small.map = [SmallTables.row(codes[3], "2160-0", ["subject_specimen": "SER"])]
        let one = try small.translate(codes[3], value: nil, specimen: "SER").translation
        #expect(translate(codes[3], "SER").translation?.record.row == one?.record.row)
    }

    /// Codes longer than sixteen bytes, codes that differ behind them, and codes that are not there.
    @Test("a table found once says of a code what the terminology says") func lookups() throws {
        var tables = SmallTables()
        let codes = (0..<300).flatMap { number in
            ["\(number)", "A-CODE-OF-SIXTEEN\(number)", "A-CODE-OF-SIXTEEN\(number)-B"]
        }
        .sorted { Array($0.utf8).lexicographicallyPrecedes(Array($1.utf8)) }
        tables.map = codes.enumerated().flatMap { place, code in
            switch place % 4 {
            case 0: [SmallTables.row(code, "2160-0")]
            case 1: [SmallTables.row(code, "sssom:NoTermFound")]
            case 2: [SmallTables.row(code, "2160-0", ["status": "proposed"])]
            default:
                [
                    SmallTables.row(code, "2160-0", ["subject_specimen": "SER"]),
                    SmallTables.row(code, "2888-6", ["subject_specimen": "UR"]),
                ]
            }
        }
        let terminology = try Terminology(files: tables.files)
        let lookups = try #require(terminology.lookups(system: "urn:lab", source: "lab"))
        var requests: [TranslationRequest] = []
        for code in codes + ["", "nothing", "A-CODE-OF-SIXTEEN", "A-CODE-OF-SIXTEEN300"] {
            for specimen in ["SER", "UR", "CSF", nil] {
                requests.append(
                    TranslationRequest(source: "lab", code: Code(system: "urn:lab", code: code), specimen: specimen))
            }
        }
        let answers = Set(requests.map { lookups($0) })
        #expect(answers == [.found("2160-0"), .found("2888-6"), .noMap, .ambiguous, .excluded, .unmapped])
        #expect(requests.allSatisfy { lookups($0) == terminology.lookup($0) })
    }

    @Test("lines end with CR LF, or with nothing, and mean the same") func lineEnds() throws {
        var tables = SmallTables()
        tables.map = [SmallTables.row("1", "2160-0", ["unit": "mg/dL"])]
        let plain = try tables.translate("1", unit: "mg/dL")
        let files = tables.files.map { file in
            guard file.path.hasSuffix("map.tsv") else { return file }
            return TerminologyFile(path: file.path, content: Array(file.content.dropLast()))
        }
        let digest = ContentDigest(of: try #require(files.first { $0.path.hasSuffix("map.tsv") }).content).hex
        tables.digest = digest
        let mended = tables.files.map { file in
            file.path.hasSuffix("map.tsv") ? (files.first { $0.path == file.path } ?? file) : file
        }
        let cut = try Terminology(files: mended).translate(
            TranslationRequest(
                source: "lab", code: Code(system: "urn:lab", code: "1"), unit: "mg/dL", value: ExactDecimal(1)))
        #expect(cut.summary == plain.summary)
        #expect(cut.translation?.record.row == plain.translation?.record.row)
    }
}

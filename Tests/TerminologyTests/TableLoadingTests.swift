import Clinical
import Terminology
import Testing

@Suite("Loading tables") struct TableLoadingTests {
    private func problems(_ rows: [[String]]) -> [String] {
        var tables = SmallTables()
        tables.map = rows
        return tables.problems
    }

    @Test("a sound set loads and says what it is") func sound() throws {
        var tables = SmallTables()
        tables.map = [SmallTables.row("1", "2160-0", ["unit": "mg/dL"]), SmallTables.row("2", "sssom:NoTermFound")]
        #expect(tables.problems == [])
        let terminology = try Terminology(files: tables.files)
        let map = try #require(tables.files.first { $0.path.hasSuffix("map.tsv") })
        #expect(terminology.digests["lab/1.0.0"] == ContentDigest(of: map.content).hex)
        #expect(terminology.tables.map(\.approvedRows) == [2])
        #expect(terminology.tables.map(\.unmappableRows) == [1])
    }

    @Test("every faulty row is reported with its line, not only the first") func lines() {
        #expect(
            problems([
                SmallTables.row("1", "2160-1"), SmallTables.row("2", "2160-0"),
                SmallTables.row("3", "2160-0", ["unit": "mg/dl/"]), SmallTables.row("4", "2160-0", ["status": "ok"]),
                SmallTables.row("5", "2160-0").dropLast(),
            ]) == ["invalidValue@2", "invalidUnit@4", "invalidValue@5", "fieldCount@6"])
    }

    @Test(
        "one fault, one line",
        arguments: [
            (["object_id": "LOINC:2160-1"], "invalidValue@2"), (["object_id": "LOINC:2345-7"], "unknownTarget@2"),
            (["unit": "mg/dl/"], "invalidUnit@2"), (["unit": "mm[Hg]"], "unitDoesNotFit@2"),
            (["unit_if_absent": "{score}"], "unitDoesNotFit@2"), (["predicate_id": "skos:related"], "invalidValue@2"),
            (["status": "ok"], "invalidValue@2"), (["valid_from": "2026-02-30"], "invalidValue@2"),
            (["valid_from": "2026-02-01", "valid_to": "2026-01-01"], "invalidValue@2"),
            (["confidence": "2"], "invalidValue@2"),
            (["reviewer_id": ""], "missingValue@2"), (["subject_id": "X:1"], "invalidValue@2"),
            (["subject_id": ""], "missingValue@2"), (["unit_aliases": "torr"], "invalidValue@2"),
            (["unit_aliases": "torr=mm[Hg]"], "unitDoesNotFit@2"),
        ])
    func fault(_ changes: [String: String], _ expected: String) {
        #expect(problems([SmallTables.row("1", "2160-0", changes)]) == [expected])
    }

    @Test("rows that one value could match are refused") func overlaps() {
        let urine = ["subject_specimen": "UR"]
        #expect(problems([SmallTables.row("1", "2160-0"), SmallTables.row("1", "2823-3")]) == ["duplicateRow@3"])
        #expect(problems([SmallTables.row("1", "2160-0"), SmallTables.row("1", "2888-6", urine)]) == ["overlappingRows@3"])
        #expect(
            problems([
                SmallTables.row("1", "2888-6", urine), SmallTables.row("1", "2160-0", ["subject_unit": "mg/dL"]),
            ]).contains("overlappingRows@3"))
        #expect(
            problems([
                SmallTables.row("1", "2160-0", ["subject_specimen": "SER"]), SmallTables.row("1", "2888-6", urine),
            ]) == [])
        #expect(
            problems([
                SmallTables.row("1", "2160-0", ["valid_to": "2025-12-31"]),
                SmallTables.row("1", "2823-3", ["valid_from": "2026-01-01"]),
            ]) == [])
        #expect(
            problems([
                SmallTables.row("1", "2160-0", ["valid_to": "2026-01-01"]),
                SmallTables.row("1", "2823-3", ["valid_from": "2026-01-01"]),
            ]) == ["duplicateRow@3"])
    }

    @Test("one test in two units is one analyte, under its official name") func siblings() {
        let mass = ["subject_unit": "mg/dL"]
        #expect(
            problems([SmallTables.row("1", "2160-0", mass), SmallTables.row("1", "14682-9", ["subject_unit": "umol/L"])])
                == [])
        #expect(
            problems([SmallTables.row("1", "2160-0", mass), SmallTables.row("1", "2823-3", ["subject_unit": "mmol/L"])])
                == ["siblingComponent@3"])
        #expect(
            problems([SmallTables.row("1", "2823-3", ["object_label": "Potassium [Moles/volume] in Serum or Plasma"])])
                == [])
        #expect(problems([SmallTables.row("1", "2823-3", ["object_label": "Kalium"])]) == ["displayDiffers@2"])
    }

    @Test("rows that are not approved overlap nothing") func proposed() {
        #expect(problems([SmallTables.row("1", "2160-0"), SmallTables.row("1", "2823-3", ["status": "proposed"])]) == [])
    }

    @Test("rows are sorted") func sorted() {
        #expect(problems([SmallTables.row("2", "2160-0"), SmallTables.row("1", "2823-3")]) == ["unsorted@3"])
    }

    @Test("files that the manifest does not mean are refused") func digests() {
        var tables = SmallTables()
        tables.digest = String(repeating: "0", count: 64)
        #expect(tables.problems == ["digestMismatch@-"])
        var files = SmallTables().files
        files.removeAll { $0.path == "units/aliases.tsv" }
        #expect(throws: TerminologyError.self) { try Terminology(files: files) }
        #expect(throws: TerminologyError.self) { try Terminology(files: []) }
    }

    @Test("manifests name what is wrong") func manifests() {
        var tables = SmallTables()
        tables.manifest["status"] = "live"
        #expect(tables.problems == ["invalidManifest@-"])
        tables.manifest["status"] = "active"
        tables.manifest["sources"] = "[]"
        #expect(tables.problems == ["invalidManifest@-"])
        tables.manifest["sources"] = "\"lab\""
        #expect(tables.problems == ["invalidManifest@-"])
    }

    @Test("two active tables for one source are refused, a retired one beside it is not") func tables() throws {
        let first = SmallTables()
        var second = SmallTables()
        second.manifest["version"] = "1.1.0"
        let both = first.files + second.files.filter { $0.path.contains("1.1.0") }
        #expect(throws: TerminologyError.self) { try Terminology(files: both) }
        second.manifest["status"] = "retired"
        let replayed = first.files + second.files.filter { $0.path.contains("1.1.0") }
        #expect(try Terminology(files: replayed).tables.count == 2)
    }

    @Test("unit tables are checked like the others") func units() {
        var tables = SmallTables()
        tables.aliases += "lab\tthousand\tK/ul x\n"
        #expect(tables.problems == ["invalidUnit@4"])
        tables = SmallTables()
        tables.aliases = "source\traw\tucum\n*\tK/uL\t10*3/uL\n"
        #expect(tables.problems == ["overlappingRows@2"])
        tables = SmallTables()
        tables.canonical += "6690-2\tagain\tNCnc\t10*9/L\t\t\t\t\t\n"
        #expect(tables.problems == ["duplicateRow@8"])
        tables = SmallTables()
        tables.canonical += "777-3\tPlatelets\tNCnc\tK_uL\t\t-1\t9\t\t2345-7\n"
        #expect(tables.problems == ["invalidUnit@8", "invalidValue@8", "invalidValue@8", "unknownTarget@8"])
        tables = SmallTables()
        tables.homographs = "raw\n"
        #expect(tables.problems.contains("missingColumn@1"))
    }

    @Test("errors never repeat a cell") func noValues() {
        var tables = SmallTables()
        tables.map = [SmallTables.row("SECRET", "2160-1", ["unit": "SECRET"])]
        do throws(TerminologyError) {
            _ = try Terminology(files: tables.files)
            Issue.record("the table must not load")
        } catch {
            #expect(!error.description.contains("SECRET"))
            #expect(error.description.contains("codes/lab/1.0.0/map.tsv:2"))
        }
    }

    @Test("no table crashes the loader") func fuzz() {
        var random = SplitMix64(state: 4)
        var tables = SmallTables()
        tables.map = [
            SmallTables.row("1", "2160-0", ["unit": "mg/dL", "valid_from": "2026-01-01"]),
            SmallTables.row("2", "2888-6", ["subject_specimen": "UR", "unit_aliases": "x=mg/dL"]),
        ]
        let files = tables.files.sorted { $0.path < $1.path }
        var refused = 0
        for _ in 0..<3000 {
            var mutated = files
            let file = Int.random(in: 0..<files.count, using: &random)
            var bytes = mutated[file].content
            for _ in 0..<Int.random(in: 1...4, using: &random) where !bytes.isEmpty {
                let index = Int.random(in: 0..<bytes.count, using: &random)
                switch Int.random(in: 0..<4, using: &random) {
                case 0: bytes[index] = UInt8.random(in: 0...255, using: &random)
                case 1: bytes.remove(at: index)
                case 2: bytes.insert([9, 10, 13, 35, 58].randomElement(using: &random) ?? 9, at: index)
                default: bytes.removeLast(min(bytes.count, Int.random(in: 1...40, using: &random)))
                }
            }
            mutated[file].content = bytes
            do throws(TerminologyError) {
                _ = try Terminology(files: mutated)
            } catch {
                refused += 1
                #expect(!error.problems.isEmpty)
                #expect(error.problems.allSatisfy { ($0.line ?? 1) >= 1 && !$0.reason.isEmpty })
            }
        }
        // Digests refuse nearly every change; what is left are changes inside a manifest's free text.
        #expect(refused > 2500)
    }

    @Test("rows are read the same when only the digests are mended") func fuzzRows() {
        var random = SplitMix64(state: 5)
        let alphabet = Array("0123456789-:LOINC mgdu/%[]{}*.skos\t\n#é".unicodeScalars)
        for _ in 0..<2000 {
            var tables = SmallTables()
            var row = SmallTables.row("1", "2160-0", ["unit": "mg/dL"])
            let column = Int.random(in: 0..<row.count, using: &random)
            row[column] = String(
                String.UnicodeScalarView(
                    (0..<Int.random(in: 0...12, using: &random)).compactMap { _ in alphabet.randomElement(using: &random) })
            )
            tables.map = [row]
            for problem in tables.problems { #expect(!problem.isEmpty) }
            #expect(tables.problems == tables.problems)
        }
    }
}

/// Steele, Lea and Flood 2014: a small generator with a fixed sequence.
struct SplitMix64: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }
}

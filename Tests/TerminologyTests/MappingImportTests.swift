import Clinical
import FHIR
import Terminology
import Testing

@Suite("Imports and exports") struct MappingImportTests {
    static let mappings: [CodeMapping] = {
        func code(_ loinc: String, _ display: String) -> Code {
            Code(system: CodeSystem.loinc, code: loinc, display: display)
        }
        return [
            CodeMapping(
                system: "urn:x", code: "1", label: "Creatinine", target: code("2160-0", "Creatinine [Mass/volume]"),
                unit: "mg/dL", status: .approved, author: "a", reviewers: ["b", "c"], date: "2026-01-01"),
            CodeMapping(
                system: "urn:x", code: "2", conditions: .init(specimen: "SER"), validTo: "2025-12-31",
                target: code("2885-2", "Protein [Mass/volume] in Serum or Plasma"), status: .approved, reviewers: ["b"]),
            CodeMapping(
                system: "urn:x", code: "2", conditions: .init(unit: "mg/dL", specimen: "UR", method: "m", device: "d"),
                validFrom: "2026-01-01", target: code("2888-6", "Protein [Mass/volume] in Urine"), relationship: "wider",
                status: .approved, reviewers: ["b"]),
            CodeMapping(system: "urn:x", code: "3", target: nil, status: .approved, reviewers: ["b"]),
            CodeMapping(system: "urn:x", code: "4", target: code("718-7", "Hemoglobin"), status: .proposed),
        ]
    }()

    @Test("a ConceptMap says what the mappings say, conditions too", arguments: [ConceptMapCoding.Version.r4, .r5])
    func conceptMap(_ version: ConceptMapCoding.Version) throws {
        let written = ConceptMapCoding.write(Self.mappings, url: "urn:map", name: "X", version: "1.0.0", as: version)
        let text = written.write()
        let read = try ConceptMapCoding.read(JSON(parsing: text))
        #expect(read.skipped.isEmpty)
        #expect(read.mappings.map(\.key) == Self.mappings.prefix(4).map(\.key))
        #expect(read.mappings.map(\.target) == Self.mappings.prefix(4).map(\.target))
        #expect(read.mappings.map(\.relationship)[2] == "wider")
        // Nothing comes in as approved.
        #expect(read.mappings.allSatisfy { $0.status == .proposed })
    }

    /// R4 section 13.11: equivalence; R5 section 5.6: relationship, noMap.
    @Test("the two versions of FHIR differ as they should") func versions() throws {
        let r4 = ConceptMapCoding.write(Self.mappings, url: "urn:map", name: "X", version: "1", as: .r4)
        let r5 = ConceptMapCoding.write(Self.mappings, url: "urn:map", name: "X", version: "1", as: .r5)
        let (old, new) = (r4["group"]?[0]?["element"], r5["group"]?[0]?["element"])
        #expect(old?.arrayValue?.count == 3)
        #expect(old?[2]?["target"]?[0]?["equivalence"]?.stringValue == "unmatched")
        #expect(new?[2]?["noMap"]?.boolValue == true)
        #expect(old?[1]?["target"]?[1]?["equivalence"]?.stringValue == "wider")
        #expect(new?[1]?["target"]?[1]?["relationship"]?.stringValue == "source-is-narrower-than-target")
        #expect(old?[1]?["target"]?[0]?["dependsOn"]?[0]?["property"]?.stringValue == "urn:headwall:condition:specimen")
        #expect(new?[1]?["target"]?[0]?["dependsOn"]?[0]?["attribute"]?.stringValue == "specimen")
        #expect(r5["additionalAttribute"]?.arrayValue?.count == 6)
    }

    @Test("a target that depends on something unknown is left out, not taken without it") func unknownDependency() throws {
        let map = try JSON(
            parsing: """
                {"resourceType": "ConceptMap", "group": [{"source": "urn:x", "target": "http://loinc.org", "element": [
                 {"code": "1", "target": [{"code": "2160-0", "equivalence": "equivalent",
                  "dependsOn": [{"property": "http://example.org/age", "value": "adult"}]}]},
                 {"code": "2", "target": [{"code": "718-7", "equivalence": "sameish"}]},
                 {"target": [{"code": "718-7", "equivalence": "equal"}]}]}]}
                """)
        let read = try ConceptMapCoding.read(map)
        #expect(read.mappings.isEmpty)
        #expect(read.skipped.count == 3)
        #expect(throws: TerminologyError.self) { try ConceptMapCoding.read(["resourceType": "Patient"]) }
    }

    @Test("map.tsv and SSSOM: what is written loads") func tableText() throws {
        let (text, leftOut) = MappingTableText.write(Self.mappings, prefixes: ["L": "urn:x"])
        #expect(leftOut == 0)
        let lines = String(decoding: text, as: UTF8.self).split(separator: "\n")
        #expect(lines.count == 6)
        #expect(
            lines[0].hasPrefix("subject_id\tsubject_label\tpredicate_id\tobject_id\tobject_label\tmapping_justification"))
        #expect(lines[1].hasPrefix("L:1\tCreatinine\tskos:exactMatch\tLOINC:2160-0"))
        #expect(lines[4].contains("\tsssom:NoTermFound\t"))
        let (_, all) = MappingTableText.write(Self.mappings, prefixes: ["L": "urn:other"])
        #expect(all == 5)
        let (sssom, _) = MappingTableText.writeSSSOM(
            Self.mappings, prefixes: ["L": "urn:x"], mappingSet: "urn:map", license: "Apache-2.0")
        #expect(
            String(decoding: sssom, as: UTF8.self).hasPrefix("#mapping_set_id: urn:map\n#license: Apache-2.0\n#curie_map:"))
    }

    @Test("SSSOM is read back") func sssom() throws {
        let (text, _) = MappingTableText.writeSSSOM(
            Self.mappings, prefixes: ["L": "urn:x"], mappingSet: "urn:map", license: "Apache-2.0")
        let read = try MappingImport(text, .sssom(system: "urn:x", prefix: "L:"))
        #expect(read.mappings.map(\.code) == ["1", "2", "2", "3", "4"])
        #expect(read.mappings.map { $0.target?.code } == ["2160-0", "2885-2", "2888-6", nil, "718-7"])
        #expect(read.mappings[2].relationship == "wider")
        #expect(read.mappings[0].reviewers == ["b", "c"])
        #expect(read.mappings[0].status == .approved)
    }

    @Test("no file crashes an import") func fuzz() {
        var random = SplitMix64(state: 21)
        let alphabet = Array("\"\t\n\r,#;aé0LOINC:-sourceCode".utf8) + [0, 0xff, 0xc3]
        let seed = Array("sourceCode,sourceName,conceptId,mappingStatus\n\"a\",b,1,APPROVED\n".utf8)
        var read = 0
        for _ in 0..<5000 {
            var bytes = seed
            for _ in 0..<Int.random(in: 0...4, using: &random) {
                let index = Int.random(in: 0..<bytes.count, using: &random)
                bytes[index] = alphabet.randomElement(using: &random) ?? 0
            }
            if let result = try? MappingImport(bytes, .usagi(system: "urn:x")) {
                read += 1
                #expect(result.mappings.allSatisfy { !$0.code.isEmpty })
            }
        }
        #expect(read > 500)
    }

    @Test("a table that is shipped survives export and import") func shipped() throws {
        let mappings = try #require(ShippedTables.terminology.get().mappings(of: "lab-a/1.0.0"))
        let map = ConceptMapCoding.write(mappings, url: "urn:map", name: "LabA", version: "1.0.0", as: .r4)
        let read = try ConceptMapCoding.read(map)
        #expect(read.mappings.map(\.key) == mappings.filter { $0.status == .approved }.map(\.key))
    }

    @Test("CSV: quotes, line feeds in quotes, a byte order mark") func csv() throws {
        let text = try DelimitedText(Array("\u{feff}a,b\n\"x\"\"y\nz\",2\r\n,\n3\n".utf8), separator: 44, file: "f")
        #expect(text.header == ["a", "b"])
        #expect(text.rows.count == 3)
        #expect(text.value("a", of: text.rows[0]) == "x\"y\nz")
        #expect(text.value("b", of: text.rows[2]) == nil)
        #expect(throws: TerminologyError.self) { try DelimitedText(Array("a\n\"x".utf8), separator: 44, file: "f") }
        #expect(throws: TerminologyError.self) { try DelimitedText([0xff, 0x0a], separator: 44, file: "f") }
        #expect(throws: TerminologyError.self) { try MappingImport(Array("x,y\n1,2\n".utf8), .livd(system: "urn:x")) }
    }

    @Test(
        "Usagi and LIVD files",
        .enabled(if: SharedTerminology.isPresent, "../shared/data/terminology is not there"))
    func files() throws {
        let usagi = try MappingImport(
            SharedTerminology.bytes("amstel/numericitems_lab.usagi.csv"),
            .usagi(system: "urn:amstel", unit: "ADD_INFO:unit"))
        #expect(usagi.mappings.count + usagi.skipped.count == 1021 || usagi.mappings.count > 500)
        #expect(usagi.mappings.contains { $0.code == "12001" && $0.status == .approved && $0.target?.code == "3023323" })
        let livd = try MappingImport(SharedTerminology.bytes("livd/LIVD-SARS-CoV-2.csv"), .livd(system: "urn:livd"))
        #expect(livd.mappings.count > 1000)
        #expect(livd.mappings.allSatisfy { $0.status == .proposed })
        let bundle = try ConceptMapCoding.read(
            JSON(parsing: SharedTerminology.bytes("livd/bundle-livd-example.json")), system: "urn:livd")
        let glucose = bundle.mappings.filter { $0.label == "GluC" }
        #expect(Set(glucose.compactMap { $0.conditions.unit }).isSuperset(of: ["mmol/L", "mg/dL"]))
        #expect(glucose.allSatisfy { $0.conditions.specimen != nil })
    }
}

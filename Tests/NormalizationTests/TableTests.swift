import Clinical
import Normalization
import Testing

@Suite("Tables")
struct TableTests {
    @Test func shippedTablesAreReadable() throws {
        #expect(throws: Never.self) { try Shipped.tables() }
    }

    @Test func missingFileIsNamed() throws {
        var files = try Shipped.files()
        files = files.filter { !$0.key.hasSuffix("assigners.tsv") }
        #expect { try NormalizationTables(files: files) } throws: { ($0 as? NormalizationError)?.place == "assigners.tsv" }
    }

    @Test(arguments: [
        ("namespace\turi\nA\tx\nA\ty\n", "assigners.tsv, line 3"),
        ("namespace\turi\nA\n", "assigners.tsv, line 2"),
        ("# comment\nname\turi\n", "assigners.tsv, line 2"),
        ("", "assigners.tsv"),
    ])
    func brokenTableNamesItsLine(content: String, place: String) throws {
        var files = try Shipped.files()
        files["Mappings/identifiers/assigners.tsv"] = content
        #expect { try NormalizationTables(files: files) } throws: { ($0 as? NormalizationError)?.place == place }
    }

    @Test func aChangedRowChangesTheResult() throws {
        var files = try Shipped.files()
        files["Mappings/identifiers/assigners.tsv"] = "namespace\turi\tcomment\nHOSPA\turn:example:a\t\n"
        let normalizer = Normalizer(
            tables: try NormalizationTables(files: files), sources: [:], translator: StubTranslator())
        let text = Segment.msh("ADT^A31") + "\r" + Segment.pid + "\r"
        let message = try normalizer.normalize(
            .init(source: "lab", format: .hl7v2, bytes: Array(text.utf8), received: received))
        #expect(message.patients.first?.key.system == "urn:example:a")
    }
}

import Clinical
import Testing
import V2ToFHIR

/// The published maps are counted in HL7's v2-to-FHIR: 402 message rows, 1,055 segment rows and 617 datatype rows have a
/// target.
@Suite("Mapping tables")
struct MappingTablesTests {
    @Test("Every published row is executed, patched, dropped by a patch or reported with a reason")
    func rowsAreAccountedFor() throws {
        let tables = try MappingTables(files: PublishedTables.files())
        let published = tables.rows.filter { $0.origin == .published || $0.origin == .patched }
        #expect(published.count == 402 + 1055 + 617)
        #expect(published.filter { $0.reason == nil }.count > 1750)
        #expect(tables.rows.filter { $0.origin == .added && $0.reason != nil }.isEmpty)
    }

    @Test("No row stays uncomputable because its condition is words only")
    func wordsArePatched() throws {
        let tables = try MappingTables(files: PublishedTables.files())
        let words = tables.rows.filter { $0.reason == "condition is words only" }
        #expect(words.count <= 60)
    }

    @Test("The same files give the same digest, another byte another one")
    func digest() throws {
        var files = try PublishedTables.files()
        let first = try MappingTables(files: files).digest
        #expect(try MappingTables(files: files.reversed()).digest == first)
        files[0].bytes.append(0x0A)
        #expect(try MappingTables(files: files).digest != first)
    }

    @Test("A patch for a row that does not exist is refused with its place")
    func unknownRow() throws {
        let site = "in\trow\taction\ttarget\nPID[Patient]\t9999\treplace\tname\n"
        #expect(throws: MappingError.self) {
            _ = try MappingTables(files: PublishedTables.files() + [("site/segments.tsv", Array(site.utf8))])
        }
    }

    @Test("A site adds a row for its own segment and replaces a shipped one")
    func site() throws {
        let segments =
            "in\trow\taction\tsource\tcondition\ttarget\tmap\tvalue\n"
            + "ZPI[Patient]\t1\tadd\tZPI-2\t\tnickname\t\t\n"
            + "ZPI[Patient]\t2\tadd\tZPI-2\t\tname[5].text\t\t\n"
            + "PID[Patient]\t13\tdrop\t\t\t\t\t\n"
        let messages =
            "in\trow\taction\tsource\tmax\ttarget\tmap\nADT_A01\tz1\tadd\tADT_A01.ZPI\t*\tPatient[1]\tZPI[Patient]\n"
        let converter = try PublishedTables.converter(adding: [
            ("site/segments.tsv", Array(segments.utf8)), ("site/messages.tsv", Array(messages.utf8)),
        ])
        let converted = try Converted(
            [
                "MSH|^~\\&|APP|FAC|||20260105080000+0100||ADT^A01^ADT_A01|1|P|2.5.1",
                "PID|1||17^^^HOSPA^MR||Frost^Ida||19610615|F",
                "ZPI|1|Ida the Brave",
            ], converter)
        #expect(converted["Patient.name.1.text"] == "Ida the Brave")
        #expect(converted["Patient.gender"] == nil)
        #expect(converter.tables.rows.contains { $0.row == "ZPI[Patient]:1" && $0.reason != nil })
    }
}

extension MappingTablesTests {
    @Test("The manifest lists every table with its digest")
    func manifest() throws {
        let files = try PublishedTables.files()
        let manifest = try #require(files.first { $0.path == "manifest.tsv" })
        var listed: [String: String] = [:]
        for line in String(decoding: manifest.bytes, as: UTF8.self).split(separator: "\n").dropFirst(2) {
            let cells = line.split(separator: "\t").map(String.init)
            listed[cells[0]] = cells.count > 1 ? cells[1] : ""
        }
        for file in files where file.path != "manifest.tsv" && !file.path.hasPrefix("site/") {
            #expect(listed[file.path] == ContentDigest(of: file.bytes).hex, "\(file.path)")
        }
    }
}

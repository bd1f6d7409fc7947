import FHIR
import Foundation
import HL7v2
import Testing
import V2ToFHIR

/// A layer of a site over the shipped tables.
@Suite("Site layers")
struct SiteLayerTests {
    static func file(_ path: String, _ lines: String...) -> MappingTables.File {
        (path, Array((lines.joined(separator: "\n") + "\n").utf8))
    }

    static let message = [
        "MSH|^~\\&|APP|FAC|||20260105080000+0100||ADT^A01^ADT_A01|1|P|2.5.1",
        "PID|1||17^^^HOSPA^MR||Frost^Ida|Holm^Elin^L|19610615|A", "PV1|1|I|W1^12^3", "DG1|1||D7^Fall^99FALL||20260105|A",
    ]

    @Test("A code of the site wins over the shipped row of the same code, and only that one")
    func codesWin() throws {
        let layer = Self.file(
            "site/codes/AdministrativeSex.tsv", "code\ttarget\ttarget system\tdisplay",
            "A\tunknown\thttp://hl7.org/fhir/administrative-gender\tUnknown")
        #expect(try Converted(Self.message, PublishedTables.converter())["Patient.gender"] == "other")
        let converter = try PublishedTables.converter(adding: [layer])
        #expect(try Converted(Self.message, converter)["Patient.gender"] == "unknown")
        var female = Self.message
        female[1] = "PID|1||17^^^HOSPA^MR||Frost^Ida|Holm^Elin^L|19610615|F"
        #expect(try Converted(female, converter)["Patient.gender"] == "female")
    }

    @Test("A row of the site wins over the shipped row")
    func rowsWin() throws {
        let layer = Self.file(
            "site/datatypes.tsv", "in\trow\taction\tvalue\treason", "XPN[string]\t3\treplace\t={XPN-1}\tThe family name.")
        let path = "Patient.extension.0.valueString"
        #expect(try Converted(Self.message, PublishedTables.converter())[path] == "Elin Holm")
        #expect(try Converted(Self.message, PublishedTables.converter(adding: [layer]))[path] == "Holm")
    }

    /// The third component is in the joined text and, since that cannot be taken apart, preserved as well.
    @Test("All parts of a value in one text, and none of them lost")
    func joined() throws {
        let layer = Self.file(
            "site/datatypes.tsv", "in\trow\taction\tvalue", "XPN[string]\t3\treplace\t={XPN|joined:--}")
        let converted = try Converted(Self.message, PublishedTables.converter(adding: [layer]))
        #expect(converted["Patient.extension.0.valueString"] == "Holm--Elin--L")
        #expect(converted.texts.contains("Elin") && converted.texts.contains("L"))
    }

    @Test("Local identifiers and codes under the URIs of the site, and back to the names that were sent")
    func localSystems() throws {
        let layer = Self.file(
            "site/settings.tsv", "setting\tvalue", "identifier-system-base\thttps://ids.example.org/",
            "code-system-base\thttps://codes.example.org/")
        let shipped = try Converted(Self.message, PublishedTables.converter())
        #expect(shipped["Patient.identifier.0.system"] == "urn:headwall:assigner:HOSPA")
        #expect(shipped["Condition.code.coding.0.system"] == "urn:headwall:codes:99FALL")

        let converter = try PublishedTables.converter(adding: [layer])
        let converted = try Converted(Self.message, converter)
        #expect(converted["Patient.identifier.0.system"] == "https://ids.example.org/HOSPA")
        #expect(converted["Condition.code.coding.0.system"] == "https://codes.example.org/99FALL")
        #expect(!converted.texts.contains { $0.hasPrefix("urn:headwall:") })

        let back = FHIRToV2Converter(tables: converter.tables).convert(try JSON(parsing: converted.result.bundle))
        let message = try Message(back.message)
        #expect(message.segment("PID")?.field(3).component(4).text == "HOSPA")
        #expect(message.segment("DG1")?.text(3, 3) == "99FALL")
    }

    /// The Provenance of the transformation comes first, and a row of it has made the document that holds the message.
    @Test("Provenance in another order refers to the one message")
    func provenanceInAnotherOrder() throws {
        let layer = Self.file(
            "site/messages.tsv", "in\trow\taction\tsource\tmax\ttarget\tmap\tlinks", "ADT_A01\t5\tdrop",
            "ADT_A01\tx1\tadd\tADT_A01.MSH\t1\tProvenance[1]\tMSH[Provenance-Source]\tProvenance[1].target=MessageHeader[1]"
        )
        var settings = V2ToFHIRSettings()
        settings.carriesMessage = true
        let tables = try PublishedTables.converter(adding: [layer]).tables
        let converted = try Converted(Self.message, V2ToFHIRConverter(tables: tables, settings: settings))
        let documents = converted.resources("DocumentReference").compactMap { $0.text("id") }
        #expect(documents.count == 1)
        let sources = converted.resources("Provenance").map { $0.text("entity.0.what.reference") }
        #expect(sources.count == 2 && sources.allSatisfy { $0 == "DocumentReference/\(documents.first ?? "")" })
    }

    @Test("Without a layer nothing of one is there")
    func shippedTablesAreUntouched() throws {
        let files = try PublishedTables.files()
        #expect(!files.contains { $0.path.hasPrefix("site/") })
        let tables = try MappingTables(files: files)
        #expect(!tables.rows.contains { $0.origin == .site })
        let layer = Self.file("site/settings.tsv", "setting\tvalue", "code-system-base\thttps://codes.example.org/")
        #expect(try MappingTables(files: files + [layer]).digest != tables.digest)
    }

    static let refused: [(path: String, text: String, place: String)] = [
        ("segments.tsv", "in\trow\taction\ttarget\nPID[Patient]\t9999\treplace\tname\n", "PID[Patient]:9999"),
        ("segments.tsv", "in\trow\taction\nPID[Patient]\t9999\tdrop\n", "PID[Patient]:9999"),
        ("segments.tsv", "in\trow\taction\ttarget\nPID[Patience]\t13\treplace\tname\n", "PID[Patience]:13"),
        ("segments.tsv", "in\trow\taction\tsource\ttarget\nZPI[Patient]\t1\tadd\tZPI-2\tactive\n", "ZPI[Patient]:1"),
        ("segments.tsv", "in\trow\taction\tsource\ttarget\nPID[Patient]\t13\tadd\tPID-8\tgender\n", "PID[Patient]:13"),
        ("segments.tsv", "in\trow\taction\tmap\nPID[Patient]\t13\treplace\tXPN[Human]\n", "PID[Patient]:13"),
        ("segments.tsv", "in\trow\taction\tvocabulary\nPID[Patient]\t13\treplace\tSexes\n", "PID[Patient]:13"),
        ("segments.tsv", "in\trow\taction\ttarget\nPID[Patient]\t13\tremove\tgender\n", "PID[Patient]:13"),
        ("segments.tsv", "in\trow\taction\ttarged\nPID[Patient]\t13\treplace\tgender\n", "targed"),
        ("segments.tsv", "in\taction\ttarget\nPID[Patient]\tdrop\tgender\n", "row"),
        (
            "messages.tsv",
            "in\trow\taction\tsource\ttarget\tmap\nADT_A99\t1\tadd\tADT_A99.PID\tPatient[1]\tPID[Patient]\n", "ADT_A99:1"
        ),
        ("segment.tsv", "in\trow\taction\nPID[Patient]\t13\tdrop\n", "site/segment.tsv"),
        ("codes/Sexes.tsv", "code\ttarget\nA\tunknown\n", "site/codes/Sexes.tsv"),
        ("codes/AdministrativeSex.tsv", "code\ttarget\nA\t\n", "AdministrativeSex.tsv: A"),
        ("codes/AdministrativeSex.tsv", "code\tcode system\ttarget\nA\tx\tunknown\n", "code system"),
        ("settings.tsv", "setting\tvalue\nidentifier-base\thttps://ids.example.org/\n", "identifier-base"),
        ("settings.tsv", "setting\tvalue\ncode-system-base\tcodes\n", "code-system-base"),
    ]

    @Test("What a layer names and nobody knows is refused with its place", arguments: refused)
    func refusedWithPlace(_ entry: (path: String, text: String, place: String)) throws {
        let files = try PublishedTables.files() + [("site/" + entry.path, Array(entry.text.utf8))]
        let error = #expect(throws: MappingError.self) { _ = try MappingTables(files: files) }
        #expect(error?.place.hasPrefix("site/\(entry.path)") == true, "\(String(describing: error))")
        #expect(error?.place.contains(entry.place) == true, "\(String(describing: error))")
    }

    static let shipped = ["google", "microsoft", "reportstream"]

    @Test("Every layer that is shipped is tested")
    func allShipped() throws {
        let found = try FileManager.default.contentsOfDirectory(atPath: Self.folder.path)
        #expect(found.filter { !$0.hasPrefix(".") }.sorted() == Self.shipped)
    }

    static var folder: URL {
        PublishedTables.folder.deletingLastPathComponent().appending(path: "sites").standardizedFileURL
    }

    private static func layer(_ name: String) throws -> [MappingTables.File] {
        let root = folder.appending(path: name).path
        let paths = try #require(FileManager.default.enumerator(atPath: root))
        var layer: [MappingTables.File] = []
        for case let path as String in paths where path.hasSuffix(".tsv") {
            layer.append(("site/" + path, [UInt8](try Data(contentsOf: URL(filePath: root + "/" + path)))))
        }
        return layer
    }

    @Test("Each row of a shipped layer is executed, or takes one away", arguments: shipped)
    func shippedLayers(_ name: String) throws {
        let tables = try MappingTables(files: PublishedTables.files() + Self.layer(name))
        let rows = tables.rows.filter { $0.origin == .site }
        #expect(!rows.isEmpty)
        for row in rows {
            #expect(row.reason == nil || row.reason == "dropped by patch", "\(row.row): \(row.reason ?? "")")
        }
    }

    /// That converter refers to the ward alone; the bed is where the patient lies.
    @Test("Microsoft's layer names the ward, and keeps the bed")
    func wardAndBed() throws {
        let converted = try Converted(Self.message, PublishedTables.converter(adding: Self.layer("microsoft")))
        let visit = try #require(converted.resources("Encounter").first)
        let places = (visit["location"] as? [[String: Any]] ?? []).compactMap { place in
            (place["location"] as? [String: Any])?["reference"] as? String
        }
        #expect(places.compactMap { converted.resource($0)?["name"] as? String }.sorted() == ["3", "W1"])
    }

    /// The codes of a service are the same for all who get it, so that they identify no order.
    @Test("Microsoft's layer makes an order of each service, one that is nobody else's")
    func orderOfEachService() throws {
        let converter = try PublishedTables.converter(adding: Self.layer("microsoft"))
        func orders(_ patient: String) throws -> [String] {
            let lines = [
                "MSH|^~\\&|APP|FAC|||20260105080000+0100||SIU^S12^SIU_S12|\(patient)|P|2.5.1",
                "SCH|A\(patient)||||||CHECKUP^Check^HL70276|||min|||||||||||||||Booked",
                "PID|1||\(patient)^^^HOSPA^MR||Frost^Ida", "RGS|1",
                "AIS|1||CBC^Blood count^99L|20260106080000+0100||||||Booked|FAST^Fasting^99L", "RGS|2",
                "AIS|1||XR^Chest^99L|20260106090000+0100||||||Booked",
            ]
            let converted = try Converted(lines, converter)
            let orders = converted.resources("ServiceRequest")
            #expect(orders.count == 2)
            #expect(orders.allSatisfy { $0["status"] as? String == "active" && $0["intent"] as? String == "filler-order" })
            return orders.compactMap { $0["id"] as? String }
        }
        #expect(Set(try orders("17") + orders("18")).count == 4)
    }
}

import Clinical
import FHIR
import Foundation
import HL7v2
import Testing
import V2ToFHIR

/// v2 to FHIR to v2. The expected message is the original itself.
@Suite("Round trip")
struct RoundTripTests {
    static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "Fixtures/hl7v2/roundtrip").standardizedFileURL

    static let names: [String] =
        ((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []).filter { $0.hasSuffix(".hl7") }.sorted()

    static func backward() throws -> FHIRToV2Converter {
        FHIRToV2Converter(tables: try MappingTables(files: try PublishedTables.files()))
    }

    @Test func thereAreFixturesOfEveryKind() {
        #expect(Self.names.count >= 12)
        for prefix in ["adt-a01", "adt-a03", "adt-a04", "adt-a08", "adt-a40", "oru-r01", "vxu-v04"] {
            #expect(Self.names.contains { $0.hasPrefix(prefix) }, "\(prefix)")
        }
    }

    @Test(arguments: names)
    func everyLeafComesBack(_ name: String) throws {
        let bytes = [UInt8](try Data(contentsOf: Self.folder.appending(path: name)))
        let message = try Message(bytes)
        let bundle = try PublishedTables.converter().reversibleBundle(message)
        let result = try Self.backward().convert(bundle)
        let again = try Message(result.message)
        let differences = MessageDifference.between(message, again)
        #expect(differences.isEmpty, "\(differences.map { "\($0.path): \($0.first ?? "-") -> \($0.second ?? "-")" })")
        #expect(again.segments.map(\.name) == message.segments.map(\.name))
    }

    /// The record puts right only what the elements still say: an element edited in FHIR reaches the message.
    @Test func anEditedElementWins() throws {
        let bytes = [UInt8](try Data(contentsOf: Self.folder.appending(path: "adt-a01-admit.hl7")))
        var bundle = try JSON(parsing: PublishedTables.converter().reversibleBundle(try Message(bytes)))
        var entries = bundle["entry"]?.arrayValue ?? []
        let index = try #require(entries.firstIndex { $0["resource"]?.resourceType == "Patient" })
        var resource = try #require(entries[index]["resource"])
        resource["birthDate"] = "1972-04-05"
        entries[index]["resource"] = resource
        bundle["entry"] = .array(entries)
        let message = try Message(try Self.backward().convert(bundle).message)
        #expect(message.segment("PID")?.text(7) == "19720405")
        #expect(message.segment("PID")?.text(5) == "Lund")
    }

    /// What was sent in UTF-16 is written as what it is, and says so.
    @Test func theCharacterSetIsThatOfTheMessageWritten() throws {
        let text = "MSH|^~\\&|A|B|||20260101080000+0100||ADT^A04^ADT_A01|1|P|2.5.1||||||UNICODE UTF-16\rPID|1||7\r"
        let message = try Message(text.utf16.flatMap { [UInt8($0 >> 8), UInt8($0 & 0xFF)] })
        let result = try Self.backward().convert(PublishedTables.converter().reversibleBundle(message))
        let again = try Message(result.message)
        #expect(again.segment("PID")?.text(3) == "7")
        #expect(again.segment("MSH")?.field(18).isValued == false)
        #expect(result.issues.contains { $0.code == FHIRToV2Converter.Code.characterSet })
    }

    /// Without the record the tables alone give the leaves that have one element.
    @Test func theTablesAloneGiveTheMainFields() throws {
        let bytes = [UInt8](try Data(contentsOf: Self.folder.appending(path: "oru-r01-panel.hl7")))
        let bundle = try PublishedTables.converter().bundle(try Message(bytes))
        let message = try Message(try Self.backward().convert(bundle).message)
        let patient = try #require(message.segment("PID"))
        #expect(patient.text(3) == "4711")
        #expect(patient.field(3).component(4).subcomponent(2).text == "2.999.1")
        #expect(patient.text(5) == "Lund" && patient.text(5, 2) == "Asta")
        #expect(patient.text(8) == "F")
        let results = message.segments.filter { $0.name == "OBX" }
        #expect(results.count == 4)
        #expect(results.first?.text(2) == "NM")
        #expect(results.first?.text(3) == "2951-2" && results.first?.text(3, 3) == "LN")
        #expect(results.first?.text(5) == "140")
        #expect(results.dropFirst().first?.text(5) == "6.10")
        #expect(results.dropFirst().first?.text(11) == "C")
        #expect(message.segments.contains { $0.name == "NTE" && $0.text(3) == "drawn after saline" })
    }

    /// Messages of a generator: any leaf may be empty, null, repeated or hold what needs an escape.
    @Test func randomMessagesComeBack() throws {
        let forward = try PublishedTables.converter()
        let backward = try Self.backward()
        var random = SystemSeeded(state: 20_260_301)
        for _ in 0..<300 {
            let bytes = try random.message()
            let message = try Message(bytes)
            let again = try Message(try backward.convert(forward.reversibleBundle(message)).message)
            #expect(MessageDifference.between(message, again).isEmpty, "\(String(decoding: bytes, as: UTF8.self))")
        }
    }
}

/// A generator of messages with a fixed seed (SplitMix64).
private struct SystemSeeded {
    var state: UInt64

    mutating func next(_ bound: Int) -> Int {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return Int((z ^ (z >> 31)) % UInt64(bound))
    }

    mutating func message() throws -> [UInt8] {
        let kinds: [(MessageType, [String])] = [
            (
                MessageType(code: "ADT", event: "A01", structure: "ADT_A01"),
                ["EVN", "PID", "NK1", "PV1", "AL1", "DG1", "ZXX"]
            ),
            (
                MessageType(code: "ORU", event: "R01", structure: "ORU_R01"),
                ["PID", "ORC", "OBR", "OBX", "NTE", "OBX", "SPM"]
            ),
            (MessageType(code: "VXU", event: "V04", structure: "VXU_V04"), ["PID", "ORC", "RXA", "RXR", "OBX", "OBX"]),
        ]
        let (type, segments) = kinds[next(kinds.count)]
        var builder = MessageBuilder(
            type: type, controlID: "R\(next(100_000))", time: Instant(microseconds: 1_772_323_200_000_000))
        for name in segments where next(8) > 0 {
            for _ in 0..<(1 + next(2)) {
                var segment = SegmentBuilder(name)
                for field in 1...30 where next(3) == 0 {
                    for repetition in 1...(1 + next(2)) {
                        for component in 1...(1 + next(4)) { set(&segment, field, repetition, component) }
                    }
                }
                if name == "OBX" { segment.set(2, to: ["NM", "ST", "CWE", "DT"][next(4)]) }
                builder.append(segment)
            }
        }
        return try builder.build()
    }

    private mutating func set(_ segment: inout SegmentBuilder, _ field: Int, _ repetition: Int, _ component: Int) {
        let texts = ["A", "12", "20260301", "a|b^c", "x\\y~z&", "\u{E5}\u{3A9}", "two words", "6.10", "F", "line\nline"]
        switch next(8) {
        case 0: break
        case 1: segment.setNull(field, repetition: repetition, component: component)
        default:
            segment.set(
                field, repetition: repetition, component: component, subcomponent: 1 + next(2),
                to: texts[next(texts.count)])
        }
    }
}

/// Bundles that no message stands behind.
@Suite("FHIR to HL7 v2")
struct FHIRToV2Tests {
    private func convert(_ resources: [JSON]) throws -> (Message, FHIRToV2Result) {
        let bundle: JSON = [
            "resourceType": "Bundle", "type": "collection", "timestamp": "2026-03-01T08:00:00Z",
            "entry": .array(resources.map { ["resource": $0] }),
        ]
        let result = try RoundTripTests.backward().convert(bundle)
        return (try Message(result.message), result)
    }

    private let patient: JSON = [
        "resourceType": "Patient", "id": "p1", "gender": "male", "birthDate": "1980-02-03",
        "identifier": [["system": "urn:oid:2.999.1", "value": "42"]], "name": [["family": "Lie", "given": ["Jon"]]],
        "photo": [["title": "portrait"]],
    ]

    @Test func aVisitBecomesAnAdmission() throws {
        let encounter: JSON = [
            "resourceType": "Encounter", "id": "e1", "status": "in-progress", "subject": ["reference": "Patient/p1"],
            "class": ["system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "IMP"],
        ]
        let (message, result) = try convert([patient, encounter])
        #expect(message.type?.description == "ADT^A01")
        #expect(message.segments.map(\.name) == ["MSH", "EVN", "PID", "PV1"])
        #expect(message.segment("PID")?.text(3) == "42")
        #expect(message.segment("PID")?.text(8) == "M")
        #expect(message.segment("PV1")?.text(2) == "I")
        #expect(message.segment("MSH")?.text(7) == "20260301080000+0000")
        // Nothing is left out in silence.
        #expect(result.issues.contains { $0.place == "Patient[0].photo[0].title" })
    }

    @Test func aReportBecomesAResult() throws {
        let observation: JSON = [
            "resourceType": "Observation", "id": "o1", "status": "final", "subject": ["reference": "Patient/p1"],
            "code": ["coding": [["system": "http://loinc.org", "code": "2951-2", "display": "Sodium"]]],
            "valueQuantity": ["value": 140, "unit": "mmol/L"],
        ]
        let report: JSON = [
            "resourceType": "DiagnosticReport", "id": "d1", "status": "final", "subject": ["reference": "Patient/p1"],
            "code": ["coding": [["system": "http://loinc.org", "code": "24323-8"]]],
            "result": [["reference": "Observation/o1"]],
        ]
        let (message, _) = try convert([patient, report, observation])
        #expect(message.type?.description == "ORU^R01")
        #expect(message.segments.map(\.name) == ["MSH", "PID", "OBR", "OBX"])
        let result = try #require(message.segment("OBX"))
        #expect(result.text(2) == "NM" && result.text(3) == "2951-2" && result.text(3, 3) == "LN")
        #expect(result.text(5) == "140" && result.text(6) == "mmol/L" && result.text(11) == "F")
        #expect(message.segment("OBR")?.text(4) == "24323-8")
    }

    @Test func anImmunizationBecomesAnUpdate() throws {
        let immunization: JSON = [
            "resourceType": "Immunization", "id": "i1", "status": "completed", "patient": ["reference": "Patient/p1"],
            "vaccineCode": ["coding": [["system": "http://hl7.org/fhir/sid/cvx", "code": "08"]]],
            "occurrenceDateTime": "2026-02-01", "lotNumber": "L\r1|2",
        ]
        let (message, _) = try convert([patient, immunization])
        #expect(message.type?.description == "VXU^V04")
        #expect(message.segments.map(\.name) == ["MSH", "PID", "ORC", "RXA"])
        let dose = try #require(message.segment("RXA"))
        #expect(dose.text(3) == "20260201" && dose.text(5) == "08" && dose.text(20) == "CP")
        // A carriage return of a value ends no segment, and a bar no field.
        #expect(dose.text(15) == "L\r1|2")
        #expect(dose.text(6) == "999")
    }

    @Test func anUnusableBundleStillGivesAMessageWithWarnings() throws {
        let (message, result) = try convert([])
        #expect(message.segments.first?.name == "MSH")
        #expect(result.issues.contains { $0.code == FHIRToV2Converter.Code.noPatient && $0.severity == .warning })
    }
}

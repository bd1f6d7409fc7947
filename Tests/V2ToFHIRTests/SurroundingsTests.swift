import Clinical
import Foundation
import HL7v2
import Testing
import V2ToFHIR

/// What a segment means by where it stands. Structures from HL7 v2.5.1 chapters 3, 4 and 7 and v2.8 chapter 7 (OUL).
@Suite("Segments in their surroundings")
struct SurroundingsTests {
    static let patient = "PID|1||17^^^HOSPA||Frost^Ida"

    static func header(_ type: String) -> String { "MSH|^~\\&|APP|FAC|||20260105080000+0100||\(type)|42|P|2.5.1" }

    @Test("An order without an ORC takes nothing from the order before it")
    func ownORC() throws {
        let converted = try Converted(
            [
                Self.header("ORU^R01^ORU_R01"), Self.patient, "ORC|RE|P1|F1|||||||||7^Orca^Olga",
                "OBR|1|P1|F1|24323-8^CMP^LN|||20260105|||||||||8^Obra^Otto|||||||||F",
                "OBX|1|NM|2160-0^Creatinine^LN||1|mg/dL|||||F",
                "OBR|2|P2|F2|24331-1^Lipids^LN|||20260105|||||||||8^Obra^Otto|||||||||F",
                "OBX|1|NM|2093-3^Cholesterol^LN||180|mg/dL|||||F",
            ], PublishedTables.converter())
        let orders = converted.resources("ServiceRequest")
        try #require(orders.count == 2)
        func placer(_ order: [String: Any]) -> [String] {
            (order["identifier"] as? [[String: Any]] ?? []).compactMap { $0["value"] as? String }
        }
        #expect(placer(orders[0]) == ["P1", "F1"])
        #expect(placer(orders[1]) == ["P2", "F2"])
        let requester = try #require((orders[1]["requester"] as? [String: Any])?["reference"] as? String)
        let person = try #require(converted.resource(requester))
        #expect(((person["name"] as? [[String: Any]])?.first?["family"] as? String) == "Obra")
    }

    @Test("In an OUL^R24 the ORC after its OBR joins the order, and a result after an SPM is the specimen's")
    func unmappedStructure() throws {
        let converted = try Converted(
            [
                Self.header("OUL^R24^OUL_R24"), Self.patient, "OBR|1|P1|F1|600-7^Culture^LN|||20260105||||||||||||||||||F",
                "ORC|RE|P1|F1|||||||||7^Orca^Olga", "OBX|1|ST|600-7^Culture^LN||growth||||||F",
                "SPM|1|S1||BLD^Blood^HL70487",
                "OBX|1|NM|3151-8^Volume^LN||4|mL|||||F", "OBR|2|P2|F2|601-5^Stain^LN|||20260105||||||||||||||||||F",
                "ORC|RE|P2|F2", "OBX|1|ST|601-5^Stain^LN||none||||||F",
            ], PublishedTables.converter())
        let orders = converted.resources("ServiceRequest")
        #expect(orders.count == 2)
        #expect(orders.allSatisfy { $0["code"] != nil })
        let observations = converted.resources("Observation")
        try #require(observations.count == 3)
        let specimen = try #require(converted.resources("Specimen").first { $0["type"] != nil })
        let reference = "Specimen/\(specimen["id"] as? String ?? "")"
        #expect((observations[1]["specimen"] as? [String: Any])?["reference"] as? String == reference)
        let reports = converted.resources("DiagnosticReport")
        try #require(reports.count == 2)
        for (report, observation) in zip(reports, [observations[0], observations[2]]) {
            let results = (report["result"] as? [[String: Any]] ?? []).compactMap { $0["reference"] as? String }
            #expect(results == ["Observation/\(observation["id"] as? String ?? "")"])
        }
    }

    @Test("An OBX says that an order has results also where it stands in a group beside the OBR")
    func financialOrder() throws {
        let converted = try Converted(
            [
                Self.header("DFT^P03^DFT_P03"), "EVN|P03|20260105", Self.patient, "PV1|1|I", "ORC|RE|P1|F1",
                "OBR|1|P1|F1|36643-5^Chest X-ray^LN|||20260105||||||||||||||||||F",
                "OBX|1|ST|36643-5^Chest X-ray^LN||clear||||||F", "FT1|1|||20260105||CG|71045",
            ], PublishedTables.converter())
        let report = try #require(converted.resources("DiagnosticReport").first)
        #expect((report["result"] as? [Any])?.count == 1)
    }

    @Test("A code and its translation stand side by side, each in its own system")
    func translatedCode() throws {
        let converted = try Converted(
            [
                Self.header("ADT^A01^ADT_A01"), "EVN|A01|20260105", Self.patient, "NK1|1|Frost^Max|OTH^Other^HL70063",
                "PV1|1|I",
            ],
            PublishedTables.converter())
        let relationship = try #require(
            (converted.resources("RelatedPerson").first?["relationship"] as? [[String: Any]])?.first)
        let codings = try #require(relationship["coding"] as? [[String: Any]])
        let pairs = codings.map { "\($0["system"] ?? "") \($0["code"] ?? "")" }
        #expect(
            pairs == [
                "http://terminology.hl7.org/CodeSystem/v2-0131 O", "http://terminology.hl7.org/CodeSystem/v2-0063 OTH",
            ])
    }

    @Test("Who is insured in person is the patient", arguments: [("SEL", "Patient"), ("SPO", "RelatedPerson")])
    func subscriber(_ code: String, _ type: String) throws {
        let converted = try Converted(
            [
                Self.header("ADT^A01^ADT_A01"), "EVN|A01|20260105", Self.patient, "PV1|1|I",
                "IN1|1|P|K|Payor||||||||||||Frost^Ida|\(code)",
            ], PublishedTables.converter())
        let coverage = try #require(converted.resources("Coverage").first)
        let reference = try #require((coverage["subscriber"] as? [String: Any])?["reference"] as? String)
        #expect(reference.hasPrefix(type + "/"))
        #expect(converted.resource(reference) != nil)
    }

    @Test("The parts of a family name have their extensions")
    func familyName() throws {
        let converted = try Converted(
            [
                Self.header("ADT^A01^ADT_A01"), "EVN|A01|20260105", "PID|1||17^^^HOSPA||van Berg&van&Berg&de&Boer^Ida",
                "PV1|1|I",
            ],
            PublishedTables.converter())
        #expect(converted["Patient.name.0.family"] == "van Berg")
        let text = String(decoding: converted.result.bundle, as: UTF8.self)
        for (url, value) in [
            ("own-prefix", "van"), ("own-name", "Berg"), ("partner-prefix", "de"), ("partner-name", "Boer"),
        ] {
            let base = "http://hl7.org/fhir/StructureDefinition/humanname-"
            #expect(text.contains("{\"url\":\"\(base)\(url)\",\"valueString\":\"\(value)\"}"))
        }
    }

    @Test("The requester is a role of the person in OBR-16 at the facility in ORC-21")
    func requesterRole() throws {
        let converted = try Converted(
            [
                Self.header("ORU^R01^ORU_R01"), Self.patient, "ORC|RE|P1|F1||||||||||||||||||Ward 7^^^^^^^^^W7",
                "OBR|1|P1|F1|24323-8^CMP^LN|||20260105|||||||||8^Obra^Otto|||||||||F",
            ], PublishedTables.converter())
        let reference = try #require(
            (converted.resources("ServiceRequest").first?["requester"] as? [String: Any])?["reference"] as? String)
        let role = try #require(converted.resource(reference))
        #expect(role["resourceType"] as? String == "PractitionerRole")
        for (element, type) in [("practitioner", "Practitioner"), ("organization", "Organization")] {
            let target = try #require((role[element] as? [String: Any])?["reference"] as? String)
            #expect(target.hasPrefix(type + "/"))
        }
    }

    @Test("A patient named three times is one, with each element once")
    func repeatedPatient() throws {
        // The first birth date is none (PID-7 holds letters), so that each of the others could be added to what was taken out.
        let converted = try Converted(
            [
                Self.header("ADT^A24^ADT_A24"), "EVN|A24|20260105", "PID|1||17^^^HOSPA||Frost^Ida||197m10304|F", "PV1|1|I",
                "PID|1||17^^^HOSPA||Frost^Ida||19710304|F", "PV1|1|I", "PID|1||17^^^HOSPA||Frost^Ida||19710304|F",
            ], PublishedTables.converter())
        #expect(converted.resources("Patient").count == 1)
        #expect(converted["Patient.birthDate"] == "1971-03-04")
        let text = String(decoding: converted.result.bundle, as: UTF8.self)
        #expect(text.components(separatedBy: "\"birthDate\"").count == 2)
    }

    @Test("Apart or shared, the message itself is in the Bundle once", arguments: [true, false])
    func oneDocument(_ shares: Bool) throws {
        let published = try PublishedTables.converter()
        var settings = published.settings
        settings.carriesMessage = true
        settings.sharesEqualResources = shares
        let converted = try Converted(
            [Self.header("ORU^R01^ORU_R01"), Self.patient], V2ToFHIRConverter(tables: published.tables, settings: settings))
        #expect(converted.resources("DocumentReference").count == 1)
    }
}

/// Laboratories send `<15` and words in the type NM (HL7 v2.5.1 section 2.A.47 allows a number only); R4 Quantity.comparator.
@Suite("Results that are no plain number")
struct ComparedResultTests {
    static let lines = [
        SurroundingsTests.header("ORU^R01^ORU_R01"), SurroundingsTests.patient,
        "OBR|1|P1|F1|24323-8^CMP^LN|||20260105||||||||||||||||||F",
    ]

    @Test(
        "A comparator before a number goes to the quantity's comparator",
        arguments: [("<15", "<", "15"), (">= 2.50", ">=", "2.50")])
    func comparator(_ sent: String, _ comparator: String, _ number: String) throws {
        let converted = try Converted(
            Self.lines + ["OBX|1|NM|2160-0^Creatinine^LN||\(sent)|mg/dL|||||F"], PublishedTables.converter())
        #expect(converted["Observation.valueQuantity.comparator"] == comparator)
        #expect(String(decoding: converted.result.bundle, as: UTF8.self).contains("\"value\":\(number)"))
        #expect(converted["Observation.valueQuantity.unit"] == "mg/dL")
        let message = try FHIRToV2Converter(tables: PublishedTables.converter().tables).convert(converted.result.bundle)
        let text = String(decoding: message.message, as: UTF8.self)
        #expect(text.contains("|\(comparator)\(number)|"))
    }

    @Test("A number with a comparator never goes back as the number alone, in a component neither")
    func neverAlone() throws {
        let converted = try Converted(
            Self.lines + ["OBX|1|NM|2160-0^Creatinine^LN||1.0~<2|mg/dL|||||F"], PublishedTables.converter())
        let message = try FHIRToV2Converter(tables: PublishedTables.converter().tables).convert(converted.result.bundle)
        let obx = String(decoding: message.message, as: UTF8.self).split(separator: "\r").first { $0.hasPrefix("OBX") }
        #expect(obx?.split(separator: "|", omittingEmptySubsequences: false)[5] == "1.0~<2")
    }

    @Test("Words in a numeric result are text, and their unit is preserved")
    func words() throws {
        let converted = try Converted(
            Self.lines + ["OBX|1|NM|2160-0^Creatinine^LN||see note|mg/dL|||||F"], PublishedTables.converter())
        #expect(converted["Observation.valueString"] == "see note")
        #expect(converted["Observation.valueQuantity.unit"] == nil)
        #expect(converted.result.account.first { $0.source == "OBX[1]-6.1" }?.fate == .preserved)
    }

    @Test("A result without a value says that it is absent")
    func absent() throws {
        let converted = try Converted(
            Self.lines + ["OBX|1|NM|2160-0^Creatinine^LN|||mg/dL|||||F"], PublishedTables.converter())
        #expect(converted["Observation.dataAbsentReason.coding.0.code"] == "unknown")
        #expect(converted["Observation.valueQuantity.unit"] == nil)
    }

    @Test("A set that MSH-20 names does not keep text from being written as UTF-8")
    func alternateSet() throws {
        var lines = Self.lines + ["OBX|1|TX|1-8^Note^LN||\\M2442\\;3ED\\C2842\\ A||||||F"]
        lines[0] += "||||||||ASCII~ISO IR87"
        let converted = try Converted(lines, PublishedTables.converter())
        #expect(converted["Observation.valueString"] == "\u{5C71}\u{7530} A")
        let result = try FHIRToV2Converter(tables: PublishedTables.converter().tables).convert(converted.result.bundle)
        let message = try Message(result.message)
        #expect(message.segment("OBX")?.text(5) == "\u{5C71}\u{7530} A")
        #expect(result.issues.contains { $0.code == FHIRToV2Converter.Code.characterSet })
    }
}

import Clinical
import Foundation
import Testing
import V2ToFHIR

/// Expected values from HL7 v2.5.1 (chapters 2, 3, 4 and 7), HL7's v2-to-FHIR maps and FHIR R4.
@Suite("Conversion")
struct ConversionTests {
    static let header = "MSH|^~\\&|APP|FAC|||20260105080000+0100||ORU^R01^ORU_R01|42|P|2.5.1"
    static let patient = "PID|1||17^^^HOSPA&2.16.840.1.113883.3.9999.1&ISO^MR||Frost^Ida^Maria||19610615|F"

    @Test("Names, identifiers, gender and birth date of PID")
    func patientFields() throws {
        let converted = try Converted([Self.header, Self.patient], PublishedTables.converter())
        #expect(converted["Patient.name.0.family"] == "Frost")
        #expect(converted["Patient.name.0.given.0"] == "Ida")
        #expect(converted["Patient.name.0.given.1"] == "Maria")
        #expect(converted["Patient.gender"] == "female")
        #expect(converted["Patient.birthDate"] == "1961-06-15")
        #expect(converted["Patient.identifier.0.value"] == "17")
        #expect(converted["Patient.identifier.0.system"] == "urn:oid:2.16.840.1.113883.3.9999.1")
        #expect(converted["Patient.identifier.0.type.coding.0.code"] == "MR")
    }

    @Test("The Provenance carries the message as sent, and names who converts")
    func provenance() throws {
        let tables = try PublishedTables.converter()
        var settings = tables.settings
        settings.carriesMessage = true
        settings.assembler = ("Engine room", "2.16.840.1.113883.3.1")
        let converter = V2ToFHIRConverter(tables: tables.tables, settings: settings)
        let converted = try Converted([Self.header, Self.patient], converter)
        let documents = converted.resources("DocumentReference")
        #expect(documents.count == 1)
        let content = (documents[0]["content"] as? [[String: Any]])?.first?["attachment"] as? [String: Any]
        let data = try #require((content?["data"] as? String).flatMap { Data(base64Encoded: $0) })
        #expect(Array(data) == Array([Self.header, Self.patient].map { $0 + "\r" }.joined().utf8))
        let reference = "DocumentReference/\(documents[0]["id"] as? String ?? "")"
        for provenance in converted.resources("Provenance") {
            let entities = try #require(provenance["entity"] as? [[String: Any]])
            #expect(entities.count == 1)
            #expect((entities[0]["what"] as? [String: Any])?["reference"] as? String == reference)
        }
        let organization = try #require(
            converted.resources("Organization").first { resource in
                (resource["identifier"] as? [[String: Any]])?.contains { $0["value"] as? String == "Engine room" } == true
            })
        #expect((organization["identifier"] as? [[String: Any]])?.last?["value"] as? String == "2.16.840.1.113883.3.1")
    }

    @Test("Each value type of OBX-5 goes to its own choice")
    func values() throws {
        let converted = try Converted(
            [
                Self.header, Self.patient, "OBR|1|P1|F1|24323-8^CMP^LN|||202601050700|||||||||||||||202601050800||LAB|F",
                "OBX|1|NM|2160-0^Creatinine^LN||1.20|mg/dL^^UCUM|0.5-1.1|H|||F",
                "OBX|2|ST|1234-5^Text^LN||a \\T\\ b||||||F", "OBX|3|SN|1-8^Titer^LN||^1^:^128||||||F",
                "OBX|4|CWE|600-7^Culture^LN||112283007^Escherichia coli^SCT||||||F", "OBX|5|DT|8-1^Day^LN||20260104||||||P",
            ], PublishedTables.converter())
        let observations = converted.resources("Observation")
        #expect(observations.count == 5)
        #expect(converted["Observation.valueQuantity.value"] == "1.2")
        #expect(converted["Observation.valueQuantity.unit"] == "mg/dL")
        #expect(converted["Observation.status"] == "final")
        #expect(converted["Observation.interpretation.0.coding.0.code"] == "H")
        #expect(converted["Observation.referenceRange.0.text"] == "0.5-1.1")
        #expect(observations[1]["valueString"] as? String == "a & b")
        #expect((observations[2]["valueRatio"] as? [String: Any]) != nil)
        #expect(
            ((observations[3]["valueCodeableConcept"] as? [String: Any])?["coding"] as? [[String: Any]])?.first?["system"]
                as? String
                == "http://snomed.info/sct")
        #expect(observations[4]["valueDateTime"] as? String == "2026-01-04")
        #expect(observations[4]["status"] as? String == "preliminary")
        #expect(String(decoding: converted.result.bundle, as: UTF8.self).contains("\"value\":1.20"))
        #expect((converted.resources("DiagnosticReport").first?["result"] as? [Any])?.count == 5)
    }

    @Test("An OBX after a specimen is kept, and each result names its own order")
    func specimenAndOrders() throws {
        let converted = try Converted(
            [
                Self.header, Self.patient, "ORC|RE|A1", "OBR|1|A1|F1|1-8^One^LN|||||||||||||||||||||F",
                "OBX|1|NM|1-8^One^LN||1||||||F", "SPM|1|S1||SER^Serum^HL70487", "OBX|1|NM|3-3^Volume^LN||2||||||F",
                "ORC|RE|B1",
                "OBR|2|B1|F2|2-8^Two^LN|||||||||||||||||||||F", "OBX|1|NM|2-8^Two^LN||3||||||F",
            ], PublishedTables.converter())
        #expect(converted.resources("Observation").count == 3)
        let reports = converted.resources("DiagnosticReport")
        #expect(reports.count == 2)
        let orders = converted.resources("ServiceRequest")
        #expect(orders.count == 2)
        for (index, number) in ["A1", "B1"].enumerated() {
            let basedOn = (reports[index]["basedOn"] as? [[String: Any]])?.first?["reference"] as? String
            let order = orders.first { "ServiceRequest/\($0["id"] as? String ?? "")" == basedOn }
            let identifiers = order?["identifier"] as? [[String: Any]]
            #expect(identifiers?.contains { $0["value"] as? String == number } == true)
        }
        #expect((reports[0]["result"] as? [Any])?.count == 1)
    }

    @Test("Times keep offset and precision; the header's offset is the default (v2.5.1 2.A.22)")
    func times() throws {
        let converted = try Converted(
            [
                Self.header, Self.patient, "OBR|1|||1-8^One^LN|||202601050700-0500|||||||||||||||||F",
                "OBX|1|NM|1-8^One^LN||1||||||F|||20260104",
                "OBX|2|NM|1-8^One^LN||1||||||F|||20260104093015.25",
            ], PublishedTables.converter())
        #expect(converted["DiagnosticReport.effectiveDateTime"] == "2026-01-05T07:00:00-05:00")
        let observations = converted.resources("Observation")
        #expect(observations[0]["effectiveDateTime"] as? String == "2026-01-04")
        #expect(observations[1]["effectiveDateTime"] as? String == "2026-01-04T09:30:15.25+01:00")
    }

    @Test(
        "Without any offset no zone is invented: the date stays, the time of day is preserved; a configured one is flagged")
    func noZone() throws {
        let lines = [
            "MSH|^~\\&|APP|FAC|||20260105080000||ORU^R01^ORU_R01|42|P|2.5.1", Self.patient, "OBR|1|||1-8^One^LN",
            "OBX|1|NM|1-8^One^LN||1||||||F|||202601040930",
        ]
        var converter = try PublishedTables.converter()
        let bare = try Converted(lines, converter)
        #expect(bare["Observation.effectiveDateTime"] == "2026-01-04")
        #expect(bare.texts.contains("202601040930"))
        converter.settings.zone = .fixed(minutes: 60)
        let zoned = try Converted(lines, converter)
        #expect(zoned["Observation.effectiveDateTime"] == "2026-01-04T09:30:00+01:00")
        #expect(
            zoned["Observation._effectiveDateTime.extension.0.url"]
                == "https://headwall.dev/fhir/StructureDefinition/assumed-offset")
    }

    @Test("The null value removes: the element says that it has no value, never \"\"")
    func null() throws {
        let converted = try Converted(
            [Self.header, "PID|1||17^^^HOSPA^MR||Frost^Ida||\"\"|\"\"|||\"\"||\"\""], PublishedTables.converter())
        #expect(!converted.texts.contains("\"\""))
        #expect(converted["Patient._birthDate.extension.0.valueCode"] == "unknown")
        #expect(converted["Patient._gender.extension.0.valueCode"] == "unknown")
        #expect(
            converted["Patient.address.0.extension.0.url"] == "http://hl7.org/fhir/StructureDefinition/data-absent-reason")
    }

    @Test("Every leaf is in the account, and what no row takes is preserved with its path")
    func account() throws {
        let converted = try Converted(
            [
                Self.header, Self.patient, "ZPI|1|one^two&three",
                "OBX|1|XX|1-8^One^LN||odd|||||||||||||||||||||||||||never heard of",
            ],
            PublishedTables.converter())
        let account = converted.result.account
        #expect(Set(account.map(\.source)).count == account.count)
        #expect(account.first { $0.source == "ZPI[1]-2.2.2" }?.fate == .preserved)
        #expect(account.first { $0.source == "PID[1]-1.1" }?.fate == .ignored)
        #expect(account.first { $0.source == "PID[1]-5.1" }?.row == "FN[HumanName]:3")
        for text in ["one", "two", "three", "odd", "never heard of"] { #expect(converted.texts.contains(text)) }
    }

    @Test("Every element knows its row and its bytes")
    func explanation() throws {
        let converted = try Converted([Self.header, Self.patient], PublishedTables.converter())
        let line = converted.result.explanation.first { $0.element.hasSuffix("#name[0].family") }
        #expect(line?.source == "PID[1]-5.1")
        #expect(line?.row == "FN[HumanName]:3")
        #expect(line?.range?.count == 5)
    }

    @Test("The same message gives the same bytes, the same patient the same id, another assigner another one")
    func ids() throws {
        let converter = try PublishedTables.converter()
        let first = try Converted([Self.header, Self.patient], converter)
        #expect(try Converted([Self.header, Self.patient], converter).result.bundle == first.result.bundle)
        let later = try Converted(
            [Self.header.replacing("|42|", with: "|43|"), Self.patient.replacing("Ida", with: "Eva")], converter)
        #expect(later["Patient.id"] == first["Patient.id"])
        let other = try Converted([Self.header, "PID|1||17^^^HOSPB^MR||Frost^Ida"], converter)
        #expect(other["Patient.id"] != first["Patient.id"])
        #expect(other["Patient.identifier.0.system"] == "urn:headwall:assigner:HOSPB")
    }

    @Test("A transaction: PUT under ids that the references use, none dangling")
    func transaction() throws {
        let converted = try Converted(
            [
                Self.header, Self.patient, "PV1|1|I|W1^R2^B3^FAC||||1^Ward^Ann", "ORC|RE|A1", "OBR|1|A1||1-8^One^LN",
                "OBX|1|NM|1-8^One^LN||1||||||F",
            ], PublishedTables.converter())
        #expect(converted.bundle["type"] as? String == "transaction")
        var known: Set<String> = []
        for entry in converted.entries {
            let resource = entry["resource"] as? [String: Any] ?? [:]
            let name = "\(resource["resourceType"] as? String ?? "")/\(resource["id"] as? String ?? "")"
            #expect((entry["request"] as? [String: Any])?["url"] as? String == name)
            #expect((entry["fullUrl"] as? String)?.hasSuffix(name) == true)
            #expect(known.insert(name).inserted)
        }
        let references = converted.texts.filter { text in
            ["Patient/", "Encounter/", "Observation/", "Location/", "Practitioner/"].contains { text.hasPrefix($0) }
        }
        #expect(references.count > 5)
        for reference in references { #expect(known.contains(reference)) }
    }

    @Test("A merge links the surviving patient to the one it replaces")
    func merge() throws {
        let converted = try Converted(
            [
                "MSH|^~\\&|ADT|FAC|||20260105080000+0100||ADT^A40^ADT_A39|7|P|2.5.1", "EVN|A40|20260105080000+0100",
                Self.patient,
                "MRG|99^^^HOSPA&2.16.840.1.113883.3.9999.1&ISO^MR",
            ], PublishedTables.converter())
        let patients = converted.resources("Patient")
        #expect(patients.count == 2)
        let other = patients.first { ($0["identifier"] as? [[String: Any]])?.first?["value"] as? String == "99" }
        #expect(converted["Patient.link.0.other.reference"] == "Patient/\(other?["id"] as? String ?? "?")")
        #expect(converted["Patient.link.0.type"] == "replaces")
    }

    @Test("A message the publication does not map makes its resources too")
    func unmappedMessage() throws {
        let converted = try Converted(
            [
                "MSH|^~\\&|PH|FAC|||20260105080000+0100||RDE^O11^RDE_O11|7|P|2.5.1", Self.patient, "ORC|NW|R1",
                "RXE||197361^Amlodipine 5 MG^RXNORM|1||TAB^Tablet|||||30|TAB", "RXR|PO^Oral^HL70162",
            ], PublishedTables.converter())
        #expect(converted["Medication.code.coding.0.code"] == "197361")
        #expect(converted["Medication.code.coding.0.system"] == "http://www.nlm.nih.gov/research/umls/rxnorm")
        #expect(converted["MedicationRequest.dispenseRequest.quantity.value"] == "30")
        #expect(converted["MedicationRequest.identifier.0.value"] == "R1")
        #expect(converted.resources("MedicationRequest").count == 1)
    }

    @Test("A segment the structure does not expect is read where it stands, and reported when out of order")
    func misordered() throws {
        let converted = try Converted(
            [
                "MSH|^~\\&|ADT|FAC|||20260105080000+0100||ADT^A01^ADT_A01|7|P|2.5.1", Self.patient, "PV1|1|I",
                "PD1||||5^Good^Eve",
                "AL1|1|DA|P^Penicillin^L|SV|rash",
            ], PublishedTables.converter())
        #expect(converted.resources("Patient").count == 1)
        #expect(converted["AllergyIntolerance.code.coding.0.display"] == "Penicillin")
        #expect(converted["AllergyIntolerance.reaction.0.manifestation.0.text"] == "rash")
        #expect(converted.result.issues.contains { $0.place == "PD1[1]" && $0.code == 100 })
    }
}

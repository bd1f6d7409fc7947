import Foundation
import Testing
import V2ToFHIR

/// Rows of the publication that say too little or too much, with the values that HL7 v2 and FHIR R4 ask for.
@Suite("Patched rows of published maps")
struct PatchedRowTests {
    static let patient = ConversionTests.patient

    static func convert(_ event: String, version: String = "2.8", _ lines: [String]) throws -> Converted {
        let header = "MSH|^~\\&|APP|FAC|||20260105080000+0100||\(event)|42|P|\(version)"
        return try Converted([header] + lines, PublishedTables.converter())
    }

    @Test("An appointment is at the time of TQ1; SCH-11 is withdrawn since v2.7 (v2.8.2 section 10.6.1.11)")
    func appointmentTime() throws {
        let schedule = "SCH|P1|F1||||Add|CHECKUP|Normal|60|Min|1^^^202601060900+0100^202601061000+0100"
        let timing = "TQ1|1||||||202601070930+0100|202601071030+0100"
        let both = try Self.convert("SIU^S12^SIU_S12", [schedule, timing, Self.patient])
        let appointment = try #require(both.resources("Appointment").first)
        #expect(appointment.text("start") == "2026-01-07T09:30:00+01:00")
        #expect(appointment.text("end") == "2026-01-07T10:30:00+01:00")

        let older = try Self.convert("SIU^S12^SIU_S12", version: "2.3", [schedule, Self.patient])
        let earlier = try #require(older.resources("Appointment").first)
        #expect(earlier.text("start") == "2026-01-06T09:00:00+01:00")
        #expect(earlier.text("end") == "2026-01-06T10:00:00+01:00")
    }

    @Test(
        "The relation to the insured is coded in the value set of R4 too, where it is the same from both sides",
        arguments: [("SEL", "self"), ("SPO", "spouse"), ("CHD", nil)])
    func relation(sent: String, expected: String?) throws {
        let insurance = "IN1|1|PLAN|77|Insurer" + String(repeating: "|", count: 12) + "Doe^Jo|\(sent)"
        let coverage = try #require(
            Self.convert("ADT^A01^ADT_A01", [Self.patient, "PV1|1|I", insurance]).resources("Coverage").first)
        let codings = (0..<4).map { "relationship.coding.\($0)." }
        let system = "http://terminology.hl7.org/CodeSystem/subscriber-relationship"
        let coded = codings.filter { coverage.text($0 + "system") == system }
        #expect(coded.map { coverage.text($0 + "code") } == (expected.map { [$0] } ?? []))
        #expect(coverage.text("relationship.coding.0.system") == "http://terminology.hl7.org/CodeSystem/v3-RoleCode")
    }

    /// The data type is EI in v2.5.1 and EIP in v2.8.2.
    @Test("The second part of ORC-4 is the assigner of the group number, and a number of its own in v2.8.2 only")
    func groupNumber() throws {
        func numbers(_ version: String, _ group: String) throws -> (report: Set<String>, order: String?) {
            let converted = try Self.convert(
                "ORU^R01^ORU_R01", version: version,
                [
                    Self.patient, "ORC|RE|P1^EHR|F1^LAB|\(group)",
                    "OBR|1|P1^EHR|F1^LAB|24323-8^Panel^LN|||20260105|||||||||||||||||F",
                ])
            let report = try #require(converted.resources("DiagnosticReport").first)
            let order = try #require(converted.resources("ServiceRequest").first)
            let all = (0..<6).compactMap { report.text("identifier.\($0).value") }
            return (Set(all), order.text("requisition.value"))
        }
        let plain = try numbers("2.5.1", "G1^HOSP")
        #expect(plain.report == ["P1", "F1", "G1"])
        #expect(plain.order == "G1")
        let pair = try numbers("2.8.2", "G1&HOSP^G2&LAB")
        #expect(pair.report == ["P1", "F1", "G1", "G2"])
        #expect(pair.order == "G1")
    }

    @Test("An order names the one specimen that its OBR tells of")
    func specimenOfOrder() throws {
        let converted = try Self.convert(
            "OML^O21^OML_O21",
            [Self.patient, "ORC|NW|P1", "OBR|1|P1||24323-8^Panel^LN|||20260105||||||||440500007^Blood spot^SCT"])
        let specimens = converted.resources("Specimen")
        #expect(specimens.count == 1)
        let order = try #require(converted.resources("ServiceRequest").first)
        #expect(order.text("specimen.0.reference") == "Specimen/\(specimens.first?.text("id") ?? "")")
        #expect(order.text("specimen.1.reference") == nil)
    }

    @Test(
        "Comment, reason and order are one resource, whatever is ordered (v2.8.2 section 4.8.1 for ODS)",
        arguments: [
            ("OBR|1|P1||24323-8^Panel^LN", "ServiceRequest"), ("RXO|309362^Clopidogrel^RXNORM|75||mg", "MedicationRequest"),
            ("ODS|D||CARD^Cardiac diet^L|No grapefruit", "NutritionOrder"),
            ("ODT|LATE^Late tray^L||Finger food", "NutritionOrder"),
        ])
    func oneOrder(detail: String, type: String) throws {
        let converted = try Self.convert(
            "ORM^O01^ORM_O01", version: "2.5.1",
            [
                Self.patient, "ORC|NW|P1^EHR|||||||20260105073000+0100|||8^Lind^Eva", detail, "NTE|1||Hold if dizzy",
                "DG1|1||I63.9^Stroke^I10C", "OBX|1|NM|8480-6^Systolic^LN||110|mm[Hg]|||||F",
            ])
        let orders = ["ServiceRequest", "MedicationRequest", "NutritionOrder"].flatMap(converted.resources)
        #expect(orders.map { $0["resourceType"] as? String } == [type])
        let order = try #require(orders.first)
        #expect(order.text("identifier.0.value") == "P1" && order.text("status") == "active")
        let notes = (0..<3).compactMap { order.text("note.\($0).text") }
        #expect(notes.contains("Hold if dizzy"))
        #expect(converted.resources("Condition").count == 1 && converted.resources("Observation").count == 1)
    }

    @Test("A diet, a supplement and a preference go to their own elements (R4 NutritionOrder)")
    func diet() throws {
        func order(_ kind: String) throws -> [String: Any] {
            try #require(
                Self.convert(
                    "ORM^O01^ORM_O01", version: "2.5.1",
                    [Self.patient, "ORC|NW|P1^EHR|||||||20260105073000+0100", "ODS|\(kind)||X1^Soft^L|Small portions"]
                ).resources("NutritionOrder").first)
        }
        #expect(try order("D").text("oralDiet.type.0.coding.0.code") == "X1")
        #expect(try order("D").text("oralDiet.instruction") == "Small portions")
        #expect(try order("S").text("supplement.0.type.coding.0.code") == "X1")
        #expect(try order("P").text("foodPreferenceModifier.0.coding.0.code") == "X1")
        #expect(try order("D").text("dateTime") == "2026-01-05T07:30:00+01:00")
    }

    typealias Relation = (sent: String, value: String?, comparator: String?, text: String?)
    static let relations: [Relation] = [
        ("=", "5", nil, nil), ("<", "5", "<", nil), ("", "5", nil, nil), ("<>", nil, nil, "<> 5"), ("≥", nil, nil, "≥ 5"),
    ]

    @Test("A relation without a comparator in FHIR does not become a plain number (R4)", arguments: relations)
    func comparator(relation: Relation) throws {
        let converted = try Self.convert(
            "ORU^R01^ORU_R01", version: "2.5.1|||||||UNICODE UTF-8",
            [Self.patient, "OBR|1|P1||24323-8^Panel^LN", "OBX|1|SN|2345-7^Glucose^LN||\(relation.sent)^5|mg/dL|||||F"])
        #expect(converted["Observation.valueQuantity.value"] == relation.value)
        #expect(converted["Observation.valueQuantity.comparator"] == relation.comparator)
        #expect(converted["Observation.valueString"] == relation.text)
    }
}

import Foundation
import Testing
import V2ToFHIR

/// Several orders, specimens and prior results in one message: each belongs to its own group (HL7 v2.8.2 chapters 4 and 7).
@Suite("Groups of orders")
struct OrderGroupTests {
    static let patient = ConversionTests.patient

    static func convert(_ event: String, _ lines: [String]) throws -> Converted {
        let header = "MSH|^~\\&|APP|FAC|||20260105080000+0100||\(event)|42|P|2.8"
        return try Converted([header, patient] + lines, PublishedTables.converter())
    }

    /// What a reference of a resource leads to, by a text in it.
    static func texts(_ converted: Converted, _ resources: [[String: Any]], _ path: String, _ text: String) -> [String?] {
        resources.map { resource in resource.text(path).flatMap { converted.resource($0)?.text(text) } }
    }

    @Test("Each order has its own specimen, results and reason", arguments: ["OML^O21^OML_O21", "OML^O21"])
    func ownSpecimens(event: String) throws {
        let converted = try Self.convert(
            event,
            [
                "ORC|NW|P1", "OBR|1|P1||1-8^A^LN", "DG1|1||J45^Asthma^I10", "OBX|1|NM|29463-7^Weight^LN||90|kg|||||F",
                "SPM|1|S1&EHR||BLD^Blood^HL70487", "ORC|NW|P2", "OBR|2|P2||2-8^B^LN", "DG1|1||I10^Hypertension^I10",
                "OBX|1|NM|8302-2^Height^LN||180|cm|||||F", "SPM|1|S2&EHR||UR^Urine^HL70487",
            ])
        let orders = converted.resources("ServiceRequest")
        #expect(orders.map { $0.text("identifier.0.value") } == ["P1", "P2"])
        #expect(Self.texts(converted, orders, "specimen.0.reference", "identifier.0.value") == ["S1", "S2"])
        #expect(Self.texts(converted, orders, "supportingInfo.0.reference", "code.coding.0.code") == ["29463-7", "8302-2"])
        #expect(Self.texts(converted, orders, "reasonReference.0.reference", "code.coding.0.code") == ["J45", "I10"])
        #expect(orders.allSatisfy { $0.text("specimen.1") == nil && $0.text("reasonReference.1") == nil })
    }

    @Test("Orders that follow their specimen are for it, and not for the next one", arguments: ["O33", "O35"])
    func specimenFirst(event: String) throws {
        let container = event == "O35" ? ["SAC|||C1"] : []
        let converted = try Self.convert(
            "OML^\(event)^OML_\(event)",
            ["SPM|1|S1&EHR||BLD"] + container + ["ORC|NW|P1", "OBR|1|P1||1-8^A^LN", "ORC|NW|P2", "OBR|2|P2||2-8^B^LN"]
                + ["SPM|2|S2&EHR||UR"] + container + ["ORC|NW|P3", "OBR|3|P3||3-8^C^LN"])
        let orders = converted.resources("ServiceRequest")
        #expect(orders.map { $0.text("identifier.0.value") } == ["P1", "P2", "P3"])
        #expect(Self.texts(converted, orders, "specimen.0.reference", "identifier.0.value") == ["S1", "S1", "S2"])
        #expect(orders.allSatisfy { $0.text("specimen.1") == nil })
    }

    @Test("Prior results come with a patient, and are a report that the order refers to")
    func priorResults() throws {
        let converted = try Self.convert(
            "OML^O21^OML_O21",
            [
                "ORC|NW|P1", "OBR|1|P1||1-8^A^LN", Self.patient, "ORC|RE|OLD", "OBR|1|OLD||9-8^Old^LN|||20250105",
                "OBX|1|NM|9-8^Old^LN||5|mg/dL|||||F", "ORC|NW|P2", "OBR|2|P2||2-8^B^LN",
            ])
        let orders = converted.resources("ServiceRequest")
        #expect(orders.map { $0.text("identifier.0.value") } == ["P1", "P2"])
        let reports = converted.resources("DiagnosticReport")
        #expect(reports.map { $0.text("identifier.0.value") } == ["OLD"])
        #expect(Self.texts(converted, orders, "supportingInfo.0.reference", "identifier.0.value") == ["OLD", nil])
        #expect(Self.texts(converted, reports, "result.0.reference", "code.coding.0.code") == ["9-8"])
        #expect(converted.resources("Patient").count == 1)
    }

    @Test("Results of a specimen's order name the specimen")
    func resultsOfSpecimen() throws {
        let converted = try Self.convert(
            "OUL^R22^OUL_R22",
            [
                "SPM|1|S1&EHR||BLD", "OBR|1|P1|F1|1-8^A^LN", "OBX|1|NM|1-8^A^LN||5|mg/dL|||||F", "SPM|2|S2&EHR||UR",
                "OBR|1|P2|F2|2-8^B^LN", "OBX|1|NM|2-8^B^LN||6|mg/dL|||||F",
            ])
        let results = converted.resources("Observation")
        #expect(Self.texts(converted, results, "specimen.reference", "identifier.0.value") == ["S1", "S2"])
    }

    /// The specimen of an ORU follows the results (v2.8.2 section 7.3.1).
    @Test("A result is of the specimen of its order, if there is one only")
    func specimenAfterResults() throws {
        func specimens(_ lines: [String]) throws -> [String?] {
            let converted = try Self.convert("ORU^R01^ORU_R01", lines)
            let results = converted.resources("DiagnosticReport").compactMap { $0.text("result.0.reference") }
            return results.map { result in
                converted.resource(result)?.text("specimen.reference").flatMap {
                    converted.resource($0)?.text("type.coding.0.code")
                }
            }
        }
        let first = ["OBR|1|P1|F1|1-8^A^LN|||20260105", "OBX|1|NM|1-8^A^LN||5|mg/dL|||||F"]
        let second = ["OBR|2|P2|F2|2-8^B^LN|||20260105", "OBX|1|NM|2-8^B^LN||6|mg/dL|||||F"]
        let (blood, urine) = ("SPM|1|S1&LAB||BLD^Blood^HL70487", "SPM|2|S2&LAB||UR^Urine^HL70487")
        #expect(try specimens(first + [blood] + second + [urine]) == ["BLD", "UR"])
        #expect(try specimens(first + [blood, urine] + second) == [nil, nil])
        // OBR-15, where there is no SPM; a time alone names no specimen.
        #expect(try specimens([first[0] + "||||||||BLD", first[1]] + second) == ["BLD", nil])
        #expect(try specimens([first[0] + "||||||||SER", first[1], blood] + second) == [nil, nil])
    }

    @Test("Each dose given is an administration of its own, with the order's number and its own route")
    func eachDose() throws {
        let converted = try Self.convert(
            "RAS^O17^RAS_O17",
            [
                "ORC|RE|P1|F1", "RXO|RX1^Heparin^L|5000||U", "RXR|IV", "RXA|0|1|20260105080000+0100||RX1^Heparin^L|5000|U",
                "RXR|SC", "RXA|0|2|20260105200000+0100||RX1^Heparin^L|2500|U", "RXR|IM",
            ])
        let doses = converted.resources("MedicationAdministration")
        #expect(doses.map { $0.text("effectiveDateTime") } == ["2026-01-05T08:00:00+01:00", "2026-01-05T20:00:00+01:00"])
        #expect(doses.map { $0.text("dosage.dose.value") } == ["5000", "2500"])
        #expect(doses.map { $0.text("dosage.route.coding.0.code") } == ["SQ", "IM"])
        #expect(doses.map { $0.text("identifier.0.value") } == ["P1", "P1"])
        #expect(doses.map { $0.text("identifier.1.value") } == ["F1", "F1"])
        let orders = converted.resources("MedicationRequest")
        #expect(orders.map { $0.text("dosageInstruction.0.route.coding.0.code") } == ["IVINJ"])
        #expect(Self.texts(converted, doses, "request.reference", "identifier.0.value") == ["P1", "P1"])
    }

    @Test("A note after the route of an encoded order is the order's; nothing was dispensed")
    func noteOfEncodedOrder() throws {
        let converted = try Self.convert(
            "RDE^O11^RDE_O11",
            [
                "ORC|NW|P1", "RXE|^^^20260105^^R|RX1^Heparin^L|5000||U", "RXR|IV", "NTE|1||Give slowly",
            ])
        #expect(converted.resources("MedicationDispense").isEmpty)
        let orders = converted.resources("MedicationRequest")
        #expect(orders.map { $0.text("note.0.text") } == ["Give slowly"])
        #expect(orders.map { $0.text("dosageInstruction.0.route.coding.0.code") } == ["IVINJ"])
    }
}

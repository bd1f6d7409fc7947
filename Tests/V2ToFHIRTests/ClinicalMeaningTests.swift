import Foundation
import Testing
import V2ToFHIR

/// What a reader of the Bundle would take a resource for: whose it is, whether it stands, and what it says. Expected values from
/// HL7 v2.8.2 (chapters 3, 4A, 6, 9 and 12, and its tables), the invariants of FHIR R4, and the CDC guide for immunizations.
@Suite("Clinical meaning")
struct ClinicalMeaningTests {
    static let patient = ConversionTests.patient
    static let visit = "PV1|1|I|WARD^2^B||||||||||||||||55^^^HOSPA"

    static func convert(_ event: String, _ lines: [String]) throws -> Converted {
        let header = "MSH|^~\\&|APP|FAC|||20260105080000+0100||\(event)|42|P|2.8"
        return try Converted([header] + lines, PublishedTables.converter())
    }

    /// A segment with the fields given by number.
    static func segment(_ name: String, _ fields: [Int: String]) -> String {
        ([name] + (1...(fields.keys.max() ?? 1)).map { fields[$0] ?? "" }).joined(separator: "|")
    }

    // MARK: What is deleted

    @Test(
        "A diagnosis is in error when DG1-21 deletes it, not when it adds or updates it",
        arguments: ["A", "U", "X", "D", ""])
    func diagnosisAction(action: String) throws {
        let diagnosis = Self.segment("DG1", [1: "1", 3: "I21.9^Infarction^I10", 6: "F", 21: action])
        for lines in [[Self.patient, Self.visit, diagnosis], [Self.patient, diagnosis]] {
            let converted = try Self.convert("ADT^A01^ADT_A01", lines)
            let condition = try #require(converted.resources("Condition").first)
            let expected = action == "D" ? "entered-in-error" : nil
            #expect(condition.text("verificationStatus.coding.0.code") == expected)
        }
    }

    @Test("A deleted allergy, problem, procedure or administration is in error (tables 0206 and 0287)")
    func deletions() throws {
        let allergy = Self.segment("IAM", [1: "1", 2: "DA", 3: "70618^Penicillin^RXNORM", 6: "D", 17: "C"])
        let procedure = Self.segment("PR1", [1: "1", 3: "44970^Appendectomy^C4", 5: "20260104", 20: "D"])
        let admission = try Self.convert("ADT^A01^ADT_A01", [Self.patient, Self.visit, procedure])
        #expect(admission["Procedure.status"] == "entered-in-error")
        let allergies = try Self.convert("ADT^A60^ADT_A60", [Self.patient, allergy])
        let intolerance = try #require(allergies.resources("AllergyIntolerance").first)
        #expect(intolerance.text("verificationStatus.coding.0.code") == "entered-in-error")
        // R4 invariant ait-2.
        #expect(intolerance.text("clinicalStatus") == nil)
        let problem = Self.segment("PRB", [1: "DE", 2: "20260105", 3: "J45^Asthma^I10", 4: "P1", 13: "C", 14: "A"])
        let problems = try Self.convert("PPR^PC3^PPR_PC1", [Self.patient, problem])
        #expect(problems["Condition.verificationStatus.coding.0.code"] == "entered-in-error")
        // R4 invariant con-5.
        #expect(problems["Condition.clinicalStatus.coding.0.code"] == nil)
        let given = Self.segment(
            "RXA", [1: "0", 2: "1", 3: "20260104", 5: "1191^Aspirin^RXNORM", 6: "100", 7: "mg", 20: "CP", 21: "D"])
        let treatment = try Self.convert("RAS^O17^RAS_O17", [Self.patient, "ORC|RE|P1|F1", given])
        #expect(treatment["MedicationAdministration.status"] == "entered-in-error")
    }

    @Test("A problem with a day of resolution is resolved (R4 invariant con-4)")
    func resolvedProblem() throws {
        let problem = Self.segment("PRB", [1: "UP", 2: "20260105", 3: "J45^Asthma^I10", 4: "P1", 9: "20260103"])
        let converted = try Self.convert("PPR^PC2^PPR_PC1", [Self.patient, problem])
        #expect(converted["Condition.abatementDateTime"] == "2026-01-03")
        #expect(converted["Condition.clinicalStatus.coding.0.code"] == "resolved")
    }

    @Test("A cancelled discharge leaves the visit open, though its old end is sent (A13)")
    func cancelledDischarge() throws {
        let visit = Self.segment("PV1", [1: "1", 2: "I", 19: "55", 44: "20260101", 45: "20260104"])
        let cancelled = try Self.convert("ADT^A13^ADT_A01", ["EVN||20260105080000+0100", Self.patient, visit])
        #expect(cancelled["Encounter.status"] == "in-progress")
        #expect(cancelled["Encounter.period.start"] == "2026-01-01")
        #expect(cancelled["Encounter.period.end"] == nil)
        let discharged = try Self.convert("ADT^A03^ADT_A03", ["EVN||20260105080000+0100", Self.patient, visit])
        #expect(discharged["Encounter.status"] == "finished")
        #expect(discharged["Encounter.period.end"] == "2026-01-04")
    }

    // MARK: Whose it is

    @Test("After a merge the visit and the account are the surviving patient's, not those of the number it replaces")
    func mergedPatient() throws {
        let survivor = Self.segment(
            "PID", [1: "1", 3: "17^^^HOSPA^MR", 5: "Frost^Ida", 18: "900^^^HOSPA^AN", 21: "3^^^HOSPA^MR"])
        let converted = try Self.convert(
            "ADT^A18^ADT_A18", ["EVN||20260105080000+0100", survivor, "MRG|99^^^HOSPA^MR", Self.visit])
        let patients = converted.resources("Patient")
        #expect(patients.count == 2)
        let kept = try #require(patients.first { $0.text("identifier.0.value") == "17" }?["id"] as? String)
        #expect(converted["Encounter.subject.reference"] == "Patient/\(kept)")
        #expect(converted["Account.subject.0.reference"] == "Patient/\(kept)")
        #expect(converted["RelatedPerson.patient.reference"] == "Patient/\(kept)")
    }

    @Test(
        "A merged, moved or renumbered account or visit leaves the patients as they are",
        arguments: ["A35", "A41", "A42", "A44", "A45", "A49", "A50"])
    func patientsWhoStay(event: String) throws {
        let survivor = Self.segment("PID", [1: "1", 3: "17^^^HOSPA^MR", 5: "Frost^Ida", 18: "900^^^HOSPA^AN"])
        let converted = try Self.convert(
            "ADT^\(event)", ["EVN||20260105080000+0100", survivor, "MRG|17^^^HOSPA^MR||901^^^HOSPA^AN"])
        let patients = converted.resources("Patient")
        #expect(patients.count == 1)
        #expect(patients.first?["active"] == nil)
        #expect(patients.first?.text("link.0.other.reference") == nil)
        let accounts = converted.resources("Account")
        let retired = accounts.filter { $0.text("identifier.0.value") == "901" }
        #expect(retired.map { $0.text("status") } == (["A35", "A41", "A49"].contains(event) ? ["inactive"] : []))
        #expect(accounts.first { $0.text("identifier.0.value") == "900" }?.text("status") == "active")
    }

    @Test("Each visit of two linked patients is that of the patient before it (A24)")
    func linkedPatients() throws {
        let converted = try Self.convert(
            "ADT^A24^ADT_A24",
            [
                "EVN||20260105080000+0100", "PID|1||17^^^HOSPA^MR||Frost^Ida",
                Self.segment("PV1", [1: "1", 2: "I", 19: "V1"]),
                "PID|2||18^^^HOSPA^MR||Frost^Ida", Self.segment("PV1", [1: "2", 2: "O", 19: "V2"]),
            ])
        let patients = converted.resources("Encounter").map { visit in
            visit.text("subject.reference").flatMap { converted.resource($0)?.text("identifier.0.value") }
        }
        #expect(patients == ["17", "18"])
    }

    @Test(
        "An event tells of a visit what its class does not",
        arguments: [
            ("A01", "in-progress"), ("A03", "finished"), ("A05", "planned"), ("A14", "planned"), ("A21", "onleave"),
            ("A23", "entered-in-error"),
        ])
    func eventOfVisit(event: String, status: String) throws {
        let converted = try Self.convert("ADT^\(event)", ["EVN||20260105080000+0100", Self.patient, Self.visit])
        #expect(converted["Encounter.status"] == status)
    }

    @Test("A deleted person is not in use (A29)")
    func deletedPerson() throws {
        let converted = try Self.convert("ADT^A29^ADT_A21", ["EVN||20260105080000+0100", Self.patient])
        #expect(converted.resources("Patient").first?["active"] as? Bool == false)
    }

    @Test("A health professional who took part is in the care team, and nobody's relative")
    func admittingProvider() throws {
        let participation = "PRT|1|AD||AD^Admitting Provider^HL70912|8^Lind^Eva||| Clinic"
        let converted = try Self.convert(
            "ORU^R01^ORU_R01",
            [Self.patient, participation, "OBR|1|P1|F1|1-8^Panel^LN|||20260105", "OBX|1|ST|1-8^A^LN||x||||||F"])
        #expect(converted.resources("RelatedPerson").isEmpty)
        let team = try #require(converted.resources("CareTeam").first)
        let member = try #require(team.text("participant.0.member.reference"))
        #expect(converted.resource(member)?.text("name.0.family") == "Lind")
        #expect(team.text("participant.1") == nil)
        #expect(team.text("participant.0.onBehalfOf.reference") != nil)
    }

    @Test("An administration keeps its order number and orderer when it has notes (RXA-9)")
    func administrationWithNotes() throws {
        let given = Self.segment("RXA", [1: "0", 2: "1", 3: "20260104", 5: "1191^Aspirin^RXNORM", 9: "^With water"])
        let converted = try Self.convert(
            "RAS^O17^RAS_O17", [Self.patient, "ORC|RE|P1^EHR|F1^RX|||||||||8^Lind^Eva", given])
        let administration = try #require(converted.resources("MedicationAdministration").first)
        #expect(administration.text("identifier.0.value") == "P1")
        #expect(administration.text("identifier.1.value") == "F1")
        #expect(administration.text("note.0.text") == "With water")
        let performer = try #require(administration.text("performer.0.actor.reference"))
        #expect(converted.resource(performer)?.text("name.0.family") == "Lind")
    }

    @Test("A result of an immunization is part of it, with who and what gave it")
    func resultsOfImmunizations() throws {
        let converted = try Self.convert(
            "VXU^V04^VXU_V04",
            [
                Self.patient, "OBX|1|CE|1-8^Person^LN||1^a^L||||||F", "PRT|1|AD||OP^Orderer^HL70912|1^Berg^Ola|||||D1",
                "ORC|RE||F1", "RXA|0|1|20260104||62^HPV^CVX|0.5|mL", "OBX|1|CE|2-8^Reaction^LN||1^a^L||||||F",
                "PRT|1|AD||OP^Orderer^HL70912|2^Lind^Eva|||||D2", "ORC|RE||F2", "RXA|0|1|20260104||88^Flu^CVX|0.5|mL",
                "OBX|1|CE|3-8^Funding^LN||1^a^L||||||F",
            ])
        let immunizations = converted.resources("Immunization")
        #expect(immunizations.count == 2)
        let results = converted.resources("Observation")
        #expect(results.count == 3)
        let vaccines = results.map { result in
            result.text("partOf.0.reference").flatMap { converted.resource($0)?.text("vaccineCode.coding.0.code") }
        }
        #expect(vaccines == [nil, "62", "88"])
        let performers = results.prefix(2).map { result in
            result.text("performer.0.reference").flatMap { converted.resource($0)?.text("practitioner.reference") }
                .flatMap { converted.resource($0)?.text("name.0.family") }
        }
        #expect(performers == ["Berg", "Lind"])
        let devices = results.prefix(2).map { result in
            result.text("device.reference").flatMap { converted.resource($0)?.text("identifier.0.value") }
        }
        #expect(devices == ["D1", "D2"])
    }

    @Test(
        "A result in an order of a medicine or an answer to a query belongs to it",
        arguments: [
            ("OMP^O09^OMP_O09", "RXO|1191^Aspirin^RXNORM|1||tablet", "MedicationRequest"),
            ("RDE^O11^RDE_O11", "RXE||1191^Aspirin^RXNORM|1||tablet", "MedicationRequest"),
            ("RDS^O13^RDS_O13", "RXD|1|1191^Aspirin^RXNORM|20260104|10|tablet", "MedicationDispense"),
            ("RAS^O17^RAS_O17", "RXA|0|1|20260104||1191^Aspirin^RXNORM|1|tablet", "MedicationAdministration"),
            ("RSP^K11^RSP_K11", "RXA|0|1|20260104||62^HPV^CVX|0.5|mL", "Immunization"),
            ("OMG^O19^OMG_O19", "OBR|1|P1||1-8^XR^LN", "ServiceRequest"),
        ])
    func resultsOfOrders(event: String, detail: String, owner: String) throws {
        let route = detail.hasPrefix("RX") && !event.hasPrefix("OMP") ? ["RXR|PO"] : []
        let order = ["ORC|NW|P1", detail] + route + ["OBX|1|NM|29463-7^Weight^LN||90|kg|||||F"]
        let query = event.hasPrefix("RSP") ? ["MSA|AA|1", "QAK|1|OK", "QPD|Z34"] : []
        let converted = try Self.convert(event, query + [Self.patient] + order)
        let result = try #require(converted.resources("Observation").first)
        let own = try #require(converted.resources(owner).first)
        let identity = "\(owner)/\(own.text("id") ?? "")"
        let resultIdentity = "Observation/\(result.text("id") ?? "")"
        let links = [
            result.text("partOf.0.reference") == identity,
            own.text("supportingInformation.0.reference") == resultIdentity,
            own.text("supportingInfo.0.reference") == resultIdentity,
        ]
        #expect(links.filter { $0 }.count == 1)
    }

    @Test("A note after a charge is the charge's, not that of the result before it")
    func noteOfCharge() throws {
        let converted = try Self.convert(
            "DFT^P03^DFT_P03",
            [
                "EVN||20260105080000+0100", Self.patient, "ORC|RE|P1|F1", "OBR|1|P1|F1|1-8^Panel^LN|||20260105",
                "OBX|1|ST|1-8^A^LN||x||||||F", "FT1|1|||20260105||CG|71045^Chest^C4", "NTE|1||Paid in cash",
            ])
        #expect(converted["ChargeItem.note.0.text"] == "Paid in cash")
        #expect(converted["Observation.note.0.text"] == nil)
    }

    @Test("A document belongs to the visit, beside the order it refers to")
    func documentOfVisit() throws {
        let converted = try Self.convert("MDM^T02^MDM_T02", Self.document([:]) + ["OBX|1|TX|1^Text||Line||||||F"])
        let encounter = try #require(converted.resources("Encounter").first?["id"] as? String)
        #expect(converted["DocumentReference.context.encounter.0.reference"] == "Encounter/\(encounter)")
        #expect(converted["DocumentReference.context.related.0.reference"]?.hasPrefix("ServiceRequest/") == true)
    }

    // MARK: What it says

    static func document(_ fields: [Int: String]) -> [String] {
        let header = Self.segment("TXA", [1: "1", 2: "DS", 3: "TX", 12: "D2", 17: "AU"].merging(fields) { $1 })
        return ["EVN||20260105080000+0100", Self.patient, Self.visit, "ORC|RE|P1", "OBR|1|P1||1-8^A^LN", header]
    }

    @Test(
        "Text of a document is always encoded, words that look like base64 too",
        arguments: ["Text", "two words", "NoFever="])
    func encodedText(text: String) throws {
        for kind in ["TX", "FT", "ST"] {
            let converted = try Self.convert(
                "MDM^T02^MDM_T02", Self.document([:]) + ["OBX|1|\(kind)|1^Text||\(text)||||||F"])
            let contents = try #require(converted.resources("DocumentReference").first?["content"] as? [[String: Any]])
            let attachment = try #require(
                contents.compactMap { $0["attachment"] as? [String: Any] }.first { $0["data"] != nil })
            let data = (attachment["data"] as? String).flatMap { Data(base64Encoded: $0) }
            #expect(data.map { String(decoding: $0, as: UTF8.self) } == text)
            #expect(attachment["contentType"] != nil)
        }
        let plain = try Self.convert(
            "ORU^R01^ORU_R01",
            [Self.patient, "OBR|1|P1|F1|1-8^A^LN|||20260105", "OBX|1|ED|1-8^A^LN||^TEXT^plain^A^\(text)||||||F"])
        let sent = String(decoding: plain.result.bundle, as: UTF8.self)
        #expect(sent.contains("\"data\":\"\(Data(text.utf8).base64EncodedString())\""))
    }

    @Test(
        "What is deleted, obsolete or cancelled is no current document (tables 0273 and 0003)",
        arguments: [
            ("T02", "OB", "superseded"), ("T02", "CA", "entered-in-error"), ("T02", "AV", "current"),
            ("T02", "", "current"), ("T11", "", "entered-in-error"),
        ])
    func documentStatus(event: String, availability: String, expected: String) throws {
        let converted = try Self.convert("MDM^\(event)^MDM_T02", Self.document([19: availability]))
        #expect(converted["DocumentReference.status"] == expected)
    }

    @Test(
        "An addendum and a replacement name the document before them", arguments: [("T06", "appends"), ("T10", "replaces")])
    func relatedDocument(event: String, relation: String) throws {
        let converted = try Self.convert("MDM^\(event)^MDM_T02", Self.document([13: "D1^APP"]))
        #expect(converted["DocumentReference.relatesTo.0.code"] == relation)
        #expect(converted["DocumentReference.relatesTo.0.target.identifier.value"] == "D1")
    }

    @Test("A display is as sent, though it spells a code of the element's table")
    func displayIsNoCode() throws {
        let converted = try Self.convert(
            "ADT^A01^ADT_A01", [Self.patient, Self.visit, "DG1|1||I21.9^Infarction^I10|||^A"])
        #expect(converted["Encounter.diagnosis.0.use.coding.0.display"] == "A")
    }

    @Test("The number of a visit is not called what its sent type says")
    func visitNumber() throws {
        let visit = Self.segment("PV1", [1: "1", 2: "I", 19: "55^^^HOSPA^AM"])
        let converted = try Self.convert("ADT^A01^ADT_A01", [Self.patient, visit])
        #expect(converted["Encounter.identifier.0.type.coding.0.code"] == "VN")
        #expect(converted["Encounter.identifier.0.type.coding.0.display"] == "Visit number")
    }

    @Test("A vaccine amount of 999 is no amount")
    func unknownAmount() throws {
        let given = Self.segment("RXA", [1: "0", 2: "1", 3: "20260104", 5: "62^HPV^CVX", 6: "999", 20: "RE"])
        let converted = try Self.convert("VXU^V04^VXU_V04", [Self.patient, "ORC|RE||F1", given])
        #expect(converted["Immunization.doseQuantity.value"] == nil)
        #expect(converted["Immunization.status"] == "not-done")
    }

    @Test(
        "An ethnic group of another table is not read as one of the CDC",
        arguments: [
            ("H^Asian British - Indian", "H", nil),
            ("H^Hispanic or Latino^HL70189", "2135-2", "urn:oid:2.16.840.1.113883.6.238"),
            ("H", "2135-2", "urn:oid:2.16.840.1.113883.6.238"),
        ])
    func ethnicGroup(sent: String, code: String, system: String?) throws {
        let person = Self.segment("PID", [1: "1", 3: "17^^^HOSPA^MR", 5: "Frost^Ida", 22: sent])
        let converted = try Self.convert("ADT^A01^ADT_A01", [person, Self.visit])
        #expect(converted["Patient.extension.0.extension.0.valueCoding.code"] == code)
        #expect(converted["Patient.extension.0.extension.0.valueCoding.system"] == system)
    }

    @Test("A number without a kind of equipment has an unknown system; a cellular phone is a phone (R4 invariant cpt-2)")
    func telephones() throws {
        let person = Self.segment(
            "PID", [1: "1", 3: "17^^^HOSPA^MR", 5: "Frost^Ida", 40: "555-1~555-2^^CP~555-3^^PH"])
        let patient = try #require(Self.convert("ADT^A01^ADT_A01", [person, Self.visit]).resources("Patient").first)
        #expect(patient.text("telecom.0.system") == nil)
        #expect(patient.text("telecom.0._system.extension.0.valueCode") == "unknown")
        #expect(patient.text("telecom.1.system") == "phone")
        #expect(patient.text("telecom.1.use") == "mobile")
        #expect(patient.text("telecom.2.system") == "phone")
        #expect(patient.text("telecom.2._system.extension.0.valueCode") == nil)
    }

    /// R4 invariants app-1 and rat-1.
    @Test("A service is no participant of its appointment, and a strength is that of one unit")
    func participantsAndStrengths() throws {
        let schedule = Self.segment("SCH", [1: "P1", 2: "F1", 25: "Booked"])
        let service = Self.segment("AIS", [1: "1", 3: "1^Visit^L", 4: "20260107093000+0100"])
        let booked = try Self.convert("SIU^S12^SIU_S12", [schedule, Self.patient, "RGS|1", service])
        let appointment = try #require(booked.resources("Appointment").first)
        let participants = appointment["participant"] as? [[String: Any]] ?? []
        #expect(participants.allSatisfy { $0["actor"] != nil || $0["type"] != nil })
        #expect(appointment.text("start") == "2026-01-07T09:30:00+01:00")
        let order = Self.segment("RXO", [1: "1191^Aspirin^RXNORM", 2: "1", 4: "tablet", 18: "150", 19: "mg"])
        let ordered = try Self.convert("OMP^O09^OMP_O09", [Self.patient, "ORC|NW|P1", order])
        let medication = try #require(ordered.resources("Medication").first)
        #expect(medication.text("ingredient.0.strength.numerator.value") == "150")
        #expect(medication.text("ingredient.0.strength.denominator.value") == "1")
    }

    /// AIS-3 is the service that is scheduled (v2.8.2 section 10.6.4.3), SCH-26 the number of the order (10.6.1.26).
    @Test("The services of an appointment are no numbers of its order")
    func orderOfAppointment() throws {
        let schedule = Self.segment("SCH", [1: "P9", 2: "F9", 25: "Booked", 26: "ORD7"])
        let services = ["MRI", "CT"].map {
            Self.segment("AIS", [1: "1", 3: "\($0)^Scan^L", 4: "20260105100000+0100", 11: "SED^Sedation^L"])
        }
        let booked = try Self.convert("SIU^S12^SIU_S12", [schedule, Self.patient, "RGS|1"] + services)
        let orders = booked.resources("ServiceRequest")
        #expect(orders.map { $0.text("identifier.0.value") } == ["ORD7"])
        #expect(orders.allSatisfy { $0.text("identifier.1.value") == nil })
        let appointment = try #require(booked.resources("Appointment").first)
        #expect(appointment.text("serviceType.0.coding.0.code") == "MRI")
        #expect(appointment.text("serviceType.1.coding.0.code") == "CT")
    }

    @Test("Without EVN-2 the event is recorded at the time of the message")
    func recorded() throws {
        let converted = try Self.convert("ADT^A01^ADT_A01", ["EVN|A01", Self.patient, Self.visit])
        let provenances = converted.resources("Provenance")
        #expect(!provenances.isEmpty)
        #expect(provenances.allSatisfy { $0.text("recorded") == "2026-01-05T08:00:00+01:00" })
        #expect(provenances.allSatisfy { $0.text("location.reference") == nil })
    }
}

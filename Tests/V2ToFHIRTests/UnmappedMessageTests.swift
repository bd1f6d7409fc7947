import Foundation
import Testing
import V2ToFHIR

/// Messages and segments that HL7's v2-to-FHIR leaves unmapped. Expected values from HL7 v2.8.2 (chapters 3, 4A, 6, 7, 10 and
/// 11), its tables, and FHIR R4.
@Suite("Messages that the publication does not map")
struct UnmappedMessageTests {
    static let patient = ConversionTests.patient

    static func convert(_ event: String, _ lines: [String]) throws -> Converted {
        let header = "MSH|^~\\&|APP|FAC|||20260105080000+0100||\(event)|42|P|2.8"
        return try Converted([header] + lines, PublishedTables.converter())
    }

    // MARK: Pharmacy

    static let order = [
        patient, "ORC|NW|P77^EHR|||SC||||20260105070000+0100|||8^Lind^Eva",
        "RXO|00047040230^Ampicillin 250 mg^NDC|2||^capsule|||^Take with water||G||10|^capsule|3",
        "RXR|PO^Oral^HL70162",
        "RXE||00047040230^Ampicillin 250 mg^NDC|500||mg^milligram^UCUM||^One hour before meals|||20|^capsule|3|||RX9",
        "TQ1|1|2^&capsule|BID|113005||10^d&day&ISO+",
        "RXC|A|309362^Clopidogrel^RXNORM|75|mg^milligram^UCUM",
    ]

    @Test("The order as placed and the order as encoded are two requests, one based on the other")
    func encodedOrder() throws {
        let converted = try Self.convert("RDE^O11^RDE_O11", Self.order)
        let requests = converted.resources("MedicationRequest")
        #expect(requests.count == 2)
        let placed = try #require(requests.first { $0["intent"] as? String == "original-order" })
        let encoded = try #require(requests.first { $0["intent"] as? String == "filler-order" })
        #expect(encoded.text("basedOn.0.reference") == "MedicationRequest/\(placed.text("id") ?? "")")
        for request in requests {
            #expect(request.text("identifier.0.value") == "P77")
            #expect(request.text("status") == "active")
            #expect(request.text("authoredOn") == "2026-01-05T07:00:00+01:00")
        }
        #expect(placed.text("dosageInstruction.0.patientInstruction") == "Take with water")
        #expect(placed.text("dosageInstruction.0.doseAndRate.0.doseQuantity.value") == "2")
        #expect(placed.text("dosageInstruction.0.doseAndRate.0.doseRange") == nil)
        #expect(placed.text("dispenseRequest.quantity.value") == "10")
        #expect(placed.text("dispenseRequest.numberOfRepeatsAllowed") == "3")
        #expect(placed.text("dosageInstruction.0.route.coding.0.code") == "PO")
        #expect(encoded.text("dosageInstruction.0.route") == nil)
    }

    @Test("The dose is the amount to give, not the count of TQ1; times of a day and durations are typed as R4 wants them")
    func dose() throws {
        let converted = try Self.convert("RDE^O11^RDE_O11", Self.order)
        let encoded = try #require(
            converted.resources("MedicationRequest").first { $0["intent"] as? String == "filler-order" })
        let dosage = "dosageInstruction.0."
        #expect(encoded.text(dosage + "doseAndRate.0.doseQuantity.value") == "500")
        #expect(encoded.text(dosage + "doseAndRate.0.doseQuantity.code") == "mg")
        #expect(encoded.text(dosage + "doseAndRate.1") == nil)
        #expect(encoded.text(dosage + "timing.repeat.timeOfDay.0") == "11:30:05")
        #expect(encoded.text(dosage + "timing.event") == nil)
        #expect(encoded.text(dosage + "timing.repeat.boundsDuration.code") == "d")
        #expect(encoded.text(dosage + "timing.repeat.boundsDuration.system") == "http://unitsofmeasure.org")
        #expect(encoded.text(dosage + "patientInstruction") == "One hour before meals")
    }

    @Test(
        "The offset of an event is in minutes, and kept as sent when it has a part of one (R4 Timing.repeat.offset)",
        arguments: [("120^s", "2"), ("2^h", "120"), ("15^min", "15"), ("90^s", nil)])
    func eventOffset(sent: String, expected: String?) throws {
        let timing = "P&Post&HL70335^^^^12^h^^PC^" + sent
        let converted = try Self.convert(
            "RDE^O11^RDE_O11", [Self.patient, "ORC|NW|P1", "RXE||1^Drug^L|5||mg^mg", "TQ1|1||" + timing])
        let encoded = try #require(converted.resources("MedicationRequest").first)
        #expect(encoded.text("dosageInstruction.0.timing.repeat.offset") == expected)
        #expect(encoded.text("dosageInstruction.0.timing.repeat.when.0") == "PC")
        if expected == nil { #expect(converted.texts.contains("90")) }
    }

    @Test("A component is an ingredient of the medication")
    func component() throws {
        let converted = try Self.convert("RDE^O11^RDE_O11", Self.order)
        let whole = try #require(converted.resources("Medication").first { $0["ingredient"] != nil })
        #expect(whole.text("code.coding.0.system") == "http://hl7.org/fhir/sid/ndc")
        let reference = whole.text("ingredient.0.itemReference.reference")
        let part = converted.resources("Medication").first { "Medication/\($0.text("id") ?? "")" == reference }
        #expect(part?.text("code.coding.0.code") == "309362")
        #expect(part?.text("amount.numerator.value") == "75")
        #expect(part?.text("amount.numerator.code") == "mg")
    }

    @Test("What was handed out names the prescription that allowed it")
    func dispense() throws {
        let converted = try Self.convert(
            "RDS^O13^RDS_O13",
            Self.order + ["RXD|1|00047040230^Ampicillin 250 mg^NDC|20260106|20|^capsule||RX9||After food", "RXR|PO"])
        #expect(converted["MedicationDispense.quantity.value"] == "20")
        #expect(converted["MedicationDispense.whenHandedOver"] == "2026-01-06")
        #expect(converted["MedicationDispense.note.0.text"] == "After food")
        #expect(converted["MedicationDispense.authorizingPrescription.0.identifier.value"] == "RX9")
        let encoded = converted.resources("MedicationRequest").first { $0["intent"] as? String == "filler-order" }
        #expect(
            converted["MedicationDispense.authorizingPrescription.1.reference"]
                == "MedicationRequest/\(encoded?.text("id") ?? "")")
    }

    @Test("A medicine ordered by an ORM is one MedicationRequest")
    func generalOrder() throws {
        let converted = try Self.convert(
            "ORM^O01^ORM_O01", [Self.patient, "ORC|NW|P5||||||||||8^Lind^Eva", "RXO|00047040230^Ampicillin^NDC|250||^mg"])
        #expect(converted.resources("MedicationRequest").count == 1)
        #expect(converted.resources("ServiceRequest").isEmpty)
        #expect(converted["MedicationRequest.identifier.0.value"] == "P5")
        #expect(converted["MedicationRequest.intent"] == "original-order")
        #expect(converted["MedicationRequest.requester.reference"]?.hasPrefix("PractitionerRole/") == true)
    }

    // MARK: Charges

    @Test("A charge has its price with currency, its account, and what it is for; a procedure is there once")
    func charges() throws {
        let account = "PID|1||17^^^HOSPA^MR||Frost^Ida||19610615|F||||||||||ACC5"
        let converted = try Self.convert(
            "DFT^P03^DFT_P03",
            [
                account, "FT1|1|T1||20260104||CG|71045^X-ray^C4|||1|100&USD||||||||||||||71045^X-ray^C4",
                "PR1|1||71045^X-ray^C4||20260104",
                "FT1|2|T2||20260104||CG|J0290^Ampicillin^C4|||1|20&USD||||||||||||||||||0182-1061-05^ASPIRIN^NDC||||||||||||||5^C48480&Capsule&NCIT",
            ])
        let charges = converted.resources("ChargeItem")
        #expect(charges.count == 2)
        #expect(charges[0].text("priceOverride.value") == "100")
        #expect(charges[0].text("priceOverride.currency") == "USD")
        #expect(charges[0].text("account.0.reference") == "Account/\(converted["Account.id"] ?? "")")
        #expect(converted.resources("Procedure").count == 1)
        #expect(converted["MedicationDispense.medicationCodeableConcept.coding.0.code"] == "0182-1061-05")
        #expect(converted["MedicationDispense.quantity.value"] == "5")
        #expect(
            charges[1].text("service.0.reference") == "MedicationDispense/\(converted["MedicationDispense.id"] ?? "")")
    }

    @Test("An account with two visits has one patient and two encounters")
    func visits() throws {
        let converted = try Self.convert(
            "BAR^P01^BAR_P01",
            [
                Self.patient, "PV1|1|I|||||||||||||||||V1", "DB1|1|PT|DIS9|Y", "PV1|2|O|||||||||||||||||V2",
                "DG1|1||J18.9^Pneumonia^I10|||F",
            ])
        #expect(converted.resources("Patient").count == 1)
        let encounters = converted.resources("Encounter")
        #expect(encounters.count == 2)
        #expect(encounters.filter { $0["diagnosis"] != nil }.first?.text("identifier.0.value") == "V2")
        let identifiers = converted.resources("Patient")[0]["identifier"] as? [[String: Any]] ?? []
        #expect(identifiers.contains { $0["value"] as? String == "DIS9" })
    }

    // MARK: Laboratory

    @Test("An OBR before its ORC makes one order, with the specimen before it")
    func specimenOrder() throws {
        let converted = try Self.convert(
            "OUL^R22^OUL_R22",
            [
                Self.patient, "SPM|1|^S1||BLD^Whole blood^HL70487", "SAC|||C1", "INV|RE7^Reagent^L|OK|RC",
                "OBR|1|P1|F1|24323-8^CMP^LN", "ORC|SC||||CM", "OBX|1|NM|2160-0^Creatinine^LN||1.2|mg/dL|||||F",
            ])
        #expect(converted.resources("ServiceRequest").count == 1)
        #expect(converted["ServiceRequest.status"] == "completed")
        #expect(converted["ServiceRequest.code.coding.0.code"] == "24323-8")
        let specimen = "Specimen/\(converted["Specimen.id"] ?? "")"
        #expect(converted["ServiceRequest.specimen.0.reference"] == specimen)
        #expect(converted["DiagnosticReport.specimen.0.reference"] == specimen)
        #expect(converted["DiagnosticReport.result.0.reference"] == "Observation/\(converted["Observation.id"] ?? "")")
        #expect(converted["Specimen.container.0.identifier.0.value"] == "C1")
        #expect(converted["Substance.status"] == "active")
    }

    // MARK: Referral, appointment, document

    @Test("A referral has who asks, who is asked, and its prior authorization")
    func referral() throws {
        let converted = try Self.convert(
            "REF^I12^REF_I12",
            [
                "RF1|P^Pending^HL70283|R|MED||O|R1|20260110|20260310|20260105|X^Pain^L",
                "AUT|PPO|HC02|State Plan|20260101|20260301|AU5",
                "PRD|RP|Powell^Ann|||||||||||", "PRD|RT|Hill^Bo", Self.patient, "DG1|1||K63.3^Ulcer^I10|||F", "PV1|1|O",
            ])
        #expect(converted["ServiceRequest.authoredOn"] == "2026-01-05")
        #expect(converted["ServiceRequest.occurrencePeriod.start"] == "2026-01-10")
        #expect(converted["ServiceRequest.occurrencePeriod.end"] == "2026-03-10")
        let roles = converted.resources("PractitionerRole")
        #expect(roles.count == 2)
        #expect(converted["ServiceRequest.requester.reference"] == "PractitionerRole/\(roles[0].text("id") ?? "")")
        #expect(converted["ServiceRequest.performer.0.reference"] == "PractitionerRole/\(roles[1].text("id") ?? "")")
        #expect(converted["ServiceRequest.reasonReference.0.reference"] == "Condition/\(converted["Condition.id"] ?? "")")
        #expect(converted["ClaimResponse.preAuthRef"] == "AU5")
        #expect(converted["ClaimResponse.use"] == "preauthorization")
        #expect(converted["ClaimResponse.preAuthPeriod.end"] == "2026-03-01")
        #expect(converted.resources("Encounter").count == 1)
    }

    @Test(
        "The status of an appointment is that of SCH-25, else that of the event",
        arguments: [("S12", "Booked", "booked"), ("S12", "", "booked"), ("S15", "", "cancelled"), ("S26", "", "noshow")])
    func appointmentStatus(event: String, filler: String, expected: String) throws {
        let fields = "SCH|A1|A2||||CHECKUP|ROUTINE|NORMAL|30|min|||||||||||||||\(filler)"
        let converted = try Self.convert(
            "SIU^\(event)^SIU_S12", [fields, "TQ1|1||||||202601100900+0100|202601100930+0100", Self.patient])
        #expect(converted["Appointment.status"] == expected)
        #expect(converted["Appointment.start"] == "2026-01-10T09:00:00+01:00")
        #expect(converted["Appointment.end"] == "2026-01-10T09:30:00+01:00")
        #expect(converted["Appointment.minutesDuration"] == "30")
    }

    @Test("The patient takes part once; a resource of a booked appointment has accepted, unless it says otherwise")
    func participants() throws {
        let converted = try Self.convert(
            "SIU^S12^SIU_S12",
            [
                "SCH|A1|A2||||CHECKUP|ROUTINE|NORMAL|30|min|||||||||||||||Booked", "NTE|1||First", Self.patient, "RGS|1",
                "AIL|1||LAB1",
                "NTE|1||Second", "AIP|1||400^Peters^Tim|||||||||Waitlist",
            ])
        let participants = (converted.resources("Appointment")[0]["participant"] as? [[String: Any]]) ?? []
        #expect(participants.filter { $0.text("actor.reference")?.hasPrefix("Patient/") == true }.count == 1)
        #expect(
            participants.first { $0.text("actor.reference")?.hasPrefix("Location/") == true }?.text("status") == "accepted")
        #expect(
            participants.first { $0.text("actor.reference")?.hasPrefix("Practitioner/") == true }?.text("status")
                == "tentative")
        #expect(converted.resources("Observation").isEmpty)
        #expect(converted.texts.contains("First") && converted.texts.contains("Second"))
    }

    @Test("A document's completion and content type are R4's codes, its lines are there as text too")
    func document() throws {
        let converted = try Self.convert(
            "MDM^T02^MDM_T02",
            [
                Self.patient, "PV1|1|O", "TXA|1|DS|TX|||||||||D1|||||LA", "OBX|1|TX|1^Text^L||No complications.||||||F",
                "OBX|2|ED|2^Scan^L||^IM^JPEG^Base64^QUJD||||||F",
            ])
        let documents = converted.resources("DocumentReference").filter { $0.text("masterIdentifier.value") == "D1" }
        #expect(documents.count == 1)
        #expect(documents[0].text("docStatus") == "final")
        let contents = (documents[0]["content"] as? [[String: Any]]) ?? []
        #expect(
            contents.contains { $0.text("attachment.contentType") == "image/jpeg" && $0.text("attachment.data") == "QUJD" })
        #expect(converted.texts.contains("No complications."))
        #expect(converted.texts.contains(Data("No complications.".utf8).base64EncodedString()))
    }

    // MARK: Patient administration

    @Test("Death: the cause is a condition; certification and autopsy are procedures with who did them and when")
    func death() throws {
        let converted = try Self.convert(
            "ADT^A03^ADT_A03",
            [
                "EVN|A03|20260105", Self.patient, "PV1|1|I",
                "PDA|I21^Myocardial infarction^I10||Y|20260103|5^Lind^Eva|Y|20260103100000+0100^20260103110000+0100|6^Berg^Jan|N",
            ])
        #expect(converted["Condition.code.coding.0.code"] == "I21")
        let procedures = converted.resources("Procedure")
        let autopsy = procedures.first { $0.text("code.coding.0.code") == "29240004" }
        #expect(autopsy?.text("performedPeriod.end") == "2026-01-03T11:00:00+01:00")
        #expect(autopsy?.text("status") == "completed")
        let certification = procedures.first { $0.text("code.coding.0.code") == "308646001" }
        #expect(certification?.text("performedDateTime") == "2026-01-03")
        let coroner = converted.resources("Observation").first { $0.text("code.text") == "Death assigned to the coroner" }
        #expect(coroner?.text("valueCodeableConcept.coding.0.code") == "N")
        #expect(coroner?.text("valueCodeableConcept.coding.0.system") == "http://terminology.hl7.org/CodeSystem/v2-0136")
    }

    @Test("Numbers of agencies are the patient's and of the coverage; the guarantor is a party of the account")
    func insurance() throws {
        let account = "PID|1||17^^^HOSPA^MR||Frost^Ida||19610615|F||||||||||ACC5"
        let converted = try Self.convert(
            "ADT^A01^ADT_A01",
            ["EVN|A01|20260105", account, "PV1|1|I", "GT1|1|G1|Frost^Olaf", "IN1|1|P1|C1|Plan", "IN2||||||MEDI5||CASE8"])
        let patient = (converted.resources("Patient")[0]["identifier"] as? [[String: Any]]) ?? []
        let coverage = (converted.resources("Coverage")[0]["identifier"] as? [[String: Any]]) ?? []
        for (value, type) in [("MEDI5", "MC"), ("CASE8", "MA")] {
            for identifiers in [patient, coverage] {
                #expect(identifiers.first { $0["value"] as? String == value }?.text("type.coding.0.code") == type)
            }
        }
        let guarantor = converted.resources("RelatedPerson").first { $0.text("name.0.given.0") == "Olaf" }
        #expect(converted["Account.guarantor.0.party.reference"] == "RelatedPerson/\(guarantor?.text("id") ?? "")")
    }

    @Test(
        "Table 0438 says how sure an allergy is, and whether it still is",
        arguments: [
            ("C", "active", "confirmed"), ("I", "inactive", "confirmed"), ("S", "active", "unconfirmed"),
            ("E", nil, "entered-in-error"),
        ])
    func allergyStatus(code: String, clinical: String?, verification: String) throws {
        let converted = try Self.convert(
            "ADT^A60^ADT_A60",
            ["EVN|A60|20260105", Self.patient, "IAM|1|DA|70618^Penicillin^RXNORM|MO||A|||||||||||\(code)"])
        #expect(converted["AllergyIntolerance.clinicalStatus.coding.0.code"] == clinical)
        #expect(converted["AllergyIntolerance.verificationStatus.coding.0.code"] == verification)
    }

    // MARK: Codes

    @Test("A code that a map translates is given as sent beside the concept, with the system it was sent with")
    func translatedCodes() throws {
        let converted = try Self.convert(
            "ADT^A01^ADT_A01",
            ["EVN|A01|20260105", Self.patient, "NK1|1|Frost^Olaf|SPO^Spouse^L", "NK1|2|Frost^Liv|CHD", "PV1|1|I"])
        let people = converted.resources("RelatedPerson")
        #expect(people[0].text("relationship.0.coding.0.code") == "SPS")
        #expect(people[0].text("relationship.0.coding.0.system") == "http://terminology.hl7.org/CodeSystem/v3-RoleCode")
        #expect(people[0].text("relationship.0.coding.1.code") == "SPO")
        #expect(people[0].text("relationship.0.coding.1.system") == "urn:headwall:codes:L")
        #expect(people[1].text("relationship.0.coding.1.code") == "CHD")
        #expect(people[1].text("relationship.0.coding.1.system") == nil)
    }

    @Test("A language has its ISO 639-1 code, an ethnic group the code of the CDC")
    func demographics() throws {
        let converted = try Self.convert(
            "ADT^A01^ADT_A01",
            [
                "EVN|A01|20260105", "PID|1||17^^^HOSPA^MR||Frost^Ida||19610615|F|||||||ger|||||||N^Not Hispanic^HL70189",
                "PV1|1|I",
            ])
        #expect(converted["Patient.communication.0.language.coding.0.code"] == "de")
        #expect(converted["Patient.communication.0.language.coding.1.code"] == "ger")
        let texts = converted.texts
        #expect(texts.contains("2186-5"))
        #expect(texts.contains("urn:oid:2.16.840.1.113883.6.238"))
    }
}

extension [String: Any] {
    /// The text of an element: `code.coding.0.code`.
    func text(_ path: String) -> String? {
        var value: Any = self
        for step in path.split(separator: ".").map(String.init) {
            if let array = value as? [Any] {
                guard let index = Int(step), array.indices.contains(index) else { return nil }
                value = array[index]
            } else {
                guard let object = value as? [String: Any], let next = object[step] else { return nil }
                value = next
            }
        }
        if let text = value as? String { return text }
        return (value as? NSNumber).map { "\($0)" } ?? "\(value)"
    }
}

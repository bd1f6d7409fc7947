import Clinical
import FHIR
import Normalization
import Testing

@Suite("Patients and visits from ADT")
struct PatientAndVisitTests {
    private let visit =
        "PV1|1|I|3W^12^A||||||||||||||||V-9^^^HOSPA^VN" + String(repeating: "|", count: 25) + "20260104120000+0100"

    @Test func admissionGivesPatientAndEncounter() throws {
        let message = try Bench().hl7(Segment.msh("ADT^A01^ADT_A01"), "EVN|A01|20260105083000+0100", Segment.pid, visit)
        #expect(message.messageType == "ADT^A01")
        #expect(message.controlID == "C1")
        #expect(message.sent?.description == "2026-01-05T08:30:00+01:00")
        #expect(message.faults == [])

        let key = PatientKey(system: "urn:oid:2.16.840.1.113883.3.9999.1", value: "P-0001")
        let patient = try #require(message.patients.first)
        #expect(patient.key == key)
        #expect(patient.name?.exposed == "Müller, Max")
        #expect(patient.birthDate?.exposed.description == "1961-02-03")
        #expect(patient.sex == .male)
        #expect(patient.known == received)
        let resource = try #require(message.resources("Patient").first)
        #expect(resource["id"]?.stringValue == key.resourceID)
        #expect(resource["gender"]?.stringValue == "male")
        #expect(resource["name"]?[0]?["given"]?[1]?.stringValue == "A")
        #expect(resource["identifier"]?[0]?["type"]?["coding"]?[0]?["code"]?.stringValue == "MR")

        let encounter = try #require(message.encounters.first)
        #expect(encounter.status == .inProgress)
        #expect([encounter.ward, encounter.room, encounter.bed] == ["3W", "12", "A"])
        #expect(encounter.start?.description == "2026-01-04T12:00:00+01:00")
        #expect(encounter.id == ContentDigest.identifier("Encounter", key.system, "V-9"))
        let visitResource = try #require(message.resources("Encounter").first)
        // Table 0004 I is v3-ActCode IMP (HL7 v2-to-FHIR, PatientClass).
        #expect(visitResource["class"]?["code"]?.stringValue == "IMP")
        #expect(visitResource["subject"]?["reference"]?.stringValue == "Patient/" + key.resourceID)
    }

    // Table 0001 by HL7 v2-to-FHIR, AdministrativeSex; the words of http://hl7.org/fhir/administrative-gender are not in doubt.
    @Test(arguments: [
        ("F", PatientRecord.Sex.female), ("A", .other), ("female", .female), ("MALE", .male), ("woman", .unknown),
    ])
    func sexIsACodeOrItsWord(code: String, sex: PatientRecord.Sex) throws {
        let message = try Bench().hl7(Segment.msh("ADT^A31"), "PID|1||P-0001^^^HOSPA^MR||Moe^Kim|||\(code)")
        #expect(message.patients.first?.sex == sex)
        #expect(message.has(103, at: "PID[1]-8") == (code == "woman"))
    }

    // Encounter.status by event: HL7 v2-to-FHIR, Event[EncounterStatus]; A11 and A13 cancel (v2.5.1 chapter 3).
    @Test(arguments: [
        ("A01", "in-progress"), ("A02", "in-progress"), ("A03", "finished"), ("A05", "planned"), ("A11", "cancelled"),
        ("A13", "in-progress"), ("A08", "in-progress"),
    ])
    func statusFollowsTheEvent(event: String, status: String) throws {
        let message = try Bench().hl7(Segment.msh("ADT^\(event)"), Segment.pid, visit)
        #expect(message.encounters.first?.status.rawValue == status)
        #expect(message.faults == [])
    }

    @Test func dischargeHasItsTimeAndItsCancellationHasNone() throws {
        let discharged = visit + "|20260105080000+0100"
        let bench = try Bench()
        let end = try bench.hl7(Segment.msh("ADT^A03"), Segment.pid, discharged).encounters.first?.end
        #expect(end?.description == "2026-01-05T08:00:00+01:00")
        let cancelled = try bench.hl7(Segment.msh("ADT^A13"), Segment.pid, discharged)
        #expect(cancelled.encounters.first?.end == nil)
        #expect(cancelled.encounters.first?.status == .inProgress)
        // An update after the discharge must not open the visit again.
        let update = try bench.hl7(Segment.msh("ADT^A08"), Segment.pid, discharged)
        #expect(update.encounters.first?.status == .finished)
    }

    @Test(arguments: ["A28", "A31"]) func personUpdatesLeaveVisitsAlone(event: String) throws {
        let message = try Bench().hl7(Segment.msh("ADT^\(event)"), Segment.pid, "PV1|1|N")
        #expect(message.encounters.isEmpty)
        #expect(message.patients.count == 1)
    }

    @Test func mergeRetiresThePriorIdentifier() throws {
        let message = try Bench().hl7(
            Segment.msh("ADT^A40^ADT_A39"), "EVN|A40|20260105083000", Segment.pid, "MRG|OLD-1^^^HOSPA^MR")
        let system = "urn:oid:2.16.840.1.113883.3.9999.1"
        let (old, new) = (PatientKey(system: system, value: "OLD-1"), PatientKey(system: system, value: "P-0001"))
        #expect(message.events.last == .merge(retired: old, surviving: new, known: received))
        #expect(message.patients.map(\.key) == [new])
        let patients = message.resources("Patient")
        #expect(patients.count == 2)
        let retired = try #require(patients.first { $0["id"]?.stringValue == old.resourceID })
        #expect(retired["active"]?.boolValue == false)
        #expect(retired["link"]?[0]?["type"]?.stringValue == "replaced-by")
        #expect(retired["link"]?[0]?["other"]?["reference"]?.stringValue == "Patient/" + new.resourceID)
        #expect(message.faults == [])
    }

    @Test func mergeOfSeveralPatientsKeepsThePairs() throws {
        let message = try Bench().hl7(
            Segment.msh("ADT^A40"), Segment.pid, "MRG|OLD-1^^^HOSPA^MR", "PID|2||P-0002^^^HOSPA^MR", "MRG|OLD-2^^^HOSPA^MR")
        let pairs = message.events.compactMap { event -> String? in
            guard case .merge(let retired, let surviving, _) = event else { return nil }
            return retired.value.exposed + ">" + surviving.value.exposed
        }
        #expect(pairs == ["OLD-1>P-0001", "OLD-2>P-0002"])
    }

    @Test func identifierChoicePrefersRecordNumber() throws {
        let bench = try Bench()
        func value(_ cx: String) throws -> String? {
            try bench.hl7(Segment.msh("ADT^A31"), "PID|1||\(cx)").patients.first?.key.value.exposed
        }
        #expect(try value("A1^^^HOSPA^AN~B2^^^HOSPA^PI~C3^^^HOSPA^MR") == "C3")
        #expect(try value("A1^^^HOSPA^AN~B2^^^HOSPA^PI") == "B2")
        #expect(try value("A1^^^HOSPA^AN~B2^^^HOSPA^SS") == "A1")
    }

    @Test func assignersBecomeURIs() throws {
        let bench = try Bench()
        func system(_ hd: String) throws -> String? {
            try bench.hl7(Segment.msh("ADT^A31"), "PID|1||X^^^\(hd)^MR").patients.first?.key.system
        }
        #expect(try system("HOSPB") == "urn:oid:2.16.840.1.113883.3.9999.2")
        #expect(try system("ANY&1.2.3.4&ISO") == "urn:oid:1.2.3.4")
        let unknown = try bench.hl7(Segment.msh("ADT^A31"), "PID|1||X^^^Big Lab^MR")
        #expect(unknown.patients.first?.key.system == "urn:headwall:assigner:Big%20Lab")
        #expect(unknown.has(1401, at: "PID[1]-3.4"))
        #expect(unknown.faults == [])
    }

    @Test func identifierWithoutAssignerUsesTheDefaultOrSaysSo() throws {
        let plain = try Bench().hl7(Segment.msh("ADT^A31"), "PID|1||X")
        #expect(plain.issues.contains { $0.severity == .error && $0.code == 101 && $0.place == "PID[1]-3.4" })
        let profile = SourceProfile(name: "lab", defaultAssigner: "urn:oid:1.2.3")
        let configured = try Bench(profile).hl7(Segment.msh("ADT^A31"), "PID|1||X")
        #expect(configured.patients.first?.key.system == "urn:oid:1.2.3")
        #expect(!configured.issues.contains { $0.severity == .error })
    }

    @Test func patientResourceComesFirst() throws {
        let message = try Bench().hl7(Segment.msh("ADT^A01"), Segment.pid, visit, "OBX|1|NM|CREA||1|mg/dL|||||F")
        let types = (message.bundle?["entry"]?.arrayValue ?? []).map { $0["resource"]?.resourceType }
        #expect(types == ["Patient", "Encounter", "Observation", "Provenance"])
        if case .patient? = message.events.first {} else { Issue.record("the first event is not the patient") }
    }
}

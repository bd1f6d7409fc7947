import Clinical
import FHIR
import Normalization
import Testing

@Suite("Results from ORU^R01")
struct ResultTests {
    private func result(
        _ obx: String, _ before: [String] = [Segment.obr], profile: SourceProfile? = nil
    ) throws -> NormalizedMessage {
        try (profile.map { try Bench($0) } ?? Bench()).hl7([Segment.msh("ORU^R01^ORU_R01"), Segment.pid] + before + [obx])
    }

    @Test func numberIsConvertedAndTheRawValueStays() throws {
        let message = try result("OBX|1|NM|CREA^Kreatinin^99LAB||0.0120|g/L|0.7-1.2|H|||F|||20260105080000+0100")
        #expect(message.faults == [])
        let finding = try #require(message.findings.first)
        #expect(finding.code == Code(system: CodeSystem.loinc, code: "2160-0", display: "Creatinine"))
        #expect(finding.number == "1.2000 mg/dL")
        #expect(finding.status == .final)
        #expect(finding.effective.description == "2026-01-05T08:00:00+01:00")
        #expect(finding.known == received)
        #expect(finding.origin.source == "lab")
        #expect(finding.origin.address.path == "OBX[1]-5")
        #expect(finding.origin.rawCode == Code(system: StubTranslator.local, code: "CREA", display: "Kreatinin"))
        #expect(finding.origin.rawValue.exposed == "0.0120")
        #expect(finding.origin.rawUnit == "g/L")
        #expect(finding.origin.mapping == StubTranslator.record)

        let observation = try #require(message.resources("Observation").first)
        #expect(observation["id"]?.stringValue == finding.id)
        let codings = observation["code"]?["coding"]
        #expect(codings?[0]?["code"]?.stringValue == "CREA" && codings?[0]?["system"]?.stringValue == StubTranslator.local)
        #expect(codings?[1]?["code"]?.stringValue == "2160-0" && codings?[1]?["system"]?.stringValue == CodeSystem.loinc)
        let value = observation["valueQuantity"]
        #expect(value?["value"]?.numberValue?.literal == "1.2000")
        #expect(value?["code"]?.stringValue == "mg/dL" && value?["system"]?.stringValue == CodeSystem.ucum)
        let raw = value?["extension"]?[0]
        #expect(raw?["url"]?.stringValue == "https://headwall.dev/fhir/StructureDefinition/raw-value")
        #expect(raw?["valueQuantity"]?["value"]?.numberValue?.literal == "0.0120")
        #expect(raw?["valueQuantity"]?["unit"]?.stringValue == "g/L")
        #expect(observation["interpretation"]?[0]?["coding"]?[0]?["code"]?.stringValue == "H")
        #expect(observation["referenceRange"]?[0]?["text"]?.stringValue == "0.7-1.2")
    }

    // OBX-11, HL7 table 0085, to FHIR observation-status: HL7 v2-to-FHIR, ObservationResultStatusCodesInterpretation.
    @Test(arguments: [
        ("F", "final", Finding.Status.final), ("P", "preliminary", .preliminary), ("C", "corrected", .corrected),
        ("D", "entered-in-error", .enteredInError), ("W", "entered-in-error", .enteredInError),
        ("X", "cancelled", .final), ("A", "amended", .corrected), ("?", "unknown", .preliminary),
    ])
    func status(code: String, fhir: String, finding: Finding.Status) throws {
        let message = try result("OBX|1|NM|CREA||1|mg/dL|||||\(code)")
        #expect(message.resources("Observation").first?["status"]?.stringValue == fhir)
        #expect(message.findings.first?.status == finding)
        #expect(message.has(103, at: "OBX[1]-11") == (code == "?"))
    }

    @Test func orderStatusStandsInForAnAbsentOne() throws {
        let obr = Segment.obr + String(repeating: "|", count: 18) + "P"
        let message = try result("OBX|1|NM|CREA||1|mg/dL", [obr])
        #expect(message.findings.first?.status == .preliminary)
        #expect(message.issues.allSatisfy { $0.place != "OBX[1]-11" })
    }

    @Test func correctionAndDeletionNameTheSameResult() throws {
        let bench = try Bench()
        func id(_ obx: String, _ obr: String = Segment.obr, control: String) throws -> String? {
            try bench.hl7([Segment.msh("ORU^R01", control: control), Segment.pid, obr, obx]).findings.first?.id
        }
        let first = try id("OBX|1|NM|CREA||1.0|mg/dL|||||F|||20260105080000+0100", control: "1")
        #expect(try id("OBX|3|NM|CREA||1.1|mg/dL|||||C|||20260105080000+0100", control: "2") == first)
        #expect(try id("OBX|1|NM|CREA||\"\"||||||D", control: "3") == first)
        #expect(try id("OBX|1|NM|TROP||1.1|ng/mL|||||F", control: "4") != first)
        #expect(try id("OBX|1|NM|CREA|2|1.0|mg/dL|||||F", control: "5") != first)
        let otherOrder = "OBR|1|PL1|ORD-8^LABA|P|||20260105080000+0100"
        #expect(try id("OBX|1|NM|CREA||1.0|mg/dL|||||F", otherOrder, control: "6") != first)
        // Without an order number the time of the value tells results apart.
        let noOrder = "OBR|1|||P|||20260105080000+0100"
        let early = try id("OBX|1|NM|CREA||1|mg/dL|||||F|||20260105080000+0100", noOrder, control: "7")
        #expect(try id("OBX|1|NM|CREA||2|mg/dL|||||C|||20260105070000+0000", noOrder, control: "8") == early)
        #expect(try id("OBX|1|NM|CREA||2|mg/dL|||||F|||20260105080100+0100", noOrder, control: "9") != early)
        // OBX-21 identifies a result alone.
        let instance = "OBX|1|NM|CREA||1|mg/dL|||||F" + String(repeating: "|", count: 10) + "I-1^LABA"
        #expect(try id(instance, otherOrder, control: "10") == id(instance, control: "11"))
    }

    @Test func equalKeysInOneMessageStayApart() throws {
        let obx = "OBX|1|NM|CREA||1|mg/dL|||||F"
        let message = try Bench().hl7([Segment.msh("ORU^R01"), Segment.pid, Segment.obr, obx, obx, obx])
        #expect(Set(message.findings.map(\.id)).count == 3)
        #expect(message.findings.map(\.origin.address.path) == ["OBX[1]-5", "OBX[2]-5", "OBX[3]-5"])
        #expect(message.faults == [])
    }

    @Test func timesComeFromResultThenOrderThenMessage() throws {
        let obx = "OBX|1|NM|CREA||1|mg/dL|||||F"
        #expect(
            try result(obx + "|||20260105074500+0100").findings.first?.effective.description == "2026-01-05T07:45:00+01:00")
        #expect(try result(obx).findings.first?.effective.description == "2026-01-05T08:00:00+01:00")
        let neither = try result(obx, ["OBR|1||O|P"])
        #expect(neither.findings.first?.effective.description == "2026-01-05T08:30:00+01:00")
        #expect(neither.has(1406, at: "OBX[1]-14"))
    }

    @Test func localTimesTakeTheZoneOfTheMessageElseOfTheSource() throws {
        let obx = "OBX|1|NM|CREA||1|mg/dL|||||F|||20260105080000"
        // MSH-7 with an offset sets the default of the message (v2.5.1 section 2.15.9.7).
        let message = try result(obx)
        #expect(message.findings.first?.effective.description == "2026-01-05T08:00:00+01:00")
        #expect(message.issues.contains { $0.code == 1402 && $0.severity == .information })
        let bare = [Segment.msh("ORU^R01", time: "20260105083000"), Segment.pid, obx]
        let configured = try Bench(SourceProfile(name: "lab", zone: .fixed(minutes: -300))).hl7(bare)
        #expect(configured.findings.first?.effective.description == "2026-01-05T08:00:00-05:00")
        #expect(configured.findings.first?.effective.offsetOrigin == .configured)
    }

    @Test func withoutAnyZoneTheResourceKeepsADateAndTheLocalTime() throws {
        let obx = "OBX|1|NM|CREA||1|mg/dL|||||F|||20260105080000"
        let message = try Bench(SourceProfile(name: "lab")).hl7(
            [Segment.msh("ORU^R01", time: "20260105083000"), Segment.pid, obx])
        let observation = try #require(message.resources("Observation").first)
        #expect(observation["effectiveDateTime"]?.stringValue == "2026-01-05")
        let local = observation["_effectiveDateTime"]?["extension"]?[0]?["valueString"]?.stringValue
        #expect(local == "2026-01-05T08:00:00")
        #expect(message.issues.contains { $0.code == 1402 && $0.severity == .warning })
        #expect(message.faults == [])
    }

    @Test func codeSystemNamesBecomeURIs() throws {
        func raw(_ obx3: String, profile: SourceProfile? = nil) throws -> String? {
            try result("OBX|1|ST|\(obx3)||x||||||F", profile: profile).findings.first?.origin.rawCode.system
        }
        #expect(try raw("1^a^LN") == "http://loinc.org")
        #expect(try raw("1^a^MDC") == "urn:iso:std:iso:11073:10101")
        #expect(try raw("1^a^SCT") == "http://snomed.info/sct")
        #expect(try raw("1^a^L") == "urn:headwall:codes:lab")
        #expect(try raw("1^a^99XYZ") == "urn:headwall:codes:lab")
        #expect(try raw("1^a") == "urn:headwall:codes:lab")
        #expect(try raw("1^a^urn:example:codes") == "urn:example:codes")
        #expect(try raw("1^a^HL70078") == "http://terminology.hl7.org/CodeSystem/v2-0078")
        #expect(try raw("1^a^ODD") == "urn:headwall:codes:lab:ODD")
        #expect(try raw("1^a^L", profile: SourceProfile(name: "lab", codeSystem: "urn:own")) == "urn:own")
    }

    @Test func secondCodingCountsWhereItIsLOINC() throws {
        let message = try result("OBX|1|NM|X9^local^L^2160-0^Creatinine^LN||1|mg/dL|||||F")
        #expect(message.findings.first?.code.code == "2160-0")
        #expect(message.unmapped.isEmpty)
        #expect(message.resources("Observation").first?["code"]?["coding"]?.arrayValue?.count == 2)
        let other = try result("OBX|1|NM|X9^local^L^CREA^own^L||1|mg/dL|||||F")
        #expect(other.findings.first?.value == .missing(.unmappedCode))
        #expect(other.resources("Observation").first?["code"]?["coding"]?.arrayValue?.count == 2)
    }

    @Test func unmappedCodeIsAWorkItemAndNeverAValue() throws {
        let message = try result("OBX|1|NM|X9^Neu^L||7|mg/dL|||||F")
        let finding = try #require(message.findings.first)
        #expect(finding.value == .missing(.unmappedCode))
        #expect(finding.code.code == "X9")
        let item = try #require(message.unmapped.first)
        #expect(item.code.code == "X9" && item.unit == "mg/dL" && item.reason == .unmappedCode)
        #expect(item.address.path == "OBX[1]-5")
        #expect(message.has(1404, at: "OBX[1]-3"))
        #expect(message.resources("Observation").first?["valueQuantity"]?["value"]?.numberValue?.literal == "7")
        #expect(message.faults == [])
    }

    @Test func ownVocabularyNeedsNoMapping() throws {
        let code = "spo2-scale^SpO2 scale^urn:headwall:codes:clinical"
        let message = try result("OBX|1|NM|\(code)||2||||||F")
        #expect(message.findings.first?.number == "2 ")
        #expect(message.findings.first?.code.system == "urn:headwall:codes:clinical")
        #expect(message.unmapped.isEmpty)
        // With a unit it would not be what the vocabulary defines.
        #expect(try result("OBX|1|NM|\(code)||2|mg|||||F").findings.first?.value == .missing(.unmappedCode))
    }

    @Test func wrongUnitIsReportedWithItsCandidate() throws {
        let message = try result("OBX|1|NM|CREA||1|furlong|||||F")
        #expect(message.findings.first?.value == .missing(.unit))
        #expect(message.unmapped.first?.candidates == ["2160-0"])
        #expect(message.unmapped.first?.unit == "furlong")
    }

    @Test func specimenSelectsTheMapping() throws {
        let obx = "OBX|1|NM|GLU||90|mg/dL|||||F"
        #expect(try result(obx).findings.first?.value == .missing(.ambiguous))
        let obr15 = Segment.obr + "||||||||SER&Serum"
        #expect(try result(obx, [obr15]).findings.first?.number == "90 mg/dL")
        // SPM follows the results of its order (v2.5.1 section 7.3.1).
        let message = try Bench().hl7(Segment.msh("ORU^R01"), Segment.pid, Segment.obr, obx, "SPM|1|||SER^Serum")
        #expect(message.findings.first?.number == "90 mg/dL")
    }

    @Test func unitsAreTriedByIdentifierThenText() throws {
        let message = try result("OBX|1|NM|147842^MDC_ECG_HEART_RATE^MDC||88|264864^MDC_DIM_BEAT_PER_MIN^MDC|||||F")
        #expect(message.findings.first?.number == "88 /min")
        #expect(message.findings.first?.origin.rawUnit == "MDC_DIM_BEAT_PER_MIN")
        let raw = message.resources("Observation").first?["valueQuantity"]?["extension"]?[0]?["valueQuantity"]
        #expect(raw?["code"]?.stringValue == "264864" && raw?["system"]?.stringValue == CodeSystem.mdc)
    }

    @Test func visitOfResultsIsALogicalReference() throws {
        let pv1 = "PV1|1|I|3W" + String(repeating: "|", count: 16) + "V-9^^^HOSPA"
        let message = try result("OBX|1|NM|CREA||1|mg/dL|||||F", [pv1, Segment.obr])
        // A late result must not move the patient or open a visit.
        #expect(message.encounters.isEmpty)
        #expect(message.resources("Encounter").isEmpty)
        let encounter = message.resources("Observation").first?["encounter"]?["identifier"]
        #expect(encounter?["value"]?.stringValue == "V-9")
    }

    @Test func whatIsNotConvertedIsCounted() throws {
        let message = try Bench().hl7(
            Segment.msh("ORU^R01"), Segment.pid + "||C|1 Street^^Town", "NK1|1|A", "NK1|2|B", Segment.obr,
            "OBX|1|NM|CREA||1|mg/dL|||||F", "NTE|1||text")
        #expect(message.issues.contains { $0.code == 1403 && $0.place == "NK1" && $0.text.contains("2") })
        #expect(message.issues.contains { $0.code == 1403 && $0.place == "NTE" })
        #expect(message.issues.contains { $0.code == 1403 && $0.place == "PID" && $0.text.hasPrefix("2 fields") })
    }

    @Test func severalPatientsInOneMessageKeepTheirResults() throws {
        let message = try Bench().hl7(
            Segment.msh("ORU^R01"), Segment.pid, Segment.obr, "OBX|1|NM|CREA||1|mg/dL|||||F", "PID|2||P-0002^^^HOSPA^MR",
            Segment.obr, "OBX|1|NM|CREA||2|mg/dL|||||F")
        #expect(message.findings.map(\.patient.value.exposed) == ["P-0001", "P-0002"])
        #expect(message.patients.count == 2)
        #expect(message.faults == [])
    }

    @Test func resultWithoutAnyCodeIsAnError() throws {
        let message = try result("OBX|1|NM|||1|mg/dL|||||F")
        #expect(message.findings.isEmpty)
        #expect(message.issues.contains { $0.severity == .error && $0.place == "OBX[1]-3" })
    }
}

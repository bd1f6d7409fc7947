import Annotation
import Clinical
import HL7v2
import Testing

/// Expected fields from HL7 v2.5.1: chapter 2 (MSH, NTE, SN), 3 (PID), 4 (OBR), 7 (ORU^R01, OBX), tables 0078, 0085,
/// 0105, 0125, 0200, 0301, 0396.
@Suite struct ORUResultRenderingTests {
    private let route = ORUResultRendering.Route(
        sendingFacility: "WEST", receivingApplication: "ENGINE", receivingFacility: "MAIN")

    private func message(_ decision: Decision, patient: PatientRecord? = nil) throws -> Message {
        try Message(
            try ORUResultRendering.render(decision, route: route, patient: patient, assigners: ["urn:oid:1.2.3.4": "HOSP"]))
    }

    @Test func headerAndPatient() throws {
        let message = try message(SampleDecisions.seven)
        #expect(message["MSH-9.1"] == "ORU" && message["MSH-9.2"] == "R01" && message["MSH-9.3"] == "ORU_R01")
        #expect(message["MSH-12"] == "2.5.1" && message["MSH-11"] == "P")
        #expect(message["MSH-3"] == "HEADWALL" && message["MSH-4"] == "WEST")
        #expect(message["MSH-5"] == "ENGINE" && message["MSH-6"] == "MAIN")
        #expect(message["MSH-7"] == "20260105140502+0000")
        #expect(message["PID-3.1"] == "4847702" && message["PID-3.4.1"] == "HOSP")
        #expect(message["PID-3.4.2"] == "1.2.3.4" && message["PID-3.4.3"] == "ISO" && message["PID-3.5"] == "MR")
        // PID-5 is required; without a name its type is U, unspecified (table 0200).
        #expect(message["PID-5.7"] == "U")
        #expect(message.segments.map(\.name).prefix(4) == ["MSH", "PID", "OBR", "OBX"])
    }

    @Test func demographicsWhenKnown() throws {
        let record = PatientRecord(
            key: SampleDecisions.patient, name: PHI("Okafor, Grace"), birthDate: nil, sex: .female,
            known: SampleDecisions.moment)
        let message = try message(SampleDecisions.seven, patient: record)
        #expect(message["PID-5.1"] == "Okafor" && message["PID-5.2"] == "Grace" && message["PID-5.7"] == "L")
        #expect(message["PID-8"] == "F")
    }

    @Test func theControlIDFitsAndFollowsTheDecision() throws {
        let id = ORUResultRendering.controlID(SampleDecisions.seven)
        // MSH-10 has 20 characters in v2.5.1.
        #expect(id.utf8.count == 20)
        #expect(try message(SampleDecisions.seven).controlID == id)
        #expect(ORUResultRendering.controlID(SampleDecisions.range) != id)
        #expect(
            try ORUResultRendering.render(SampleDecisions.seven) == ORUResultRendering.render(SampleDecisions.seven))
    }

    @Test func theScoreIsANumber() throws {
        let message = try message(SampleDecisions.seven)
        #expect(message["OBR-4.1"] == "1104051000000101" && message["OBR-4.3"] == "SCT")
        #expect(message["OBR-25"] == "F" && message["OBR-7"] == "20260105140500+0000")
        #expect(message["OBX[1]-2"] == "NM" && message["OBX[1]-5"] == "7")
        #expect(message["OBX[1]-3.4"] == "news2" && message["OBX[1]-3.6"] == "99HWL")
        #expect(message["OBX[1]-6.1"] == "{score}" && message["OBX[1]-6.3"] == "UCUM")
        #expect(message["OBX[1]-8"] == "AA" && message["OBX[1]-11"] == "F")
        #expect(message["OBX[1]-14"] == "20260105140500+0000")
        #expect(message["OBX[2]-2"] == "CWE" && message["OBX[2]-5.1"] == "high")
        #expect(message["OBX[4]-3.2"] == "Respiratory rate" && message["OBX[4]-4"] == "2" && message["OBX[4]-5"] == "3")
        #expect(message.segments(named: "OBX").compactMap { $0.text(1) } == ["1", "2", "3", "4", "5", "6"])
        #expect(message.segments(named: "NTE").compactMap { $0.text(3) }.contains("Respiratory rate 26 /min, ≥ 25"))
    }

    @Test func aRangeIsStructuredNumeric() throws {
        let message = try message(SampleDecisions.range)
        // SN (section 2.A.68): comparator ^ number ^ separator ^ number.
        #expect(message["OBX[1]-2"] == "SN")
        #expect(message["OBX[1]-5.1"] == nil || message["OBX[1]-5.1"] == "")
        #expect(message["OBX[1]-5.2"] == "5" && message["OBX[1]-5.3"] == "-" && message["OBX[1]-5.4"] == "9")
        #expect(message["OBX[1]-8"] == "A")
        let notes = message.segments(named: "NTE").compactMap { $0.text(3) }
        #expect(notes.contains("Missing input: Pulse, not measured"))
    }

    @Test func noResultCannotBeObtained() throws {
        let message = try message(SampleDecisions.insufficient)
        // Table 0085 X; OBX-2 is required unless OBX-11 is X.
        #expect(message["OBX[1]-11"] == "X")
        #expect((message["OBX[1]-5"] ?? "").isEmpty && (message["OBX[1]-2"] ?? "").isEmpty)
        #expect(message.segments(named: "NTE").first?.text(3) == "No result: Fewer than 3 inputs have a value.")
    }

    @Test func aProbabilityIsInPercent() throws {
        let message = try message(SampleDecisions.probability)
        #expect(message["OBX[1]-5"] == "23.45" && message["OBX[1]-6.1"] == "%")
        #expect(message["OBX[1]-3.1"] == "sepsis")
    }

    @Test func anyDecisionReadsBack() throws {
        var generator = SplitMix64(seed: 5)
        for _ in 0..<500 {
            let decision = RandomDecision.make(&generator)
            let message = try message(decision)
            #expect(message.segments(named: "OBX").count == 2 + decision.reasons.count)
            #expect(message.segments(named: "MSH").count == 1)
            #expect(Set(message.segments.map(\.name)).isSubset(of: ["MSH", "PID", "OBR", "OBX", "NTE"]))
            for (index, reason) in decision.reasons.enumerated() {
                #expect(message.segments(named: "OBX")[index + 2].text(3) == "news2." + reason.name)
            }
        }
    }
}

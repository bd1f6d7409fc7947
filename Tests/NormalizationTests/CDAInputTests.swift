import Clinical
import FHIR
import Normalization
import Testing

@Suite("C-CDA input")
struct CDAInputTests {
    private func document(_ vitals: String, results: String = "", birth: String = "19610203") -> String {
        """
        <ClinicalDocument xmlns="urn:hl7-org:v3" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
          <id root="1.2.3.4" extension="DOC-1"/><effectiveTime value="20260105081530+0100"/>
          <recordTarget><patientRole><id nullFlavor="NI"/><id root="2.16.840.1.113883.3.9999.1" extension="P-0001"/>
            <patient><name><given>Max</given><family>Müller</family></name>
            <administrativeGenderCode code="UN" codeSystem="2.16.840.1.113883.5.1"/><birthTime value="\(birth)"/></patient>
          </patientRole></recordTarget>
          <componentOf><encompassingEncounter><id root="1.2.9" extension="V-7"/>
            <effectiveTime><low value="20260104"/></effectiveTime></encompassingEncounter></componentOf>
          <component><structuredBody>
            <component><section><templateId root="2.16.840.1.113883.10.20.22.2.4.1"/>
              <code code="8716-3" codeSystem="2.16.840.1.113883.6.1"/><entry><organizer>
              <statusCode code="completed"/><effectiveTime value="202601050800+0100"/>\(vitals)</organizer></entry></section></component>
            <component><section><code code="30954-2" codeSystem="2.16.840.1.113883.6.1"/><entry><organizer>
              <specimen><specimenRole><specimenPlayingEntity><code code="SER"/></specimenPlayingEntity></specimenRole></specimen>
              <statusCode code="completed"/>\(results)</organizer></entry></section></component>
            <component><section><code code="11450-4" codeSystem="2.16.840.1.113883.6.1"/><entry><act/></entry>
              <entry><observation moodCode="EVN"><code code="x"/></observation></entry></section></component>
          </structuredBody></component>
        </ClinicalDocument>
        """
    }

    private func observation(
        _ value: String, code: String = #"code="8867-4" codeSystem="2.16.840.1.113883.6.1""#, more: String = ""
    ) -> String {
        """
        <component><observation classCode="OBS" moodCode="EVN"><id root="1.2.5" extension="same"/><code \(code)/>
        <statusCode code="completed"/>\(more)\(value)</observation></component>
        """
    }

    @Test func documentGivesPatientVisitAndFindings() throws {
        let vitals =
            observation(#"<value xsi:type="PQ" value="88" unit="/min"/>"#)
            + observation(
                #"<value xsi:type="PQ" value="118" unit="mm[Hg]"/>"#,
                code: #"code="8480-6" codeSystem="2.16.840.1.113883.6.1""#)
        let message = try Bench().cda(document(vitals))
        #expect(message.faults == [])
        #expect(message.messageType == "C-CDA" && message.controlID == "1.2.3.4^DOC-1")
        #expect(message.sent?.description == "2026-01-05T08:15:30+01:00")
        let key = PatientKey(system: "urn:oid:2.16.840.1.113883.3.9999.1", value: "P-0001")
        #expect(message.patients.first?.key == key)
        // HL7 V3 AdministrativeGender UN is undifferentiated, FHIR `other`.
        #expect(message.patients.first?.sex == .other)
        #expect(message.findings.map(\.number) == ["88 /min", "118 mm[Hg]"])
        #expect(message.findings.first?.effective.instant == Instant(seconds: 1_767_596_400))
        #expect(
            message.findings.last?.origin.address.path
                == "/ClinicalDocument/component[1]/structuredBody[1]/component[1]/section[1]/entry[1]/organizer[1]"
                + "/component[2]/observation[1]")
        // Documents repeat ids; different tests stay different results.
        #expect(Set(message.findings.map(\.id)).count == 2)
        let encounter = try #require(message.resources("Encounter").first)
        #expect(
            message.resources("Observation").first?["encounter"]?["reference"]?.stringValue == "Encounter/"
                + (encounter["id"]?.stringValue ?? ""))
    }

    @Test func translationsLocalCodesAndSpecimen() throws {
        let coded =
            #"<code code="X" codeSystem="9.9"><translation code="2160-0" codeSystem="2.16.840.1.113883.6.1"/></code>"#
        let translated = observation(#"<value xsi:type="PQ" value="1.1" unit="mg/dL"/>"#)
            .replacing(#"<code code="8867-4" codeSystem="2.16.840.1.113883.6.1"/>"#, with: coded)
        let local = observation(#"<value xsi:type="PQ" value="90" unit="mg/dL"/>"#, code: #"code="GLU""#)
        let message = try Bench().cda(document("", results: translated + local))
        #expect(message.findings.map(\.code.code) == ["2160-0", "2345-7"])
        #expect(message.findings.map(\.number) == ["1.1 mg/dL", "90 mg/dL"])
        #expect(message.faults == [])
    }

    @Test func boundsBecomeComparators() throws {
        func value(_ xml: String) throws -> String? {
            let text = "<value xsi:type=\"IVL_PQ\">\(xml)</value>"
            return try Bench().cda(document(observation(text))).findings.first?.number
        }
        // HL7 V3 data types R1, IVL: a bound belongs to the interval unless inclusive is false.
        #expect(try value(#"<high value="0.01" unit="ng/mL" inclusive="false"/>"#) == "<0.01 ng/mL")
        #expect(try value(#"<high value="0.01" unit="ng/mL"/>"#) == "<=0.01 ng/mL")
        #expect(try value(#"<low value="90" unit="mL/min" inclusive="false"/>"#) == ">90 mL/min")
        #expect(try value(#"<low value="90" unit="mL/min"/>"#) == ">=90 mL/min")
    }

    @Test func nullFlavoursNegationAndText() throws {
        func outcome(_ xml: String) throws -> (Finding.Value?, String?) {
            let message = try Bench().cda(document(observation(xml)))
            #expect(message.faults == [])
            let reason = message.resources("Observation").first?["dataAbsentReason"]?["coding"]?[0]?["code"]?.stringValue
            return (message.findings.first?.value, reason)
        }
        let unknown = try outcome(#"<value xsi:type="PQ" nullFlavor="UNK"/>"#)
        #expect(unknown.0 == .missing(.noValue) && unknown.1 == "unknown")
        #expect(try outcome(#"<value xsi:type="PQ" nullFlavor="MSK"/>"#).1 == "masked")
        #expect(try outcome(#"<value xsi:type="ST">clear</value>"#).0 == .text(PHI("clear")))
        #expect(try outcome(#"<value xsi:type="PQ" value="abc" unit="g"/>"#).0 == .missing(.notUsable))
        #expect(
            try outcome(#"<value xsi:type="CD" code="1" codeSystem="2.16.840.1.113883.6.96"/>"#).0
                == .coded(Code(system: CodeSystem.snomed, code: "1")))
    }

    @Test func whatIsNotReadIsReported() throws {
        let message = try Bench().cda(document(""))
        #expect(message.findings.isEmpty)
        #expect(message.has(1403, at: "act"))
        #expect(message.has(1403, at: "observation outside vital signs and results"))
    }

    @Test func documentsAboutNobodyAndImpossibleDates() throws {
        let bench = try Bench()
        let nobody = document("").replacing(#"<id root="2.16.840.1.113883.3.9999.1" extension="P-0001"/>"#, with: "")
        #expect { try bench.cda(nobody) } throws: { ($0 as? NormalizationError)?.code == 101 }
        #expect { try bench.cda(document("", birth: "99991399")) } throws: { error in
            guard let error = error as? NormalizationError else { return false }
            return error.code == 102 && error.place.hasSuffix("/birthTime[1]")
        }
        #expect { try bench.cda("<!DOCTYPE a><ClinicalDocument/>") } throws: { ($0 as? NormalizationError)?.code == 1304 }
    }
}

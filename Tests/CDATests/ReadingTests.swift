import CDA
import Clinical
import Testing

@Suite("What is read of a document")
struct ReadingTests {
    @Test func headerCarriesPatientDocumentAndEncounter() throws {
        let document = try CDAReader.read(Array(Sample.document().utf8))
        #expect(document.id == InstanceIdentifier(root: "2.16.840.1.113883.3.9999.1.5", extension: "DOC-1"))
        #expect(document.title == "Referral")
        #expect(document.code?.code == "34133-9")
        #expect(document.effectiveTime?.time?.description == "2026-01-05T08:15:30+01:00")
        let patient = try #require(document.recordTargets.first)
        #expect(patient.ids == [InstanceIdentifier(root: "2.16.840.1.113883.3.9999.1", extension: "P-0001")])
        #expect(patient.family == "Müller")
        #expect(patient.given == ["Max", "A."])
        #expect(patient.sex?.code == "M")
        #expect(patient.birthTime?.time?.description == "1961-02-03")
        #expect(patient.path == "/ClinicalDocument/recordTarget[1]/patientRole[1]")
        let encounter = try #require(document.encompassingEncounter)
        #expect(encounter.ids.first?.extension == "V-7")
        #expect(encounter.location == "Ward 3")
        #expect(encounter.effectiveTime?.low?.time?.precision == .minute)
        #expect(encounter.effectiveTime?.high == nil)
    }

    @Test func observationCarriesCodeValueTimeAndAddress() throws {
        let document = try CDAReader.read(Array(Sample.document().utf8))
        #expect(document.sections.map(\.kind) == [.vitalSigns, .results])
        let observation = try #require(document.sections[0].observations.first)
        #expect(document.observations.count == 1)
        #expect(observation.code?.code == "8867-4")
        #expect(observation.code?.originalText == "Pulse & rate")
        #expect(observation.code?.translations.first?.displayName == "local & own")
        #expect(observation.value == .quantity(PhysicalQuantity(value: "88", unit: "/min")))
        #expect(observation.statusCode == "completed")
        #expect(observation.moodCode == "EVN")
        #expect(observation.interpretations.first?.code == "N")
        #expect(observation.organizer?.ids.first?.extension == "set-1")
        #expect(
            observation.path
                == "/ClinicalDocument/component[1]/structuredBody[1]/component[1]/section[1]/entry[1]/organizer[1]"
                + "/component[1]/observation[1]")
        #expect(observation.line > 1)
    }

    @Test func positionsCountSiblingsOfTheSameName() throws {
        let three = (1...3).map { Sample.observation(#"<value xsi:type="PQ" value="\#($0)" unit="/min"/>"#) }
        let document = try CDAReader.read(Array(Sample.document(vitals: three.joined()).utf8))
        let paths = document.observations.map(\.path)
        #expect(paths.map { $0.hasSuffix("component[1]/observation[1]") } == [true, false, false])
        #expect(paths[2].hasSuffix("/organizer[1]/component[3]/observation[1]"))
    }

    @Test func entriesWithoutObservationsAreCounted() throws {
        let result = Sample.observation(#"<value xsi:type="ST">yellow</value>"#)
        let document = try CDAReader.read(Array(Sample.document(results: result).utf8))
        #expect(document.sections[1].otherEntries == ["act": 1])
        #expect(document.sections[1].observations.first?.organizer?.specimen?.code == "119297000")
        #expect(document.issues.contains { $0.code == 1322 && $0.severity == .information })
    }

    @Test(arguments: [
        (#"<value xsi:type="PQ" nullFlavor="UNK"/>"#, CDAValue.null("UNK")),
        (#"<value xsi:type="INT" value="7"/>"#, .quantity(PhysicalQuantity(value: "7", unit: nil))),
        (
            #"<value xsi:type="IVL_PQ"><high value="0.01" unit="ng/mL" inclusive="false"/></value>"#,
            .range(low: nil, high: PhysicalQuantity(value: "0.01", unit: "ng/mL", inclusive: false))
        ),
        (
            #"<value xsi:type="CD" code="260373001" codeSystem="2.16.840.1.113883.6.96" displayName="Detected"/>"#,
            .coded(
                ConceptDescriptor(code: "260373001", codeSystem: "2.16.840.1.113883.6.96", displayName: "Detected"))
        ),
        (#"<value xsi:type="CD" nullFlavor="NI"/>"#, .null("NI")),
        (#"<value xsi:type="ST">amber &lt; red</value>"#, .text("amber < red")),
        (#"<value xsi:type="ST"><![CDATA[a <b> c]]></value>"#, .text("a <b> c")),
        (#"<value xsi:type="BL" value="true"/>"#, .boolean(true)),
        (#"<value xsi:type="hl7:PQ" value="5" unit="L"/>"#, .quantity(PhysicalQuantity(value: "5", unit: "L"))),
        (#"<value xsi:type="RTO_PQ_PQ"/>"#, .unsupported("RTO_PQ_PQ")),
    ])
    func valueTypes(xml: String, expected: CDAValue) throws {
        let declared = xml.replacing("hl7:PQ", with: "v3:PQ")
        let document = try CDAReader.read(Array(Sample.document(vitals: Sample.observation(declared)).utf8))
        #expect(document.observations.first?.value == expected)
    }

    @Test func nestedObservationsAreFoundOuterFirst() throws {
        let inner =
            #"<entryRelationship typeCode="REFR"><observation classCode="OBS" moodCode="EVN"><code code="inner"/>"#
            + "</observation></entryRelationship>"
        let outer =
            #"<component><observation classCode="OBS" moodCode="EVN" negationInd="true"><code code="outer"/>"#
            + inner + "</observation></component>"
        let document = try CDAReader.read(Array(Sample.document(vitals: outer).utf8))
        #expect(document.observations.map(\.code?.code) == ["outer", "inner"])
        #expect(document.observations.map(\.negated) == [true, false])
    }

    @Test func missingNamespaceIsToleratedAndReported() throws {
        let text = Sample.document().replacing(#"xmlns="urn:hl7-org:v3" "#, with: "")
        let document = try CDAReader.read(Array(text.utf8))
        #expect(document.observations.count == 1)
        #expect(document.issues.contains { $0.code == 1321 })
    }

    // Literal forms of HL7 V3 data types R1, section 2.3.8.
    @Test(arguments: [
        ("2026", "2026"), ("202601", "2026-01"), ("20260105", "2026-01-05"),
        ("202601050815-0500", "2026-01-05T08:15:00-05:00"), ("20260105081530.25+0000", "2026-01-05T08:15:30.25Z"),
        ("2026010508+02", "2026-01-05T08:00:00+02:00"),
    ])
    func times(text: String, expected: String) {
        #expect(CDATime.read(text)?.description == expected)
    }

    @Test(arguments: [
        "", "99991399", "20260230", "202", "2026010525", "20260105081530.", "20260105+2500", "2026-01-05", "20260105080",
        "x",
    ])
    func timesThatDoNotExist(text: String) {
        #expect(CDATime.read(text) == nil)
    }
}

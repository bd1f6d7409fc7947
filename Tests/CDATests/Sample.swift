/// A small C-CDA made from the shapes of C-CDA R2.1 (vital signs section 2.4.1, results section 2.3.1).
enum Sample {
    static func document(
        declaration: String = #"<?xml version="1.0" encoding="UTF-8"?>"#, family: String = "Müller",
        vitals: String = Sample.heartRate, results: String = ""
    ) -> String {
        """
        \(declaration)
        <ClinicalDocument xmlns="urn:hl7-org:v3" xmlns:sdtc="urn:hl7-org:sdtc" \
        xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
          <templateId root="2.16.840.1.113883.10.20.22.1.1"/>
          <id root="2.16.840.1.113883.3.9999.1.5" extension="DOC-1"/>
          <code code="34133-9" codeSystem="2.16.840.1.113883.6.1" displayName="Summarization of Episode Note"/>
          <title>Referral</title>
          <effectiveTime value="20260105081530+0100"/>
          <recordTarget><patientRole>
            <id root="2.16.840.1.113883.3.9999.1" extension="P-0001"/>
            <patient>
              <name use="P"><given>Maxi</given></name>
              <name use="L"><given>Max</given><given>A.</given><family>\(family)</family></name>
              <administrativeGenderCode code="M" codeSystem="2.16.840.1.113883.5.1"/>
              <birthTime value="19610203"/>
              <sdtc:raceCode code="2106-3"/>
            </patient>
          </patientRole></recordTarget>
          <componentOf><encompassingEncounter>
            <id root="2.16.840.1.113883.3.9999.9" extension="V-7"/>
            <effectiveTime><low value="202601041200+0100"/><high nullFlavor="UNK"/></effectiveTime>
            <location><healthCareFacility><location><name>Ward 3</name></location></healthCareFacility></location>
          </encompassingEncounter></componentOf>
          <component><structuredBody>
            <component><section>
              <templateId root="2.16.840.1.113883.10.20.22.2.4.1"/>
              <code code="8716-3" codeSystem="2.16.840.1.113883.6.1"/>
              <title>Vital signs</title>
              <text><table><tr><td>Pulse 88</td></tr></table></text>
              <entry><organizer classCode="CLUSTER" moodCode="EVN">
                <id root="1.2.3" extension="set-1"/>
                <statusCode code="completed"/>
                <effectiveTime value="20260105080000+0100"/>
                \(vitals)
              </organizer></entry>
            </section></component>
            <component><section>
              <templateId root="2.16.840.1.113883.10.20.22.2.3.1"/>
              <code code="30954-2" codeSystem="2.16.840.1.113883.6.1"/>
              <entry><organizer classCode="BATTERY" moodCode="EVN">
                <code code="24323-8" codeSystem="2.16.840.1.113883.6.1"/>
                <statusCode code="completed"/>
                <specimen><specimenRole><specimenPlayingEntity><code code="119297000" \
        codeSystem="2.16.840.1.113883.6.96"/></specimenPlayingEntity></specimenRole></specimen>
                \(results)
              </organizer></entry>
              <entry><act classCode="ACT" moodCode="EVN"/></entry>
            </section></component>
          </structuredBody></component>
        </ClinicalDocument>
        """
    }

    static let heartRate = observation(#"<value xsi:type="PQ" value="88" unit="/min"/>"#)

    static func observation(_ value: String, code: String = "8867-4", time: String = "20260105080000+0100") -> String {
        """
        <component><observation classCode="OBS" moodCode="EVN">
          <templateId root="2.16.840.1.113883.10.20.22.4.27" extension="2014-06-09"/>
          <id root="1.2.3.4" extension="o-1"/>
          <code code="\(code)" codeSystem="2.16.840.1.113883.6.1" displayName="Heart rate">
            <originalText>Pulse &amp; rate</originalText>
            <translation code="PR" codeSystem="1.2.276.0.76" displayName="local &amp; own"/>
          </code>
          <statusCode code="completed"/>
          <effectiveTime value="\(time)"/>
          \(value)
          <interpretationCode code="N" codeSystem="2.16.840.1.113883.5.83"/>
        </observation></component>
        """
    }
}

internal import Clinical

/// A referral as a C-CDA document: header, vital signs, results. Template ids from C-CDA R2.1.
struct ReferralDocument: Sendable {
    static func write(_ patient: SimulatedPatient, at time: Instant) -> [UInt8] {
        let taken = HL7Feed.stamp(time.adding(seconds: -5400), offset: true)
        let birth = patient.birth.description.filter { $0 != "-" }
        let identifier = "extension=\"\(patient.medicalRecordNumber)\""
        let text = """
            <?xml version="1.0" encoding="UTF-8"?>
            <ClinicalDocument xmlns="urn:hl7-org:v3" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
              <realmCode code="US"/>
              <typeId root="2.16.840.1.113883.1.3" extension="POCD_HD000040"/>
              <templateId root="2.16.840.1.113883.10.20.22.1.1" extension="2015-08-01"/>
              <templateId root="2.16.840.1.113883.10.20.22.1.14" extension="2015-08-01"/>
              <id root="2.16.840.1.113883.3.9999.3" extension="REF-\(patient.medicalRecordNumber)"/>
              <code code="57133-1" codeSystem="2.16.840.1.113883.6.1" displayName="Referral note"/>
              <title>Referral</title>
              <effectiveTime value="\(HL7Feed.stamp(time, offset: true))"/>
              <confidentialityCode code="N" codeSystem="2.16.840.1.113883.5.25"/>
              <languageCode code="en"/>
              <recordTarget>
                <patientRole>
                  <id root="2.16.840.1.113883.3.9999.1" \(identifier)/>
                  <patient>
                    <name><given>\(patient.given)</given><family>\(patient.family)</family></name>
                    <administrativeGenderCode code="\(patient.sex)" codeSystem="2.16.840.1.113883.5.1"/>
                    <birthTime value="\(birth)"/>
                  </patient>
                </patientRole>
              </recordTarget>
              <component>
                <structuredBody>
                  <component>
                    <section>
                      <templateId root="2.16.840.1.113883.10.20.22.2.4.1" extension="2015-08-01"/>
                      <code code="8716-3" codeSystem="2.16.840.1.113883.6.1" displayName="Vital signs"/>
                      <title>Vital signs</title>
                      <text/>
                      <entry>
                        <organizer classCode="CLUSTER" moodCode="EVN">
                          <templateId root="2.16.840.1.113883.10.20.22.4.26" extension="2015-08-01"/>
                          <id root="2.16.840.1.113883.3.9999.3.1" \(identifier)/>
                          <code code="46680005" codeSystem="2.16.840.1.113883.6.96" displayName="Vital signs"/>
                          <statusCode code="completed"/>
                          <effectiveTime value="\(taken)"/>
            \(observation("4.27", "8867-4", "Heart rate", "92", "/min", taken))
            \(observation("4.27", "8480-6", "Systolic blood pressure", "118", "mm[Hg]", taken))
            \(observation("4.27", "8462-4", "Diastolic blood pressure", "70", "mm[Hg]", taken))
            \(observation("4.27", "9279-1", "Respiratory rate", "18", "/min", taken))
            \(observation("4.27", "8310-5", "Body temperature", "36.7", "Cel", taken))
                        </organizer>
                      </entry>
                    </section>
                  </component>
                  <component>
                    <section>
                      <templateId root="2.16.840.1.113883.10.20.22.2.3.1" extension="2015-08-01"/>
                      <code code="30954-2" codeSystem="2.16.840.1.113883.6.1" displayName="Results"/>
                      <title>Results</title>
                      <text/>
                      <entry>
                        <organizer classCode="BATTERY" moodCode="EVN">
                          <templateId root="2.16.840.1.113883.10.20.22.4.1" extension="2015-08-01"/>
                          <id root="2.16.840.1.113883.3.9999.3.2" \(identifier)/>
                          <code code="58410-2" codeSystem="2.16.840.1.113883.6.1" displayName="CBC panel"/>
                          <statusCode code="completed"/>
                          <effectiveTime value="\(taken)"/>
            \(observation("4.2", "718-7", "Hemoglobin [Mass/volume] in Blood", "12.4", "g/dL", taken))
            \(observation("4.2", "6690-2", "Leukocytes [#/volume] in Blood by Automated count", "8.1", "10*3/uL", taken))
                        </organizer>
                      </entry>
                    </section>
                  </component>
                </structuredBody>
              </component>
            </ClinicalDocument>

            """
        return Array(text.utf8)
    }

    private static func observation(
        _ template: String, _ code: String, _ display: String, _ value: String, _ unit: String, _ taken: String
    ) -> String {
        """
                      <component>
                        <observation classCode="OBS" moodCode="EVN">
                          <templateId root="2.16.840.1.113883.10.20.22.\(template)" extension="2014-06-09"/>
                          <id root="2.16.840.1.113883.3.9999.3.9" extension="\(code)-\(taken.prefix(12))"/>
                          <code code="\(code)" codeSystem="2.16.840.1.113883.6.1" displayName="\(display)"/>
                          <statusCode code="completed"/>
                          <effectiveTime value="\(taken)"/>
                          <value xsi:type="PQ" value="\(value)" unit="\(unit)"/>
                        </observation>
                      </component>
        """
    }
}

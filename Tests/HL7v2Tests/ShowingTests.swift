import HL7v2
import Testing

/// Trees and differences for people; names from the attribute tables of HL7 v2.5.1 chapters 2, 3 and 7.
@Suite struct ShowingTests {
    @Test(arguments: [
        ("PID", 5, "Patient Name"), ("PID", 3, "Patient Identifier List"), ("OBX", 5, "Observation Value"),
        ("OBX", 11, "Observation Result Status"), ("PV1", 44, "Admit Date/Time"), ("PV1", 19, "Visit Number"),
        ("MSH", 9, "Message Type"), ("MSH", 18, "Character Set"), ("OBR", 25, "Result Status"),
        ("OBR", 4, "Universal Service Identifier"),
        ("ORC", 12, "Ordering Provider"), ("SPM", 4, "Specimen Type"), ("DG1", 6, "Diagnosis Type"),
        ("IN1", 36, "Policy Number"),
        ("RXA", 5, "Administered Code"), ("RXE", 2, "Give Code"), ("TXA", 12, "Unique Document Number"),
        ("SCH", 25, "Filler Status Code"),
        ("GT1", 3, "Guarantor Name"), ("NK1", 3, "Relationship"), ("ACC", 1, "Accident Date/Time"),
        ("PV2", 3, "Admit Reason"),
        ("MRG", 1, "Prior Patient Identifier List"), ("AL1", 3, "Allergen Code/Mnemonic/Description"),
        ("PR1", 3, "Procedure Code"),
        ("RXO", 1, "Requested Give Code"), ("RXR", 1, "Route"), ("NTE", 3, "Comment"), ("EVN", 2, "Recorded Date/Time"),
        ("PD1", 4, "Patient Primary Care Provider Name & ID No."),
    ])
    func fieldsHaveTheirNames(segment: String, field: Int, name: String) {
        #expect(FieldNames.name(of: segment, field) == name)
    }

    @Test func whatHasNoNameHasNone() {
        #expect(FieldNames.name(of: "ZZZ", 1) == nil)
        #expect(FieldNames.name(of: "PID", 0) == nil)
        #expect(FieldNames.name(of: "PID", 400) == nil)
        #expect(FieldNames.name(of: "PID") == "Patient Identification")
    }

    @Test func aMessageIsATree() throws {
        let text = "MSH|^~\\&|A||||||ORU^R01\rPID|||1^^^H&1.2&ISO~2||Doe\rOBR|1\rOBX|1|TX|||a\\.br\\b|\"\"\rZZZ|x\r"
        #expect(
            MessageText.lines(try Message(Array(text.utf8)).grouped()).joined(separator: "\n") == """
                ORU_R01
                  MSH[1]  Message Header
                    MSH-1  Field Separator: |
                    MSH-2  Encoding Characters: ^~\\&
                    MSH-3  Sending Application: A
                    MSH-9  Message Type
                      MSH-9.1: ORU
                      MSH-9.2: R01
                  PATIENT_RESULT
                    PATIENT
                      PID[1]  Patient Identification
                        PID-3  Patient Identifier List
                          PID-3.1: 1
                          PID-3.4.1: H
                          PID-3.4.2: 1.2
                          PID-3.4.3: ISO
                        PID-3[2]  Patient Identifier List: 2
                        PID-5  Patient Name: Doe
                    ORDER_OBSERVATION
                      OBR[1]  Observation Request
                        OBR-1  Set ID: 1
                      OBSERVATION
                        OBX[1]  Observation/Result
                          OBX-1  Set ID: 1
                          OBX-2  Value Type: TX
                          OBX-5  Observation Value: a\\u{a}b
                          OBX-6  Units: ""
                        ZZZ[1]
                          ZZZ-1: x
                """)
    }

    private func differences(_ first: String, _ second: String) throws -> [String] {
        MessageDifference.between(try Message(Array(first.utf8)), try Message(Array(second.utf8))).map {
            "\($0.path) \($0.name ?? "-"): \($0.first ?? "nothing") > \($0.second ?? "nothing")"
        }
    }

    @Test func differencesNameTheirField() throws {
        let head = "MSH|^~\\&|A||||||ORU^R01\r"
        let first = head + "PID|||1||Doe^John||19500101\rOBX|1|NM|K||1\rOBX|2|NM|Na||140\r"
        #expect(try differences(first, first) == [])
        #expect(
            try differences(first, head + "PID|||1~2||Doe^Jane||\"\"\rOBX|1|NM|Na||141|mmol/L\r") == [
                "PID[1]-3[2] Patient Identifier List: nothing > 2", "PID[1]-5.2 Patient Name: John > Jane",
                "PID[1]-7 Date/Time of Birth: 19500101 > \"\"", "OBX[1] Observation/Result: OBX|1|NM|K||1 > nothing",
                "OBX[2]-1 Set ID: 2 > 1", "OBX[2]-5 Observation Value: 140 > 141", "OBX[2]-6 Units: nothing > mmol/L",
            ])
    }

    @Test func escapesAndDelimitersAreNoDifference() throws {
        #expect(
            try differences("MSH|^~\\&|A\rPID|||1^2||a\\T\\b\r", "MSH#*~\\%#A\rPID###1*2##a&b\r")
                == ["MSH[1]-1 Field Separator: | > #", "MSH[1]-2 Encoding Characters: ^~\\& > *~\\%"])
    }

    @Test func longMessagesAreMatchedByPositionBetweenWhatIsTheSame() throws {
        func text(_ value: (Int) -> String) -> String {
            "MSH|^~\\&|A\r" + (0..<1000).map { "NTE|1||\(value($0))\r" }.joined()
        }
        #expect(
            try differences(text { "n\($0)" }, text { $0 == 500 ? "x" : "n\($0)" })
                == ["NTE[501]-3 Comment: n500 > x"])
        #expect(try differences(text { "n\($0)" }, text { "m\($0)" }).count == 1000)
    }
}

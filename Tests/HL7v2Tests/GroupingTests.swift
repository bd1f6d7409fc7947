import Clinical
import HL7v2
import Testing

/// Message structures: HL7 v2.5.1 and v2.8 chapters 3, 4, 7, 10 (abstract message syntax, section 2.12).
@Suite struct GroupingTests {
    /// A message of the type with the named segments, grouped, its groups written as in the standard.
    private func grouped(_ type: String, _ names: String, version: String = "2.5.1") throws -> GroupedMessage {
        let segments = names.split(separator: " ").map { "\($0)|1" }
        let header = "MSH|^~\\&|A|B|C|D|20260105||\(type)|1|P|\(version)"
        return try Message(Array(([header] + segments).joined(separator: "\r").utf8)).grouped()
    }

    private func codes(_ grouped: GroupedMessage) -> [Int] { grouped.issues.map(\.code) }

    @Test(arguments: [
        (
            "ORU^R01", "PID PV1 ORC OBR NTE OBX NTE OBX SPM OBX OBR OBX",
            "ORU_R01(MSH PATIENT_RESULT(PATIENT(PID VISIT(PV1)) ORDER_OBSERVATION(COMMON_ORDER(ORC) OBR NTE OBSERVATION(OBX NTE) OBSERVATION(OBX) SPECIMEN(SPM SPECIMEN_OBSERVATION(OBX))) ORDER_OBSERVATION(OBR OBSERVATION(OBX))))"
        ),
        (
            "ORU^R01^ORU_R01", "PID OBR OBX PID ORC OBR OBX",
            "ORU_R01(MSH PATIENT_RESULT(PATIENT(PID) ORDER_OBSERVATION(OBR OBSERVATION(OBX))) PATIENT_RESULT(PATIENT(PID) ORDER_OBSERVATION(COMMON_ORDER(ORC) OBR OBSERVATION(OBX))))"
        ),
        (
            "ADT^A04^ADT_A01", "SFT EVN PID PD1 NK1 NK1 PV1 PV2 ROL OBX AL1 AL1 DG1 PR1 ROL PR1 GT1 IN1 IN2 IN1 IN3 ACC",
            "ADT_A01(MSH SFT EVN PID PD1 NEXT_OF_KIN(NK1) NEXT_OF_KIN(NK1) PV1 PV2 ROL OBSERVATION(OBX) AL1 AL1 DG1 PROCEDURE(PR1 ROL) PROCEDURE(PR1) GT1 INSURANCE(IN1 IN2) INSURANCE(IN1 IN3) ACC)"
        ),
        (
            "ADT^A40^ADT_A39", "EVN PID MRG PID PD1 MRG PV1",
            "ADT_A39(MSH EVN PATIENT(PID MRG) PATIENT(PID PD1 MRG PV1))"
        ),
        (
            "OML^O21^OML_O21", "PID PV1 ORC TQ1 OBR NTE DG1 OBX NTE SPM OBX SAC ORC OBR",
            "OML_O21(MSH PATIENT(PID PATIENT_VISIT(PV1)) ORDER(ORC TIMING(TQ1) OBSERVATION_REQUEST(OBR NTE DG1 OBSERVATION(OBX NTE) SPECIMEN(SPM SPECIMEN_OBSERVATION(OBX) CONTAINER(SAC)))) ORDER(ORC OBSERVATION_REQUEST(OBR)))"
        ),
        (
            "OUL^R22^OUL_R22", "PID PV1 SPM OBX SAC OBR ORC NTE OBX OBX OBR ORC OBX SPM OBR OBX",
            "OUL_R22(MSH PATIENT(PID) VISIT(PV1) SPECIMEN(SPM SPECIMEN_OBSERVATION(OBX) CONTAINER(SAC) ORDER(OBR COMMON_ORDER(ORC) NTE RESULT(OBX) RESULT(OBX)) ORDER(OBR COMMON_ORDER(ORC) RESULT(OBX))) SPECIMEN(SPM ORDER(OBR RESULT(OBX))))"
        ),
        (
            "VXU^V04^VXU_V04", "PID PD1 NK1 ORC RXA RXR OBX OBX NTE ORC RXA",
            "VXU_V04(MSH PID PD1 NK1 ORDER(ORC RXA RXR OBSERVATION(OBX) OBSERVATION(OBX NTE)) ORDER(ORC RXA))"
        ),
        (
            "RDE^O11^RDE_O11", "PID PV1 AL1 ORC TQ1 RXO RXR RXE TQ1 RXR RXC OBX ORC RXE RXR",
            "RDE_O11(MSH PATIENT(PID PATIENT_VISIT(PV1) AL1) ORDER(ORC TIMING(TQ1) ORDER_DETAIL(RXO RXR) RXE TIMING_ENCODED(TQ1) RXR RXC OBSERVATION(OBX)) ORDER(ORC RXE RXR))"
        ),
        (
            "SIU^S12^SIU_S12", "SCH NTE PID PV1 RGS AIS AIG AIL AIP NTE AIP RGS AIL",
            "SIU_S12(MSH SCH NTE PATIENT(PID PV1) RESOURCES(RGS SERVICE(AIS) GENERAL_RESOURCE(AIG) LOCATION_RESOURCE(AIL) PERSONNEL_RESOURCE(AIP NTE) PERSONNEL_RESOURCE(AIP)) RESOURCES(RGS LOCATION_RESOURCE(AIL)))"
        ),
        (
            "MDM^T02", "EVN PID PV1 ORC OBR TXA OBX NTE OBX",
            "MDM_T02(MSH EVN PID PV1 COMMON_ORDER(ORC OBR) TXA OBSERVATION(OBX NTE) OBSERVATION(OBX))"
        ),
        (
            "DFT^P03", "EVN PID PV1 FT1 PR1 FT1 DG1 GT1 IN1",
            "DFT_P03(MSH EVN PID PV1 FINANCIAL(FT1 FINANCIAL_PROCEDURE(PR1)) FINANCIAL(FT1) DG1 GT1 INSURANCE(IN1))"
        ),
        (
            "MFN^M02", "MFI MFE STF PRA MFE ZST STF",
            "MFN_ZNN(MSH MFI MF(MFE STF PRA) MF(MFE ZST STF))"
        ),
        (
            "PPR^PC1", "PID PV1 PRB NTE GOL OBX PRB ORC OBR",
            "PPR_PC1(MSH PID PATIENT_VISIT(PV1) PROBLEM(PRB NTE GOAL(GOL GOAL_OBSERVATION(OBX))) PROBLEM(PRB ORDER(ORC ORDER_DETAIL(OBR))))"
        ),
        (
            "RSP^K11", "MSA QAK QPD PID NK1 ORC RXA OBX ORC RXA",
            "RSP_K11(MSH MSA QAK QPD QUERY_RESPONSE(PID NK1 ORDER(ORC RXA OBSERVATION(OBX)) ORDER(ORC RXA)))"
        ),
        ("ACK", "MSA ERR ERR", "ACK(MSH MSA ERR ERR)"),
    ])
    func messagesInOrderAreGroupedAsTheStandardHasThem(type: String, names: String, expected: String) throws {
        let grouped = try grouped(type, names)
        #expect(grouped.root.description == expected)
        #expect(codes(grouped) == [])
    }

    @Test(arguments: [
        // Results without an order.
        (
            "ORU^R01", "PID OBX NTE OBX",
            "ORU_R01(MSH PATIENT_RESULT(PATIENT(PID) ORDER_OBSERVATION(OBSERVATION(OBX NTE) OBSERVATION(OBX))))",
            ["1042 OBX[1]", "1042 OBX[2]", "1041 MSH[1]"]
        ),
        // Results before their order, and those of the patient before version 2.7.
        (
            "ORU^R01", "PID ORC OBX NTE OBR OBX",
            "ORU_R01(MSH PATIENT_RESULT(PATIENT(PID) ORDER_OBSERVATION(COMMON_ORDER(ORC) OBSERVATION(OBX NTE) OBR OBSERVATION(OBX))))",
            ["1042 OBX[1]"]
        ),
        (
            "ORU^R01", "PID OBX PV1 ORC OBX TXA OBR OBX",
            "ORU_R01(MSH PATIENT_RESULT(PATIENT(PID PATIENT_OBSERVATION(OBX) VISIT(PV1)) ORDER_OBSERVATION(COMMON_ORDER(ORC ORDER_DOCUMENT(OBX TXA)) OBR OBSERVATION(OBX))))",
            ["1042 OBX[1]", "1042 OBX[2]"]
        ),
        // A visit between an order and its results leaves them together.
        (
            "ORU^R01", "PID OBR PV1 OBX",
            "ORU_R01(MSH PATIENT_RESULT(PATIENT(PID) ORDER_OBSERVATION(OBR PV1 OBSERVATION(OBX))))", ["1042 PV1[1]"]
        ),
        // After all results a visit has a group of its own again.
        (
            "ORU^R01", "PID OBR OBX PV1 PV2",
            "ORU_R01(MSH PATIENT_RESULT(PATIENT(PID) ORDER_OBSERVATION(OBR OBSERVATION(OBX)) PATIENT(VISIT(PV1 PV2))))",
            ["1042 PV1[1]"]
        ),
        // An ORC that no OBR follows belongs to the OBR before it.
        (
            "ORU^R01", "PID OBR ORC OBX OBX",
            "ORU_R01(MSH PATIENT_RESULT(PATIENT(PID) ORDER_OBSERVATION(OBR ORC OBSERVATION(OBX) OBSERVATION(OBX))))",
            ["1042 ORC[1]"]
        ),
        // A comment speaks about what it follows.
        ("ADT^A01", "EVN PID PV1 AL1 NTE DG1", "ADT_A01(MSH EVN PID PV1 AL1 NTE DG1)", ["1044 NTE[1]"]),
        (
            "ORU^R01", "PID ORC NTE OBR OBX",
            "ORU_R01(MSH PATIENT_RESULT(PATIENT(PID) ORDER_OBSERVATION(COMMON_ORDER(ORC NTE) OBR OBSERVATION(OBX))))",
            ["1042 NTE[1]"]
        ),
        // A second order detail under one ORC.
        (
            "ORM^O01", "PID ORC OBR OBX OBR OBX",
            "ORM_O01(MSH PATIENT(PID) ORDER(ORC ORDER_DETAIL(OBR OBSERVATION(OBX)) ORDER_DETAIL(OBR OBSERVATION(OBX))))",
            ["1043 OBR[2]"]
        ),
        // An ORM without ORC.
        ("ORM^O01", "PID OBR OBX", "ORM_O01(MSH PATIENT(PID) ORDER(ORDER_DETAIL(OBR OBSERVATION(OBX))))", ["1041 OBR[1]"]),
        // Vaccinations as v2.3 sent them, without ORC.
        (
            "VXU^V04", "PID RXA RXR RXA",
            "VXU_V04(MSH PID ORDER(RXA RXR) ORDER(RXA))", ["1041 RXA[1]", "1041 RXA[2]"]
        ),
        // ORC before OBR where the structure has it after.
        (
            "OUL^R22^OUL_R22", "PID SPM ORC OBR OBX ORC OBR OBX",
            "OUL_R22(MSH PATIENT(PID) SPECIMEN(SPM ORDER(ORC OBR RESULT(OBX)) ORDER(ORC OBR RESULT(OBX))))",
            ["1042 ORC[1]", "1042 ORC[2]"]
        ),
        // Late is not missing.
        ("ADT^A01", "PID EVN PV1", "ADT_A01(MSH PID EVN PV1)", ["1042 EVN[1]"]),
        ("ADT^A01", "EVN PID DG1 PV1", "ADT_A01(MSH EVN PID DG1 PV1)", ["1042 PV1[1]"]),
        // Insurance before the guarantor's turn keeps its own group.
        (
            "ADT^A01", "EVN PID PV1 IN1 IN2 PR1 ROL",
            "ADT_A01(MSH EVN PID PV1 INSURANCE(IN1 IN2) PROCEDURE(PR1 ROL))", ["1042 PR1[1]"]
        ),
        ("ADT^A01", "EVN PV1", "ADT_A01(MSH EVN PV1)", ["1041 PV1[1]"]),
        ("ADT^A01", "EVN PID", "ADT_A01(MSH EVN PID)", ["1041 MSH[1]"]),
        // No place at all, and Z segments, which need none.
        (
            "ORU^R01", "PID ZPI OBR OBX ZBX DG1 ZZZ OBX",
            "ORU_R01(MSH PATIENT_RESULT(PATIENT(PID ZPI) ORDER_OBSERVATION(OBR OBSERVATION(OBX ZBX DG1 ZZZ) OBSERVATION(OBX))))",
            ["1044 DG1[1]"]
        ),
        ("XYZ^Q99", "PID OBX", "MESSAGE(MSH PID OBX)", ["1040 MSH[1]-9"]),
    ])
    func otherSegmentsStayWhereAReaderExpectsThem(type: String, names: String, expected: String, issues: [String]) throws {
        let grouped = try grouped(type, names)
        #expect(grouped.root.description == expected)
        #expect(grouped.issues.map { "\($0.code) \($0.place)" } == issues)
    }

    /// The patient's own results came with v2.7; before it they are reported.
    @Test func structuresFollowTheVersion() throws {
        let early = try grouped("ORU^R01", "PID OBX PV1 OBR OBX", version: "2.5.1")
        #expect(early.issues.map(\.place) == ["OBX[1]"])
        let late = try grouped("ORU^R01", "PID OBX PV1 OBR OBX", version: "2.8.2")
        #expect(
            late.root.description
                == "ORU_R01(MSH PATIENT_RESULT(PATIENT(PID PATIENT_OBSERVATION(OBX) VISIT(PV1)) ORDER_OBSERVATION(OBR OBSERVATION(OBX))))"
        )
        #expect(late.issues.isEmpty)
    }

    @Test(
        arguments: [
            ("ADT", "A08", nil, "ADT_A01"), ("ADT", "A08", "ADT_A08", "ADT_A01"), ("ADT", "A31", nil, "ADT_A05"),
            ("ADT", "A34", nil, "ADT_A30"), ("ADT", "Z99", nil, "ADT_A01"), ("ORU", "R01", "nonsense", "ORU_R01"),
            ("ORU", nil, nil, "ORU_R01"), ("RDE", "O01", nil, "RDE_O11"), ("MDM", "T10", nil, "MDM_T02"),
            ("MDM", "T03", nil, "MDM_T01"), ("ACK", "R01", "ACK", "ACK"), ("SIU", "S26", "SIU_S26", "SIU_S12"),
            ("OUL", "R24", nil, "OUL_R24"), ("RSP", "K22", "RSP_K21", "RSP_K21"), ("VXU", "V04", nil, "VXU_V04"),
        ] as [(String, String?, String?, String)])
    func typesFindTheirStructure(code: String, event: String?, structure: String?, expected: String) {
        let type = MessageType(code: code, event: event, structure: structure)
        #expect(MessageStructure.lookup(type)?.name == expected)
    }

    @Test func placesArePathsOfTheStandard() throws {
        let grouped = try grouped("ORU^R01", "PID PV1 ORC OBR OBX NTE SPM OBX ZZZ")
        let places = (0..<10).map { grouped.place(ofSegment: $0) ?? "-" }
        #expect(
            places == [
                "MSH", "PATIENT_RESULT.PATIENT.PID", "PATIENT_RESULT.PATIENT.VISIT.PV1",
                "PATIENT_RESULT.ORDER_OBSERVATION.COMMON_ORDER.ORC", "PATIENT_RESULT.ORDER_OBSERVATION.OBR",
                "PATIENT_RESULT.ORDER_OBSERVATION.OBSERVATION.OBX", "PATIENT_RESULT.ORDER_OBSERVATION.OBSERVATION.NTE",
                "PATIENT_RESULT.ORDER_OBSERVATION.SPECIMEN.SPM",
                "PATIENT_RESULT.ORDER_OBSERVATION.SPECIMEN.SPECIMEN_OBSERVATION.OBX", "-",
            ])
        #expect(grouped.place(ofSegment: 10) == nil)
        #expect(grouped.place(ofSegment: -1) == nil)
    }

    @Test func groupsGiveTheirSegments() throws {
        let grouped = try grouped("ORU^R01", "PID ORC OBR OBX NTE OBX ZZZ SPM")
        let order = try #require(grouped.root.descendants(named: "ORDER_OBSERVATION").first)
        #expect(order.segments.map(\.name) == ["OBR"])
        #expect(order.groups.map(\.name) == ["COMMON_ORDER", "OBSERVATION", "OBSERVATION", "SPECIMEN"])
        #expect(
            order.groups(named: "OBSERVATION").map { $0.allSegments.map(\.path) } == [
                ["OBX[1]", "NTE[1]"], ["OBX[2]", "ZZZ[1]"],
            ])
        #expect(order.parent?.name == "PATIENT_RESULT")
        #expect(order.segment("OBR")?.index == 3)
        #expect(order.segment("OBX") == nil)
        #expect(order.range == 2..<9)
    }

    /// Every segment exactly once and in order, whatever the message.
    @Test func nothingIsLostFromAnyMessage() throws {
        var random = SplitMix64(seed: 42)
        let names = [
            "PID", "PD1", "NK1", "PV1", "PV2", "ORC", "OBR", "OBX", "NTE", "SPM", "AL1", "DG1", "PR1", "IN1", "IN2", "GT1",
            "TQ1", "RXA", "RXE", "RXR", "ZAB", "SFT", "EVN", "MRG", "SAC", "TXA", "MSA", "FT1", "SCH", "RGS", "AIS", "PRB",
        ]
        func order(_ group: SegmentGroup) -> [Int] {
            group.elements.flatMap { element in
                switch element {
                case .segment(let position): [position]
                case .group(let inner): order(inner)
                }
            }
        }
        for structure in MessageStructure.allNames {
            for version in ["2.3", "2.7", "2.8.2"] {
                let chosen = try #require(MessageStructure.named(structure, version: version))
                for _ in 0..<20 {
                    let count = Int.random(in: 0...25, using: &random)
                    let segments = (0..<count).compactMap { _ in names.randomElement(using: &random) }.map { $0 + "|1" }
                    let bytes = Array((["MSH|^~\\&|A"] + segments).joined(separator: "\r").utf8)
                    let message = try Message(bytes)
                    let grouped = message.grouped(as: chosen)
                    #expect(order(grouped.root) == Array(0...count))
                    #expect(grouped.root.allSegments.count == count + 1)
                }
            }
        }
    }
}

import Clinical
import Normalization
import Testing

@Suite("Messages that are refused as a whole")
struct RefusalTests {
    private func refusal(_ segments: String...) throws -> NormalizationError? {
        do {
            _ = try Bench().hl7(segments)
            return nil
        } catch let error as NormalizationError {
            return error
        }
    }

    @Test func codesAndPlacesOfTable0357() throws {
        let absent = try refusal("MSH|^~\\&|A|B|C|D|20260105||||P|2.5.1", Segment.pid)
        #expect(absent?.code == 101 && absent?.place == "MSH[1]-9")
        let type = try refusal(Segment.msh("MDM^T02"), Segment.pid)
        #expect(type?.code == 200 && type?.place == "MSH[1]-9")
        let event = try refusal(Segment.msh("ADT^Z99"), Segment.pid)
        #expect(event?.code == 201 && event?.place == "MSH[1]-9.2")
        #expect(try refusal(Segment.msh("ORU^A01"), Segment.pid)?.code == 201)
        #expect(try refusal(Segment.msh("ORU^R01"), Segment.obr)?.code == 100)
        #expect(try refusal(Segment.msh("ADT^A01"))?.place == "PID")
        #expect(try refusal(Segment.msh("ADT^A01"), "PID|1||||Müller")?.place == "PID[1]-3")
        #expect(try refusal(Segment.msh("ADT^A40"), Segment.pid)?.place == "MRG")
    }

    @Test(arguments: [
        ("ADT^A01", "PID|1||P^^^HOSPA^MR||X||99991399", "PID[1]-7"),
        ("ORU^R01", "OBX|1|NM|CREA||1|mg/dL|||||F|||99991399", "OBX[1]-14"),
        ("ORU^R01", "OBR|1||O|P|||20260230", "OBR[1]-7"),
        ("ADT^A01", "PV1|1|I" + String(repeating: "|", count: 42) + "2026010525", "PV1[1]-44"),
    ])
    func datesThatDoNotExist(type: String, segment: String, place: String) throws {
        let segments = segment.hasPrefix("PID") ? [segment] : [Segment.pid, segment]
        let error = try #require(throws: NormalizationError.self) {
            try Bench().hl7([Segment.msh(type)] + segments)
        }
        #expect(error.code == 102)
        #expect(error.place == place)
        #expect(!error.description.contains("99991399"))
    }

    @Test func garbageOfEveryFormat() throws {
        let normalizer = try Bench().normalizer
        for format in MessageFormat.messages {
            for bytes in [[], [0], Array("garbage".utf8), [0xFF, 0xFE, 0x00]] {
                #expect(throws: NormalizationError.self) {
                    try normalizer.normalize(
                        InboundMessage(source: "lab", format: format, bytes: bytes, received: received))
                }
            }
        }
    }

    @Test func whatWasNoticedBeforeFollowsTheCause() throws {
        // LF line ends are tolerated and noticed before the unsupported type is found.
        let text = Segment.msh("MDM^T02") + "\n" + Segment.pid + "\n"
        let error = try #require(throws: NormalizationError.self) {
            try Bench().normalizer.normalize(
                InboundMessage(source: "lab", format: .hl7v2, bytes: Array(text.utf8), received: received))
        }
        #expect(error.issues.first?.code == 200)
        #expect(error.issues.count > 1)
    }

    @Test func unlistedADTEventIsAnUpdate() throws {
        let message = try Bench().hl7(Segment.msh("ADT^A60"), Segment.pid, "PV1|1|I|3W")
        #expect(message.patients.count == 1 && message.encounters.count == 1)
        #expect(message.has(1408, at: "MSH[1]-9.2"))
    }
}

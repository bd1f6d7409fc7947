import Clinical
import HL7v2
import Testing

/// Writing, HL7 v2.5.1 section 2.6 (message construction rules).
@Suite struct BuilderTests {
    private let time = Instant(microseconds: 1_767_600_000_000_000)

    private func builder() -> MessageBuilder {
        MessageBuilder(type: MessageType(code: "ADT", event: "A01", structure: "ADT_A01"), controlID: "42", time: time)
    }

    @Test func aMessageIsWrittenByTheRules() throws {
        var builder = builder()
        builder.header.set(3, to: "APP")
        var pid = SegmentBuilder("PID")
        pid.set(3, components: ["123", nil, nil, "HOSP"])
        pid.set(3, component: 4, subcomponent: 2, to: "1.2.3")
        pid.set(3, repetition: 2, components: ["9"])
        pid.set(5, components: ["Doe & Co", "John"])
        pid.setNull(7)
        pid.set(8, to: nil)
        builder.append(pid)
        builder.append(SegmentBuilder("ZZ1"))
        #expect(
            String(decoding: try builder.build(), as: UTF8.self)
                == "MSH|^~\\&|APP||||20260105080000+0000||ADT^A01^ADT_A01|42|P|2.5.1\r"
                + "PID|||123^^^HOSP&1.2.3~9||Doe \\T\\ Co^John||\"\"\rZZ1\r")
    }

    @Test func carriageReturnsAndFramingNeverLeaveAValue() throws {
        var builder = builder()
        var nte = SegmentBuilder("NTE")
        nte.set(3, to: "a\rMSH|^~\\&|x\r\n\u{1C}\rb\u{0B}")
        builder.append(nte)
        let bytes = try builder.build()
        #expect(bytes.filter { $0 == 0x0D }.count == 2)
        #expect(!bytes.contains { $0 < 0x20 && $0 != 0x0D })
        #expect(try Message(bytes)["NTE-3"] == "a\rMSH|^~\\&|x\r\n\u{1C}\rb\u{0B}")
    }

    @Test func textBeyondASCIIIsDeclared() throws {
        var builder = builder()
        var nte = SegmentBuilder("NTE")
        nte.set(3, to: "größer")
        builder.append(nte)
        let message = try Message(try builder.build())
        #expect(message["MSH-18"] == "UNICODE UTF-8")
        #expect(message["NTE-3"] == "größer")
        #expect(message.issues.isEmpty)
        builder.header.set(18, to: "8859/1")
        let error = #expect(throws: HL7v2Error.self) { try builder.build() }
        #expect(error?.place.description == "MSH[1]-18")
    }

    @Test func faultsAreReportedWithTheirPlace() {
        func error(_ segment: SegmentBuilder) -> HL7v2Error? {
            var builder = builder()
            builder.append(segment)
            return #expect(throws: HL7v2Error.self) { try builder.build() }
        }
        #expect(error(SegmentBuilder("pid"))?.code == HL7v2Error.Code.segmentNameInvalid)
        #expect(error(SegmentBuilder("P\rD"))?.code == HL7v2Error.Code.segmentNameInvalid)
        #expect(error(SegmentBuilder("MSH"))?.code == HL7v2Error.Code.segmentSequence)
        for position in [0, -1, 10_000, Int.max, Int.min] {
            var segment = SegmentBuilder("PID")
            segment.set(position, to: "x")
            #expect(error(segment)?.code == HL7v2Error.Code.positionInvalid)
        }
        var header = builder()
        header.header.set(2, to: "x")
        #expect(throws: HL7v2Error.self) { try header.build() }
    }

    /// Whatever is set reads back at the same place, and nothing else does.
    @Test func builtValuesReadBack() throws {
        var random = SplitMix64(seed: 26)
        let alphabet: [Character] = Array("abc|^~\\&\"\r\n ÄÖ€😀#X0F.")
        for round in 0..<400 {
            var builder = builder()
            var expected: [String: String] = [:]
            for number in 1...Int.random(in: 1...4, using: &random) {
                var segment = SegmentBuilder("ZX1")
                for _ in 0..<Int.random(in: 0...8, using: &random) {
                    var text = ""
                    for _ in 0..<Int.random(in: 1...6, using: &random) {
                        text.append(alphabet.randomElement(using: &random) ?? "x")
                    }
                    let place = (0..<4).map { _ in Int.random(in: 1...4, using: &random) }
                    segment.set(
                        place[0], repetition: place[1], component: place[2], subcomponent: place[3], to: text)
                    expected["ZX1[\(number)]-\(place[0])[\(place[1])].\(place[2]).\(place[3])"] = text
                }
                builder.append(segment)
            }
            let message = try Message(try builder.build())
            for number in 1...4 {
                for field in 1...4 {
                    for repetition in 1...4 {
                        for component in 1...4 {
                            for subcomponent in 1...4 {
                                let path = "ZX1[\(number)]-\(field)[\(repetition)].\(component).\(subcomponent)"
                                #expect(message[path] == expected[path], "round \(round), \(path)")
                            }
                        }
                    }
                }
            }
        }
    }
}

import Clinical
import HL7v2
import Testing

/// Acknowledgement modes: HL7 v2.5.1 sections 2.9.2 and 2.9.3, table 0155; batches: section 2.10.3.
@Suite struct AcknowledgementDecisionTests {
    private func header(_ accept: String, _ application: String) throws -> MessageHeader {
        MessageHeader(
            try Message(Array("MSH|^~\\&|A|B|C|D|20260105||ADT^A01|1|P|2.5.1|||\(accept)|\(application)\r".utf8)))
    }

    @Test(arguments: [
        ("", "", "- - - AA AE AR"), ("AL", "NE", "CA CE CR - - -"), ("AL", "AL", "CA CE CR AA AE AR"),
        ("ER", "SU", "- CE CR AA - -"), ("SU", "ER", "CA - - - AE AR"), ("NE", "AL", "- - - AA AE AR"),
        ("NE", "NE", "- - - - - -"), ("AL", "", "CA CE CR - - -"), ("", "AL", "- - - AA AE AR"),
        ("XX", "NE", "CA CE CR - - -"), ("\"\"", "\"\"", "- - - AA AE AR"),
    ])
    func theHeaderDecides(accept: String, application: String, expected: String) throws {
        let header = try header(accept, application)
        let codes = Acknowledgement.Stage.allCases.flatMap { stage in
            Acknowledgement.Outcome.allCases.map { outcome in
                Acknowledgement.code(for: header, at: stage, outcome)?.rawValue ?? "-"
            }
        }
        #expect(codes.joined(separator: " ") == expected)
    }

    @Test func bytesWithoutHeaderAreAnsweredInOriginalMode() {
        #expect(Acknowledgement.code(for: nil, at: .commit, .rejected) == nil)
        #expect(Acknowledgement.code(for: nil, at: .application, .rejected) == .AR)
    }

    @Test func anAnswerIsInTheSetOfTheMessage() throws {
        // 山 in JIS X 0208.
        let name: [UInt8] = [0x1B, 0x24, 0x42, 0x3B, 0x33, 0x1B, 0x28, 0x42]
        let bytes = Array("MSH|^~\\&|".utf8) + name + Array("|B|C|D|20260105||ADT^A01|7|P|2.5.1||||||~ISO IR87\r".utf8)
        let answer = Acknowledgement.build(for: try Message(bytes), code: .CA, controlID: "1", time: Instant(seconds: 0))
        #expect(answer.starts(with: Array("MSH|^~\\&|C|D|".utf8) + name + Array("|B|".utf8)))
        #expect(try Message(answer)["MSH-5"] == "山")
        #expect(try Acknowledgement.parse(answer).acknowledgedControlID == "7")
    }

    @Test func aFileIsAnsweredByAFile() throws {
        func one(_ id: Int) -> String { "MSH|^~\\&|A|B|C|D|20260105||ADT^A01|\(id)|P|2.5.1\rPID|1\r" }
        let text =
            "FHS|^~\\&|A|B|C|D|1||||F7\rBHS|^~\\&|A|B|C|D|1||||B1\r\(one(1))\(one(2))BTS|2\rBHS|^~\\&|A|B|C|D|1||||B2\rBTS|0\rFTS|2\r"
        let bytes = Array(text.utf8)
        let reader = try BatchReader(bytes)
        #expect(reader.batches.map(\.messages) == [0..<2, 2..<2])
        let time = Instant(seconds: 1_767_600_000)
        let answers = try reader.messages.map {
            Acknowledgement.build(for: try Message(Array(bytes[$0])), code: .AA, controlID: "x", time: time)
        }
        let answer = BatchAnswer.build(to: bytes, reader, acknowledgements: answers, time: time, controlID: "R")
        let lines = String(decoding: answer, as: UTF8.self).split(separator: "\r")
        #expect(lines.first == "FHS|^~\\&|C|D|A|B|20260105080000+0000||||R|F7")
        #expect(lines.dropFirst().first == "BHS|^~\\&|C|D|A|B|20260105080000+0000||||R-1|B1")
        #expect(lines.filter { $0.hasPrefix("MSA") } == ["MSA|AA|1", "MSA|AA|2"])
        #expect(lines.suffix(4) == ["BTS|2", "BHS|^~\\&|C|D|A|B|20260105080000+0000||||R-2|B2", "BTS|0", "FTS|2"])
        let read = try BatchReader(answer)
        #expect(read.issues.isEmpty)
        #expect(read.messages.count == 2)
    }
}

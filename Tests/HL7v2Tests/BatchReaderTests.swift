import Clinical
import HL7v2
import Testing

/// Batches: HL7 v2.5.1 section 2.10.3 (batch protocol) and 2.15.2, 2.15.3, 2.15.6, 2.15.7.
@Suite struct BatchReaderTests {
    private func one(_ id: Int) -> String { "MSH|^~\\&|A|B|C|D|20260105||ADT^A01|\(id)|P|2.5.1\rPID|1||\(id)\r" }

    private func read(_ text: String) throws -> (ids: [String?], issues: [Int]) {
        let bytes = Array(text.utf8)
        let batch = try BatchReader(bytes)
        return (try batch.messages.map { try Message(Array(bytes[$0])).controlID }, batch.issues.map(\.code))
    }

    @Test func aSingleMessageIsItself() throws {
        let bytes = Array(usualMessage.utf8)
        let batch = try BatchReader(bytes)
        #expect(batch.messages == [0..<bytes.count])
        #expect(batch.issues.isEmpty)
    }

    @Test func aFileOfBatchesIsSplit() throws {
        let text =
            "FHS|^~\\&|A\rBHS|^~\\&|A\r\(one(1))\(one(2))BTS|2\rBHS|^~\\&|A\r\(one(3))BTS|1|done\rFTS|2\r"
        let (ids, issues) = try read(text)
        #expect(ids == ["1", "2", "3"])
        #expect(issues.isEmpty)
    }

    @Test func messagesOneAfterAnotherAreSplit() throws {
        let text =
            "\u{FEFF} \r\n" + one(1) + "\r\n\n  \r" + one(2).replacing("\r", with: "\r\n") + one(3).dropLast() + " \n"
        let (ids, issues) = try read(text)
        #expect(ids == ["1", "2", "3"])
        #expect(issues.isEmpty)
    }

    @Test func transportFramingIsNotPartOfAMessage() throws {
        let bytes = Array("\u{0B}\(one(1))\u{1C}\r\u{0B}\(one(2))\u{1C}\r".utf8)
        let batch = try BatchReader(bytes)
        #expect(batch.messages.count == 2)
        #expect(batch.messages.allSatisfy { String(decoding: bytes[$0], as: UTF8.self).utf8.count == one(1).utf8.count })
        #expect(try Message(Array(bytes[batch.messages[1]])).issues.isEmpty)
    }

    @Test(arguments: [
        ("BHS|^~\\&\r%1BTS|2\r", [1030]), ("BHS|^~\\&\r%1%2BTS\r", []), ("BHS|^~\\&\r%1BTS|\r", []),
        ("BHS|^~\\&\r%1", [1031]),
        ("%1BTS|1\r", [1033]), ("FHS|^~\\&\rBHS|^~\\&\r%1BTS|1\rFTS|2\r", [1030]), ("FHS|^~\\&\r%1", [1031]),
        ("%1FTS|0\r", [1033]),
        ("FHS|^~\\&\rBHS|^~\\&\r%1FTS|1\r", [1031]), ("BHS|^~\\&\r%1BHS|^~\\&\r%2BTS|1\r", [1031]),
        ("BHS|^~\\&\rBTS|0\r", []), ("hello\rworld\r%1", [1032]), ("BHS|^~\\&\r%1BTS|1\rhello\r", [1032]),
        ("BHS|^~\\&\rBTS|99999999999999999999\r", [1030]),
    ])
    func countsAndTrailersAreChecked(text: String, codes: [Int]) throws {
        let (_, issues) = try read(text.replacing("%1", with: one(1)).replacing("%2", with: one(2)))
        #expect(issues == codes)
    }

    @Test func aBrokenMessageKeepsItsPlace() throws {
        let text = one(1) + "MSH\rMSH|^~\\&\r" + one(2)
        let batch = try BatchReader(Array(text.utf8))
        #expect(batch.messages.count == 4)
        #expect(failure(Array(text.utf8)[batch.messages[1]].map(\.self))?.code == HL7v2Error.Code.headerTooShort)
    }

    @Test(arguments: ["", " \r\n ", "hello", "PID|1\rPV1|2\r", "MSHX", "\u{0B}\u{1C}\r", "<?xml version=\"1.0\"?>"])
    func inputWithoutMessagesIsRefused(text: String) {
        let error = #expect(throws: HL7v2Error.self) { try BatchReader(Array(text.utf8)) }
        #expect(error?.code == HL7v2Error.Code.notAMessage)
    }

    @Test func limitsAreKept() throws {
        let bytes = Array((one(1) + one(2) + one(3)).utf8)
        #expect(try BatchReader(bytes, limits: .init(maximumMessages: 3)).messages.count == 3)
        let many = #expect(throws: HL7v2Error.self) { try BatchReader(bytes, limits: .init(maximumMessages: 2)) }
        #expect(many?.code == HL7v2Error.Code.tooManyParts)
        let long = #expect(throws: HL7v2Error.self) { try BatchReader(bytes, limits: .init(maximumBytes: 10)) }
        #expect(long?.code == HL7v2Error.Code.tooLarge)
    }

    @Test func rangesNeverOverlapAndHoldEveryHeader() throws {
        var random = SplitMix64(seed: 10)
        let pieces = [
            "FHS|^~\\&\r", "BHS|^~\\&\r", "BTS|1\r", "FTS|1\r", one(1), "MSH\r", "MSH|", "\r", "\n", " ", "\u{0B}",
            "\u{1C}\r", "x",
            "PID|1\r", "\u{FEFF}",
        ]
        for _ in 0..<3_000 {
            var text = "MSH|^~\\&|A\r"
            for _ in 0..<Int.random(in: 0...12, using: &random) { text += pieces.randomElement(using: &random) ?? "" }
            let bytes = Array(text.utf8)
            let batch = try BatchReader(bytes)
            var end = 0
            for range in batch.messages {
                #expect(range.lowerBound >= end && range.upperBound <= bytes.count && range.count >= 3)
                #expect(bytes[range].starts(with: Array("MSH".utf8)))
                end = range.upperBound
            }
        }
    }
}

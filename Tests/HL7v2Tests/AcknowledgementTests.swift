import Clinical
import Foundation
import HL7v2
import Testing

/// Acknowledgements: HL7 v2.5.1 sections 2.9.2, 2.14.1, 2.15.5 (ERR), 2.15.8 (MSA); ERR-1: v2.4 section 2.16.5.
@Suite struct AcknowledgementTests {
    private let time = Instant(microseconds: 1_767_600_000_000_000)

    private func text(_ bytes: [UInt8]) -> [String] {
        String(decoding: bytes, as: UTF8.self).split(separator: "\r", omittingEmptySubsequences: false).map(String.init)
    }

    @Test func anAcceptanceSwapsSenderAndReceiver() throws {
        let message = try Message(
            Array("MSH|^~\\&|APP^1.2^ISO|FAC|RAPP|RFAC|20260105||ADT^A01^ADT_A01|C7|T^A|2.5.1\r".utf8))
        let bytes = Acknowledgement.build(for: message, code: .AA, controlID: "OWN1", time: time)
        #expect(
            text(bytes) == [
                "MSH|^~\\&|RAPP|RFAC|APP^1.2^ISO|FAC|20260105080000+0000||ACK^A01^ACK|OWN1|T^A|2.5.1", "MSA|AA|C7", "",
            ])
        let parsed = try Acknowledgement.parse(bytes)
        #expect(parsed.code == .AA && parsed.code.isPositive)
        #expect(parsed.acknowledgedControlID == "C7")
        #expect(parsed.controlID == "OWN1")
        #expect(parsed.errors.isEmpty)
    }

    @Test func errorsOfVersion25AreSegmentsOfTheirOwn() throws {
        let message = try message("PID|1")
        let issues = [
            Issue(.error, code: 101, place: "PID[1]-3.1", "The patient needs an identifier."),
            Issue(.warning, code: 1026, place: "MSH[1]-18", "Read as UTF-8 | declared nothing."),
            Issue(.information, code: 207, place: "byte 12", "Something else."),
        ]
        let bytes = Acknowledgement.build(for: message, code: .AE, controlID: "2", time: time, issues: issues)
        #expect(
            text(bytes).dropFirst() == [
                "MSA|AE|C1", "ERR||PID^1^3^1^1|101^Required field missing^HL70357|E||||The patient needs an identifier.",
                "ERR||MSH^1^18|207^Application internal error^HL70357|W|1026^^L|||Read as UTF-8 \\F\\ declared nothing.",
                "ERR|||207^Application internal error^HL70357|I|||byte 12|Something else.", "",
            ])
        let parsed = try Acknowledgement.parse(bytes)
        #expect(parsed.code == .AE && !parsed.code.isPositive)
        #expect(parsed.errors.map(\.code) == [101, 1026, 207])
        #expect(parsed.errors.map(\.severity) == [.error, .warning, .information])
        #expect(parsed.errors.map(\.place) == ["PID[1]-3.1", "MSH[1]-18", ""])
        #expect(parsed.errors.map(\.text) == issues.map(\.text))
    }

    @Test(arguments: ["2.4", "2.3.1", "2.2", "2.1"])
    func errorsBeforeVersion25RepeatERR1(version: String) throws {
        let message = try message("PID|1", version: version)
        let bytes = Acknowledgement.build(
            for: message, code: .AE, controlID: "2", time: time,
            issues: [
                Issue(.error, code: 102, place: "PID[1]-7", "This is no date."),
                Issue(.error, code: 101, place: "OBX[3]-11", "Status is missing."),
            ])
        #expect(
            text(bytes).dropFirst() == [
                "MSA|AE|C1|This is no date.",
                "ERR|PID^1^7^102&Data type error&HL70357~OBX^3^11^101&Required field missing&HL70357", "",
            ])
        let parsed = try Acknowledgement.parse(bytes)
        #expect(parsed.text == "This is no date.")
        #expect(parsed.errors.map(\.code) == [102, 101])
        #expect(parsed.errors.map(\.place) == ["PID[1]-7", "OBX[3]-11"])
    }

    @Test(arguments: Acknowledgement.Code.allCases)
    func everyCodeOfTable0008ReadsBack(code: Acknowledgement.Code) throws {
        let bytes = Acknowledgement.build(for: nil, code: code, controlID: "1", time: time)
        #expect(try Acknowledgement.parse(bytes).code == code)
    }

    @Test func garbageIsAnsweredWithDefaults() throws {
        let issue = try #require(failure("garbage")).issue
        for input in [Array("garbage".utf8), [], [0xFF, 0x00], Array("MSH".utf8), Array("MSH|^^".utf8)] {
            let bytes = Acknowledgement.build(
                forUnreadable: input, code: .AR, controlID: "9", time: time, issues: [issue])
            #expect(text(bytes)[0] == "MSH|^~\\&|||||20260105080000+0000||ACK|9|P|2.5.1")
            #expect(text(bytes)[1] == "MSA|AR")
            let parsed = try Acknowledgement.parse(bytes)
            #expect(parsed.acknowledgedControlID == nil)
            #expect(parsed.errors.map(\.code) == [HL7v2Error.Code.notAMessage])
        }
    }

    @Test func aMessageThatBreaksLaterIsAnsweredUnderItsControlID() throws {
        let input = "MSH|^~\\&|APP|FAC|R|S|20260105||ORU^R01|C9|P|2.3\rPID|1\rbroken line\r"
        let error = try #require(failure(input))
        let bytes = Acknowledgement.build(
            forUnreadable: Array(input.utf8), code: .AR, controlID: "9", time: time, issues: [error.issue])
        #expect(
            text(bytes) == [
                "MSH|^~\\&|R|S|APP|FAC|20260105080000+0000||ACK^R01^ACK|9|P|2.3",
                "MSA|AR|C9|A segment starts with a capital letter and two capital letters or digits; this l",
                "ERR|^^^100&Segment sequence error&HL70357", "",
            ])
    }

    @Test func otherDelimitersAreAnsweredInKind() throws {
        let message = try Message(Array("MSH#*!/%#A*B#C#D#E###ADT*A01#C/F/1#P#2.5\r".utf8))
        let bytes = Acknowledgement.build(
            for: message, code: .AE, controlID: "a#b", time: time, issues: [Issue(.error, code: 100, place: "PID", "a*b")])
        #expect(
            text(bytes) == [
                "MSH#*!/%#D#E#A*B#C#20260105080000+0000##ACK*A01*ACK#a/F/b#P#2.5", "MSA#AE#C/F/1",
                "ERR##PID*1#100*Segment sequence error*HL70357#E####a/S/b", "",
            ])
        #expect(try Acknowledgement.parse(bytes).acknowledgedControlID == "C#1")
    }

    @Test func repeatedNamesStayInTheSendersCharacterSet() throws {
        let header = Array("MSH|^~\\&|A|".utf8) + [0xE9] + Array("|C|D|20260105||ADT^A01|1|P|2.5.1||||||8859/1\r".utf8)
        let bytes = Acknowledgement.build(for: try Message(header), code: .AA, controlID: "1", time: time)
        let answer = try Message(bytes)
        #expect(answer["MSH-18"] == "8859/1")
        #expect(answer.receivingFacility == "é")
        let unlabelled = try Message(Array("MSH|^~\\&|é|B|C|D|20260105||ADT^A01|1|P|2.5.1\r".utf8))
        let labelled = try Message(Acknowledgement.build(for: unlabelled, code: .AA, controlID: "1", time: time))
        #expect(labelled.receivingApplication == "é")
        #expect(labelled["MSH-18"] == "UNICODE UTF-8")
    }

    @Test func nothingUnsafeIsRepeated() throws {
        let message = try Message(Array("MSH|^~\\&|A\u{1C}B|\u{0B}|C|D|1||ADT^A01|X\u{1C}Y|P|2.5.1\r".utf8))
        let bytes = Acknowledgement.build(
            for: message, code: .AA, controlID: "\r\u{1C}", time: time,
            issues: [Issue(.error, code: 5, place: "x\rPID|", "a\r\u{0B}ü")])
        #expect(!bytes.contains { $0 < 0x20 && $0 != 0x0D })
        #expect(bytes.filter { $0 == 0x0D }.count == 3)
        #expect(try Acknowledgement.parse(bytes).acknowledgedControlID == nil)
        let long = Array("MSH|^~\\&|A|B|C|D|1||ADT^A01|\(String(repeating: "x", count: 100_000))|P|2.5.1\r".utf8)
        #expect(Acknowledgement.build(for: try Message(long), code: .AA, controlID: "1", time: time).count < 200)
    }

    @Test func whatIsNoAcknowledgementIsRefused() throws {
        func error(_ text: String) -> HL7v2Error? {
            #expect(throws: HL7v2Error.self) { try Acknowledgement.parse(Array(text.utf8)) }
        }
        #expect(error(usualMessage)?.place.description == "MSA[1]")
        #expect(error("MSH|^~\\&|A\rMSA|XX|1\r")?.code == 103)
        #expect(error("MSH|^~\\&|A\rMSA||1\r")?.code == 101)
        #expect(error("nothing")?.code == HL7v2Error.Code.notAMessage)
    }

    @Test func anotherSystemsAcknowledgementIsRead() throws {
        // Of the form in HL7 v2.5.1 section 2.15.5, with the error code in ERR-3 only and a diagnostic text.
        let bytes = Array(
            ("MSH|^~\\&|LAB|H|HIS|H|20260105||ACK^R01|77|P|2.5.1\nMSA|CE|MSG1\n"
                + "ERR||OBX^2^5^1^3|103^Table value not found^HL70357|W|||line 12\n").utf8)
        let parsed = try Acknowledgement.parse(bytes)
        #expect(parsed.code == .CE)
        #expect(
            parsed.errors == [Issue(.warning, code: 103, place: "OBX[2]-5.3", "Table value not found")])
    }

    /// Found by fuzzing: MSH-18 names a set in bytes that are no name of one, and was sent back as it was.
    @Test func anUnreadableNameOfASetIsNotSentBack() throws {
        let text = """
            TVNIfF5+XCZ8TOhCzgAAAAAAAAB8SE9TUHxIV3xXQVIAAAAAAAAAJgAAAAAAAAAAAAAHAAAAADcAAAAAAhC1tbW1tbW1tbW1tUR8
            MjAyNjAxMDEwODAwMDD39/f3bvf39/f39/f39/f39/f39+zs7Ozs7Ozs7Ozs7Ozs7Ozs7Ozs7Ozs7Ozs7Ozs7Ozs7Ozs7Ozs7Ozs
            7Ozs7Ozs7Ozs7Ozs7Ozs7Ozs7Ozs7Ozs7Ozs7Ozs7Ozs7Ozs7Oz39/f39/f39/f39/f39/f39/f39/f39/f39/f39/f39/f39/f3
            9/f39/f39/f39/f39/f39/f39/f3v7+/v7+/v7+/v7+/v7+/v7+/MDUwODAwMDArMDEwMHx8T1JVXlIwMV5PUlVfUjAxfEMxfFB8
            Mi41LjF8fHx8fHx+SVNPIEn39/f39/f39/f39/f39/f39/f39/f39yswMTAwfHxPUlVeUjAxXk9SVV9SMDF8QzF8UHwyLjUuMXx8
            fHx8fDg4NTkvMX5JU08gSVI4Nw1QSUR8MQ1PQlJ8MQ1PQlh8MXxUWHxDQ2hhcmFjKzMbKELoDQ==
            """
        let bytes = try #require(Data(base64Encoded: text, options: .ignoreUnknownCharacters))
        let message = try Message(Array(bytes))
        let answer = Acknowledgement.build(for: message, code: .AE, controlID: "1", time: time)
        #expect(try Acknowledgement.parse(answer).code == .AE)
    }

    /// Found by fuzzing: `-` separates repetitions, so MSH-18 of the answer said `UNICODE UTF16`, which is no set.
    @Test("A set whose name holds a delimiter is not named: the answer is in ASCII, without the sender's name")
    func aSetThatCannotBeNamed() throws {
        let text = "MSH|\\-|Größe|LAB|HIS|H|20260105||ORU\\R01|77|P|2.5.1\r"
        let message = try Message(text.utf16.flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] })
        let answer = Acknowledgement.build(for: message, code: .AE, controlID: "1", time: time)
        #expect(answer.allSatisfy { $0 < 0x80 && $0 != 0 })
        let read = try Message(answer)
        #expect(read["MSH-18"] == nil && read["MSH-5"] == nil && read["MSH-6"] == "LAB" && read["MSA-2"] == "77")
    }
}

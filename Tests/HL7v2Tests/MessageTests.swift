import Clinical
import HL7v2
import Testing

/// HL7 v2.5.1 sections 2.5 (message framework) and 2.15.9 (MSH).
@Suite struct MessageTests {
    @Test func headerValuesAreRead() throws {
        let message = try Message(Array(usualMessage.utf8))
        #expect(message.type == MessageType(code: "ORU", event: "R01", structure: "ORU_R01"))
        #expect(message.controlID == "MSG00001")
        #expect(message.version == "2.5.1")
        #expect(message.processingID == "P")
        #expect(message.sendingApplication == "LABA")
        #expect(message.sendingFacility == "GENERAL")
        #expect(message.receivingApplication == "HEADWALL")
        #expect(message.receivingFacility == "WARD")
        #expect(try message.timestamp?.description == "2026-01-05T08:15:00+01:00")
        #expect(message.issues.isEmpty)
    }

    @Test func segmentsKnowTheirNameAndPlace() throws {
        let message = try Message(Array(usualMessage.utf8))
        #expect(message.segments.map(\.name) == ["MSH", "PID", "PV1", "OBR", "OBX", "OBX", "NTE", "OBX"])
        #expect(message.segments.map(\.occurrence) == [1, 1, 1, 1, 1, 2, 1, 3])
        let results = message.segments(named: "OBX")
        #expect(results.map(\.index) == [4, 5, 7])
        #expect(results.map(\.path) == ["OBX[1]", "OBX[2]", "OBX[3]"])
        #expect(message.segment("OBX", 3)?.index == 7)
        #expect(message.segment("OBX", 4) == nil)
        #expect(message.segment("OBX", 0) == nil)
        #expect(message.segments(named: "ZZZ").isEmpty)
        #expect(message.segments(named: "TOOLONG").isEmpty)
    }

    @Test(arguments: [
        ("PID-5", "Doe"), ("PID-5.2", "John"), ("PID[1]-5[1].2.1", "John"), ("PID-3[2].1", "999"), ("PID-3.4.2", "1.2.3"),
        ("PID-11", "12 Main & 3rd"), ("OBX[3]-5[2].2.2", "d"), ("OBX[2]-5", "<"), ("OBX-3", "2160-0"),
        ("MSH-9.3", "ORU_R01"),
        ("NTE-3", "Line one\nLine two, größer"),
    ])
    func pathsFindValues(path: String, text: String) throws {
        #expect(try Message(Array(usualMessage.utf8))[path] == text)
    }

    @Test(arguments: [
        "PID-99", "PID-2", "PID-5.9", "PID-3[9]", "OBX[9]-5", "ZZZ-1", "PID", "PID-", "PID-0", "PID-5.", "PID-5[0]",
        "pid-5",
        "PID-5 ", "", "PID5", "PID-5.1.1.1", "PID[]-5", "PID-9999999999999999999", "PV1-4",
    ])
    func placesWithoutValueAndPathsWithoutMeaningGiveNil(path: String) throws {
        #expect(try Message(Array(usualMessage.utf8))[path] == nil)
    }

    @Test func everyPartKnowsItsPath() throws {
        let message = try Message(Array(usualMessage.utf8))
        let field = try #require(message.segment("OBX", 3)).field(5)
        #expect(field.path == "OBX[3]-5")
        #expect(field.repetition(1).path == "OBX[3]-5")
        #expect(field.repetition(2).path == "OBX[3]-5[2]")
        #expect(field.component(1).path == "OBX[3]-5.1")
        #expect(field.repetition(2).component(2).subcomponent(2).path == "OBX[3]-5[2].2.2")
        #expect(HL7v2Location("OBX[3]-5[2].2.2")?.description == "OBX[3]-5[2].2.2")
        #expect(message[field.repetition(2).component(2).path] == "c")
    }

    /// Section 2.5.3: an absent or empty field says nothing; `""` says there is no value any more.
    @Test func absentEmptyAndNullDiffer() throws {
        let segment = try #require(message("PV1|1||\"\"|A^\"\"^\"\"&x|\"\" ").segment("PV1"))
        let empty = segment.field(2)
        #expect(!empty.isAbsent && empty.isEmpty && !empty.isNull && empty.text == nil && empty.repetitions.count == 1)
        let null = segment.field(3)
        #expect(!null.isAbsent && !null.isEmpty && null.isNull && null.text == nil && !null.isValued)
        #expect(null.repetition(1).isNull && null.component(1).isNull)
        #expect(segment.field(4).component(2).isNull)
        #expect(!segment.field(4).component(3).isNull)
        #expect(segment.field(4).component(3).subcomponent(1).isNull)
        #expect(segment.field(4).component(3).text == nil)
        #expect(segment.field(5).text == "\"\" ")
        let absent = segment.field(6)
        #expect(absent.isAbsent && absent.isEmpty && !absent.isNull && absent.text == nil && absent.repetitions.isEmpty)
        #expect(absent.path == "PV1[1]-6" && absent.range == nil && absent.raw.isEmpty)
        #expect(segment.field(0).isAbsent && segment.field(-1).isAbsent && segment.field(.min).isAbsent)
    }

    @Test func freeTextWithBareDelimitersCanBeReadWhole() throws {
        let field = try #require(message("OBX|1|TX|x||Smith & Jones ^ a~b\\F\\c").segment("OBX")).field(5)
        #expect(field.text == "Smith ")
        #expect(field.wholeText == "Smith & Jones ^ a~b|c")
        #expect(field.repetition(1).wholeText == "Smith & Jones ^ a")
        #expect(field.component(1).wholeText == "Smith & Jones ")
    }

    @Test func rawBytesAndRangesPointIntoTheInput() throws {
        let message = try Message(Array(usualMessage.utf8))
        let field = try #require(message.segment("PID")).field(11)
        #expect(Array(field.raw) == Array("12 Main \\T\\ 3rd^^Springfield".utf8))
        #expect(try Array(message.bytes[#require(field.range)]) == Array(field.raw))
        #expect(message.segments.reduce(0) { $0 + $1.raw.count + 1 } == message.bytes.count)
    }

    @Test(arguments: ["\n", "\r\n", "\r"])
    func lineEndsAreToleratedAndReported(lineEnd: String) throws {
        let text = usualMessage.split(separator: "\r").joined(separator: lineEnd) + lineEnd
        let message = try Message(Array(text.utf8))
        #expect(message.segments.map(\.name) == ["MSH", "PID", "PV1", "OBR", "OBX", "OBX", "NTE", "OBX"])
        #expect(message["OBX[3]-11"] == "F")
        #expect(message.issues.map(\.code) == (lineEnd == "\r" ? [] : [HL7v2Error.Code.lineEnds]))
        #expect(message.issues.allSatisfy { $0.severity == .information })
    }

    @Test func blankSpaceAroundAndBetweenSegmentsIsReported() throws {
        let text = " \r\n\t" + usualMessage.replacing("PV1", with: "\r  \rPV1") + " \r\n  "
        let message = try Message(Array(text.utf8))
        #expect(message.segments.count == 8)
        #expect(message["PV1-2"] == "I")
        #expect(message.issues.map(\.code).contains(HL7v2Error.Code.leadingBlank))
        #expect(message.issues.map(\.code).contains(HL7v2Error.Code.blankLines))
        #expect(message["OBX[3]-11"] == "F")
    }

    @Test func anUnterminatedLastSegmentIsReported() throws {
        let message = try Message(Array(usualMessage.utf8.dropLast()))
        #expect(message["OBX[3]-11"] == "F")
        #expect(message.issues.map(\.code) == [HL7v2Error.Code.lastSegmentOpen])
    }

    @Test func nulBytesAreReportedAndNeverReachText() throws {
        var bytes = Array(usualMessage.utf8)
        let position = try #require(bytes.firstRange(of: Array("John".utf8))).lowerBound
        bytes[position] = 0
        let message = try Message(bytes)
        #expect(message["PID-5.2"] == "\u{FFFD}ohn")
        #expect(message["PID-5.1"] == "Doe")
        #expect(message.issues.map(\.code) == [HL7v2Error.Code.nulBytes])
        #expect(message.issues.first?.place == "PID[1]-5")
        #expect(try Message(Array(usualMessage.utf8) + [0, 0, 0]).segments.count == 8)
    }

    @Test func controlCharactersAreReportedWithTheirPlace() throws {
        let message = try message("NTE|1|x|a\u{1B}b\tc")
        #expect(message["NTE-3"] == "a\u{1B}b\tc")
        #expect(message.issues.map(\.code) == [HL7v2Error.Code.controlCharacters])
        #expect(message.issues.first?.place == "NTE[1]-3")
    }

    @Test(arguments: ["pid|1", "PI|1", "PIDX|1", "1ID|1", "P D|1", "|1", "Müller|1", "PID^1", "PI\u{0}|1"])
    func segmentNamesAreChecked(line: String) throws {
        let error = try #require(failure("MSH|^~\\&|A\rEVN|1\r\(line)\rPV1|1\r"))
        #expect(error.code == HL7v2Error.Code.segmentNameInvalid)
        #expect(error.place.byteOffset == 17)
        #expect(error.place.description == "segment 3, byte 17")
        #expect(!error.description.contains("ller"))
    }

    @Test(arguments: ["PID", "ZX9", "PV1", "OBX|"])
    func segmentsNeedNoFields(line: String) throws {
        let segment = try #require(try message(line).segments.last)
        #expect(segment.name == String(line.prefix(3)))
        #expect(segment.fieldCount == line.count - 3)
        #expect(segment.field(1).isEmpty)
    }

    @Test func messagesAreNotMixed() throws {
        let second = try #require(failure(usualMessage + usualMessage))
        #expect(second.code == HL7v2Error.Code.segmentSequence)
        #expect(second.place.description == "MSH[2]")
        #expect(second.place.byteOffset == usualMessage.utf8.count)
        for name in ["FHS", "BHS", "BTS", "FTS"] {
            #expect(failure(usualMessage + "\(name)|1\r")?.code == HL7v2Error.Code.segmentSequence)
        }
    }

    @Test(arguments: [
        "", " \r\n", "PID|1\r", "FHS|^~\\&|A\r", "MS", "\u{FEFF}", "garbage", "{\"resourceType\":\"Bundle\"}",
    ])
    func whatIsNoMessageIsRefused(text: String) throws {
        let error = try #require(failure(text))
        #expect(error.code == HL7v2Error.Code.notAMessage)
        #expect(error.place.description.hasPrefix("byte "))
    }

    @Test func limitsAreKept() throws {
        let header = Array("MSH|^~\\&|A\r".utf8)
        let limit = 16 << 20
        let full = header + Array("NTE|".utf8) + [UInt8](repeating: 0x61, count: limit - header.count - 4)
        #expect(try Message(full)["NTE-1"]?.utf8.count == limit - header.count - 4)
        #expect(failure(full + [0x61])?.code == HL7v2Error.Code.tooLarge)
        #expect(failure(header + header, limits: .init(maximumBytes: 21))?.code == HL7v2Error.Code.tooLarge)
        let segments = header + Array("NTE|1\r".utf8) + Array("NTE|2\r".utf8)
        #expect(failure(segments, limits: .init(maximumSegments: 3)) == nil)
        #expect(failure(segments, limits: .init(maximumSegments: 2))?.code == HL7v2Error.Code.tooManyParts)
        let fields = header + Array("NTE".utf8) + [UInt8](repeating: UInt8(ascii: "|"), count: 3_000_000)
        #expect(failure(fields)?.code == HL7v2Error.Code.tooManyParts)
        #expect(try Message(fields, limits: .init(maximumFields: 4_000_000)).segments[1].fieldCount == 3_000_000)
    }

    @Test func manySegmentNamesAreCountedEach() throws {
        var text = "MSH|^~\\&|A\r"
        let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
        for round in 1...3 {
            for first in letters {
                for second in letters.prefix(4) { text += "Z\(first)\(second)|\(round)\r" }
            }
        }
        let message = try Message(Array(text.utf8))
        #expect(message.segments.count == 1 + 3 * 26 * 4)
        #expect(message["ZQC[3]-1"] == "3")
        #expect(message["ZAA[2]-1"] == "2")
        #expect(message.segments.dropFirst().allSatisfy { $0.text(1) == String($0.occurrence) })
    }
}

import Clinical
import HL7v2
import Testing

/// MSH-18: HL7 v2.5.1 section 2.15.9.18 and table 0211.
@Suite struct CharacterSetTests {
    private func bytes(_ label: String, _ value: [UInt8]) -> [UInt8] {
        Array("MSH|^~\\&|A|B|C|D|20260105||ADT^A01|1|P|2.5.1||||||\(label)\rNTE|1||".utf8) + value + [0x0D]
    }

    /// Code positions from the charts of ISO/IEC 8859-n; `é` is E9 in Latin-1, `€` A4 in Latin-9, and so on.
    @Test(arguments: [
        ("8859/1", [0xE9, 0xDF, 0xFF, 0xA0] as [UInt8], "éßÿ\u{A0}"), ("8859/2", [0xB1, 0xE8], "ąč"),
        ("8859/3", [0xA1, 0xB1], "Ħħ"), ("8859/4", [0xA2, 0xF9], "ĸų"), ("8859/5", [0xBC, 0xD8, 0xE0], "Мир"),
        ("8859/6", [0xC7, 0xE4], "ال"), ("8859/7", [0xC1, 0xF9], "Αω"), ("8859/8", [0xE0, 0xFA], "את"),
        ("8859/9", [0xFD, 0xDE], "ıŞ"), ("8859/15", [0xA4, 0xBD], "€œ"), ("UNICODE UTF-8", [0xE2, 0x82, 0xAC], "€"),
        ("ASCII", [0x41], "A"), ("", [0x41], "A"),
    ])
    func declaredSetsAreRead(label: String, value: [UInt8], text: String) throws {
        let message = try Message(bytes(label, value))
        #expect(message["NTE-3"] == text)
        #expect(message.characterSet.label == (label.isEmpty ? "ASCII" : label))
        #expect(message.issues.isEmpty)
    }

    @Test func escapesWorkInSingleByteSets() throws {
        let message = try Message(bytes("8859/1", [0xE9] + Array("\\T\\".utf8) + [0xE8] + Array("\\.br\\x".utf8)))
        #expect(message["NTE-3"] == "é&è\nx")
    }

    @Test(arguments: [
        ("ASCII", [0x41, 0xC3, 0xA9] as [UInt8], 1), ("UNICODE UTF-8", [0x41, 0x42, 0xE9], 2),
        ("UNICODE UTF-8", [0xC0, 0x80], 0), ("UNICODE UTF-8", [0xED, 0xA0, 0x80], 0), ("8859/1", [0x41, 0x80], 1),
        ("8859/7", [0xFF], 0), ("8859/6", [0xA1], 0), ("8859/8", [0xC0], 0),
    ])
    func bytesThatDoNotFitTheLabelAreErrors(label: String, value: [UInt8], offset: Int) throws {
        let input = bytes(label, value)
        let error = try #require(failure(input))
        #expect(error.code == HL7v2Error.Code.bytesInvalid)
        #expect(error.place.description == "NTE[1]-3")
        #expect(error.place.byteOffset == input.count - 1 - value.count + offset)
    }

    @Test func withoutLabelUTF8IsTakenWithAWarning() throws {
        let message = try Message(bytes("", Array("größer".utf8)))
        #expect(message["NTE-3"] == "größer")
        #expect(message.issues.map(\.code) == [HL7v2Error.Code.utf8Undeclared])
        #expect(message.issues.first?.severity == .warning)
        #expect(message.issues.first?.place == "MSH[1]-18")
    }

    @Test func withoutLabelOtherBytesAreAnErrorAndNeverGuessed() throws {
        let error = try #require(failure(bytes("", [0x67, 0x72, 0xF6, 0xDF])))
        #expect(error.code == HL7v2Error.Code.characterSetUndeclared)
        #expect(error.place.description == "NTE[1]-3")
    }

    @Test(arguments: ["CNS 11643-1992", "8859/16", "latin1", "8859/10", "UNICODE UTF-7"])
    func unsupportedSetsAreErrors(label: String) throws {
        let error = try #require(failure(bytes(label, [0x41])))
        #expect(error.code == HL7v2Error.Code.characterSetUnsupported)
        #expect(error.place.description == "MSH[1]-18")
        #expect(!error.reason.contains(label))
    }

    /// Bytes from the tables of GB 18030-2005, Big5, KS X 1001, JIS X 0208 and JIS X 0201. Those of 0x5C and 0x7C as second
    /// byte would cut the field if the message were cut before it is converted.
    @Test(arguments: [
        ("GB 18030-2000", [0xD6, 0xD0, 0xCE, 0xC4] as [UInt8], "中文"), ("GB 18030-2000", [0x81, 0x7C, 0x41], "亅A"),
        ("GB 18030-2000", [0x95, 0x32, 0x82, 0x36], "𠀀"), ("BIG-5", [0xA4, 0xA4, 0xA4, 0xE5], "中文"),
        ("BIG-5", [0xB3, 0x5C, 0xA5, 0x5C], "許功"), ("BIG-5", [0xA6, 0x7C], "帆"),
        ("KS X 1001", [0xC7, 0xD1, 0xB1, 0xDB], "한글"), ("EUC-JP", [0xC6, 0xFC, 0xCB, 0xDC], "日本"),
        ("EUC-JP", [0x8E, 0xD4], "ﾔ"),
        ("ISO IR87", [0x1B, 0x24, 0x42, 0x46, 0x7C, 0x4B, 0x5C, 0x1B, 0x28, 0x42, 0x41], "日本A"),
        ("~ISO IR87", [0x1B, 0x24, 0x42, 0x3B, 0x33, 0x45, 0x44, 0x1B, 0x28, 0x42], "山田"),
        ("ISO IR14~ISO IR87", [0x1B, 0x24, 0x42, 0x3B, 0x33, 0x1B, 0x28, 0x4A, 0x2E], "山."),
        ("ISO IR6~ISO IR13", [0x1B, 0x29, 0x49, 0xD4, 0xCF], "ﾔﾏ"),
        ("8859/1~ISO IR87", [0xE9, 0x1B, 0x24, 0x42, 0x3B, 0x33, 0x1B, 0x28, 0x42, 0xE8], "é山è"),
        ("~KS X 1001", [0x1B, 0x24, 0x29, 0x43, 0xC7, 0xD1], "한"),
    ])
    func setsWithSeveralBytesACharacterAreConverted(label: String, value: [UInt8], text: String) throws {
        let input = bytes(label, value)
        let message = try Message(input)
        #expect(message["NTE-3"] == text)
        #expect(message["MSH-10"] == "1")
        #expect(message.segments.count == 2)
        #expect(message.source == input)
    }

    @Test(arguments: [
        ("GB 18030-2000", [0x81, 0x20] as [UInt8]), ("BIG-5", [0xA4]), ("KS X 1001", [0xC7, 0x20]), ("EUC-JP", [0xC6]),
        ("~ISO IR87", [0x1B, 0x24, 0x42, 0x3B]), ("~ISO IR87", [0x1B, 0x24, 0x5A, 0x3B, 0x33]),
    ])
    func bytesThatDoNotFitASetOfSeveralBytesAreErrors(label: String, value: [UInt8]) throws {
        let error = try #require(failure(bytes(label, value)))
        #expect(error.code == HL7v2Error.Code.bytesInvalid)
        #expect(error.place.segment == "NTE")
    }

    /// The Unicode Standard, section 3.10, table 3-9: encoding schemes.
    @Test(arguments: [(2, true, true), (2, false, true), (2, true, false), (4, false, true), (4, true, false)])
    func wideFormsOfUnicodeAreRead(width: Int, isBigEndian: Bool, hasMark: Bool) throws {
        func encode(_ text: String) -> [UInt8] {
            let units: [UInt32] = width == 2 ? text.utf16.map { UInt32($0) } : text.unicodeScalars.map(\.value)
            return ((hasMark ? [0xFEFF] : []) + units).flatMap { unit in
                let all = (0..<width).map { UInt8(truncatingIfNeeded: unit >> UInt32($0 * 8)) }
                return isBigEndian ? all.reversed() : all
            }
        }
        let label = width == 2 ? "UNICODE UTF-16" : "UNICODE UTF-32"
        let text = "MSH|^~\\&|A|B|C|D|20260105||ORU^R01|1|P|2.5.1||||||\(label)\rNTE|1||größer 中 𠀀\r"
        let message = try Message(encode(text))
        #expect(message["NTE-3"] == "größer 中 𠀀")
        #expect(message.issues.isEmpty)
        let wrong = try #require(failure(encode(text.replacing(label, with: "8859/1"))))
        #expect(wrong.code == HL7v2Error.Code.bytesInvalid)
        #expect(wrong.place.description == "MSH[1]-18")
        let silent = try Message(encode(text.replacing(label, with: "")))
        #expect(silent.issues.map(\.code) == [HL7v2Error.Code.utf8Undeclared])
    }

    @Test func wideLabelsOnNarrowBytesAreErrors() throws {
        let error = try #require(failure(bytes("UNICODE UTF-16", [0x41])))
        #expect(error.code == HL7v2Error.Code.bytesInvalid)
        #expect(error.place.description == "MSH[1]-18")
    }

    /// HL7 v2.5.1 section 2.7.2: the escape sequence of the set in hexadecimal.
    @Test func switchesOfTheSetAreFollowed() throws {
        let message = try Message(bytes("ASCII~ISO IR87", Array("\\M2442\\;3ED\\C2842\\ A".utf8)))
        #expect(message["NTE-3"] == "山田 A")
    }

    @Test func usualSpellingsOfUTF8AreReported() throws {
        for label in ["UTF-8", "utf8", "Unicode UTF-8"] {
            let message = try Message(bytes(label, Array("é".utf8)))
            #expect(message["NTE-3"] == "é")
            #expect(message.issues.map(\.code) == [HL7v2Error.Code.characterSetAlias])
        }
    }

    @Test func furtherSetsAreReported() throws {
        let message = try Message(bytes("8859/1~CNS 11643-1992", [0xE9]))
        #expect(message["NTE-3"] == "é")
        #expect(message.issues.map(\.code) == [HL7v2Error.Code.furtherCharacterSets])
    }

    @Test func aByteOrderMarkIsSkippedAndReported() throws {
        let message = try Message([0xEF, 0xBB, 0xBF] + bytes("UNICODE UTF-8", Array("é".utf8)))
        #expect(message["NTE-3"] == "é")
        #expect(message["MSH-10"] == "1")
        #expect(message.issues.map(\.code) == [HL7v2Error.Code.byteOrderMark])
    }

    @Test func aSetNamedAfterMSH18IsNoSetOfTheMessage() throws {
        let text = "MSH|^~\\&|A|B|||20260105||ADT^A08|1|P|2.5.1||||||UNICODE UTF-8||||ISO IR87\rPID|1||||\u{00C5}sa\r"
        let message = try Message(Array(text.utf8))
        #expect(message.characterSet == .utf8)
        #expect(message.segment("PID")?.text(5) == "\u{00C5}sa")
        #expect(message.segment("MSH")?.text(22) == "ISO IR87")
    }
}

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

    @Test(arguments: ["ISO IR87", "GB 18030-2000", "BIG-5", "UNICODE UTF-16", "8859/16", "latin1", "8859/10"])
    func unsupportedSetsAreErrors(label: String) throws {
        let error = try #require(failure(bytes(label, [0x41])))
        #expect(error.code == HL7v2Error.Code.characterSetUnsupported)
        #expect(error.place.description == "MSH[1]-18")
        #expect(!error.reason.contains(label))
    }

    @Test func usualSpellingsOfUTF8AreReported() throws {
        for label in ["UTF-8", "utf8", "Unicode UTF-8"] {
            let message = try Message(bytes(label, Array("é".utf8)))
            #expect(message["NTE-3"] == "é")
            #expect(message.issues.map(\.code) == [HL7v2Error.Code.characterSetAlias])
        }
    }

    @Test func furtherSetsAreReported() throws {
        let message = try Message(bytes("8859/1~ISO IR87", [0xE9]))
        #expect(message["NTE-3"] == "é")
        #expect(message.issues.map(\.code) == [HL7v2Error.Code.furtherCharacterSets])
    }

    @Test func aByteOrderMarkIsSkippedAndReported() throws {
        let message = try Message([0xEF, 0xBB, 0xBF] + bytes("UNICODE UTF-8", Array("é".utf8)))
        #expect(message["NTE-3"] == "é")
        #expect(message["MSH-10"] == "1")
        #expect(message.issues.map(\.code) == [HL7v2Error.Code.byteOrderMark])
    }
}

import Clinical
import HL7v2
import Testing

/// HL7 v2.5.1 section 2.5.4 and table 2-1; truncation character: v2.7 section 2.5.5.2.
@Suite struct DelimiterTests {
    @Test func standardDelimitersAreThoseOfTheStandard() throws {
        let message = try Message(Array("MSH|^~\\&|A\r".utf8))
        #expect(message.delimiters == .standard)
        #expect(message.delimiters.encodingCharacters == Array("^~\\&".utf8))
        #expect(message.delimiters.truncation == nil)
    }

    @Test func mshOneIsTheSeparatorAndMshTwoIsReadLiterally() throws {
        let header = try Message(Array("MSH|^~\\&|APP^1.2^ISO|FAC\r".utf8)).header
        #expect(header.text(1) == "|")
        #expect(header.text(2) == "^~\\&")
        #expect(header.field(2).repetitions.count == 1)
        #expect(header.field(2).repetition(1).component(1).text == "^~\\&")
        #expect(header.field(3).component(3).text == "ISO")
        #expect(header.text(4) == "FAC")
        #expect(header.fieldCount == 4)
    }

    @Test func otherDelimitersAreTakenFromTheHeader() throws {
        let message = try Message(Array("MSH#*!/%#A#B#C#D#E##ORU*R01\rPID#1##7*8!9##Doe%X*John /F/ Q\r".utf8))
        #expect(message.type?.description == "ORU^R01")
        #expect(message["PID-3[2].1"] == "9")
        #expect(message["PID-5.1.2"] == "X")
        #expect(message["PID-5.2"] == "John # Q")
    }

    @Test func truncationCharacterIsRead() throws {
        let message = try Message(Array("MSH|^~\\&#|A\rNTE|1||5\\P\\6\r".utf8))
        #expect(message.delimiters.truncation == UInt8(ascii: "#"))
        #expect(message["NTE-3"] == "5#6")
    }

    @Test func escapeAndSubcomponentCharactersMayBeOmitted() throws {
        let message = try Message(Array("MSH|^~|A\rNTE|1||a\\F\\b&c^d\r".utf8))
        #expect(message.delimiters.escape == nil)
        #expect(message["NTE-3.1"] == "a\\F\\b&c")
        #expect(message["NTE-3.2"] == "d")
    }

    @Test(arguments: [
        ("MSH|^^\\&|A\r", 2), ("MSH|^~\\^|A\r", 2), ("MSH|^~|\\&|A\r", nil), ("MSH|^~\\&&|A\r", 2), ("MSH|^|A\r", 2),
        ("MSH||A\r", 2), ("MSHA^~\\&A\r", 1), ("MSH ^~\\& A\r", 1), ("MSH|^~\\&#%|A\r", 2), ("MSH|^~a&|A\r", 2),
        ("MSH|^~\\\"|A\r", 2), ("MSH\"^~\\&\"A\r", 1), ("MSH|^~\\\u{E4}|A\r", 2),
    ])
    func unusableDelimitersAreErrorsWithTheirField(text: String, field: Int?) {
        let error = failure(text)
        #expect(error?.code == field.map { _ in HL7v2Error.Code.delimitersInvalid })
        #expect(error?.place.segment == field.map { _ in "MSH" })
        #expect(error?.place.field == field)
    }

    @Test(arguments: ["MSH", "MSH|", "MSH|^~\\&", "MSH|^~\\&\r", "MSH\rPID|1\r", "MSH|^~\\&\rPID|1\r"])
    func aShortHeaderIsAnError(text: String) {
        let error = failure(text)
        #expect(error != nil)
        #expect(error?.place.segment == "MSH")
    }

    @Test func delimitersAreChecked() {
        func make(_ text: String) -> Delimiters? {
            let bytes = Array(text.utf8)
            return Delimiters(
                field: bytes[0], component: bytes[1], repetition: bytes[2], escape: bytes[3], subcomponent: bytes[4])
        }
        #expect(make("|^~\\&") == .standard)
        #expect(make("|^~\\|") == nil)
        #expect(make("|^~\\1") == nil)
        #expect(make("|^~\\ ") == nil)
        #expect(make("|^~\\\"") == nil)
    }
}

@Suite("MSH-2 with a doubled escape character")
struct DoubledEscapeTests {
    @Test func isReadWithAWarning() throws {
        let message = try Message(
            Array("MSH|^~\\\\&|A|B|||20260101||ADT^A01|1|P|2.5.1\rPID|1||7||O\\T\\H^J\\\\T\\\\\r".utf8))
        #expect(message.delimiters == .standard)
        #expect(message.issues.contains { $0.code == HL7v2Error.Code.escapeDoubled && $0.severity == .warning })
        #expect(message.type?.description == "ADT^A01")
        #expect(message.segment("PID")?.text(5) == "O&H")
        // Backslashes that open no sequence stay as text.
        #expect(message.segment("PID")?.text(5, 2) == "J\\&\\")
    }

    @Test func otherRepeatedCharactersAreStillRefused() {
        for characters in ["^^\\&", "^~&&", "^~\\\\\\&", "^~##&", "^~\\\\|&"] {
            #expect(throws: HL7v2Error.self, "\(characters)") {
                _ = try Message(Array("MSH|\(characters)A|B|C|||||ADT^A01|1|P|2.5.1\r".utf8))
            }
        }
    }

    /// A line feed needs no escape sequence that holds a delimiter.
    @Test func aLineFeedIsWrittenWhateverTheDelimiters() throws {
        for dot in ["|.~\\&", "|^.\\&", "|^~\\.", ".^~\\&", "|^~.&"] {
            let field = Array(dot.utf8)[0]
            let header = "MSH\(dot)" + String(decoding: [field], as: UTF8.self) + "A"
            var editor = MessageEditor(try Message(Array((header + "\rPID\r").utf8)))
            try editor.set("PID-5", to: "one\ntwo")
            let again = try editor.message()
            #expect(again.segment("PID")?.text(5) == "one\ntwo", "\(dot)")
        }
    }
}

import HL7v2
import Testing

/// HL7 v2.5.1 section 2.7, use of escape sequences in text fields.
@Suite struct EscapeSequenceTests {
    @Test(arguments: [
        // 2.7.1 and 2.7.4: the five delimiters.
        ("a\\F\\b", "a|b"), ("a\\S\\b", "a^b"), ("a\\T\\b", "a&b"), ("a\\R\\b", "a~b"), ("a\\E\\b", "a\\b"),
        ("\\F\\\\S\\\\T\\\\R\\\\E\\", "|^&~\\"),
        // 2.7.3: highlighting leaves no text.
        ("This \\H\\is\\N\\ urgent", "This is urgent"),
        // 2.7.5: hexadecimal data.
        ("\\X0D0A\\", "\r\n"), ("\\X41\\\\X6a\\", "Aj"), ("\\XC3A4\\", "ä"),
        // 2.7.6: a new output line.
        ("one\\.br\\two\\.BR\\three", "one\ntwo\nthree"),
        ("a\\.sp\\b\\.sp3\\c", "a\nb\n\n\nc"), ("a\\.ce\\b", "a\nb"), ("a\\.sk2\\b", "a  b"),
        ("\\.in+4\\a\\.ti-2\\b\\.fi\\c\\.nf\\", "abc"),
        // 2.7.2: a switch of the character set back to the one that holds already.
        ("a\\C2842\\b", "ab"),
    ])
    func sequencesAreRead(encoded: String, text: String) {
        #expect(EscapeSequences.decode(Array(encoded.utf8)) == text)
    }

    @Test(arguments: [
        "\\.spx\\", "\\.in\\", "\\.br2\\", "\\.xy\\", "\\Zlocal\\", "\\C284\\", "\\M24421\\", "\\C2B42\\", "\\X0\\",
        "\\X\\", "\\XZZ\\", "\\XC3\\",
        "\\Q\\",
        "a\\", "\\", "C:\\temp\\file", "100\\% of it", "\\\\", "\\f\\",
    ])
    func whatIsNotKnownIsKept(text: String) {
        #expect(EscapeSequences.decode(Array(text.utf8)) == text)
    }

    @Test func aLoneEscapeCharacterDoesNotHideTheNextSequence() {
        #expect(EscapeSequences.decode(Array("50\\ of \\T\\ and \\S\\".utf8)) == "50\\ of & and ^")
        #expect(EscapeSequences.decode(Array("\\Zabc\\F\\T\\".utf8)) == "\\Zabc\\F&")
    }

    @Test func hexadecimalDataIsInTheCharacterSetOfTheMessage() throws {
        #expect(try message("NTE|1||\\XE4\\", characterSet: "8859/1")["NTE-3"] == "ä")
        #expect(try message("NTE|1||\\XC3A4\\", characterSet: "UNICODE UTF-8")["NTE-3"] == "ä")
        #expect(try message("NTE|1||\\XE4\\", characterSet: "UNICODE UTF-8")["NTE-3"] == "\\XE4\\")
        #expect(try message("NTE|1||\\XE4\\")["NTE-3"] == "\\XE4\\")
    }

    @Test(arguments: [
        ("|^~\\&", "\\F\\\\S\\\\R\\\\E\\\\T\\"), ("a\rb", "a\\X0D\\b"), ("a\nb", "a\\.br\\b"),
        ("\u{0B}\u{1C}", "\\X0B\\\\X1C\\"),
        ("\"\"", "\\X2222\\"), ("", ""), ("größer", "größer"), ("\u{7F}", "\\X7F\\"),
    ])
    func textIsEscaped(text: String, encoded: String) {
        #expect(String(decoding: EscapeSequences.encode(text), as: UTF8.self) == encoded)
    }

    @Test func encodedTextNeverHoldsStructureAndReadsBack() throws {
        var random = SplitMix64(seed: 27)
        let alphabet: [Character] = Array("|^~\\&\"\rFSTREXHN.br0D\u{01}\n #%ä€😀é\u{7F}\u{0B}\u{1C}")
        let other = try #require(
            Delimiters(
                field: UInt8(ascii: "#"), component: UInt8(ascii: "|"), repetition: UInt8(ascii: "%"),
                escape: UInt8(ascii: "."), subcomponent: UInt8(ascii: "~"), truncation: UInt8(ascii: "\\")))
        for _ in 0..<3_000 {
            var text = ""
            for _ in 0..<Int.random(in: 0...20, using: &random) {
                text.append(alphabet.randomElement(using: &random) ?? "x")
            }
            for delimiters in [Delimiters.standard, other] {
                let encoded = EscapeSequences.encode(text, delimiters: delimiters)
                let structure = [delimiters.field, delimiters.component, delimiters.repetition, 0x0D, 0x0A, 0x0B, 0x1C]
                #expect(!encoded.contains { structure.contains($0) || $0 == delimiters.subcomponent })
                #expect(
                    EscapeSequences.decode(encoded, delimiters: delimiters).unicodeScalars.elementsEqual(
                        text.unicodeScalars))
            }
        }
    }
}

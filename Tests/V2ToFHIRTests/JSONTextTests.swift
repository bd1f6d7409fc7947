import Testing
import V2ToFHIR

/// RFC 8259 section 7: quotation mark, backslash and control characters are escaped, wherever they stand, and nothing else is
/// changed. Foundation reads what was written.
@Suite("Text in JSON")
struct JSONTextTests {
    @Test(
        "Every text is read back as it was sent",
        arguments: [
            ("\"", "\""), ("\\E\\", "\\"), ("\\X01\\", "\u{1}"), ("\\X09\\", "\t"), ("\\X1F\\", "\u{1F}"), ("!", "!"),
            ("#", "#"), ("[", "["), ("]", "]"), (" ", " "), ("\u{7F}", "\u{7F}"), ("\u{A2}", "\u{A2}"), ("€", "€"),
        ])
    func everyPlace(sent: String, read: String) throws {
        var lines = [
            "MSH|^~\\&|APP|FAC|||20260105080000+0100||ORU^R01^ORU_R01|42|P|2.5.1||||||UNICODE UTF-8", "PID|1||17^^^H^MR",
            "OBR|1|P1|F1|1-8^Text^LN",
        ]
        var expected: Set<String> = []
        for place in 0..<26 {
            let before = String(repeating: "a", count: place)
            let after = String(repeating: "z", count: place % 9)
            lines.append("OBX|\(place + 1)|ST|1-8^Text^LN|\(place)|x\(before)\(sent)\(after)y||||||F")
            expected.insert("x" + before + read + after + "y")
        }
        let observations = try Converted(lines, PublishedTables.converter()).resources("Observation")
        #expect(Set(observations.compactMap { $0["valueString"] as? String }) == expected)
    }
}

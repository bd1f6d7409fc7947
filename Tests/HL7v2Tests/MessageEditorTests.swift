import Clinical
import HL7v2
import Testing

/// Editing in place: HL7 v2.5.1 sections 2.5 (parts of a message), 2.5.3 (null) and 2.7 (escapes).
@Suite struct MessageEditorTests {
    private let text = "MSH|^~\\&|A|B|C|D|20260105||ADT^A01|1|P|2.5.1\rPID|1||1^^^H&1.2&ISO~2||Doe^John||\"\"\rPV1|1|I\r"

    private func edited(_ change: (inout MessageEditor) throws -> Void) throws -> [String] {
        var editor = MessageEditor(try Message(Array(text.utf8)))
        try change(&editor)
        let bytes = editor.write()
        #expect(try Message(bytes).segments.count == editor.count)
        return String(decoding: bytes, as: UTF8.self).split(separator: "\r").map(String.init)
    }

    @Test func nothingChangedIsTheInput() throws {
        for input in [
            text, "\u{FEFF}\n" + text.replacing("\r", with: "\r\n"), text.replacing("\r", with: "\n\n"),
            String(text.dropLast()),
        ] {
            #expect(MessageEditor(try Message(Array(input.utf8))).write() == Array(input.utf8))
        }
    }

    @Test(arguments: [
        ("PID-5", "Roe", "PID|1||1^^^H&1.2&ISO~2||Roe||\"\""),
        ("PID-5.2", "Jane", "PID|1||1^^^H&1.2&ISO~2||Doe^Jane||\"\""),
        ("PID-5.4", "Jr", "PID|1||1^^^H&1.2&ISO~2||Doe^John^^Jr||\"\""),
        ("PID-3", "9", "PID|1||9||Doe^John||\"\""),
        ("PID-3[1]", "9", "PID|1||9~2||Doe^John||\"\""),
        ("PID-3[2].4.2", "x", "PID|1||1^^^H&1.2&ISO~2^^^&x||Doe^John||\"\""),
        ("PID-3.4.2", "x", "PID|1||1^^^H&x&ISO~2||Doe^John||\"\""),
        ("PID-3[4]", "x", "PID|1||1^^^H&1.2&ISO~2~~x||Doe^John||\"\""),
        ("PID-7.2", "x", "PID|1||1^^^H&1.2&ISO~2||Doe^John||^x"),
        ("PID-10", "a|b^c&d~e\\f\rg", "PID|1||1^^^H&1.2&ISO~2||Doe^John||\"\"|||a\\F\\b\\S\\c\\T\\d\\R\\e\\E\\f\\X0D\\g"),
        ("PID-8", "", "PID|1||1^^^H&1.2&ISO~2||Doe^John||\"\"|"),
        ("PID-5.1", "\"\"", "PID|1||1^^^H&1.2&ISO~2||\\X2222\\^John||\"\""),
    ])
    func aPathNamesWhatIsReplaced(path: String, value: String, line: String) throws {
        let lines = try edited { try $0.set(path, to: value) }
        #expect(lines[1] == line)
        #expect(lines[0] == String(text.split(separator: "\r")[0]))
        #expect(lines[2] == "PV1|1|I")
    }

    @Test func nullAndEmptyDiffer() throws {
        #expect(try edited { try $0.setNull("PID-5.2") }[1] == "PID|1||1^^^H&1.2&ISO~2||Doe^\"\"||\"\"")
        #expect(try edited { try $0.clear("PID-7") }[1] == "PID|1||1^^^H&1.2&ISO~2||Doe^John||")
        #expect(try edited { try $0.set("PID-3", encoded: Array("7^^^X~8".utf8)) }[1] == "PID|1||7^^^X~8||Doe^John||\"\"")
    }

    @Test func headerFieldsCountTheSeparator() throws {
        #expect(try edited { try $0.set("MSH-10", to: "99") }[0] == "MSH|^~\\&|A|B|C|D|20260105||ADT^A01|99|P|2.5.1")
        #expect(try edited { try $0.set("MSH-13", to: "7") }[0] == "MSH|^~\\&|A|B|C|D|20260105||ADT^A01|1|P|2.5.1|7")
    }

    @Test func segmentsAreAddedAndRemoved() throws {
        var note = SegmentBuilder("NTE")
        note.set(3, to: "a|b")
        #expect(
            try edited {
                try $0.insert(note, at: 2)
                try $0.append(note)
                try $0.set("NTE[2]-1", to: "2")
                try $0.remove("PV1")
            }.dropFirst(2) == ["NTE|||a\\F\\b", "NTE|2||a\\F\\b"])
        var open = MessageEditor(try Message(Array("MSH|^~\\&|A\nPID|1".utf8)))
        try open.append(note)
        #expect(open.write() == Array("MSH|^~\\&|A\nPID|1\nNTE|||a\\F\\b\n".utf8))
        #expect(open.segmentNames == ["MSH", "PID", "NTE"])
        #expect(open.position(of: "NTE") == 2)
    }

    @Test(arguments: [
        "PD1-3", "PID", "PID-0", "nonsense", "MSH-1", "MSH-2", "MSH-18", "PID[2]-3", "PID-99999", "PID-3.1000",
    ])
    func whatCannotBeSetIsRefused(path: String) throws {
        var editor = MessageEditor(try Message(Array(text.utf8)))
        #expect(throws: HL7v2Error.self) { try editor.set(path, to: "x") }
        #expect(editor.write() == Array(text.utf8))
    }

    @Test func structureIsNotWrittenByValues() throws {
        var editor = MessageEditor(try Message(Array(text.utf8)))
        #expect(throws: HL7v2Error.self) { try editor.set("PID-5", encoded: Array("a|b".utf8)) }
        #expect(throws: HL7v2Error.self) { try editor.set("PID-5", encoded: Array("a\rb".utf8)) }
        #expect(throws: HL7v2Error.self) { try editor.remove("MSH") }
        #expect(throws: HL7v2Error.self) { try editor.insert(SegmentBuilder("MSH"), at: 1) }
        #expect(throws: HL7v2Error.self) { try editor.insert(SegmentBuilder("PID"), at: 0) }
    }

    @Test func textStaysInTheCharacterSetOfTheMessage() throws {
        let latin = Array("MSH|^~\\&|A||||||ADT^A01|1|P|2.5.1||||||8859/1\rPID|1||||".utf8) + [0xE9, 0x0D]
        var editor = MessageEditor(try Message(latin))
        try editor.set("PID-6", to: "ü")
        #expect(editor.write() == latin.dropLast() + [0x7C, 0xFC, 0x0D])
        #expect(throws: HL7v2Error.self) { try editor.set("PID-6", to: "中") }
        var plain = MessageEditor(try Message(Array(text.utf8)))
        #expect(throws: HL7v2Error.self) { try plain.set("PID-6", to: "é") }
    }

    /// JIS X 0208: 山田 is 0x3B33 0x4544, 太郎 is 0x4240 0x4F3A.
    @Test func convertedMessagesAreWrittenInTheirSet() throws {
        let head = Array("MSH|^~\\&|A||||||ADT^A01|1|P|2.5.1||||||~ISO IR87\rPID|1||||".utf8)
        let name: [UInt8] = [0x1B, 0x24, 0x42, 0x3B, 0x33, 0x45, 0x44, 0x1B, 0x28, 0x42]
        let tail = Array("\rPV1|1|I\r".utf8)
        var editor = MessageEditor(try Message(head + name + tail))
        #expect(editor.write() == head + name + tail)
        try editor.set("PV1-3", to: "太郎")
        let given: [UInt8] = [0x1B, 0x24, 0x42, 0x42, 0x40, 0x4F, 0x3A, 0x1B, 0x28, 0x42]
        #expect(editor.write() == head + name + Array("\rPV1|1|I|".utf8) + given + [0x0D])
        var blank = MessageEditor(try Message(Array(" \r\n\t".utf8) + head + name + tail))
        try blank.set("PV1-3", to: "太郎")
        #expect(blank.write() == Array(" \r\n\t".utf8) + head + name + Array("\rPV1|1|I|".utf8) + given + [0x0D])
        try blank.append(SegmentBuilder("ZZZ"))
        #expect(try blank.message().segments.map(\.name) == ["MSH", "PID", "PV1", "ZZZ"])
    }
}

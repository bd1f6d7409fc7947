import Clinical
import HL7v2
import Testing

/// What holds of every message and every text, on seeded random ones.
@Suite struct PropertyTests {
    private static let alphabets: [String: [ClosedRange<UInt32>]] = [
        "ASCII": [0x01...0x7E], "8859/1": [0x01...0x7E, 0xA0...0xFF],
        "8859/5": [0x20...0x7E, 0x401...0x40C, 0x410...0x44F],
        "8859/15": [0x20...0x7E, 0x20AC...0x20AC], "UNICODE UTF-8": [0x01...0x7E, 0xA0...0x2FFF, 0x10000...0x1FFFF],
        "GB 18030-2000": [0x01...0x7E, 0x4E00...0x9FA5, 0x20000...0x20FFF],
        "BIG-5": [0x20...0x7E, 0x4E00...0x4E01, 0x4E2D...0x4E2D, 0x529F...0x529F],
        "KS X 1001": [0x20...0x7E, 0xAC00...0xAC01], "EUC-JP": [0x20...0x7E, 0x3041...0x3093, 0xFF71...0xFF9D],
        "~ISO IR87": [0x01...0x1A, 0x1C...0x7E, 0x3041...0x3093, 0xFF71...0xFF9D],
        "8859/1~ISO IR87": [0x20...0x7E, 0xC0...0xFF, 0x3041...0x3093],
    ]

    private func text(_ ranges: [ClosedRange<UInt32>], _ random: inout SplitMix64) -> String {
        var text = ""
        for _ in 0..<Int.random(in: 1...12, using: &random) {
            guard let range = ranges.randomElement(using: &random),
                let scalar = Unicode.Scalar(UInt32.random(in: range, using: &random))
            else { continue }
            text.unicodeScalars.append(scalar)
        }
        return text
    }

    /// A text set at a place of a message in any character set is read there again, byte for byte the same text, and all
    /// other segments are as they were.
    @Test(arguments: alphabets.keys.sorted())
    func whatIsSetIsRead(label: String) throws {
        var random = SplitMix64(seed: 99)
        let alphabet = try #require(Self.alphabets[label])
        let source =
            "MSH|^~\\&|A|B|C|D|20260105||ADT^A01|1|P|2.5.1||||||\(label)\rEVN|A01\rPID|1||1^^^H~2||Doe^John\rPV1|1|I\r"
        var bytes = Array(source.utf8)
        for _ in 0..<300 {
            let message = try Message(bytes)
            let place =
                "PID-\(Int.random(in: 1...12, using: &random))[\(Int.random(in: 1...3, using: &random))]"
                + ".\(Int.random(in: 1...4, using: &random)).\(Int.random(in: 1...2, using: &random))"
            let value = text(alphabet, &random)
            var editor = MessageEditor(message)
            try editor.set(place, to: value)
            bytes = editor.write()
            let edited = try Message(bytes)
            #expect(edited[place].map { Array($0.utf8) } == Array(value.utf8), "\(place)")
            #expect(edited.segments.map(\.name) == ["MSH", "EVN", "PID", "PV1"])
            #expect(edited.segment("MSH")?.raw == message.segment("MSH")?.raw)
            #expect(edited.segment("PV1")?.raw == message.segment("PV1")?.raw)
            #expect(edited.issues.filter { $0.severity == .error }.isEmpty)
            #expect(MessageEditor(edited).write() == bytes)
        }
    }

    /// A change of one value is a difference at that place, and only there.
    @Test func oneChangeIsOneDifference() throws {
        var random = SplitMix64(seed: 5)
        let message = try Message(Array(usualMessage.utf8))
        for _ in 0..<300 {
            let field = Int.random(in: 12...20, using: &random)
            let component = Int.random(in: 1...3, using: &random)
            var editor = MessageEditor(message)
            let value = text([0x20...0x7E, 0xA0...0x2FF], &random)
            guard value != "\"\"" else { continue }
            try editor.set("OBX[2]-\(field).\(component)", to: value)
            let differences = MessageDifference.between(message, try editor.message())
            #expect(differences.map(\.second) == [value])
            #expect(differences.map(\.first) == [nil])
            #expect(differences.first?.path.hasPrefix("OBX[2]-\(field)") == true)
        }
    }

    /// Any prefix of a message is read or refused at a place; nothing else happens.
    @Test func everyPrefixIsReadOrRefused() throws {
        for text in [usualMessage, usualMessage.replacing("UNICODE UTF-8", with: "GB 18030-2000")] {
            let bytes = Array(text.utf8)
            for length in 0...bytes.count {
                let part = Array(bytes[..<length])
                if let error = failure(part) {
                    #expect(!error.place.description.isEmpty)
                } else {
                    let message = try Message(part)
                    #expect(MessageEditor(message).write() == part)
                    #expect(message.grouped().root.allSegments.count == message.segments.count)
                }
            }
        }
    }
}

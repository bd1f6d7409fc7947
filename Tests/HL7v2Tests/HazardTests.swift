import Clinical
import Foundation
import HL7v2
import Testing

/// The hazard suite: every message under Fixtures/hl7v2 against what its folder's expected.txt says.
@Suite struct HazardTests {
    static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "Fixtures/hl7v2")

    struct Case: Sendable, CustomTestStringConvertible {
        let folder: String
        let name: String
        let expectations: [String]

        var testDescription: String { "\(folder)/\(name)" }

        func bytes() throws -> [UInt8] {
            Array(try Data(contentsOf: HazardTests.folder.appending(path: "\(folder)/\(name).hl7")))
        }
    }

    static let cases: [Case] = ["valid", "edge", "hostile"].flatMap { folder -> [Case] in
        let file = HazardTests.folder.appending(path: "\(folder)/expected.txt")
        guard let text = try? String(contentsOf: file, encoding: .utf8) else { return [] }
        var cases: [(name: String, expectations: [String])] = []
        for line in text.split(separator: "\n") where !line.hasPrefix("#") {
            if line.hasPrefix("    "), !cases.isEmpty {
                cases[cases.count - 1].expectations.append(String(line.dropFirst(4)))
            } else {
                cases.append((String(line), []))
            }
        }
        return cases.map { Case(folder: folder, name: $0.name, expectations: $0.expectations) }
    }

    @Test func theSuiteIsWhole() throws {
        #expect(Self.cases.count >= 200)
        let files = try FileManager.default.subpathsOfDirectory(atPath: Self.folder.path)
            .filter { $0.hasSuffix(".hl7") && !$0.hasPrefix("roundtrip/") }
        #expect(files.sorted() == Self.cases.map { "\($0.folder)/\($0.name).hl7" }.sorted())
    }

    @Test(arguments: cases)
    func everyMessageGivesWhatIsExpected(hazard: Case) throws {
        let bytes = try hazard.bytes()
        if let batch = hazard.expectations.first(where: { $0 == "batch" || $0.hasPrefix("batch ") }) {
            return try expectBatch(bytes, ids: batch.split(separator: " ").dropFirst().map(String.init), hazard)
        }
        if let error = hazard.expectations.first(where: { $0.hasPrefix("error ") }) {
            let refusal = try #require(failure(bytes))
            #expect("error \(refusal.code) \(refusal.place)" == error)
            return
        }
        let message = try Message(bytes)
        let grouped = message.grouped()
        for expectation in hazard.expectations { try expect(expectation, message, grouped) }
        expectIssues(message.issues + grouped.issues, hazard)
        try expectWritingBack(message, bytes)
    }

    private func expect(_ expectation: String, _ message: Message, _ grouped: GroupedMessage) throws {
        let words = expectation.split(separator: " ", maxSplits: 2, omittingEmptySubsequences: false).map(String.init)
        switch words[0] {
        case "groups": #expect("groups \(grouped.root)" == expectation)
        case "segments": #expect("segments \(message.segments.count)" == expectation)
        case "issue", "issues": break
        default:
            let place = try #require(self.place(words[0], message), "\(words[0]) is a path")
            switch words[1] {
            case "=": #expect(place.text == unescaped(words.count > 2 ? words[2] : ""), "\(words[0])")
            case "length": #expect(place.text.map { String($0.utf8.count) } == words[2], "\(words[0])")
            case "starts": #expect(place.text?.hasPrefix(words[2]) == true, "\(words[0])")
            case "null": #expect(place.isNull, "\(words[0])")
            case "empty": #expect(place.isEmpty && !place.isAbsent, "\(words[0])")
            case "absent": #expect(place.isAbsent, "\(words[0])")
            default: Testing.Issue.record("\(expectation) is no expectation")
            }
        }
    }

    private func place(
        _ path: String, _ message: Message
    ) -> (text: String?, isNull: Bool, isEmpty: Bool, isAbsent: Bool)? {
        guard let location = HL7v2Location(path), let number = location.field,
            let field = message.segment(location.segment, location.occurrence)?.field(number)
        else { return nil }
        guard location.repetition != nil || location.component != nil else {
            return (field.text, field.isNull, field.isEmpty, field.isAbsent)
        }
        let repetition = field.repetition(location.repetition ?? 1)
        guard let component = location.component.map({ repetition.component($0) }) else {
            return (repetition.text, repetition.isNull, repetition.isEmpty, repetition.isAbsent)
        }
        guard let subcomponent = location.subcomponent.map({ component.subcomponent($0) }) else {
            return (component.text, component.isNull, component.isEmpty, component.isAbsent)
        }
        return (subcomponent.text, subcomponent.isNull, subcomponent.isEmpty, subcomponent.isAbsent)
    }

    private func expectIssues(_ issues: [Clinical.Issue], _ hazard: Case) {
        if let count = hazard.expectations.first(where: { $0.hasPrefix("issues ") }) {
            #expect(count == "issues any" || count == "issues \(issues.count)")
            return
        }
        let expected = hazard.expectations.filter { $0.hasPrefix("issue ") }
        #expect(issues.map { "issue \($0.code) \($0.place)" }.sorted() == expected.sorted())
    }

    private func expectBatch(_ bytes: [UInt8], ids: [String], _ hazard: Case) throws {
        let batch = try BatchReader(bytes)
        #expect(try batch.messages.map { try Message(Array(bytes[$0])).controlID ?? "" } == ids)
        #expect(batch.batches.flatMap { Array($0.messages) } == Array(batch.messages.indices))
        expectIssues(batch.issues, hazard)
    }

    /// Unchanged is byte for byte the same; a value written where it was read is the same value.
    private func expectWritingBack(_ message: Message, _ bytes: [UInt8]) throws {
        #expect(MessageEditor(message).write() == bytes)
        for segment in message.segments.prefix(20) where segment.name != "MSH" {
            for field in segment.fields.prefix(10) {
                guard let text = field.component(1).subcomponent(1).text, message.delimiters.escape != nil else { continue }
                let path = field.component(1).subcomponent(1).path
                guard message.delimiters.subcomponent != nil else { continue }
                var editor = MessageEditor(message)
                do {
                    try editor.set(path, to: text)
                } catch {
                    // U+FFFD stands for what a set cannot hold.
                    #expect(error.code == HL7v2Error.Code.notRepresentable, "\(path)")
                    continue
                }
                let edited = try editor.message()
                #expect(edited[path] == text, "\(path)")
                #expect(edited.segments.count == message.segments.count, "\(path)")
            }
        }
    }

    private func unescaped(_ text: String) -> String {
        var result = ""
        var rest = Substring(text)
        while let character = rest.popFirst() {
            guard character == "\\", let code = rest.popFirst() else {
                result.append(character)
                continue
            }
            switch code {
            case "n": result.append("\n")
            case "r": result.unicodeScalars.append("\r")
            case "t": result.append("\t")
            case "u":
                let digits = rest.dropFirst().prefix { $0 != "}" }
                rest = rest.dropFirst(digits.count + 2)
                result.unicodeScalars.append(Unicode.Scalar(UInt32(digits, radix: 16) ?? 0xFFFD) ?? "\u{FFFD}")
            default: result.append(code)
            }
        }
        return result
    }
}

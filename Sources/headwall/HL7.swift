import ArgumentParser
import Clinical
import Foundation
import HL7v2
import Pipeline

struct HL7: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "hl7", abstract: "Look at HL7 v2 messages.",
        discussion: "Example:  headwall hl7 show message.hl7", subcommands: [Show.self, Difference.self])

    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Print a message as a tree of groups, segments and named fields, with what is odd about it.",
            discussion: """
                Prints patient data: it is meant for the terminal. Problems go to standard error.

                Example:  headwall hl7 show message.hl7
                          headwall hl7 show message.hl7 --path "OBX[3]-5"
                """)

        @Argument(help: "File with one or more messages.") var file: String
        @Option(help: "Print the value at a path only, such as PID-5[1].1 or OBX[3]-5.") var path: String?

        func validate() throws {
            if let path, HL7v2Location(path)?.field == nil {
                throw ValidationError("--path must be a path to a field, such as PID-5[1].1 or OBX[3]-5")
            }
        }

        func run() throws {
            for message in try HL7.messages(file) {
                if let path {
                    Output.line(message[path] ?? "")
                    continue
                }
                let grouped = message.grouped()
                for line in MessageText.lines(grouped) { Output.line(line) }
                for issue in message.issues + grouped.issues {
                    Output.note("\(issue.place): \(issue.text) (\(issue.code))")
                }
            }
        }
    }

    struct Difference: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "diff", abstract: "Print what differs between two messages, field by field.",
            discussion: """
                Compares decoded values, so different delimiters and escapes are no difference. Exit code 1 when there are
                differences.

                Example:  headwall hl7 diff before.hl7 after.hl7
                """)

        @Argument(help: "The first message.") var first: String
        @Argument(help: "The second message.") var second: String

        func run() throws {
            let (left, right) = (try HL7.messages(first), try HL7.messages(second))
            guard left.count == 1, right.count == 1 else {
                throw ValidationError("each file must hold exactly one message")
            }
            let differences = MessageDifference.between(left[0], right[0])
            for difference in differences {
                Output.line("\(difference.path)" + (difference.name.map { "  \($0)" } ?? ""))
                if let text = difference.first { Output.line("  - \(text)") }
                if let text = difference.second { Output.line("  + \(text)") }
            }
            if !differences.isEmpty { throw ExitCode(1) }
        }
    }

    private static func messages(_ file: String) throws -> [Message] {
        guard let data = FileManager.default.contents(atPath: file) else {
            throw ValidationError("the file cannot be read")
        }
        let bytes = Array(data)
        do {
            // UTF-16 and UTF-32 hold no line that a batch reader could find.
            if let message = try? Message(bytes) { return [message] }
            return try BatchReader(bytes).messages.map { try Message(Array(bytes[$0])) }
        } catch let error as HL7v2Error {
            Output.error("\(error)")
            throw ExitCode(PipelineError.Kind.data.rawValue)
        }
    }
}

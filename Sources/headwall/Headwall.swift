import ArgumentParser
import Foundation
import Pipeline

/// The command line. Every command: `--help` with an example, errors on standard error in one line with the place,
/// exit codes of sysexits(3).
@main
struct Headwall: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "headwall",
        abstract: "Clinical messages in, a risk score that clinicians can question out.",
        discussion: """
            Takes HL7v2, FHIR and CDA, turns local codes and units into LOINC and UCUM, scores each patient with what is
            known and what is missing, and returns the result to the workflow.

            Example:  headwall demo
            Then:     headwall serve --config headwall.yaml

            Exit codes are those of sysexits(3): 0 done, 64 wrong usage, 65 wrong data, 66 no input, 69 unavailable,
            70 a mistake in this program, 73 cannot create, 74 input/output, 78 wrong configuration.
            """,
        version: "0.1.0",
        subcommands: [
            Serve.self, Demo.self, Convert.self, Translate.self, Units.self, Score.self, Replay.self, Mappings.self,
            Models.self, Queue.self, Why.self, HL7.self, Fixtures.self,
        ])

    static func main() async {
        do {
            var command = try parseAsRoot(Self.withNegativeNumbers(Array(CommandLine.arguments.dropFirst())))
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
        } catch let error as PipelineError {
            Output.error("\(error)")
            Foundation.exit(error.kind.rawValue)
        } catch let error as ConfigurationError {
            Output.error("\(error)")
            Foundation.exit(PipelineError.Kind.configuration.rawValue)
        } catch  where exitCode(for: error) == .validationFailure {
            // One line as for every other error; the usage is a question away.
            let text = message(for: error).split(separator: "\n").first ?? "wrong usage"
            let help = fullMessage(for: error).split(separator: "'").last { $0.hasSuffix("--help") } ?? "headwall --help"
            Output.error("\(text) (see \(help))")
            Foundation.exit(exitCode(for: error).rawValue)
        } catch {
            exit(withError: error)
        }
    }

    /// The parser takes `-40` for an option; behind a space it is a value.
    private static func withNegativeNumbers(_ arguments: [String]) -> [String] {
        guard arguments.starts(with: ["units", "convert"]) else { return arguments }
        return arguments.map { $0.hasPrefix("-") && Double($0) != nil ? " " + $0 : $0 }
    }
}

import FHIR
import Foundation

/// One run of the program with arguments, as a script calls it.
struct HeadwallCommand: Sendable {
    var status: Int32
    var output: String
    var error: String

    var lines: [String] { output.split(separator: "\n").map(String.init) }
    var json: JSON? { try? JSON(parsing: utf8(output)) }
    var jsonLines: [JSON] { lines.compactMap { try? JSON(parsing: utf8($0)) } }

    /// - Parameter input: for standard input.
    static func run(_ arguments: [String], input: String = "", in folder: String = ServerProcess.repository) async throws
        -> HeadwallCommand
    {
        let place = try ServerProcess.temporaryFolder()
        defer { try? FileManager.default.removeItem(atPath: place) }
        // Files, not pipes: nothing has to be read while the program runs.
        let (outputFile, errorFile, inputFile) = (place + "/output", place + "/error", place + "/input")
        for file in [outputFile, errorFile] { try Data().write(to: URL(fileURLWithPath: file)) }
        try Data(input.utf8).write(to: URL(fileURLWithPath: inputFile))
        let status = try await blocking {
            let process = Process()
            process.executableURL = URL(fileURLWithPath: ServerProcess.program)
            process.arguments = arguments
            process.currentDirectoryURL = URL(fileURLWithPath: folder)
            process.standardInput = FileHandle(forReadingAtPath: inputFile)
            process.standardOutput = FileHandle(forWritingAtPath: outputFile)
            process.standardError = FileHandle(forWritingAtPath: errorFile)
            try process.run()
            process.awaitExit(seconds: 120)
            return process.terminationReason == .exit ? process.terminationStatus : -process.terminationStatus
        }
        return HeadwallCommand(
            status: status, output: try String(contentsOfFile: outputFile, encoding: .utf8),
            error: try String(contentsOfFile: errorFile, encoding: .utf8))
    }

    static func run(_ arguments: String..., input: String = "") async throws -> HeadwallCommand {
        try await run(arguments, input: input)
    }
}

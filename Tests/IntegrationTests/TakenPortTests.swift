import Foundation
import Testing

extension ProgramTests {
    /// A service that cannot open its doors ends and says which; it does not wait for what will not come.
    @Suite("A port that is taken") struct TakenPortTests {
        @Test(.timeLimit(.minutes(2)), arguments: ["http", "mllp"]) func itIsNamed(door: String) async throws {
            let folder = try ServerProcess.temporaryFolder()
            defer { try? FileManager.default.removeItem(atPath: folder) }
            let first = try Self.server(folder + "/first", mllp: 0, http: 0)
            defer { if first.isRunning { first.kill() } }
            try await first.startUp()
            let mllp = try #require(first.mllpPorts["in"])
            let second = try Self.server(
                folder + "/second", mllp: door == "mllp" ? mllp : 0, http: door == "http" ? first.httpPort : 0)
            let run = try await HeadwallCommand.run("serve", "--config", second.configurationFile)
            #expect(run.status == 69 && !run.output.contains("ready"))
            let last = try #require(run.error.split(separator: "\n").last)
            #expect(last.hasPrefix("headwall: ") && last.contains("Cannot listen on 127.0.0.1 port"), "\(run.error)")
            #expect(try await first.shutDown() == 0)
        }

        private static func server(_ folder: String, mllp: Int, http: Int) throws -> ServerProcess {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            return try ServerProcess(
                folder: folder,
                """
                sources: [{ name: monitors }]
                doors:
                  mllp: [{ name: in, port: \(mllp), source: monitors }]
                  http: { port: \(http) }
                """)
        }
    }
}

import Clinical
import Foundation
import HL7v2
import Testing

extension ProgramTests {
    /// Which answers come over the wire: HL7 v2.5.1 section 2.9.3 and table 0155.
    @Suite("Acknowledgement modes")
    struct EnhancedModeTests {
        @Test("MSH-15 and MSH-16 decide which answers a sender gets, and in which order")
        func answersAsAskedFor() async throws {
            let folder = try ServerProcess.temporaryFolder()
            defer { try? FileManager.default.removeItem(atPath: folder) }
            let server = try ServerProcess(
                folder: folder,
                """
                sources: [{ name: monitors }]
                doors:
                  mllp: [{ name: in, port: 0, source: monitors }]
                """)
            defer { if server.isRunning { server.kill() } }
            try await server.startUp()
            let connection = try SocketConnection(port: try #require(server.mllpPorts["in"]))
            let good =
                VitalsMessage(control: "", results: [(VitalsMessage.heartRate, "80", VitalsMessage.perMinute)]).segments
                .dropFirst().joined(separator: "\r") + "\r"
            // MSH-15, MSH-16, the body, the codes of the answers in order.
            let cases: [(String, String, String, [String])] = [
                ("", "", good, ["AA"]), ("AL", "NE", good, ["CA"]), ("AL", "AL", good, ["CA", "AA"]),
                ("NE", "AL", good, ["AA"]), ("", "SU", good, ["AA"]), ("ER", "ER", good, []), ("NE", "NE", good, []),
                ("ER", "NE", "OBX|1|NM|8867-4\r", ["CE"]), ("AL", "SU", "OBX|1|NM|8867-4\r", ["CE"]),
            ]
            for (number, (accept, application, body, expected)) in cases.enumerated() {
                let header =
                    "MSH|^~\\&|MON|W|||20260105080000+0000||ORU^R01^ORU_R01|E\(number)|P|2.5.1|||\(accept)|\(application)\r"
                try await connection.send([0x0B] + Array((header + body).utf8) + [0x1C, 0x0D])
                for code in expected {
                    let answer = try Acknowledgement.parse(try await connection.receiveFrame())
                    #expect(answer.code.rawValue == code, "\(accept)/\(application)")
                    #expect(answer.acknowledgedControlID == "E\(number)", "\(accept)/\(application)")
                }
            }
            // Nothing is left over that nobody asked for.
            let last = "MSH|^~\\&|MON|W|||20260105080000+0000||ORU^R01^ORU_R01|LAST|P|2.5.1\r"
            try await connection.send([0x0B] + Array((last + good).utf8) + [0x1C, 0x0D])
            #expect(try Acknowledgement.parse(try await connection.receiveFrame()).acknowledgedControlID == "LAST")
            #expect(try await server.shutDown() == 0)
        }
    }
}

import Doors
import Foundation
import HL7v2
import Testing

extension ProgramTests {
    @Suite(
        "The door with TLS",
        .enabled(
            if: Certificates.openssl != nil, "SKIPPED: the openssl command, which makes the certificates, is not installed")
    )
    struct TLSDoorTests {
        @Test(.timeLimit(.minutes(2))) func onlyAClientWithACertificateOfTheAuthorityIsHeard() async throws {
            let folder = try ServerProcess.temporaryFolder()
            defer { try? FileManager.default.removeItem(atPath: folder) }
            try await blocking { try Certificates.make(in: folder) }
            let server = try ServerProcess(
                folder: folder,
                """
                sources: [{ name: monitors }]
                doors:
                  mllp:
                    - name: secure
                      port: 0
                      source: monitors
                      tls:
                        certificateChain: "\(folder)/server.pem"
                        privateKey: "\(folder)/server.key"
                        clientAuthorities: "\(folder)/ca.pem"
                """)
            defer { if server.isRunning { server.kill() } }
            try await server.startUp()
            let port = try #require(server.mllpPorts["secure"])
            func client(_ name: String?) async throws -> MLLPClient {
                try await MLLPClient.connect(
                    host: "127.0.0.1", port: port,
                    tls: TLSClientConfiguration(
                        authorityFile: folder + "/ca.pem", certificateChainFile: name.map { "\(folder)/\($0).pem" },
                        privateKeyFile: name.map { "\(folder)/\($0).key" }, serverName: "localhost"))
            }
            let message = VitalsMessage(
                control: "TLS1", results: [(VitalsMessage.heartRate, "80", VitalsMessage.perMinute)])
            let known = try await client("client")
            let reply = try Acknowledgement.parse(try await known.send(message.bytes))
            #expect(reply.code == .AA && reply.acknowledgedControlID == "TLS1")
            // With TLS 1.3 the refusal may come at the first message only (RFC 8446, 2).
            for name in [nil, "stranger"] {
                await #expect(throws: DoorError.self) { _ = try await client(name).send(message.bytes) }
            }
            // Plain text gets no acknowledgement.
            let plain = try SocketConnection(port: port)
            try await plain.send([0x0B] + message.bytes + [0x1C, 0x0D])
            await #expect(throws: SocketConnection.Failure.self) { try await plain.receiveFrame() }
            // Nothing of this disturbs the connection that is allowed.
            #expect(try Acknowledgement.parse(try await known.send(message.bytes)).code == .AA)
            await known.close()
            #expect(try await server.shutDown() == 0)
            print("TLS door: known client heard, no certificate, strange certificate and plain text refused")
        }
    }
}

/// An authority with a server and a client, and another authority with a stranger.
private enum Certificates {
    static let openssl = (ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin").split(separator: ":")
        .map { $0 + "/openssl" }.first { FileManager.default.isExecutableFile(atPath: $0) }

    static func make(in folder: String) throws {
        let key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
        for name in ["ca", "other"] {
            try run(
                ["req", "-x509"] + key + [
                    "-days", "2", "-subj", "/CN=\(name)", "-keyout", "\(name).key", "-out", "\(name).pem",
                ], folder)
        }
        for (name, authority, extensions) in [
            ("server", "ca", "subjectAltName=DNS:localhost"), ("client", "ca", "extendedKeyUsage=clientAuth"),
            ("stranger", "other", "extendedKeyUsage=clientAuth"),
        ] {
            try extensions.write(toFile: "\(folder)/\(name).ext", atomically: true, encoding: .utf8)
            try run(["req"] + key + ["-subj", "/CN=\(name)", "-keyout", "\(name).key", "-out", "\(name).csr"], folder)
            try run(
                [
                    "x509", "-req", "-in", "\(name).csr", "-CA", "\(authority).pem", "-CAkey", "\(authority).key",
                    "-CAcreateserial", "-days", "2", "-extfile", "\(name).ext", "-out", "\(name).pem",
                ], folder)
        }
    }

    private static func run(_ arguments: [String], _ folder: String) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: openssl ?? "openssl")
        process.arguments = arguments
        process.currentDirectoryURL = URL(fileURLWithPath: folder)
        process.standardError = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        try process.run()
        process.awaitExit()
        try #require(process.terminationStatus == 0, "openssl \(arguments.first ?? "")")
    }
}

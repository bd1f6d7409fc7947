import Doors
import Testing

@Suite(
    .timeLimit(.minutes(2)),
    .enabled(
        if: TestCertificates.isAvailable, "SKIPPED: the openssl command, which makes the certificates, is not installed"))
struct MLLPOverTLSTests {
    private static func run(
        asksClient: Bool, server: String = "server",
        _ body: @escaping @Sendable (Loopback, TestCertificates) async throws -> Void
    ) async throws {
        let certificates = try TestCertificates()
        defer { certificates.remove() }
        let tls = TLSServerConfiguration(
            certificateChainFile: certificates.path(server + ".pem"), privateKeyFile: certificates.path(server + ".key"),
            clientAuthorityFile: asksClient ? certificates.path("ca.pem") : nil)
        let handler: MLLPServer.Handler = { frames, peer in
            frames.map { _ in Array("AA|\(peer.certificateName ?? "nobody")".utf8) }
        }
        let configuration = MLLPServerConfiguration(handshakeTimeout: .milliseconds(500), tls: tls)
        try await Loopback.run(configuration, handler: handler) { try await body($0, certificates) }
    }

    private static func client(_ certificates: TestCertificates, _ name: String?, authority: String = "ca")
        -> TLSClientConfiguration
    {
        TLSClientConfiguration(
            authorityFile: certificates.path(authority + ".pem"),
            certificateChainFile: name.map { certificates.path($0 + ".pem") },
            privateKeyFile: name.map { certificates.path($0 + ".key") }, serverName: "localhost")
    }

    @Test func aClientWithACertificateIsKnownByItsName() async throws {
        try await Self.run(asksClient: true) { loopback, certificates in
            let client = try await loopback.client(tls: Self.client(certificates, "client"))
            #expect(try await client.send(ascii("MSH")) == Array("AA|lab-a".utf8))
            let large = [UInt8](repeating: 0x41, count: 3 << 20)
            #expect(try await client.send(large) == Array("AA|lab-a".utf8))
            await client.close()
        }
    }

    @Test(arguments: [nil, "stranger"]) func aClientWithoutTheRightCertificateIsRefused(_ name: String?) async throws {
        try await Self.run(asksClient: true) { loopback, certificates in
            // In TLS 1.3 the client's side of the handshake is over before the server has seen the certificate, so the
            // refusal may come at the first message only (RFC 8446, 2).
            let error = await #expect(throws: DoorError.self) {
                let client = try await loopback.client(tls: Self.client(certificates, name))
                _ = try await client.send(ascii("MSH"))
            }
            #expect(error?.cause == .tls || error?.cause == .closedBeforeReply)
            #expect(loopback.server.statistics.messages == 0)
        }
    }

    @Test func withoutAnAuthorityForClientsNoCertificateIsAskedFor() async throws {
        try await Self.run(asksClient: false) { loopback, certificates in
            let tls = TLSClientConfiguration(authorityFile: certificates.path("ca.pem"))
            let client = try await loopback.client(tls: tls, host: "localhost")
            #expect(try await client.send(ascii("MSH")) == Array("AA|nobody".utf8))
            await client.close()
        }
    }

    @Test func aServerMayBeKnownByItsAddress() async throws {
        try await Self.run(asksClient: false, server: "address") { loopback, certificates in
            let client = try await loopback.client(tls: TLSClientConfiguration(authorityFile: certificates.path("ca.pem")))
            #expect(try await client.send(ascii("MSH")) == Array("AA|nobody".utf8))
            await client.close()
        }
    }

    @Test func theClientChecksTheServersAuthorityAndName() async throws {
        try await Self.run(asksClient: false) { loopback, certificates in
            let unknown = await #expect(throws: DoorError.self) {
                try await loopback.client(tls: Self.client(certificates, nil, authority: "other-ca"))
            }
            #expect(unknown?.cause == .tls)
            for name in ["mllp.example.org", nil] {
                let configuration = TLSClientConfiguration(authorityFile: certificates.path("ca.pem"), serverName: name)
                let wrong = await #expect(throws: DoorError.self) { try await loopback.client(tls: configuration) }
                #expect(wrong?.cause == .tls)
            }
        }
    }

    @Test func plainTextAtATLSPortAndSilenceAreClosed() async throws {
        try await Self.run(asksClient: true) { loopback, _ in
            let received = try await loopback.raw { connection in
                try await connection.send(ascii("<MSH|plain>/"))
                return await connection.receiveAll()
            }
            #expect(!received.starts(with: ascii("<AA")))
            let silence = try await loopback.raw { await $0.receiveAll() }
            #expect(silence.isEmpty)
            #expect(loopback.server.statistics.messages == 0)
            #expect(loopback.server.statistics.deadlinesPassed == 1)
        }
    }

    @Test func unusableFilesAreErrorsThatSaySo() async throws {
        let certificates = try TestCertificates()
        defer { certificates.remove() }
        let missing = TLSServerConfiguration(
            certificateChainFile: certificates.path("absent.pem"), privateKeyFile: certificates.path("server.key"))
        let mixed = TLSServerConfiguration(
            certificateChainFile: certificates.path("server.pem"), privateKeyFile: certificates.path("client.key"))
        for tls in [missing, mixed] {
            let server = MLLPServer(
                configuration: MLLPServerConfiguration(tls: tls), logger: silent,
                handler: { frames, _ in frames.map(answer) })
            let error = await #expect(throws: DoorError.self) { try await server.run() }
            #expect(error?.cause == .certificate)
        }
    }
}

import Foundation
import Polling
import Testing

@Suite(.timeLimit(.minutes(2))) struct CurlTransportTests {
    private static func run<Result>(
        _ script: @escaping ScriptedServer.Script, configuration: CurlTransport.Configuration = .init(),
        _ body: (CurlTransport, ScriptedServer) async throws -> Result
    ) async throws -> Result {
        let server = try ScriptedServer(script)
        defer { server.stop() }
        let transport = try CurlTransport(configuration: configuration)
        do {
            let result = try await body(transport, server)
            await transport.shutdown()
            return result
        } catch {
            await transport.shutdown()
            throw error
        }
    }

    private static func error(
        maximumBodyBytes: Int = 1000, timeout: Duration = .seconds(60), _ script: @escaping ScriptedServer.Script
    ) async throws -> PollingError? {
        try await run(script) { transport, server in
            let request = TransportRequest(url: server.base, timeout: timeout, maximumBodyBytes: maximumBodyBytes)
            return await #expect(throws: PollingError.self) { try await transport.send(request) }
        }
    }

    @Test func requestAndResponseArriveAsTheyAre() async throws {
        let body = (0..<100_000).map { UInt8(truncatingIfNeeded: $0) }
        try await Self.run({ request, _ in
            [ScriptedServer.response(201, ["X-Seen: \(request.headers["x-mine"] ?? "")", "x-two:  b "], request.body)]
        }) {
            transport, server in
            let request = TransportRequest(
                .post, url: server.base + "/Patient?x=1",
                headers: [.init("X-Mine", "yes"), .init("Content-Type", "application/fhir+json")],
                body: body)
            let response = try await transport.send(request)
            #expect(response.status == 201)
            #expect(response.header("x-seen") == "yes")
            #expect(response.header("X-Two") == "b")
            #expect(response.header("X-Three") == nil)
            #expect(response.body == body)
            #expect(server.requests.first?.line == "POST /fhir/Patient?x=1 HTTP/1.1")
            #expect(server.requests.first?.headers["content-type"] == "application/fhir+json")
            #expect(server.requests.first?.headers["expect"] == nil)
            let empty = try await transport.send(TransportRequest(.put, url: server.base))
            #expect(empty.body.isEmpty)
            #expect(server.requests.last?.line == "PUT /fhir HTTP/1.1")
        }
    }

    @Test func redirectsAreNotFollowed() async throws {
        try await Self.run({ _, _ in [ScriptedServer.response(302, ["Location: /elsewhere"])] }) { transport, server in
            let response = try await transport.send(TransportRequest(url: server.base))
            #expect(response.status == 302)
            #expect(server.requests.count == 1)
        }
    }

    @Test func anInterimResponseIsNoResponse() async throws {
        let interim = ScriptedServer.Step.send(Array("HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n".utf8))
        try await Self.run({ _, _ in [interim, ScriptedServer.response(200, ["A: b"])] }) { transport, server in
            let response = try await transport.send(TransportRequest(url: server.base))
            #expect(response.status == 200)
            #expect(response.header("link") == nil)
            #expect(response.header("a") == "b")
        }
    }

    @Test func sizesAreBounded() async throws {
        let large = [UInt8](repeating: 0x41, count: 1001)
        #expect(try await Self.error { _, _ in [ScriptedServer.response(200, [], large)] }?.cause == .tooLarge)
        let endless = ScriptedServer.Step.send(Array("HTTP/1.1 200 OK\r\n\r\n".utf8) + large)
        #expect(try await Self.error { _, _ in [endless, .pause(milliseconds: 60_000)] }?.cause == .tooLarge)
        let headers = (0..<2000).map { "X-\($0): " + String(repeating: "y", count: 40) }
        #expect(try await Self.error { _, _ in [ScriptedServer.response(200, headers)] }?.cause == .tooLarge)
        let fitting = try await Self.run({ _, _ in [ScriptedServer.response(200, [], Array(large.dropLast()))] }) {
            transport, server in
            try await transport.send(TransportRequest(url: server.base, maximumBodyBytes: 1000)).body.count
        }
        #expect(fitting == 1000)
    }

    /// `python3 -c "import gzip,base64; print(base64.b64encode(gzip.compress(bytes(1<<20), mtime=0)).decode())"`
    @Test func aCompressedBodyIsMeasuredAfterDecompression() async throws {
        let gzip = try #require(Data(base64Encoded: compressedMebibyte))
        #expect(gzip.count < 2000)
        let script: ScriptedServer.Script = { _, _ in
            [ScriptedServer.response(200, ["Content-Encoding: gzip"], Array(gzip))]
        }
        #expect(try await Self.error(maximumBodyBytes: 100_000, script)?.cause == .tooLarge)
        let body = try await Self.run(script) { transport, server in
            try await transport.send(TransportRequest(url: server.base)).body
        }
        #expect(body == [UInt8](repeating: 0, count: 1 << 20))
    }

    @Test func brokenAnswersAreErrors() async throws {
        let head = ScriptedServer.Step.send(Array("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"res".utf8))
        #expect(try await Self.error { _, _ in [head, .close] }?.cause == .truncated)
        #expect(try await Self.error { _, _ in [.close] }?.cause == .truncated)
        #expect(try await Self.error { _, _ in [.send([0, 1, 2, 3, 0xFF, 0x0D, 0x0A, 0x0D, 0x0A]), .close] } != nil)
        #expect(
            try await Self.error(timeout: .milliseconds(100)) { _, _ in [head, .pause(milliseconds: 400)] }?.cause
                == .timeout)
    }

    @Test func whatCannotBeFetchedIsRefused() async throws {
        let transport = try CurlTransport()
        for url in [
            "file:///etc/passwd", "gopher://127.0.0.1/", "ftp://127.0.0.1/", "http://user:pw@127.0.0.1/", "http://",
        ] {
            let error = await #expect(throws: PollingError.self) { try await transport.send(TransportRequest(url: url)) }
            #expect([.configuration, .transport].contains(error?.cause))
        }
        let smuggled = [
            TransportRequest(url: "http://127.0.0.1/a b"), TransportRequest(url: "http://127.0.0.1/\r\nX: y"),
            TransportRequest(url: "http://127.0.0.1/", headers: [.init("X", "a\r\nY: b")]),
            TransportRequest(url: "http://127.0.0.1/", headers: [.init("X:", "a")]),
        ]
        for request in smuggled {
            let error = await #expect(throws: PollingError.self) { try await transport.send(request) }
            #expect(error?.cause == .configuration)
        }
        let closed = try ScriptedServer(listens: false) { _, _ in [] }
        defer { closed.stop() }
        let error = await #expect(throws: PollingError.self) {
            try await transport.send(TransportRequest(url: closed.base))
        }
        #expect(error?.cause == .unreachable)
        await transport.shutdown()
    }

    @Test func manyAtOnceAndAgain() async throws {
        try await Self.run({ request, _ in [ScriptedServer.response(200, [], Array(request.target.utf8))] }) {
            transport, server in
            try await withThrowingTaskGroup(of: Bool.self) { tasks in
                for number in 0..<100 {
                    tasks.addTask {
                        let response = try await transport.send(TransportRequest(url: server.base + "/\(number)"))
                        return response.body == Array("/fhir/\(number)".utf8)
                    }
                }
                for try await isRight in tasks { #expect(isRight) }
            }
            #expect(server.requests.count == 100)
        }
    }

    @Test func cancellingAndShutdownEndTheWait() async throws {
        try await Self.run({ _, _ in [.pause(milliseconds: 2000), .close] }) { transport, server in
            let url = server.base
            let cancelled = Task { try await transport.send(TransportRequest(url: url)) }
            while server.requests.isEmpty { try await Task.sleep(for: .milliseconds(2)) }
            cancelled.cancel()
            let first = await #expect(throws: PollingError.self) { try await cancelled.value }
            #expect(first?.cause == .cancelled)
            let waiting = Task { try await transport.send(TransportRequest(url: url)) }
            while server.requests.count < 2 { try await Task.sleep(for: .milliseconds(2)) }
            await transport.shutdown()
            let second = await #expect(throws: PollingError.self) { try await waiting.value }
            #expect(second?.cause == .cancelled)
            let late = await #expect(throws: PollingError.self) { try await transport.send(TransportRequest(url: url)) }
            #expect(late?.cause == .cancelled)
        }
    }

    @Test(.enabled(if: TLSServer.isAvailable, "SKIPPED: the openssl command, which serves TLS here, is not installed"))
    func theServersCertificateIsVerified() async throws {
        let server = try TLSServer()
        defer { server.stop() }
        let trusting = try CurlTransport(configuration: .init(authorityFile: server.authorityFile))
        let response = try await trusting.send(TransportRequest(url: "https://localhost:\(server.port)/"))
        #expect(response.status == 200)
        // The name in the certificate is localhost.
        let wrongName = await #expect(throws: PollingError.self) {
            try await trusting.send(TransportRequest(url: "https://127.0.0.1:\(server.port)/"))
        }
        #expect(wrongName?.cause == .tls)
        await trusting.shutdown()
        let strict = try CurlTransport()
        let unknown = await #expect(throws: PollingError.self) {
            try await strict.send(TransportRequest(url: "https://localhost:\(server.port)/"))
        }
        #expect(unknown?.cause == .tls)
        await strict.shutdown()
    }
}

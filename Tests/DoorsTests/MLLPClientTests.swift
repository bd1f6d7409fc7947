import Doors
import NIOCore
import NIOPosix
import Testing

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

@Suite(.timeLimit(.minutes(2))) struct MLLPClientTests {
    /// Sends the same bytes for whatever comes.
    private final class Answer: ChannelInboundHandler, Sendable {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer
        let bytes: [UInt8]?
        let closes: Bool

        init(_ bytes: [UInt8]?, closes: Bool) {
            self.bytes = bytes
            self.closes = closes
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            if let bytes { context.writeAndFlush(wrapOutboundOut(ByteBuffer(bytes: bytes)), promise: nil) }
            if closes { context.close(promise: nil) }
        }
    }

    /// A receiver that sends the same bytes once something has come, and then closes or waits.
    private static func receiver<Result: Sendable>(
        answering bytes: [UInt8]?, closes: Bool, _ body: (Int) async throws -> Result
    ) async throws -> Result {
        let channel = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Answer(bytes, closes: closes))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let result = try await body(channel.localAddress?.port ?? 0)
        try await channel.close()
        return result
    }

    private static func error(answering bytes: [UInt8]?, closes: Bool = false) async throws -> DoorError? {
        try await receiver(answering: bytes, closes: closes) { port in
            let client = try await MLLPClient.connect(
                host: "127.0.0.1", port: port,
                limits: .init(
                    replyTimeout: bytes == nil && !closes ? .milliseconds(100) : .seconds(60), maximumReplyBytes: 1000))
            let error = await #expect(throws: DoorError.self) { try await client.send(ascii("MSH")) }
            // After any failure replies could no longer be told apart: the connection is not used again.
            await #expect(throws: DoorError.self) { try await client.send(ascii("MSH")) }
            await client.close()
            return error
        }
    }

    @Test func nobodyListens() async throws {
        // A port that is taken and not listened on, so that no other test can be given it.
        let socket = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(socket) }
        let port = try #require(bindToLoopback(socket))
        let error = await #expect(throws: DoorError.self) { try await MLLPClient.connect(host: "127.0.0.1", port: port) }
        #expect(error?.cause == .refused)
        #expect(error?.place == "127.0.0.1:\(port)")
    }

    @Test func noReplyInTime() async throws {
        #expect(try await Self.error(answering: nil)?.cause == .timeout)
    }

    @Test func closedBeforeTheReply() async throws {
        #expect(try await Self.error(answering: nil, closes: true)?.cause == .closedBeforeReply)
        #expect(try await Self.error(answering: ascii("<MSA|AA"), closes: true)?.cause == .closedBeforeReply)
    }

    @Test func aReplyAboveTheLimit() async throws {
        let large = [UInt8](repeating: 0x41, count: 1001)
        // Without its end, too: the client must not wait for it.
        #expect(try await Self.error(answering: [0x0B] + large)?.cause == .replyTooLarge)
        #expect(try await Self.error(answering: [0x0B] + large + [0x1C, 0x0D])?.cause == .replyTooLarge)
    }

    @Test func bytesThatAreNoFrame() async throws {
        #expect(try await Self.error(answering: ascii("HTTP/1.1 400<MSA>/"))?.cause == .protocolViolation)
    }

    @Test func contentThatCannotBeFramed() async throws {
        try await Loopback.run(handler: MLLPServerTests.echo) { loopback in
            let client = try await loopback.client()
            let error = await #expect(throws: DoorError.self) { try await client.send(ascii("a<b")) }
            #expect(error?.cause == .unframeable)
            // Nothing was sent, so the connection is still good.
            #expect(try await client.send(ascii("b")) == ascii("AA|b"))
            await client.close()
        }
    }

    @Test func aWindowOfMessagesIsAnsweredInOrderUpToTheFirstFailure() async throws {
        let handler: MLLPServer.Handler = { frames, _ in
            // No reply to the message 30: the client waits for it in vain, as replies have no other mark than order.
            frames.map { $0 == .message(Array("30".utf8)) ? nil : answer($0) }
        }
        try await Loopback.run(handler: handler) { loopback in
            let patient = try await loopback.client()
            let good = await patient.sendPipelined((0..<20).map { Array("\($0)".utf8) }, window: 7)
            #expect(try good.map { try $0.get() } == (0..<20).map { Array("AA|\($0)".utf8) })
            let client = try await loopback.client(replyTimeout: .milliseconds(300))
            let results = await client.sendPipelined((30..<60).map { Array("\($0)".utf8) }, window: 1)
            #expect(results.count == 30)
            #expect(results.allSatisfy { if case .failure(let error) = $0 { error.cause == .timeout } else { false } })
            #expect(loopback.server.statistics.messages == 21)
        }
    }

    @Test func severalTasksShareAConnection() async throws {
        try await Loopback.run(handler: MLLPServerTests.echo) { loopback in
            let client = try await loopback.client()
            try await withThrowingTaskGroup(of: Bool.self) { tasks in
                for number in 0..<100 {
                    tasks.addTask { try await client.send(Array("\(number)".utf8)) == Array("AA|\(number)".utf8) }
                }
                for try await isRight in tasks { #expect(isRight) }
            }
            await client.close()
        }
    }

    @Test func cancellingEndsTheWait() async throws {
        let error = try await Self.receiver(answering: nil, closes: false) { port in
            let client = try await MLLPClient.connect(host: "127.0.0.1", port: port)
            let task = Task { () async -> DoorError? in
                do throws(DoorError) {
                    _ = try await client.send(ascii("MSH"))
                    return nil
                } catch {
                    return error
                }
            }
            task.cancel()
            return await task.value
        }
        #expect(error?.cause == .cancelled)
    }
}

/// Binds a socket to a free port of the loopback address.
private func bindToLoopback(_ socket: Int32) -> Int? {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let size = length
    let isBound = withUnsafeMutablePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
            bind(socket, pointer, size) == 0 && getsockname(socket, pointer, &length) == 0
        }
    }
    return isBound ? Int(UInt16(bigEndian: address.sin_port)) : nil
}

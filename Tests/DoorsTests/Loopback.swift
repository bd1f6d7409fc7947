import Doors
import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle

/// A server that runs on loopback while a test talks to it.
struct Loopback: Sendable {
    let server: MLLPServer
    let port: Int
    let group: ServiceGroup

    /// Runs a server, then shuts it down gracefully and waits for its end.
    static func run<Result: Sendable>(
        _ configuration: MLLPServerConfiguration = MLLPServerConfiguration(), logger: Logger = silent,
        handler: @escaping MLLPServer.Handler, body: @escaping @Sendable (Loopback) async throws -> Result
    ) async throws -> Result {
        let (ports, bound) = AsyncStream.makeStream(of: Int.self)
        let server = MLLPServer(
            configuration: configuration, logger: logger, onBound: { bound.yield($0) }, handler: handler)
        let group = ServiceGroup(configuration: .init(services: [.init(service: server)], logger: silent))
        return try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask {
                defer { bound.finish() }
                try await group.run()
            }
            guard let port = await ports.first(where: { _ in true }) else {
                try await tasks.waitForAll()
                throw DoorError(.cannotListen, place: "test", "The server ended before it was bound.")
            }
            do {
                let result = try await body(Loopback(server: server, port: port, group: group))
                await group.triggerGracefulShutdown()
                try await tasks.waitForAll()
                return result
            } catch {
                await group.triggerGracefulShutdown()
                throw error
            }
        }
    }

    func client(
        tls: TLSClientConfiguration? = nil, host: String = "127.0.0.1", replyTimeout: Duration = .seconds(60)
    ) async throws(DoorError) -> MLLPClient {
        try await MLLPClient.connect(
            host: host, port: port, tls: tls, limits: .init(connectTimeout: .seconds(20), replyTimeout: replyTimeout))
    }

    /// A connection without any framing of its own.
    func raw<Result: Sendable>(_ body: (RawConnection) async throws -> Result) async throws -> Result {
        try await RawConnection.open(port: port, body)
    }
}

/// Bytes to and from a port.
final class RawConnection {
    private let outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>
    private var inbound: NIOAsyncChannelInboundStream<ByteBuffer>.AsyncIterator
    private(set) var received: [UInt8] = []

    private init(_ inbound: NIOAsyncChannelInboundStream<ByteBuffer>, _ outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>)
    {
        self.inbound = inbound.makeAsyncIterator()
        self.outbound = outbound
    }

    static func open<Result>(port: Int, _ body: (RawConnection) async throws -> Result) async throws -> Result {
        let channel = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .connect(host: "127.0.0.1", port: port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try NIOAsyncChannel<ByteBuffer, ByteBuffer>(
                        wrappingChannelSynchronously: channel, configuration: .init(isOutboundHalfClosureEnabled: true))
                }
            }
        return try await channel.executeThenClose { inbound, outbound in
            try await body(RawConnection(inbound, outbound))
        }
    }

    func send(_ bytes: [UInt8]) async throws {
        try await outbound.write(ByteBuffer(bytes: bytes))
    }

    /// Closes our side only.
    func finish() {
        outbound.finish()
    }

    /// Waits until so many bytes have come, or the end of the stream.
    func receive(_ count: Int) async throws -> [UInt8] {
        while received.count < count, let buffer = try await inbound.next() { received += Array(buffer: buffer) }
        return received
    }

    /// Everything up to the end of the stream; a reset counts as an end.
    func receiveAll() async -> [UInt8] {
        while let buffer = try? await inbound.next() { received += Array(buffer: buffer) }
        return received
    }
}

/// Collects frames from a handler.
actor Collected {
    private(set) var frames: [MLLPFrame] = []
    private var waiters: [(count: Int, continuation: CheckedContinuation<Void, Never>)] = []

    func add(_ new: [MLLPFrame]) {
        frames += new
        for waiter in waiters where frames.count >= waiter.count { waiter.continuation.resume() }
        waiters.removeAll { frames.count >= $0.count }
    }

    func wait(for count: Int) async {
        if frames.count >= count { return }
        await withCheckedContinuation { waiters.append((count, $0)) }
    }
}

/// Opens once; whoever waits goes on.
actor Gate {
    private var isOpen = false
    private var waiters: [CheckedContinuation<Void, Never>] = []

    func open() {
        isOpen = true
        for waiter in waiters { waiter.resume() }
        waiters = []
    }

    func pass() async {
        if isOpen { return }
        await withCheckedContinuation { waiters.append($0) }
    }
}

/// What the tests' handlers answer: the kind of the frame, and the content of a message.
func answer(_ frame: MLLPFrame) -> [UInt8]? {
    switch frame {
    case .message(let content): Array("AA|".utf8) + content
    case .garbage(let count, _): Array("AR|garbage \(count)".utf8)
    case .tooLarge(_, let size): Array("AR|size \(size)".utf8)
    case .truncated(let content): Array("AE|truncated \(content.count)".utf8)
    }
}

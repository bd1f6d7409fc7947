public import Logging
internal import NIOConcurrencyHelpers
internal import NIOCore
internal import NIOPosix
internal import NIOSSL
public import ServiceLifecycle

/// Listens for HL7 v2 messages over MLLP, optionally over TLS, and answers them in order.
///
/// The handler is called with the frames that were complete at one read; the next read of that connection happens
/// after its replies are written. It knows nothing of what a message means: what it returns is sent, framed, as it is.
///
/// On graceful shutdown the server stops accepting, lets the handler answer every frame already received, sends the
/// replies and closes. Logs hold metadata only.
public struct MLLPServer: Service {
    /// - Parameters:
    ///   - frames: at least one frame, in the order of the connection.
    /// - Returns: one reply for each frame, in order; `nil` for none. A reply to a connection that has closed is dropped.
    public typealias Handler = @Sendable (_ frames: [MLLPFrame], _ peer: MLLPPeer) async -> [[UInt8]?]

    /// The same with none, one or more replies for each frame: enhanced mode may ask for two (HL7 v2.5.1 section 2.9.3).
    public typealias Responder = @Sendable (_ frames: [MLLPFrame], _ peer: MLLPPeer) async -> MLLPReplies

    private let configuration: MLLPServerConfiguration
    private let logger: Logger
    private let onBound: @Sendable (_ port: Int) -> Void
    private let responder: Responder
    private let budget: ByteBudget
    private let counts = NIOLockedValueBox(MLLPServerStatistics())

    /// - Parameter onBound: called once with the port in use when the server is ready.
    public init(
        configuration: MLLPServerConfiguration, logger: Logger,
        onBound: @escaping @Sendable (_ port: Int) -> Void = { _ in },
        handler: @escaping Handler
    ) {
        self.init(configuration: configuration, logger: logger, onBound: onBound) { frames, peer in
            MLLPReplies(await handler(frames, peer))
        }
    }

    public init(
        configuration: MLLPServerConfiguration, logger: Logger,
        onBound: @escaping @Sendable (_ port: Int) -> Void = { _ in },
        responder: @escaping Responder
    ) {
        self.configuration = configuration
        var logger = logger
        logger[metadataKey: "door"] = "\(configuration.name)"
        self.logger = logger
        self.onBound = onBound
        self.responder = responder
        budget = ByteBudget(limit: configuration.maximumInFlightBytes)
    }

    /// Counts up to now.
    public var statistics: MLLPServerStatistics {
        counts.withLockedValue { $0 }
    }

    /// Serves until graceful shutdown or cancellation.
    ///
    /// - Throws: ``DoorError`` when the address cannot be bound or a certificate file cannot be used.
    public func run() async throws {
        let tls = try configuration.tls.map { try TLSContexts.server($0, place: configuration.name) }
        let listener = try await bind(tls)
        let port = listener.channel.localAddress?.port ?? configuration.port
        logger.info("mllp listening", metadata: ["port": "\(port)", "tls": "\(tls != nil)"])
        onBound(port)
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await serve(listener) }
            group.addTask { await forceEnd() }
            await group.next()
            group.cancelAll()
        }
        logger.info("mllp stopped")
    }

    // MARK: -

    private typealias Connection = NIOAsyncChannel<MLLPBatch, MLLPReplies>

    private func bind(_ tls: NIOSSLContext?) async throws(DoorError) -> NIOAsyncChannel<Accepted, Never> {
        let (configuration, budget, counts, logger) = (configuration, budget, counts, logger)
        let numbers = NIOLockedValueBox(0)
        do {
            return try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
                .serverChannelOption(.backlog, value: 256)
                .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
                .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
                .childChannelOption(.socketOption(.so_keepalive), value: 1)
                // A sender may close its side and still wait for the last acknowledgements.
                .childChannelOption(.allowRemoteHalfClosure, value: true)
                .bind(
                    host: configuration.host, port: configuration.port,
                    serverBackPressureStrategy: .init(lowWatermark: 1, highWatermark: 16)
                ) { channel in
                    channel.eventLoop.makeCompletedFuture {
                        let number = numbers.withLockedValue { number in
                            number += 1
                            return number
                        }
                        let peer = MLLPPeer(address: Self.text(channel.remoteAddress), connection: number)
                        var logger = logger
                        logger[metadataKey: "connection"] = "\(number)"
                        logger[metadataKey: "peer"] = "\(peer.address)"
                        if let tls {
                            try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: tls))
                        }
                        try channel.pipeline.syncOperations.addHandler(
                            MLLPConnectionHandler(
                                configuration: configuration, peer: peer, budget: budget, logger: logger,
                                onDeadline: { counts.withLockedValue { $0.deadlinesPassed += 1 } }))
                        return Accepted(
                            try Connection(
                                wrappingChannelSynchronously: channel,
                                configuration: .init(backPressureStrategy: .init(lowWatermark: 1, highWatermark: 1))))
                    }
                }
        } catch {
            throw DoorError(
                .cannotListen, place: configuration.name,
                "Cannot listen on \(configuration.host) port \(configuration.port); choose a free port and an address "
                    + "of this machine.")
        }
    }

    private func serve(_ listener: NIOAsyncChannel<Accepted, Never>) async {
        do {
            try await listener.executeThenClose { inbound in
                try await withThrowingDiscardingTaskGroup { connections in
                    // Closing the listener refuses new connections and ends the sequence after those it has buffered.
                    try await withGracefulShutdownHandler {
                        for try await accepted in inbound {
                            let connection = accepted.take()
                            let admitted = admit()
                            connections.addTask {
                                if admitted {
                                    await serve(connection)
                                } else {
                                    try? await connection.channel.close()
                                    try? await connection.executeThenClose { _, _ in }
                                }
                            }
                        }
                    } onGracefulShutdown: {
                        listener.channel.close(promise: nil)
                    }
                }
            }
        } catch {
            if !Task.isCancelled {
                logger.error("mllp accepting failed", metadata: ["error": "\(type(of: error))"])
            }
        }
    }

    private func admit() -> Bool {
        let (admitted, refused) = counts.withLockedValue { counts in
            if counts.openConnections >= configuration.maximumConnections {
                counts.refusedConnections += 1
                return (false, counts.refusedConnections)
            }
            counts.openConnections += 1
            counts.acceptedConnections += 1
            return (true, 0)
        }
        // A flood of connections must not become a flood of log lines.
        if refused == 1 || (refused > 0 && refused.isMultiple(of: 100)) {
            logger.warning(
                "mllp connection refused: too many are open",
                metadata: ["limit": "\(configuration.maximumConnections)", "refused": "\(refused)"])
        }
        return admitted
    }

    private func serve(_ connection: Connection) async {
        defer { counts.withLockedValue { $0.openConnections -= 1 } }
        let channel = connection.channel
        do {
            // Cancelling the inbound sequence would drop batches it has buffered; the connection's handler ends it
            // after them instead.
            try await withGracefulShutdownHandler {
                try await connection.executeThenClose { inbound, outbound in
                    for try await batch in inbound {
                        try await answer(batch, outbound)
                    }
                }
            } onGracefulShutdown: {
                channel.pipeline.fireUserInboundEventTriggered(MLLPConnectionHandler.Drain())
            }
        } catch {
            logger.debug("mllp connection ended early", metadata: ["error": "\(type(of: error))"])
        }
    }

    private func answer(_ batch: MLLPBatch, _ outbound: NIOAsyncChannelOutboundWriter<MLLPReplies>) async throws {
        defer { budget.give(batch.heldBytes, connection: batch.peer.connection) }
        counts.withLockedValue { $0.count(batch.frames) }
        var replies = await responder(batch.frames, batch.peer).contents
        if replies.count != batch.frames.count || !replies.joined().allSatisfy(MLLPFramer.canCarry) {
            logger.error(
                "mllp replies dropped: they do not fit the frames",
                metadata: ["frames": "\(batch.frames.count)", "replies": "\(replies.count)"])
            // An acknowledgement must never reach the wrong message; without any, the sender tries again.
            replies = []
        }
        do {
            try await outbound.write(MLLPReplies(replies))
        } catch {
            logger.notice(
                "mllp peer left before its replies",
                metadata: [
                    "connection": "\(batch.peer.connection)", "replies": "\(replies.count)",
                ])
            throw error
        }
    }

    /// Returns when the time for draining is over.
    private func forceEnd() async {
        do {
            try await gracefulShutdown()
            try await Task.sleep(for: configuration.drainTimeout)
            logger.warning("mllp connections cut off", metadata: ["open": "\(statistics.openConnections)"])
        } catch {
            // Cancelled: everything has ended already.
        }
    }

    private static func text(_ address: SocketAddress?) -> String {
        guard let address, let ip = address.ipAddress, let port = address.port else { return "unknown" }
        return ip.contains(":") ? "[\(ip)]:\(port)" : "\(ip):\(port)"
    }
}

/// A connection on its way from the listener to the task that serves it.
///
/// A listener that is cancelled drops the connections it has buffered, and an `NIOAsyncChannel` that nobody has
/// executed traps when it goes; so one that was never taken is closed here.
private final class Accepted: Sendable {
    private let connection: NIOLockedValueBox<NIOAsyncChannel<MLLPBatch, MLLPReplies>?>

    init(_ connection: NIOAsyncChannel<MLLPBatch, MLLPReplies>) {
        self.connection = NIOLockedValueBox(connection)
    }

    deinit {
        guard let connection = connection.withLockedValue({ $0 }) else { return }
        Task { try? await connection.executeThenClose { _, _ in } }
    }

    /// Once only.
    func take() -> NIOAsyncChannel<MLLPBatch, MLLPReplies> {
        connection.withLockedValue { connection in
            guard let taken = connection.take() else { preconditionFailure("A connection is served once.") }
            return taken
        }
    }
}

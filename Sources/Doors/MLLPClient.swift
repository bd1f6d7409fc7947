internal import NIOCore
internal import NIOPosix
internal import NIOSSL

/// One MLLP connection to a receiver: sends messages and returns their acknowledgements in order.
///
/// Replies belong to messages by order alone, so after an error the connection is closed and a new one is needed;
/// connecting again is the caller's affair. Safe to use from several tasks; their messages are pipelined.
public final class MLLPClient: Sendable {
    /// Limits of an ``MLLPClient``.
    public struct Limits: Hashable, Sendable {
        /// Time for connecting, and for the TLS handshake.
        public var connectTimeout: Duration
        /// Time from sending a message to its acknowledgement.
        public var replyTimeout: Duration
        /// Largest acknowledgement, in bytes.
        public var maximumReplyBytes: Int

        public init(
            connectTimeout: Duration = .seconds(10), replyTimeout: Duration = .seconds(30),
            maximumReplyBytes: Int = 1 << 20
        ) {
            self.connectTimeout = connectTimeout
            self.replyTimeout = replyTimeout
            self.maximumReplyBytes = maximumReplyBytes
        }
    }

    private let channel: any Channel
    private let handler: NIOLoopBound<MLLPClientHandler>
    private let place: String

    private init(channel: any Channel, handler: NIOLoopBound<MLLPClientHandler>, place: String) {
        self.channel = channel
        self.handler = handler
        self.place = place
    }

    /// Connects, and completes the TLS handshake if there is one.
    public static func connect(
        host: String, port: Int, tls: TLSClientConfiguration? = nil, limits: Limits = Limits()
    ) async throws(DoorError) -> MLLPClient {
        let place = "\(host):\(port)"
        let context = try tls.map { configuration throws(DoorError) in try TLSContexts.client(configuration, place: place) }
        let name = tls?.serverName ?? host
        let channel: any Channel
        do {
            channel = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
                .connectTimeout(TimeAmount(limits.connectTimeout))
                .channelOption(.tcpOption(.tcp_nodelay), value: 1)
                .channelOption(.socketOption(.so_keepalive), value: 1)
                .channelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        if let context {
                            // Server Name Indication takes no IP address (RFC 6066, 3); the certificate is then
                            // checked against the address.
                            let isAddress = (try? SocketAddress(ipAddress: name, port: 0)) != nil
                            try channel.pipeline.syncOperations.addHandler(
                                NIOSSLClientHandler(context: context, serverHostname: isAddress ? nil : name))
                        }
                        try channel.pipeline.syncOperations.addHandler(
                            MLLPClientHandler(
                                limits: limits, isTLS: context != nil, place: place,
                                ready: channel.eventLoop.makePromise()))
                    }
                }
                .connect(host: host, port: port).get()
        } catch {
            throw MLLPClientHandler.doorError(error, place: place, default: .refused)
        }
        do {
            let handler = try await channel.pipeline.handler(type: MLLPClientHandler.self)
                .flatMap(\.ready).get()
            return MLLPClient(channel: channel, handler: handler, place: place)
        } catch {
            throw MLLPClientHandler.doorError(error, place: place, default: .tls)
        }
    }

    /// Sends one message and returns the content of its acknowledgement.
    ///
    /// - Throws: ``DoorError``: timeout, closed before the reply, reply too large. Whether the receiver has taken the
    ///   message is then unknown. Cancelling the task closes the connection.
    public func send(_ message: [UInt8]) async throws(DoorError) -> [UInt8] {
        let results = await sendPipelined([message], window: 1)
        guard let result = results.first else {
            throw DoorError(.closedBeforeReply, place: place, "The connection ended before the reply came.")
        }
        return try result.get()
    }

    /// Sends messages in order with up to `window` of them unacknowledged at a time.
    ///
    /// - Returns: for each message in order its acknowledgement, or why there is none. After the first failure the
    ///   rest is not sent.
    public func sendPipelined(_ messages: [[UInt8]], window: Int = 16) async -> [Result<[UInt8], DoorError>] {
        let channel = channel
        return await withTaskCancellationHandler {
            var replies: [EventLoopFuture<[UInt8]>] = []
            var results: [Result<[UInt8], DoorError>] = []
            var failure: DoorError?
            while results.count < messages.count {
                while failure == nil, replies.count < min(messages.count, results.count + max(1, window)) {
                    let message = messages[replies.count]
                    guard MLLPFramer.canCarry(message) else {
                        failure = DoorError(
                            .unframeable, place: place, "The message holds bytes that MLLP uses for framing; escape them.")
                        break
                    }
                    replies.append(request(message))
                }
                if results.count < replies.count {
                    let result = await outcome(of: replies[results.count])
                    if case .failure(let error) = result, failure == nil { failure = error }
                    results.append(result)
                } else if let failure {
                    results.append(.failure(failure))
                }
            }
            return results
        } onCancel: {
            channel.close(promise: nil)
        }
    }

    /// Closes the connection. Messages still without a reply fail.
    public func close() async {
        try? await channel.close()
    }

    private func request(_ message: [UInt8]) -> EventLoopFuture<[UInt8]> {
        let reply = channel.eventLoop.makePromise(of: [UInt8].self)
        let handler = handler
        channel.eventLoop.execute { handler.value.send(message, reply: reply) }
        return reply.futureResult
    }

    private func outcome(of reply: EventLoopFuture<[UInt8]>) async -> Result<[UInt8], DoorError> {
        do {
            return .success(try await reply.get())
        } catch {
            if Task.isCancelled {
                return .failure(DoorError(.cancelled, place: place, "The sending task was cancelled."))
            }
            return .failure(MLLPClientHandler.doorError(error, place: place, default: .closedBeforeReply))
        }
    }
}

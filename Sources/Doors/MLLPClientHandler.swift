internal import NIOCore
internal import NIOPosix
internal import NIOSSL
internal import NIOTLS

/// The channel handler of an ``MLLPClient``: frames messages, gives each its reply by order, keeps the time.
final class MLLPClientHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private struct Waiting {
        let reply: EventLoopPromise<[UInt8]>
        let due: NIODeadline
    }

    private let limits: MLLPClient.Limits
    private let isTLS: Bool
    private let place: String
    /// Succeeds when messages can be sent.
    let ready: EventLoopFuture<NIOLoopBound<MLLPClientHandler>>
    private var readyPromise: EventLoopPromise<NIOLoopBound<MLLPClientHandler>>?
    private var context: ChannelHandlerContext?
    private var framer: MLLPFramer
    private var waiting = CircularBuffer<Waiting>()
    private var timer: Scheduled<Void>?
    private var failure: DoorError?

    init(
        limits: MLLPClient.Limits, isTLS: Bool, place: String, ready: EventLoopPromise<NIOLoopBound<MLLPClientHandler>>
    ) {
        self.limits = limits
        self.isTLS = isTLS
        self.place = place
        self.ready = ready.futureResult
        readyPromise = ready
        framer = MLLPFramer(maximumFrameBytes: limits.maximumReplyBytes, maximumKeptBytes: 0)
    }

    /// Must be called on the event loop.
    func send(_ message: [UInt8], reply: EventLoopPromise<[UInt8]>) {
        guard let context, context.channel.isActive else {
            reply.fail(failure ?? closed)
            return
        }
        let due = context.eventLoop.now + TimeAmount(limits.replyTimeout)
        waiting.append(Waiting(reply: reply, due: due))
        var buffer = context.channel.allocator.buffer(capacity: message.count + 3)
        buffer.writeInteger(MLLPFramer.startByte)
        buffer.writeBytes(message)
        buffer.writeBytes([MLLPFramer.endByte, MLLPFramer.carriageReturn])
        context.writeAndFlush(wrapOutboundOut(buffer), promise: nil)
        if timer == nil { schedule(context) }
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        end()
        self.context = nil
    }

    func channelActive(context: ChannelHandlerContext) {
        if isTLS {
            let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
            timer = context.eventLoop.scheduleTask(in: TimeAmount(limits.connectTimeout)) {
                let (handler, context) = bound.value
                handler.timer = nil
                guard handler.readyPromise != nil else { return }
                handler.fail(.timeout, "The TLS handshake took too long.", context)
            }
        } else {
            becomeReady(context)
        }
        context.fireChannelActive()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case TLSUserEvent.handshakeCompleted = event {
            timer?.cancel()
            timer = nil
            becomeReady(context)
        }
        context.fireUserInboundEventTriggered(event)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let buffer = unwrapInboundIn(data)
        var frames: [MLLPFrame] = []
        buffer.withUnsafeReadableBytes { framer.consume($0, into: &frames) }
        for frame in frames {
            switch frame {
            case .message(let content):
                guard let next = waiting.popFirst() else {
                    fail(.protocolViolation, "A reply came that belongs to no message.", context)
                    return
                }
                next.reply.succeed(content)
            case .tooLarge:
                tooLarge(context)
                return
            case .garbage, .truncated:
                fail(.protocolViolation, "The receiver sent bytes that are no MLLP frame.", context)
                return
            }
        }
        if framer.isOversized { tooLarge(context) }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        let error = Self.doorError(error, place: place, default: .closedBeforeReply)
        fail(error.cause, error.reason, context)
    }

    func channelInactive(context: ChannelHandlerContext) {
        end()
        context.fireChannelInactive()
    }

    // MARK: -

    private var closed: DoorError {
        DoorError(.closedBeforeReply, place: place, "The connection ended before the reply came.")
    }

    private func becomeReady(_ context: ChannelHandlerContext) {
        readyPromise?.succeed(NIOLoopBound(self, eventLoop: context.eventLoop))
        readyPromise = nil
    }

    private func tooLarge(_ context: ChannelHandlerContext) {
        fail(.replyTooLarge, "The reply is larger than \(limits.maximumReplyBytes) bytes.", context)
    }

    private func fail(_ cause: DoorError.Cause, _ reason: String, _ context: ChannelHandlerContext) {
        if failure == nil { failure = DoorError(cause, place: place, reason) }
        context.close(promise: nil)
    }

    /// One timer for the oldest message: later ones are due later.
    private func schedule(_ context: ChannelHandlerContext) {
        guard let oldest = waiting.first else { return }
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        timer = context.eventLoop.scheduleTask(deadline: oldest.due) {
            let (handler, context) = bound.value
            handler.timer = nil
            if let oldest = handler.waiting.first, oldest.due <= context.eventLoop.now {
                handler.fail(.timeout, "No reply came in time.", context)
            } else {
                handler.schedule(context)
            }
        }
    }

    private func end() {
        timer?.cancel()
        timer = nil
        let error = failure ?? closed
        readyPromise?.fail(error)
        readyPromise = nil
        while let next = waiting.popFirst() { next.reply.fail(error) }
    }

    /// Turns an error of the transport into this target's, without its text.
    static func doorError(_ error: any Error, place: String, default cause: DoorError.Cause) -> DoorError {
        switch error {
        case let error as DoorError:
            return error
        case is NIOSSLError, is BoringSSLError, is NIOSSLExtraError:
            return DoorError(
                .tls, place: place, "TLS failed; check certificates, authorities and the server name on both sides.")
        case ChannelError.connectTimeout:
            return DoorError(.timeout, place: place, "Connecting took too long.")
        case let error as NIOConnectionError:
            if error.connectionErrors.contains(where: {
                if case ChannelError.connectTimeout = $0.error { true } else { false }
            }) {
                return DoorError(.timeout, place: place, "Connecting took too long.")
            }
            return DoorError(.refused, place: place, "Nothing accepts connections there; check host, port and firewall.")
        default:
            let reason =
                switch cause {
                case .refused: "Nothing accepts connections there; check host, port and firewall."
                case .tls: "TLS failed; check certificates, authorities and the server name on both sides."
                default: "The connection ended before the reply came."
                }
            return DoorError(cause, place: place, reason)
        }
    }
}

public import Logging
public import NIOCore
internal import NIOSSL
internal import NIOTLS

/// One MLLP connection of a server, as a channel handler: bytes to batches of frames, replies to bytes, deadlines, and
/// back pressure.
///
/// Nothing is read while a batch waits for its replies, while the peer does not take what is written, or while the
/// memory shared with other connections is used up.
public final class MLLPConnectionHandler: ChannelDuplexHandler {
    public typealias InboundIn = ByteBuffer
    public typealias InboundOut = MLLPBatch
    public typealias OutboundIn = MLLPReplies
    public typealias OutboundOut = ByteBuffer

    /// Fired from outside as a user event: answer what has been received, then close.
    public struct Drain: Sendable {
        public init() {}
    }

    private enum Phase {
        case handshaking, open
        /// No more frames are taken; what was received is still answered.
        case ending
        /// All replies are sent or being sent; what comes is dropped until the peer closes, so that unread bytes do
        /// not reset the connection and take the last replies with them (RFC 1122, 4.2.2.13).
        case closing
        case closed
    }

    private let configuration: MLLPServerConfiguration
    private let budget: ByteBudget
    private let logger: Logger
    private let onDeadline: @Sendable () -> Void
    private var peer: MLLPPeer
    private var framer: MLLPFramer
    private var phase: Phase
    private var frames: [MLLPFrame] = []
    /// Bytes of the open frame that the budget knows of.
    private var openBytes = 0
    private var outstandingBatches = 0
    private var pendingWrites = 0
    private var hasWritten = false
    private var readIsPending = false
    private var waitsForBudget = false
    private var inputIsClosed = false
    private var outputIsClosed = false
    private var closePromise: EventLoopPromise<Void>?
    private var phaseSince = NIODeadline.uptimeNanoseconds(0)
    private var lastActivity = NIODeadline.uptimeNanoseconds(0)
    private var openSince = NIODeadline.uptimeNanoseconds(0)
    private var timer: (due: NIODeadline, task: Scheduled<Void>)?

    /// A handler on its own, for a pipeline of the caller's.
    public convenience init(configuration: MLLPServerConfiguration, peer: MLLPPeer, logger: Logger) {
        self.init(
            configuration: configuration, peer: peer, budget: ByteBudget(limit: configuration.maximumInFlightBytes),
            logger: logger, onDeadline: {})
    }

    init(
        configuration: MLLPServerConfiguration, peer: MLLPPeer, budget: ByteBudget, logger: Logger,
        onDeadline: @escaping @Sendable () -> Void
    ) {
        self.configuration = configuration
        self.peer = peer
        self.budget = budget
        self.logger = logger
        self.onDeadline = onDeadline
        framer = MLLPFramer(
            maximumFrameBytes: configuration.maximumFrameBytes, maximumKeptBytes: configuration.maximumKeptBytes)
        phase = configuration.tls == nil ? .open : .handshaking
    }

    // MARK: Inbound

    public func handlerAdded(context: ChannelHandlerContext) {
        if context.channel.isActive { start(context) }
    }

    public func channelActive(context: ChannelHandlerContext) {
        start(context)
        context.fireChannelActive()
    }

    public func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard phase == .open || phase == .handshaking else { return }
        lastActivity = context.eventLoop.now
        let buffer = unwrapInboundIn(data)
        let wasOpen = framer.isOpen
        let before = frames.count
        buffer.withUnsafeReadableBytes { framer.consume($0, into: &frames) }
        // A frame that is open now and was not before, or is another one, began at this read.
        if framer.isOpen, !wasOpen || frames.count > before { openSince = lastActivity }
    }

    public func channelReadComplete(context: ChannelHandlerContext) {
        deliver(context)
        context.fireChannelReadComplete()
        schedule(context)
        // The consumer has ended by then, and its part of the pipeline asks for nothing more.
        if phase == .closing { context.read() }
    }

    public func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case is Drain:
            if framer.isOpen {
                logger.notice(
                    "mllp unfinished frame left behind at shutdown", metadata: ["bytes": "\(framer.bufferedBytes)"])
            }
            endInput(context)
        case ChannelEvent.inputClosed:
            inputIsClosed = true
            switch phase {
            case .handshaking, .open: endInput(context, finishing: true)
            case .closing: finishClosing(context)
            case .ending, .closed: break
            }
        case TLSUserEvent.handshakeCompleted:
            handshakeCompleted(context)
            context.fireUserInboundEventTriggered(event)
        default:
            context.fireUserInboundEventTriggered(event)
        }
    }

    public func channelInactive(context: ChannelHandlerContext) {
        inputIsClosed = true
        if phase == .open || phase == .handshaking { endInput(context, finishing: true) }
        stop()
        context.fireChannelInactive()
    }

    public func handlerRemoved(context: ChannelHandlerContext) {
        stop()
    }

    public func channelWritabilityChanged(context: ChannelHandlerContext) {
        lastActivity = context.eventLoop.now
        context.fireChannelWritabilityChanged()
        resumeReading(context)
    }

    public func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // The error's text may come from a library; its type says enough.
        logger.notice("mllp connection failed", metadata: ["error": "\(type(of: error))"])
        context.close(promise: nil)
    }

    // MARK: Outbound

    public func read(context: ChannelHandlerContext) {
        readIsPending = true
        resumeReading(context)
    }

    public func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        let replies = unwrapOutboundIn(data).contents
        outstandingBatches = max(0, outstandingBatches - 1)
        var size = 0
        for content in replies.joined() { size += content.count + 3 }
        if size == 0 {
            promise?.succeed()
        } else {
            var buffer = context.channel.allocator.buffer(capacity: size)
            for content in replies.joined() {
                buffer.writeInteger(MLLPFramer.startByte)
                buffer.writeBytes(content)
                buffer.writeBytes([MLLPFramer.endByte, MLLPFramer.carriageReturn])
            }
            pendingWrites += 1
            hasWritten = true
            let written = promise ?? context.eventLoop.makePromise(of: Void.self)
            let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
            written.futureResult.whenComplete { _ in
                let (handler, context) = bound.value
                handler.wrote(context)
            }
            context.write(wrapOutboundOut(buffer), promise: written)
        }
        if framer.isOpen { openSince = context.eventLoop.now }
        lastActivity = context.eventLoop.now
        resumeReading(context)
        schedule(context)
    }

    public func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        guard mode == .all, phase == .open || phase == .ending || phase == .closing, context.channel.isActive else {
            context.close(mode: mode, promise: promise)
            return
        }
        if let promise { chain(promise) }
        guard phase != .closing else { return }
        enter(.closing, context)
        finishClosing(context)
        if phase == .closing { context.read() }
        schedule(context)
    }

    // MARK: -

    private func start(_ context: ChannelHandlerContext) {
        lastActivity = context.eventLoop.now
        phaseSince = lastActivity
        schedule(context)
    }

    private func enter(_ next: Phase, _ context: ChannelHandlerContext) {
        phase = next
        phaseSince = context.eventLoop.now
    }

    private func handshakeCompleted(_ context: ChannelHandlerContext) {
        guard phase == .handshaking else { return }
        enter(.open, context)
        guard let handler = try? context.pipeline.syncOperations.handler(type: NIOSSLServerHandler.self),
            let certificate = handler.peerCertificate, let bytes = try? certificate.toDERBytes()
        else { return }
        peer = MLLPPeer(
            address: peer.address, connection: peer.connection, certificateName: CertificateSubject.commonName(der: bytes))
    }

    private func deliver(_ context: ChannelHandlerContext) {
        let ready = frames
        frames = []
        let nowOpen = framer.bufferedBytes
        if nowOpen > openBytes { budget.take(nowOpen - openBytes, connection: peer.connection) }
        defer {
            if nowOpen < openBytes { budget.give(openBytes - nowOpen, connection: peer.connection) }
            openBytes = nowOpen
        }
        var start = 0
        while start < ready.count {
            let end = min(ready.count, start + max(1, configuration.maximumBatchFrames))
            let batch = MLLPBatch(frames: Array(ready[start..<end]), peer: peer)
            start = end
            outstandingBatches += 1
            budget.take(batch.heldBytes, connection: peer.connection)
            context.fireChannelRead(wrapInboundOut(batch))
        }
    }

    /// No further frame is taken; the consumer sees the end of the stream after what was delivered.
    ///
    /// - Parameter finishing: deliver what is open as truncated.
    private func endInput(_ context: ChannelHandlerContext, finishing: Bool = false) {
        guard phase == .open || phase == .handshaking else { return }
        if finishing, let frame = framer.finish() { frames.append(frame) }
        framer = MLLPFramer(maximumFrameBytes: 0, maximumKeptBytes: 0)
        enter(.ending, context)
        deliver(context)
        context.fireChannelReadComplete()
        context.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
        schedule(context)
    }

    private func wrote(_ context: ChannelHandlerContext) {
        pendingWrites -= 1
        lastActivity = context.eventLoop.now
        if phase == .closing { finishClosing(context) }
    }

    /// In phase `closing`: sends the end of our stream once all is written, and closes once the peer has closed, too.
    private func finishClosing(_ context: ChannelHandlerContext) {
        guard pendingWrites == 0, phase == .closing else { return }
        // Where nothing was written, no reply can be lost.
        if inputIsClosed || !hasWritten {
            closeNow(context)
        } else if !outputIsClosed {
            outputIsClosed = true
            context.close(mode: .output, promise: nil)
        }
    }

    private func closeNow(_ context: ChannelHandlerContext) {
        phase = .closed
        let promise = closePromise
        closePromise = nil
        context.close(mode: .all, promise: promise)
    }

    private func chain(_ promise: EventLoopPromise<Void>) {
        if let closePromise {
            closePromise.futureResult.cascade(to: promise)
        } else {
            closePromise = promise
        }
    }

    private func stop() {
        phase = .closed
        timer?.task.cancel()
        timer = nil
        closePromise?.succeed()
        closePromise = nil
        budget.give(openBytes, connection: peer.connection)
        openBytes = 0
        budget.leave(connection: peer.connection)
    }

    // MARK: Back pressure

    private func resumeReading(_ context: ChannelHandlerContext) {
        guard readIsPending, mayRead(context) else { return }
        readIsPending = false
        context.read()
    }

    private func mayRead(_ context: ChannelHandlerContext) -> Bool {
        switch phase {
        case .handshaking, .closing, .closed: return true
        case .ending: return false
        case .open: break
        }
        guard outstandingBatches == 0, context.channel.isWritable, !waitsForBudget else { return false }
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        let eventLoop = context.eventLoop
        let mayRead = budget.mayRead(connection: peer.connection) {
            eventLoop.execute {
                let (handler, context) = bound.value
                handler.budgetReturned(context)
            }
        }
        waitsForBudget = !mayRead
        return mayRead
    }

    private func budgetReturned(_ context: ChannelHandlerContext) {
        waitsForBudget = false
        guard phase == .open else { return }
        openSince = context.eventLoop.now
        lastActivity = openSince
        resumeReading(context)
        schedule(context)
    }

    // MARK: Deadlines

    private enum Deadline: String {
        case handshake = "the TLS handshake took too long"
        case frame = "a frame was not finished in time"
        case idle = "nothing came"
        case unread = "the peer does not read its replies"
        case close = "the peer did not close"
    }

    private var nextDeadline: (due: NIODeadline, kind: Deadline)? {
        switch phase {
        case .closed: return nil
        case .handshaking: return (phaseSince + TimeAmount(configuration.handshakeTimeout), .handshake)
        case .closing: return (phaseSince + TimeAmount(configuration.closeTimeout), .close)
        case .ending, .open: break
        }
        // Writes that do not finish are the peer's doing, whatever else goes on.
        if pendingWrites > 0 { return (lastActivity + TimeAmount(configuration.idleTimeout), .unread) }
        if phase == .ending || outstandingBatches > 0 || waitsForBudget { return nil }
        let idle = lastActivity + TimeAmount(configuration.idleTimeout)
        guard framer.isOpen else { return (idle, .idle) }
        let frame = openSince + TimeAmount(configuration.frameDeadline)
        return frame < idle ? (frame, .frame) : (idle, .frame)
    }

    /// Sees to it that a timer runs no later than the next deadline. A timer that comes too early is set anew then;
    /// this keeps the common path free of scheduling.
    private func schedule(_ context: ChannelHandlerContext) {
        guard let next = nextDeadline else { return }
        if let timer {
            if timer.due <= next.due { return }
            timer.task.cancel()
        }
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        let task = context.eventLoop.scheduleTask(deadline: next.due) {
            let (handler, context) = bound.value
            handler.timerFired(context)
        }
        timer = (next.due, task)
    }

    private func timerFired(_ context: ChannelHandlerContext) {
        timer = nil
        guard let next = nextDeadline else { return }
        guard next.due <= context.eventLoop.now else {
            schedule(context)
            return
        }
        onDeadline()
        logger.notice("mllp connection closed", metadata: ["reason": "\(next.kind.rawValue)"])
        switch next.kind {
        case .idle: endInput(context)
        case .frame: endInput(context, finishing: true)
        case .handshake, .unread:
            context.close(promise: nil)
        case .close:
            closeNow(context)
        }
    }
}

extension MLLPBatch {
    var heldBytes: Int { frames.reduce(0) { $0 + $1.heldBytes } }
}

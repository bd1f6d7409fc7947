import Doors
import Logging
import NIOCore
import NIOEmbedded
import Testing

/// The server's side of a connection, in virtual time and without a network.
@Suite struct MLLPConnectionHandlerTests {
    /// Counts the reads that reach the transport.
    private final class Transport: ChannelOutboundHandler {
        typealias OutboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer
        var reads = 0
        var outputIsClosed = false
        /// Keeps writes from finishing, like a peer that does not read.
        var withholdsWrites = false

        func read(context: ChannelHandlerContext) {
            reads += 1
            context.read()
        }

        func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
            if withholdsWrites {
                context.channel.closeFuture.whenComplete { _ in promise?.fail(ChannelError.ioOnClosedChannel) }
            } else {
                context.write(data, promise: promise)
            }
        }

        func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
            if mode == .output {
                outputIsClosed = true
                promise?.succeed()
            } else {
                context.close(mode: mode, promise: promise)
            }
        }
    }

    private struct Connection {
        let channel: EmbeddedChannel
        let transport: Transport

        init(
            maximumBatchFrames: Int = 256, idleTimeout: Duration = .seconds(100), frameDeadline: Duration = .seconds(10),
            closeTimeout: Duration = .seconds(5)
        ) throws {
            let configuration = MLLPServerConfiguration(
                maximumFrameBytes: RandomStream.maximumFrameBytes, maximumKeptBytes: RandomStream.maximumKeptBytes,
                maximumBatchFrames: maximumBatchFrames, idleTimeout: idleTimeout, frameDeadline: frameDeadline,
                closeTimeout: closeTimeout)
            let handler = MLLPConnectionHandler(
                configuration: configuration, peer: MLLPPeer(address: "test", connection: 1), logger: silent)
            transport = Transport()
            channel = EmbeddedChannel(handlers: [transport, handler])
            try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
        }

        func receive(_ bytes: [UInt8]) throws {
            try channel.writeInbound(ByteBuffer(bytes: bytes))
        }

        func batches() throws -> [[MLLPFrame]] {
            var batches: [[MLLPFrame]] = []
            while let batch = try channel.readInbound(as: MLLPBatch.self) { batches.append(batch.frames) }
            return batches
        }

        func reply(_ contents: [[UInt8]?]) throws {
            try channel.writeOutbound(MLLPReplies(contents))
        }

        func sent() throws -> [UInt8] {
            var bytes: [UInt8] = []
            while let buffer = try channel.readOutbound(as: ByteBuffer.self) { bytes += Array(buffer: buffer) }
            return bytes
        }

        func advance(_ seconds: Int64) {
            channel.embeddedEventLoop.advanceTime(by: .seconds(seconds))
        }
    }

    @Test(arguments: 0..<50 as Range<UInt64>) func anySplitGivesTheSameFrames(_ seed: UInt64) throws {
        let stream = RandomStream(seed: seed, pieces: 30)
        let connection = try Connection()
        for piece in stream.pieces(seed: seed, longest: 300) { try connection.receive(piece) }
        #expect(try connection.batches().flatMap(\.self) == stream.expected)
    }

    @Test func pipelinedFramesAreOneBatchUpToItsLimit() throws {
        let connection = try Connection(maximumBatchFrames: 3)
        try connection.receive(ascii("<a>/<b>/<c>/<d>/<e"))
        #expect(try connection.batches() == [["a", "b", "c"].map { .message(ascii($0)) }, [.message(ascii("d"))]])
    }

    @Test func repliesAreFramedInOrderAndMayBeMissing() throws {
        let connection = try Connection()
        try connection.receive(ascii("<a>/<b>/<c>/"))
        try connection.reply([ascii("1"), nil, ascii("3")])
        #expect(try connection.sent() == ascii("<1>/<3>/"))
    }

    @Test func nothingIsReadWhileABatchWaitsForItsReplies() throws {
        let connection = try Connection()
        connection.channel.read()
        let before = connection.transport.reads
        try connection.receive(ascii("<a>/"))
        connection.channel.read()
        #expect(connection.transport.reads == before)
        try connection.reply([ascii("1")])
        #expect(connection.transport.reads == before + 1)
    }

    @Test func anIdleConnectionIsClosed() throws {
        let connection = try Connection()
        connection.advance(60)
        try connection.receive(ascii("<a>/"))
        try connection.reply([ascii("1")])
        let ended = EndOfInput()
        try connection.channel.pipeline.syncOperations.addHandler(ended)
        connection.advance(99)
        #expect(!ended.isEnded)
        connection.advance(2)
        #expect(ended.isEnded)
    }

    @Test func waitingForTheHandlerIsNotIdle() throws {
        let connection = try Connection()
        try connection.receive(ascii("<a>/"))
        connection.advance(1000)
        #expect(connection.channel.isActive)
        try connection.reply([ascii("1")])
        #expect(try connection.sent() == ascii("<1>/"))
    }

    @Test func aFrameThatIsNotFinishedInTimeIsTruncated() throws {
        let connection = try Connection()
        try connection.receive(ascii("<MSH"))
        connection.advance(6)
        try connection.receive(ascii("|"))
        #expect(try connection.batches().isEmpty)
        // A sender that drips bytes does not extend the deadline.
        connection.advance(5)
        #expect(try connection.batches() == [[.truncated(ascii("MSH|"))]])
        // It may still be answered, and what follows is not taken as a frame.
        try connection.reply([ascii("no")])
        try connection.receive(ascii("rest>/<b>/"))
        #expect(try connection.sent() == ascii("<no>/"))
        #expect(try connection.batches().isEmpty)
    }

    @Test func garbageWithoutEndIsReportedAtTheDeadline() throws {
        let connection = try Connection()
        try connection.receive(Array("GET / HTTP/1.1\r\n\r\n".utf8))
        connection.advance(11)
        #expect(try connection.batches() == [[.garbage(count: 18, kept: Array("GET / HTTP/1.1\r\n\r\n".utf8))]])
    }

    @Test func theFrameDeadlineDoesNotRunWhileTheServerDoesNotRead() throws {
        let connection = try Connection()
        try connection.receive(ascii("<a>/<b"))
        connection.advance(60)
        #expect(try connection.batches() == [[.message(ascii("a"))]])
        try connection.reply([ascii("1")])
        connection.advance(9)
        try connection.receive(ascii(">/"))
        #expect(try connection.batches() == [[.message(ascii("b"))]])
    }

    @Test func aPeerThatDoesNotTakeItsRepliesIsClosed() throws {
        let connection = try Connection()
        connection.transport.withholdsWrites = true
        try connection.receive(ascii("<a>/"))
        connection.channel.writeAndFlush(MLLPReplies([ascii("1")]), promise: nil)
        connection.advance(99)
        #expect(connection.channel.isActive)
        connection.advance(2)
        #expect(!connection.channel.isActive)
    }

    @Test func theEndOfTheStreamInsideAFrameIsTruncated() throws {
        let connection = try Connection()
        try connection.receive(ascii("<a>/<MSH|"))
        _ = try connection.batches()
        connection.channel.pipeline.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
        #expect(try connection.batches() == [[.truncated(ascii("MSH|"))]])
    }

    @Test func drainingAnswersWhatCameAndTakesNoMore() throws {
        let connection = try Connection()
        let ended = EndOfInput()
        try connection.channel.pipeline.syncOperations.addHandler(ended)
        try connection.receive(ascii("<a>/<b"))
        connection.channel.pipeline.fireUserInboundEventTriggered(MLLPConnectionHandler.Drain())
        #expect(ended.isEnded)
        #expect(ended.frames == [.message(ascii("a"))])
        try connection.receive(ascii(">/<c>/"))
        try connection.reply([ascii("1")])
        #expect(try connection.sent() == ascii("<1>/"))
        #expect(ended.frames == [.message(ascii("a"))])
        // The consumer closes; the connection stays until the peer has closed, too, so that no reset takes the reply.
        connection.channel.close(promise: nil)
        #expect(connection.transport.outputIsClosed)
        #expect(connection.channel.isActive)
        connection.channel.pipeline.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
        #expect(!connection.channel.isActive)
    }

    @Test func aPeerThatNeverClosesIsCutOff() throws {
        let connection = try Connection()
        try connection.receive(ascii("<a>/"))
        try connection.reply([ascii("1")])
        connection.channel.close(promise: nil)
        #expect(connection.channel.isActive)
        connection.advance(6)
        #expect(!connection.channel.isActive)
    }

    @Test func aConnectionWithoutRepliesIsClosedAtOnce() throws {
        let connection = try Connection()
        connection.channel.close(promise: nil)
        #expect(!connection.channel.isActive)
    }

    /// What a consumer at the end of the pipeline sees.
    private final class EndOfInput: ChannelInboundHandler {
        typealias InboundIn = MLLPBatch
        var frames: [MLLPFrame] = []
        var isEnded = false

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            frames += unwrapInboundIn(data).frames
        }

        func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
            if case ChannelEvent.inputClosed = event { isEnded = true }
        }
    }
}

/// Drops every line.
let silent = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })

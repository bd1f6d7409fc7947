import Doors
import Logging
import ServiceLifecycle
import Testing

/// The server over real sockets on loopback.
@Suite(.timeLimit(.minutes(2))) struct MLLPServerTests {
    static let echo: MLLPServer.Handler = { frames, _ in frames.map(answer) }

    @Test(arguments: 0..<12 as Range<UInt64>) func anySplitIsAnsweredInOrder(_ seed: UInt64) async throws {
        let stream = RandomStream(seed: seed, pieces: 60)
        let configuration = MLLPServerConfiguration(
            maximumFrameBytes: RandomStream.maximumFrameBytes, maximumKeptBytes: RandomStream.maximumKeptBytes,
            maximumBatchFrames: 5)
        let slow: MLLPServer.Handler = { frames, _ in
            // Now and then slower than the sender; the order must hold all the same.
            if frames.count % 3 == 0 { try? await Task.sleep(for: .milliseconds(3)) }
            return frames.map(answer)
        }
        let expected = stream.expected.compactMap(answer).flatMap(MLLPFramer.frame)
        let received = try await Loopback.run(configuration, handler: slow) { loopback in
            try await loopback.raw { connection in
                for piece in stream.pieces(seed: seed, longest: 500) { try await connection.send(piece) }
                return try await connection.receive(expected.count)
            }
        }
        #expect(received == expected)
    }

    @Test func manyConnectionsEachGetTheirOwnReplies() async throws {
        try await Loopback.run(handler: Self.echo) { loopback in
            try await withThrowingTaskGroup(of: Bool.self) { tasks in
                for connection in 0..<16 {
                    tasks.addTask {
                        let client = try await loopback.client()
                        let messages = (0..<200).map { Array("MSH|\(connection)|\($0)".utf8) }
                        let replies = await client.sendPipelined(messages, window: 1 + connection)
                        await client.close()
                        return try replies.map { try $0.get() } == messages.map { Array("AA|".utf8) + $0 }
                    }
                }
                for try await isRight in tasks { #expect(isRight) }
            }
            #expect(loopback.server.statistics.messages == 3200)
            #expect(loopback.server.statistics.acceptedConnections == 16)
        }
    }

    @Test func aFrameOf17MegabytesIsRefusedAndTheNextGoesThrough() async throws {
        let collected = Collected()
        let handler: MLLPServer.Handler = { frames, _ in
            await collected.add(frames)
            return frames.map(answer)
        }
        let received = try await Loopback.run(handler: handler) { loopback in
            try await loopback.raw { connection in
                try await connection.send([0x0B] + Array("MSH|^~\\&|LAB".utf8))
                let chunk = [UInt8](repeating: 0x41, count: 1 << 20)
                for _ in 0..<17 { try await connection.send(chunk) }
                try await connection.send(ascii(">/<MSH|good>/"))
                return try await connection.receive(ascii("<AR|size 17825804>/<AA|MSH|good>/").count)
            }
        }
        #expect(received == ascii("<AR|size 17825804>/<AA|MSH|good>/"))
        guard case .tooLarge(let prefix, let size) = await collected.frames.first else {
            Issue.record("the handler did not see the large frame")
            return
        }
        #expect(size == 17 << 20 + 12)
        #expect(prefix.count == 64 << 10)
        #expect(prefix.starts(with: Array("MSH|^~\\&|LAB".utf8)))
    }

    @Test func garbageIsAnsweredAndTheNextGoesThrough() async throws {
        let expected = ascii("<AR|garbage 9>/<AA|MSH|good>/")
        let received = try await Loopback.run(handler: Self.echo) { loopback in
            try await loopback.raw { connection in
                try await connection.send(ascii("MSH|bad>/\n<MSH|good>/"))
                return try await connection.receive(expected.count)
            }
        }
        #expect(received == expected)
    }

    @Test func aConnectionClosedInsideAFrameIsReported() async throws {
        let collected = Collected()
        let handler: MLLPServer.Handler = { frames, _ in
            await collected.add(frames)
            return frames.map(answer)
        }
        try await Loopback.run(handler: handler) { loopback in
            try await loopback.raw { try await $0.send(ascii("<a>/<MSH|cut")) }
            await collected.wait(for: 2)
        }
        #expect(await collected.frames == [.message(ascii("a")), .truncated(ascii("MSH|cut"))])
    }

    @Test func aSenderThatClosesItsSideStillGetsItsReplies() async throws {
        let handler: MLLPServer.Handler = { frames, _ in
            try? await Task.sleep(for: .milliseconds(50))
            return frames.map(answer)
        }
        let received = try await Loopback.run(handler: handler) { loopback in
            try await loopback.raw { connection in
                try await connection.send(ascii("<a>/<b>/"))
                connection.finish()
                return await connection.receiveAll()
            }
        }
        #expect(received == ascii("<AA|a>/<AA|b>/"))
    }

    @Test func connectionsAboveTheLimitAreClosed() async throws {
        try await Loopback.run(MLLPServerConfiguration(maximumConnections: 2), handler: Self.echo) { loopback in
            let first = try await loopback.client()
            let second = try await loopback.client()
            #expect(try await first.send(ascii("1")) == ascii("AA|1"))
            #expect(try await second.send(ascii("2")) == ascii("AA|2"))
            let refused = try await loopback.raw { await $0.receiveAll() }
            #expect(refused.isEmpty)
            #expect(loopback.server.statistics.refusedConnections == 1)
            // The others are not disturbed, and a place that is free again is given away.
            #expect(try await first.send(ascii("3")) == ascii("AA|3"))
            await first.close()
            while loopback.server.statistics.openConnections > 1 { try await Task.sleep(for: .milliseconds(5)) }
            let third = try await loopback.client()
            #expect(try await third.send(ascii("4")) == ascii("AA|4"))
            await second.close()
            await third.close()
        }
    }

    @Test func shutdownAnswersWhatTheHandlerHas() async throws {
        let (started, gate) = (Gate(), Gate())
        let handler: MLLPServer.Handler = { frames, _ in
            await started.open()
            await gate.pass()
            return frames.map(answer)
        }
        try await Loopback.run(handler: handler) { loopback in
            try await loopback.raw { connection in
                try await connection.send(ascii("<a>/<b>/<unfinished"))
                await started.pass()
                await loopback.group.triggerGracefulShutdown()
                // No new connection is served from here on. One that was taken just before waits behind the gate: give it up
                // well within the time for draining.
                await #expect(throws: DoorError.self) {
                    while true {
                        let late = try await loopback.client(replyTimeout: .seconds(1))
                        _ = try await late.send(ascii("late"))
                    }
                }
                await gate.open()
                #expect(await connection.receiveAll() == ascii("<AA|a>/<AA|b>/"))
            }
        }
    }

    @Test func shutdownClosesIdleConnections() async throws {
        try await Loopback.run(handler: Self.echo) { loopback in
            let client = try await loopback.client()
            #expect(try await client.send(ascii("1")) == ascii("AA|1"))
            await loopback.group.triggerGracefulShutdown()
            while loopback.server.statistics.openConnections > 0 { try await Task.sleep(for: .milliseconds(5)) }
            await #expect(throws: DoorError.self) { try await client.send(ascii("2")) }
        }
    }

    /// Whether it is asked to stop or cancelled, connections on their way in must neither trap nor stay open.
    @Test(arguments: [false, true]) func stoppingWhileClientsArriveEndsThem(cancelled: Bool) async throws {
        for _ in 0..<20 {
            let (ports, bound) = AsyncStream.makeStream(of: Int.self)
            let server = MLLPServer(
                configuration: MLLPServerConfiguration(drainTimeout: .milliseconds(50)), logger: silent,
                onBound: { bound.yield($0) }, handler: Self.echo)
            let group = ServiceGroup(configuration: .init(services: [.init(service: server)], logger: silent))
            let running = Task { try await group.run() }
            let port = try #require(await ports.first { _ in true })
            try await withThrowingTaskGroup(of: Void.self) { clients in
                for _ in 0..<32 {
                    clients.addTask {
                        // Ends when the port no longer answers. What is sent also tells the kernel of a half-made connection.
                        while (try? await Self.sendAndWait(port)) != nil {}
                    }
                }
                while server.statistics.acceptedConnections < 8 { try await Task.sleep(for: .milliseconds(1)) }
                if cancelled { running.cancel() } else { await group.triggerGracefulShutdown() }
                try await clients.waitForAll()
            }
            _ = try? await running.value
            #expect(server.statistics.openConnections == 0)
        }
    }

    private static func sendAndWait(_ port: Int) async throws {
        try await RawConnection.open(port: port) { connection in
            try? await connection.send(ascii("<MSH"))
            _ = await connection.receiveAll()
        }
    }

    @Test func drainingEndsWhenItsTimeIsOver() async throws {
        let started = Gate()
        let handler: MLLPServer.Handler = { frames, _ in
            await started.open()
            try? await Task.sleep(for: .seconds(3600))
            return frames.map { _ in nil }
        }
        let configuration = MLLPServerConfiguration(drainTimeout: .milliseconds(50))
        try await Loopback.run(configuration, handler: handler) { loopback in
            try await loopback.raw { connection in
                try await connection.send(ascii("<a>/"))
                await started.pass()
                await loopback.group.triggerGracefulShutdown()
                #expect(await connection.receiveAll().isEmpty)
            }
        }
    }

    @Test func idleAndUnfinishedConnectionsAreClosed() async throws {
        let configuration = MLLPServerConfiguration(idleTimeout: .milliseconds(400), frameDeadline: .milliseconds(100))
        try await Loopback.run(configuration, handler: Self.echo) { loopback in
            let unfinished = try await loopback.raw { connection in
                try await connection.send(ascii("<MSH"))
                return await connection.receiveAll()
            }
            #expect(unfinished == ascii("<AE|truncated 3>/"))
            let idle = try await loopback.raw { await $0.receiveAll() }
            #expect(idle.isEmpty)
            #expect(loopback.server.statistics.deadlinesPassed == 2)
            #expect(loopback.server.statistics.truncated == 1)
        }
    }

    @Test func connectionsShareTheMemoryForOpenFrames() async throws {
        // Eight frames of 1 MiB at once, with room for two: they must take turns and all go through.
        let configuration = MLLPServerConfiguration(maximumInFlightBytes: 2 << 20)
        try await Loopback.run(configuration, handler: Self.echo) { loopback in
            try await withThrowingTaskGroup(of: Int.self) { tasks in
                for number in 0..<8 {
                    tasks.addTask {
                        let client = try await loopback.client()
                        var total = 0
                        for _ in 0..<4 {
                            total += try await client.send([UInt8](repeating: 0x41 + UInt8(number), count: 1 << 20 - 100))
                                .count
                        }
                        await client.close()
                        return total
                    }
                }
                for try await total in tasks { #expect(total == 4 * (1 << 20 - 100 + 3)) }
            }
        }
    }

    @Test func aReplyThatDoesNotFitItsFrameIsNotSent() async throws {
        let handler: MLLPServer.Handler = { frames, _ in
            frames.map { $0 == .message(ascii("bad")) ? ascii("a<b") : answer($0) }
        }
        let received = try await Loopback.run(handler: handler) { loopback in
            try await loopback.raw { connection in
                try await connection.send(ascii("<bad>/"))
                connection.finish()
                return await connection.receiveAll()
            }
        }
        #expect(received.isEmpty)
    }

    @Test func aPortInUseIsAnErrorThatSaysSo() async throws {
        try await Loopback.run(handler: Self.echo) { loopback in
            let second = MLLPServer(
                configuration: MLLPServerConfiguration(name: "second", port: loopback.port), logger: silent,
                handler: Self.echo)
            let error = await #expect(throws: DoorError.self) { try await second.run() }
            #expect(error?.cause == .cannotListen)
            #expect(error?.place == "second")
        }
    }

    @Test func logsHoldNoContent() async throws {
        let lines = LogLines()
        let logger = Logger(label: "test", factory: { _ in lines })
        let configuration = MLLPServerConfiguration(
            maximumFrameBytes: 50, maximumConnections: 1, frameDeadline: .milliseconds(100))
        let handler: MLLPServer.Handler = { frames, _ in
            frames.contains(.message(ascii("CANARY bad"))) ? [] : frames.map(answer)
        }
        try await Loopback.run(configuration, logger: logger, handler: handler) { loopback in
            _ = try await loopback.raw { connection in
                try await connection.send(
                    ascii("CANARY>/<CANARY<CANARY bad>/<CANARY" + String(repeating: "CANARY", count: 20)))
                // Which of two connections is served first is not certain, so one comes after the other.
                while loopback.server.statistics.openConnections == 0 { try await Task.sleep(for: .milliseconds(2)) }
                _ = try? await loopback.raw { try await $0.send(ascii("CANARY")) }
                return await connection.receiveAll()
            }
        }
        #expect(lines.text.contains("mllp"))
        #expect(lines.text.contains("refused"))
        #expect(lines.text.contains("in time"))
        #expect(!lines.text.contains("CANARY"))
    }
}

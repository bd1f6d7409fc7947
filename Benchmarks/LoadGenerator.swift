import Foundation

/// Sends messages over MLLP connections with blocking sockets on one thread, so that the sender takes as little of the
/// machine as it can.
struct LoadGenerator {
    struct Outcome: Sendable {
        /// From the first byte sent to the last acknowledgement, in seconds.
        var seconds = 0.0
        /// From sending each message to its AA, in seconds.
        var latencies: [Double] = []
        /// When each message was sent, on the monotonic clock, in nanoseconds.
        var sentAt: [UInt64]
        var refused = 0

        var rate: Double { Double(sentAt.count) / seconds }
    }

    var port: Int
    var connections: Int
    /// Messages on the way on each connection before the first acknowledgement is awaited; 1 is stop-and-wait.
    var window: Int
    /// Messages a second over all connections; `nil` for as fast as possible.
    var rate: Double?

    /// Message `i` goes over connection `i % connections`.
    func send(_ messages: [[UInt8]]) async throws -> Outcome {
        try await withCheckedThrowingContinuation { continuation in
            let thread = Thread { continuation.resume(with: Result { try run(messages) }) }
            thread.stackSize = 4 << 20
            thread.start()
        }
    }

    private struct Connection {
        let descriptor: Int32
        /// The next message to send; its first and further ones are `connections` apart.
        var next: Int
        var waiting: [Int] = []
        var reply: [UInt8] = []
    }

    private func run(_ messages: [[UInt8]]) throws -> Outcome {
        var open = try (0..<connections).map { Connection(descriptor: try connect(), next: $0) }
        defer { for connection in open { close(connection.descriptor) } }
        var outcome = Outcome(sentAt: [UInt64](repeating: 0, count: messages.count))
        outcome.latencies.reserveCapacity(messages.count)
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        let start = Self.now
        while outcome.latencies.count < messages.count {
            let due = rate.map { Int(Double(Self.now - start) / 1e9 * $0) + 1 } ?? messages.count
            for index in open.indices { try fill(&open[index], messages, due: due, &outcome) }
            var polled = open.map { pollfd(fd: $0.descriptor, events: Int16(POLLIN), revents: 0) }
            guard poll(&polled, nfds_t(polled.count), rate == nil ? 30_000 : 1) >= 0 else { throw failure("poll") }
            if rate == nil, polled.allSatisfy({ $0.revents == 0 }) { throw BenchFailure("no acknowledgement for 30 s") }
            for index in polled.indices where polled[index].revents != 0 {
                let count = recv(open[index].descriptor, &buffer, buffer.count, Int32(MSG_DONTWAIT))
                guard count > 0 else { throw BenchFailure("the program closed a connection") }
                take(buffer[..<count], &open[index], &outcome)
            }
        }
        outcome.seconds = Double(Self.now - start) / 1e9
        outcome.latencies.sort()
        return outcome
    }

    private func fill(_ connection: inout Connection, _ messages: [[UInt8]], due: Int, _ outcome: inout Outcome) throws {
        var frames: [UInt8] = []
        while connection.waiting.count < window, connection.next < min(due, messages.count) {
            frames.append(0x0B)
            frames += messages[connection.next]
            frames += [0x1C, 0x0D]
            outcome.sentAt[connection.next] = Self.now
            connection.waiting.append(connection.next)
            connection.next += connections
        }
        var sent = 0
        while sent < frames.count {
            let count = frames.withUnsafeBytes {
                Glibc.send(
                    connection.descriptor, $0.baseAddress.map { $0 + sent }, $0.count - sent, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { throw failure("send") }
            sent += count
        }
    }

    private func take(_ bytes: ArraySlice<UInt8>, _ connection: inout Connection, _ outcome: inout Outcome) {
        let now = Self.now
        connection.reply += bytes
        var start = 0
        while let end = connection.reply[start...].firstIndex(of: 0x1C), !connection.waiting.isEmpty {
            let message = connection.waiting.removeFirst()
            outcome.latencies.append(Double(now - outcome.sentAt[message]) / 1e9)
            if !Self.accepts(connection.reply[start..<end]) { outcome.refused += 1 }
            start = min(end + 2, connection.reply.count)
        }
        connection.reply.removeFirst(start)
    }

    private static let accepted = [Array("\rMSA|AA|".utf8), Array("\rMSA|CA|".utf8)]

    private static func accepts(_ reply: ArraySlice<UInt8>) -> Bool {
        guard let end = reply.firstIndex(of: 0x0D) else { return false }
        return accepted.contains { reply[end...].starts(with: $0) }
    }

    private func connect() throws -> Int32 {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var one: Int32 = 1
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &one, socklen_t(MemoryLayout<Int32>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let result = withUnsafeBytes(of: &address) { raw in
            Glibc.connect(
                descriptor, raw.baseAddress?.assumingMemoryBound(to: sockaddr.self),
                socklen_t(MemoryLayout<sockaddr_in>.size))
        }
        guard descriptor >= 0, result == 0 else { throw failure("connect") }
        return descriptor
    }

    private func failure(_ call: String) -> BenchFailure {
        BenchFailure("\(call): \(String(cString: strerror(errno)))")
    }

    /// The monotonic clock in nanoseconds.
    static var now: UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }
}

extension [Double] {
    /// Of sorted values; `share` from 0 to 1.
    func percentile(_ share: Double) -> Double {
        isEmpty ? 0 : self[Swift.min(count - 1, Int(Double(count) * share))]
    }
}

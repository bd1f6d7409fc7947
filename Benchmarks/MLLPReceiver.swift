import Doors
import Foundation
import Logging

/// An MLLP receiver in this process that acknowledges at once and keeps nothing on disk: the far end of a delivery, and
/// the yardstick for what a store costs.
final class MLLPReceiver: Sendable {
    struct Arrival: Sendable {
        /// On the monotonic clock, in nanoseconds.
        var at: UInt64
        var message: [UInt8]
    }

    private let state = Mutexed<[Arrival]>([])
    private let isKeeping: Bool

    /// - Parameter isKeeping: whether what comes is kept in memory.
    init(isKeeping: Bool) {
        self.isKeeping = isKeeping
    }

    /// Runs it during the body, which gets its port.
    func serving<Value: Sendable>(_ body: (Int) async throws -> Value) async throws -> Value {
        let (ports, port) = AsyncStream<Int>.makeStream()
        var logger = Logger(label: "receiver")
        logger.logLevel = .critical
        let server = MLLPServer(
            configuration: MLLPServerConfiguration(name: "receiver"), logger: logger, onBound: { port.yield($0) },
            handler: { frames, _ in
                let now = LoadGenerator.now
                let messages = frames.compactMap { if case .message(let bytes) = $0 { bytes } else { nil } }
                if self.isKeeping { self.state.update { $0 += messages.map { Arrival(at: now, message: $0) } } }
                return messages.map(Self.acknowledgement)
            })
        let running = Task { try await server.run() }
        defer { running.cancel() }
        var found = ports.makeAsyncIterator()
        guard let number = await found.next() else { throw BenchFailure("the receiver does not listen") }
        return try await body(number)
    }

    var count: Int { state.update { $0.count } }

    /// What came since the last call.
    func takeAll() -> [Arrival] {
        state.update { arrivals in
            defer { arrivals = [] }
            return arrivals
        }
    }

    private static func acknowledgement(_ message: [UInt8]) -> [UInt8] {
        var control = ArraySlice<UInt8>()
        var at = 0
        for field in 1...9 {
            guard let bar = message[at...].firstIndex(of: 0x7C) else { break }
            at = bar + 1
            if field == 9 { control = message[at...].prefix { $0 != 0x7C && $0 != 0x0D } }
        }
        return Array("MSH|^~\\&|BENCH||||20260101||ACK|".utf8) + control + Array("|P|2.5.1\rMSA|AA|".utf8) + control + [
            0x0D
        ]
    }
}

/// A value behind a lock.
final class Mutexed<Value>: @unchecked Sendable {
    // Every access to the value holds the lock.
    private var value: Value
    private let lock = NSLock()

    init(_ value: Value) {
        self.value = value
    }

    func update<Result>(_ body: (inout Value) -> Result) -> Result {
        lock.lock()
        defer { lock.unlock() }
        return body(&value)
    }
}

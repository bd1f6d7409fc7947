import Clinical
import Doors
import Foundation
import HL7v2
import Logging

/// Stands for the hospital's interface engine in the demo: takes results over MLLP and accepts them.
actor InterfaceEngineSink {
    private let logger: Logger
    private(set) var received = 0
    private let bound: AsyncStream<Int>
    private let bind: AsyncStream<Int>.Continuation
    private var knownPort: Int?

    init(logger: Logger) {
        self.logger = logger
        (bound, bind) = AsyncStream.makeStream()
    }

    func run() async throws {
        let server = MLLPServer(
            configuration: MLLPServerConfiguration(name: "interface-engine"), logger: logger,
            onBound: { [bind] port in bind.yield(port) },
            handler: { [weak self] frames, _ in
                await self?.count(frames.count)
                return frames.map(Self.acknowledge)
            })
        try await server.run()
    }

    func port() async -> Int {
        if let knownPort { return knownPort }
        for await port in bound {
            knownPort = port
            return port
        }
        return 0
    }

    private func count(_ frames: Int) {
        received += frames
    }

    private static func acknowledge(_ frame: MLLPFrame) -> [UInt8]? {
        guard case .message(let bytes) = frame, let message = try? Message(bytes) else { return nil }
        let now = Instant(microseconds: Int64(Date().timeIntervalSince1970 * 1_000_000))
        return Acknowledgement.build(for: message, code: .AA, controlID: message.controlID ?? "", time: now)
    }
}

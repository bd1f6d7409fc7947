import Foundation
import Testing

/// The program as a whole: processes, sockets, files. One test at a time, because each takes ports, cores and a database.
@Suite("The program as a whole", .serialized) enum ProgramTests {}

/// Runs blocking work on a thread of its own: the pool of the tests' tasks has as many threads as the machine has cores.
func blocking<Value: Sendable>(_ work: @escaping @Sendable () throws -> Value) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
        Thread.detachNewThread { continuation.resume(with: Result(catching: work)) }
    }
}

extension ServerProcess {
    func startUp() async throws {
        try await blocking { try self.start() }
    }

    /// SIGTERM; the exit status.
    @discardableResult
    func shutDown() async throws -> Int32 {
        try await blocking { self.stop() }
    }
}

/// SplitMix64 (Steele, Lea, Flood 2014), so that a run can be repeated.
struct SplitMix64: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }
}

func utf8(_ text: String) -> [UInt8] { Array(text.utf8) }
func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

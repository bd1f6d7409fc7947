public import Clinical
internal import Foundation

/// The time, and waiting for it; replaced in tests.
public protocol PollClock: Sendable {
    func now() -> Instant
    /// - Throws: `CancellationError` when the task is cancelled.
    func sleep(for duration: Duration) async throws
}

/// The clock of the system.
public struct SystemPollClock: PollClock {
    public init() {}

    public func now() -> Instant {
        Instant(microseconds: Int64(Date().timeIntervalSince1970 * 1_000_000))
    }

    public func sleep(for duration: Duration) async throws {
        try await Task.sleep(for: duration)
    }
}

extension Instant {
    /// This moment plus a duration, clamped to the representable range.
    func adding(_ duration: Duration) -> Instant {
        let (sum, overflow) = microseconds.addingReportingOverflow(duration.microseconds)
        return overflow ? (duration < .zero ? .distantPast : .distantFuture) : Instant(microseconds: sum)
    }

    func duration(since earlier: Instant) -> Duration {
        let (difference, overflow) = microseconds.subtractingReportingOverflow(earlier.microseconds)
        return .microseconds(overflow ? (self < earlier ? .min : .max) : difference)
    }
}

extension Duration {
    /// Whole microseconds, clamped.
    var microseconds: Int64 {
        let (seconds, attoseconds) = components
        let (product, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000)
        let (sum, carried) = product.addingReportingOverflow(attoseconds / 1_000_000_000_000)
        return overflow || carried ? (seconds < 0 ? .min : .max) : sum
    }

    var seconds: Double {
        Double(microseconds) / 1_000_000
    }
}

public import Clinical

/// Limits a rate: tokens flow in steadily up to a capacity, each request takes one.
///
/// A value that does no waiting itself. If the clock goes back, nothing flows in until it moves on.
public struct TokenBucket: Hashable, Sendable {
    public enum Action: Hashable, Sendable {
        case go
        /// There is no token before this moment; ask again then.
        case wait(until: Instant)
    }

    private let capacity: Double
    private let perSecond: Double
    private var tokens: Double
    private var updated: Instant?

    /// - Parameters:
    ///   - capacity: requests that may go at once after a pause; at least 1.
    ///   - perSecond: requests per second in the long run; above 0.
    public init(capacity: Int, perSecond: Double) {
        self.capacity = Double(max(1, capacity))
        self.perSecond = perSecond > 0 ? perSecond : 1
        tokens = self.capacity
    }

    /// Takes a token if there is one.
    public mutating func take(now: Instant) -> Action {
        if let updated, now > updated {
            tokens = min(capacity, tokens + now.seconds(since: updated) * perSecond)
        }
        updated = now
        if tokens >= 1 {
            tokens -= 1
            return .go
        }
        // Rounded up to the microsecond, so that the token is there when the wait is over.
        let micros = ((1 - tokens) / perSecond * 1_000_000).rounded(.up)
        return .wait(until: now.adding(.microseconds(Int64(min(micros, 1e15)))))
    }
}

/// Exponential backoff with full jitter: the n-th wait is a random time between 0 and `base · 2ⁿ`, at most `limit`.
///
/// Source: M. Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015. The generator is seeded, so a run
/// can be repeated.
public struct Backoff: Hashable, Sendable {
    private let base: Duration
    private let limit: Duration
    private var failures = 0
    private var state: UInt64

    public init(base: Duration = .milliseconds(500), limit: Duration = .seconds(60), seed: UInt64) {
        self.base = max(.milliseconds(1), base)
        self.limit = max(self.base, limit)
        state = seed
    }

    /// The longest that the next wait can be.
    public var ceiling: Duration {
        var ceiling = base
        for _ in 0..<failures where ceiling < limit { ceiling *= 2 }
        return min(ceiling, limit)
    }

    /// The time to wait after one more failure.
    public mutating func next() -> Duration {
        let microseconds = ceiling.microseconds
        failures += 1
        return .microseconds(Int64(truncatingIfNeeded: random(below: UInt64(max(0, microseconds)) &+ 1)))
    }

    /// After a success.
    public mutating func reset() {
        failures = 0
    }

    /// SplitMix64 (Steele, Lea, Flood 2014), scaled by multiplication (Lemire 2019; the bias is below 2⁻³⁰ here).
    private mutating func random(below bound: UInt64) -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        mixed ^= mixed >> 31
        return mixed.multipliedFullWidth(by: bound).high
    }
}

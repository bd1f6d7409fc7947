public import Clinical

/// A decision's numbers at a moment, without reasons and inputs: enough for a sparkline and a previous state.
public struct ScorePoint: Sendable, Hashable {
    public var decision: String
    public var asOf: AsOf
    /// `nil` when only a range, or nothing, is known.
    public var value: Double?
    /// `nil` when there were not enough inputs for any statement.
    public var low: Double?
    public var high: Double?
    public var rank: Int

    public init(decision: String, asOf: AsOf, value: Double?, low: Double?, high: Double?, rank: Int) {
        self.decision = decision
        self.asOf = asOf
        self.value = value
        self.low = low
        self.high = high
        self.rank = rank
    }
}

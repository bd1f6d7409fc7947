public import Clinical

/// Names the exact inputs of a model: their values and times.
public struct PredictionKey: Sendable, Hashable {
    public let value: UInt128

    public init(_ value: UInt128) {
        self.value = value
    }

    /// The first 128 bits of a digest.
    public init(_ digest: ContentDigest) {
        value = digest.bytes.prefix(16).reduce(0) { $0 << 8 | UInt128($1) }
    }
}

/// A decision to be stored, with the key under which the same inputs find it again.
public struct NewDecision: Sendable, Hashable {
    public var decision: Decision
    /// `nil` keeps the decision out of the prediction cache.
    public var inputKey: PredictionKey?

    public init(_ decision: Decision, inputKey: PredictionKey? = nil) {
        self.decision = decision
        self.inputKey = inputKey
    }
}

/// A question to the prediction cache.
public struct PredictionQuery: Sendable, Hashable {
    /// SHA-256 of the model package, hexadecimal.
    public var modelDigest: String
    public var inputKey: PredictionKey

    public init(modelDigest: String, inputKey: PredictionKey) {
        self.modelDigest = modelDigest
        self.inputKey = inputKey
    }
}

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

/// Everything a trained model says about one row of inputs.
public struct ModelAnswer: Sendable, Hashable {
    /// Which labels cannot be excluded at a level of confidence.
    public struct PredictionSet: Sendable, Hashable {
        public var level: Double
        public var positive: Bool
        public var negative: Bool
    }

    /// How far the row is from the training population.
    public struct Outlier: Sendable, Hashable {
        /// Standard deviate of the Mahalanobis distance; `nil` with too few values.
        public var deviate: Double?
        /// Score of the isolation forest, 0…1; `nil` without one.
        public var isolation: Double?
        /// The input to blame: the one that adds most to the distance, or that the forest isolates the row by.
        public var farthest: String?
        /// Inputs outside the range that 99.9 % of the training values were in.
        public var outside: [String]
        public var isFlagged: Bool
        public var isRefused: Bool
    }

    /// Mean margin of the members, in log odds.
    public var margin: Double
    /// Calibrated probability.
    public var probability: Double
    /// Each member's margin through the same calibration: their spread is what more training data would settle.
    public var memberProbabilities: [Double]
    /// Venn-Abers probabilities: their distance is what more calibration data would settle.
    public var vennAbers: ClosedRange<Double>
    /// The group whose limits hold, and the sets, by ascending level.
    public var group: String?
    public var sets: [PredictionSet]
    public var outlier: Outlier
    /// Shapley values in log odds, one an input; with the bias they add up to the margin.
    public var attribution: Attribution

    /// From the lowest to the highest of the members' and the Venn-Abers probabilities.
    public var interval: ClosedRange<Double> {
        let all = memberProbabilities + [vennAbers.lowerBound, vennAbers.upperBound, probability]
        return (all.min() ?? 0)...(all.max() ?? 1)
    }
}

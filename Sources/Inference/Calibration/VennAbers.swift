/// Inductive Venn-Abers prediction (Vovk, Petej, Fedorova, NIPS 2015): two probabilities, one of which is calibrated
/// whatever the scores are. Their distance says how much the calibration rows can tell at this score.
public struct VennAbers: Sendable, Hashable {
    private let scores: [Double]
    /// For a score equal to the k-th, at 2k + 1; between the k−1-th and the k-th, at 2k.
    private let lower: [Double]
    private let upper: [Double]

    /// Every answer is worked out here, with two isotonic fits for each place that a score can have.
    public init(_ table: CalibrationTable) {
        scores = table.scores
        var lower: [Double] = []
        var upper: [Double] = []
        for place in 0...(2 * table.scores.count) {
            lower.append(Self.value(table, place: place, label: 0))
            upper.append(Self.value(table, place: place, label: 1))
        }
        self.lower = lower
        self.upper = upper
    }

    /// The fit at a place after a row with the label was added there.
    private static func value(_ table: CalibrationTable, place: Int, label: Double) -> Double {
        let index = place / 2
        var (counts, positives) = (table.counts, table.positives)
        if place % 2 == 1 {
            counts[index] += 1
            positives[index] += label
        } else {
            counts.insert(1, at: index)
            positives.insert(label, at: index)
        }
        return IsotonicFit.pool(zip(positives, counts).map { $0 / $1 }, weights: counts)[index]
    }

    /// The probabilities if the label were 0 and if it were 1.
    public func callAsFunction(_ score: Double) -> (lower: Double, upper: Double) {
        var low = 0
        var high = scores.count
        while low < high {
            let middle = (low + high) / 2
            if scores[middle] < score { low = middle + 1 } else { high = middle }
        }
        let place = low < scores.count && scores[low] == score ? 2 * low + 1 : 2 * low
        return (lower[place], upper[place])
    }

    /// One probability of the two, best by log loss: `p₁ ÷ (1 − p₀ + p₁)`.
    public func merged(_ score: Double) -> Double {
        let (lower, upper) = self(score)
        return upper / (1 - lower + upper)
    }
}

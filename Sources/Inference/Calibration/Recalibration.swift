/// Calibration and prediction-set limits of a model at one hospital, from its own hours and their labels as they come in.
///
/// The trees stay as they are; what is fitted anew is how their margins read as probabilities, and the margins from which a
/// label is in the prediction set. Both come from patients of the place, so that coverage holds there again.
public struct Recalibration: Sendable, Hashable {
    /// Limits at one level of confidence.
    public struct Limit: Sendable, Hashable {
        public var level: Double
        /// The event is in the set from this margin on …
        public var positiveFrom: Double
        /// … and its absence up to this one.
        public var negativeTo: Double
    }

    public let table: CalibrationTable
    public let limits: [Limit]

    /// - Parameters:
    ///   - margins: Margins that the model gave, in log odds.
    ///   - labels: Whether the event came.
    ///   - levels: Levels of confidence, as 0.9.
    public init(margins: [Double], labels: [Bool], levels: [Double]) {
        table = CalibrationTable(scores: margins, labels: labels).binned(300)
        var positive: [Double] = []
        var negative: [Double] = []
        for (margin, label) in zip(margins, labels) where !margin.isNaN {
            if label { positive.append(-margin) } else { negative.append(margin) }
        }
        limits = levels.map { level in
            Limit(
                level: level, positiveFrom: -ConformalQuantile.upper(positive, level: level),
                negativeTo: ConformalQuantile.upper(negative, level: level))
        }
    }

    public var calibration: IsotonicFit { IsotonicFit(table) }
}

extension CalibrationTable {
    /// Neighbouring scores joined to at most so many bins of nearly equal size, each at its mean score.
    func binned(_ count: Int) -> CalibrationTable {
        guard scores.count > count, count > 0 else { return self }
        let size = counts.reduce(0, +) / Double(count)
        var binned = CalibrationTable(scores: [], counts: [], positives: [])
        var (sum, rows, positive) = (0.0, 0.0, 0.0)
        for index in scores.indices {
            sum += scores[index] * counts[index]
            rows += counts[index]
            positive += positives[index]
            guard rows >= size || index == scores.count - 1 else { continue }
            binned.scores.append(sum / rows)
            binned.counts.append(rows)
            binned.positives.append(positive)
            (sum, rows, positive) = (0, 0, 0)
        }
        return binned
    }
}

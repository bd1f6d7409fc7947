/// Scores of calibration rows in ascending groups of equal score.
public struct CalibrationTable: Sendable, Hashable {
    /// Ascending, each once.
    public var scores: [Double]
    /// Number of rows, and of positive ones, at each score.
    public var counts: [Double]
    public var positives: [Double]

    /// Groups rows by score.
    public init(scores: [Double], labels: [Bool]) {
        var sorted: [(score: Double, label: Bool)] = []
        for (score, label) in zip(scores, labels) where !score.isNaN { sorted.append((score, label)) }
        sorted.sort { $0.score < $1.score }
        self.scores = []
        counts = []
        positives = []
        for row in sorted {
            if self.scores.last != row.score {
                self.scores.append(row.score)
                counts.append(0)
                positives.append(0)
            }
            counts[counts.count - 1] += 1
            if row.label { positives[positives.count - 1] += 1 }
        }
    }

    init(scores: [Double], counts: [Double], positives: [Double]) {
        self.scores = scores
        self.counts = counts
        self.positives = positives
    }
}

/// Isotonic regression of labels on scores (pool adjacent violators; Barlow et al. 1972), linear between scores and level
/// beyond them, as scikit-learn predicts.
public struct IsotonicFit: Sendable, Hashable {
    public let scores: [Double]
    public let values: [Double]

    public init(_ table: CalibrationTable) {
        scores = table.scores
        values = Self.pool(zip(table.positives, table.counts).map { $1 > 0 ? $0 / $1 : 0 }, weights: table.counts)
    }

    public func callAsFunction(_ score: Double) -> Double {
        guard let first = scores.first, let last = scores.last, !score.isNaN else { return .nan }
        if score <= first { return values[0] }
        if score >= last { return values[values.count - 1] }
        var low = 0
        var high = scores.count - 1
        while high - low > 1 {
            let middle = (low + high) / 2
            if scores[middle] <= score { low = middle } else { high = middle }
        }
        let share = (score - scores[low]) / (scores[high] - scores[low])
        return values[low] + share * (values[high] - values[low])
    }

    /// The nearest non-decreasing values by weighted least squares.
    static func pool(_ values: [Double], weights: [Double]) -> [Double] {
        var blocks: [(mean: Double, weight: Double, count: Int)] = []
        for (value, weight) in zip(values, weights) {
            blocks.append((value, weight, 1))
            while blocks.count > 1, blocks[blocks.count - 2].mean >= blocks[blocks.count - 1].mean {
                let last = blocks.removeLast()
                let before = blocks[blocks.count - 1]
                let weight = before.weight + last.weight
                blocks[blocks.count - 1] = (
                    weight > 0 ? (before.mean * before.weight + last.mean * last.weight) / weight : before.mean, weight,
                    before.count + last.count
                )
            }
        }
        return blocks.flatMap { Array(repeating: $0.mean, count: $0.count) }
    }
}

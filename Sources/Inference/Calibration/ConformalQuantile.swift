/// Split conformal prediction (Papadopoulos et al. 2002; Vovk, Gammerman, Shafer 2005).
public enum ConformalQuantile {
    /// The `⌈(n + 1) level⌉`-th smallest of the nonconformity scores of `n` calibration rows: an exchangeable new row's is
    /// at most that with the given probability. Infinite when there are too few rows for the level.
    ///
    /// The product is cut by a billionth first: 0.8 × 10 is 8, not what binary fractions make of it.
    public static func upper(_ scores: [Double], level: Double) -> Double {
        let sorted = scores.filter { !$0.isNaN }.sorted()
        let rank = (Double(sorted.count + 1) * level - 1e-9).rounded(.up)
        guard rank >= 1, rank <= Double(sorted.count) else { return rank < 1 ? -.infinity : .infinity }
        return sorted[Int(rank) - 1]
    }

    /// Limits by group (Mondrian): each group's own quantile.
    public static func upper<Group: Hashable>(
        _ scores: [Double], groups: [Group], level: Double
    ) -> [Group: Double] {
        var byGroup: [Group: [Double]] = [:]
        for (score, group) in zip(scores, groups) { byGroup[group, default: []].append(score) }
        return byGroup.mapValues { upper($0, level: level) }
    }

    /// An interval around a prediction from absolute residuals of calibration rows.
    public static func interval(
        around prediction: Double, residuals: [Double], level: Double
    ) -> (low: Double, high: Double) {
        let half = upper(residuals.map(abs), level: level)
        return (prediction - half, prediction + half)
    }
}

/// A logistic curve through the margins (Platt 1999).
public struct PlattFit: Sendable, Hashable {
    public var slope: Double
    public var intercept: Double

    public init(slope: Double, intercept: Double) {
        self.slope = slope
        self.intercept = intercept
    }

    /// Fits by Newton's method, with Platt's targets `(n₊ + 1) ÷ (n₊ + 2)` and `1 ÷ (n₋ + 2)`, as scikit-learn does.
    public init(_ table: CalibrationTable) {
        let positive = table.positives.reduce(0, +)
        let negative = table.counts.reduce(0, +) - positive
        let (high, low) = ((positive + 1) / (positive + 2), 1 / (negative + 2))
        var (slope, intercept) = (0.0, Elementary.log((positive + 1) / (negative + 1)))
        for _ in 0..<100 {
            var (g0, g1, h00, h01, h11) = (0.0, 0.0, 0.0, 0.0, 1e-12)
            for index in table.scores.indices {
                let score = table.scores[index]
                let p = Elementary.logistic(slope * score + intercept)
                let target = table.positives[index] * high + (table.counts[index] - table.positives[index]) * low
                let error = table.counts[index] * p - target
                let weight = table.counts[index] * p * (1 - p)
                g0 += error
                g1 += error * score
                h00 += weight
                h01 += weight * score
                h11 += weight * score * score
            }
            let determinant = h00 * h11 - h01 * h01
            guard determinant > 0 else { break }
            let (stepIntercept, stepSlope) = ((h11 * g0 - h01 * g1) / determinant, (h00 * g1 - h01 * g0) / determinant)
            intercept -= stepIntercept
            slope -= stepSlope
            if abs(stepIntercept) + abs(stepSlope) < 1e-12 { break }
        }
        self.slope = slope
        self.intercept = intercept
    }

    public func callAsFunction(_ score: Double) -> Double { Elementary.logistic(slope * score + intercept) }
}

/// How far a row is from the training population, over what is known of it.
///
/// The squared Mahalanobis distance over the known inputs has a chi-squared distribution with so many degrees of freedom
/// where the population is normal; its cube root, standardised (Wilson and Hilferty 1931), compares rows with different
/// inputs missing.
public struct MahalanobisDistance: Sendable, Hashable {
    public let means: [Double]
    public let deviations: [Double]
    /// Correlations, positive definite.
    public let correlations: [[Double]]

    /// - Precondition: none; with lists of different lengths or deviations that are not positive, `nil`.
    public init?(means: [Double], deviations: [Double], correlations: [[Double]]) {
        guard means.count == deviations.count, correlations.count == means.count, deviations.allSatisfy({ $0 > 0 }),
            correlations.allSatisfy({ $0.count == means.count })
        else { return nil }
        self.means = means
        self.deviations = deviations
        self.correlations = correlations
    }

    /// - Returns: The deviate (0 is the middle of the population, 3 is far out) and the position of the value that adds
    ///   most to it; `nil` with fewer than three known values.
    public func callAsFunction(_ row: [Double]) -> (deviate: Double, farthest: Int)? {
        let known = means.indices.filter { $0 < row.count && row[$0].isFinite }
        guard known.count >= 3 else { return nil }
        let standard = known.map { (row[$0] - means[$0]) / deviations[$0] }
        guard let solved = solve(known, standard) else { return nil }
        let parts = zip(standard, solved).map { $0 * $1 }
        let square = max(0, parts.reduce(0, +))
        let k = Double(known.count)
        let spread = 2 / (9 * k)
        let deviate = (Elementary.power(square / k, 1 / 3) - (1 - spread)) / spread.squareRoot()
        let farthest = parts.indices.max { parts[$0] < parts[$1] } ?? 0
        return (deviate, known[farthest])
    }

    /// Solves for the correlations of the known inputs (Cholesky).
    private func solve(_ known: [Int], _ right: [Double]) -> [Double]? {
        let count = known.count
        var factor = Array(repeating: 0.0, count: count * count)
        for row in 0..<count {
            for column in 0...row {
                var sum = correlations[known[row]][known[column]]
                for k in 0..<column { sum -= factor[row * count + k] * factor[column * count + k] }
                if row == column {
                    guard sum > 0 else { return nil }
                    factor[row * count + row] = sum.squareRoot()
                } else {
                    factor[row * count + column] = sum / factor[column * count + column]
                }
            }
        }
        var solved = right
        for row in 0..<count {
            for k in 0..<row { solved[row] -= factor[row * count + k] * solved[k] }
            solved[row] /= factor[row * count + row]
        }
        for row in (0..<count).reversed() {
            for k in row + 1..<count { solved[row] -= factor[k * count + row] * solved[k] }
            solved[row] /= factor[row * count + row]
        }
        return solved
    }
}

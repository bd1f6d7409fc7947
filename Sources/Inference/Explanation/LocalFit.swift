/// A linear model that holds near one row (LIME; Ribeiro, Singh, Guestrin, KDD 2016).
public struct LocalFit: Sendable, Hashable {
    public let intercept: Double
    public let coefficients: [Double]
    /// Weighted share of the variance of the outputs that the line explains.
    public let determination: Double

    /// Weighted ridge regression with an intercept that is not shrunk, as lime fits its neighbourhood.
    ///
    /// - Returns: `nil` when the lists differ in length or are empty.
    public init?(rows: [[Double]], outputs: [Double], weights: [Double], ridge: Double = 1) {
        let total = weights.reduce(0, +)
        guard let count = rows.first?.count, rows.count == outputs.count, rows.count == weights.count, total > 0,
            rows.allSatisfy({ $0.count == count })
        else { return nil }
        var means = Array(repeating: 0.0, count: count)
        var outputMean = 0.0
        for (index, row) in rows.enumerated() {
            outputMean += weights[index] * outputs[index] / total
            for feature in 0..<count { means[feature] += weights[index] * row[feature] / total }
        }
        var matrix = Array(repeating: Array(repeating: 0.0, count: count), count: count)
        var right = Array(repeating: 0.0, count: count)
        for (index, row) in rows.enumerated() {
            let centred = zip(row, means).map { $0 - $1 }
            for i in 0..<count {
                right[i] += weights[index] * centred[i] * (outputs[index] - outputMean)
                for j in 0..<count { matrix[i][j] += weights[index] * centred[i] * centred[j] }
            }
        }
        for feature in 0..<count { matrix[feature][feature] += ridge }
        guard let solved = NormalEquations.solve(matrix, right) else { return nil }
        coefficients = solved
        intercept = outputMean - zip(solved, means).reduce(0) { $0 + $1.0 * $1.1 }
        var (residual, spread) = (0.0, 0.0)
        for (index, row) in rows.enumerated() {
            let fitted = zip(solved, row).reduce(intercept) { $0 + $1.0 * $1.1 }
            residual += weights[index] * (outputs[index] - fitted) * (outputs[index] - fitted)
            spread += weights[index] * (outputs[index] - outputMean) * (outputs[index] - outputMean)
        }
        determination = spread > 0 ? 1 - residual / spread : 1
    }

    /// Samples around a row, each feature by its deviation, weighs by an exponential kernel of width `0.75 √features` over
    /// standardised distance, and fits.
    public init?(
        around row: [Double], deviations: [Double], samples: Int = 1000, seed: UInt64 = 1, model: ([Double]) -> Double
    ) {
        guard row.count == deviations.count, !row.isEmpty, samples > 1 else { return nil }
        var random = SeededNumbers(seed: seed)
        let width = 0.75 * Double(row.count).squareRoot()
        var rows: [[Double]] = []
        var outputs: [Double] = []
        var weights: [Double] = []
        for index in 0..<samples {
            // The row itself comes first.
            let steps = row.map { _ in index == 0 ? 0 : random.normal() }
            let square = steps.reduce(0) { $0 + $1 * $1 }
            rows.append(steps)
            outputs.append(model(zip(row, zip(steps, deviations)).map { $0 + $1.0 * $1.1 }))
            weights.append(Elementary.exp(-square / (width * width)).squareRoot())
        }
        self.init(rows: rows, outputs: outputs, weights: weights)
    }
}

/// A linear margin: logistic regression, or a scorecard of continuous inputs.
public struct LinearModel: Sendable, Hashable {
    public var intercept: Double
    public var coefficients: [Double]
    /// Mean of each input in training: the reference of its contribution, and what it counts as where it is missing.
    public var means: [Double]

    public init(intercept: Double, coefficients: [Double], means: [Double]) {
        self.intercept = intercept
        self.coefficients = coefficients
        self.means = means
    }

    public func margin(_ row: [Double]) -> Double { attribution(row).sum }

    /// Shapley values of a linear model with independent inputs: `w (x − mean)` (Lundberg & Lee 2017, corollary 1).
    public func attribution(_ row: [Double]) -> Attribution {
        var values: [Double] = []
        var bias = intercept
        for (index, (coefficient, mean)) in zip(coefficients, means).enumerated() {
            let x = index < row.count && !row[index].isNaN ? row[index] : mean
            values.append(coefficient * (x - mean))
            bias += coefficient * mean
        }
        return Attribution(bias: bias, values: values)
    }
}

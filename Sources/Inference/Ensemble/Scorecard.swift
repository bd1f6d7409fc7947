/// A scorecard: points by the band that each input is in, added up to a margin.
struct Scorecard: Sendable {
    struct Term: Sendable {
        var input: Int
        /// Rising; a value equal to a limit belongs to the band above it.
        var limits: [Double]
        /// One more than there are limits.
        var points: [Double]
        /// Points where the input has no value.
        var missing: Double
        /// Mean points in training, the reference of the term's contribution.
        var mean: Double

        func points(_ value: Double) -> Double {
            value.isNaN ? missing : points[limits.prefix { $0 <= value }.count]
        }
    }

    var intercept: Double
    var terms: [Term]
    var inputCount: Int

    func margin(_ row: [Double]) -> Double { attribution(row).sum }

    /// Shapley values of a sum of functions of one input each: the points less their mean (Lundberg & Lee 2017).
    func attribution(_ row: [Double]) -> Attribution {
        var found = Attribution(bias: intercept, values: Array(repeating: 0, count: inputCount))
        for term in terms {
            found.bias += term.mean
            found.values[term.input] += term.points(row[term.input]) - term.mean
        }
        return found
    }
}

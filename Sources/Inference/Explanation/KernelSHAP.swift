/// Shapley values of any model by evaluating it with parts of the row replaced by a background (Lundberg & Lee 2017).
///
/// Up to ``exactFeatures`` features every coalition is evaluated and the values are exact. Beyond, coalitions are sampled
/// in pairs with their complements, and the values are the weighted least-squares fit that adds up to the output.
public struct KernelSHAP: Sendable {
    public static let exactFeatures = 11

    private let background: [[Double]]
    private let samples: Int
    private let seed: UInt64

    /// - Parameters:
    ///   - background: Rows that stand for "not known", at least one.
    ///   - samples: Coalitions to evaluate where there are too many for all.
    public init(background: [[Double]], samples: Int = 2048, seed: UInt64 = 1) {
        self.background = background
        self.samples = samples
        self.seed = seed
    }

    public func attribution(_ row: [Double], model: ([Double]) -> Double) -> Attribution {
        row.count <= Self.exactFeatures ? exact(row, model) : sampled(row, model)
    }

    /// Mean output with the features of the coalition from the row and all others from the background.
    private func value(_ coalition: [Bool], _ row: [Double], _ model: ([Double]) -> Double) -> Double {
        var sum = 0.0
        for other in background {
            var mixed = row
            for index in row.indices where !coalition[index] { mixed[index] = index < other.count ? other[index] : .nan }
            sum += model(mixed)
        }
        return sum / Double(max(1, background.count))
    }

    private func exact(_ row: [Double], _ model: ([Double]) -> Double) -> Attribution {
        let count = row.count
        let outputs = (0..<(1 << count)).map { mask in
            value((0..<count).map { mask >> $0 & 1 == 1 }, row, model)
        }
        // |S|! (n − |S| − 1)! ÷ n!
        var weights = Array(repeating: 1 / Double(max(1, count)), count: max(1, count))
        for size in 1..<max(1, count) { weights[size] = weights[size - 1] * Double(size) / Double(count - size) }
        var values = Array(repeating: 0.0, count: count)
        for mask in outputs.indices {
            let size = mask.nonzeroBitCount
            for feature in 0..<count where mask >> feature & 1 == 0 {
                values[feature] += weights[size] * (outputs[mask | 1 << feature] - outputs[mask])
            }
        }
        return Attribution(bias: outputs[0], values: values)
    }

    private func sampled(_ row: [Double], _ model: ([Double]) -> Double) -> Attribution {
        let count = row.count
        let bias = value(Array(repeating: false, count: count), row, model)
        let total = model(row) - bias
        var random = SeededNumbers(seed: seed)
        // Sizes by the Shapley kernel summed over the coalitions of that size.
        let kernel = (1..<count).map { Double(count - 1) / Double($0 * (count - $0)) }
        let sum = kernel.reduce(0, +)
        // The last value follows from the sum of all: the others are fitted.
        let free = count - 1
        var matrix = Array(repeating: Array(repeating: 0.0, count: free), count: free)
        var right = Array(repeating: 0.0, count: free)
        for _ in 0..<samples / 2 {
            var choice = Double.random(in: 0..<sum, using: &random)
            var size = 1
            while size < count - 1, choice >= kernel[size - 1] {
                choice -= kernel[size - 1]
                size += 1
            }
            let members = Set((0..<count).shuffled(using: &random).prefix(size))
            let coalition = (0..<count).map { members.contains($0) }
            for coalition in [coalition, coalition.map { !$0 }] {
                let last = coalition[count - 1] ? 1.0 : 0.0
                let target = value(coalition, row, model) - bias - last * total
                let columns = (0..<free).map { (coalition[$0] ? 1.0 : 0.0) - last }
                for i in 0..<free where columns[i] != 0 {
                    right[i] += columns[i] * target
                    for j in 0..<free { matrix[i][j] += columns[i] * columns[j] }
                }
            }
        }
        for index in 0..<free { matrix[index][index] += 1e-9 }
        var values = NormalEquations.solve(matrix, right) ?? Array(repeating: total / Double(count), count: free)
        values.append(total - values.reduce(0, +))
        return Attribution(bias: bias, values: values)
    }
}

/// Weighted least squares with a ridge, small enough for the normal equations.
enum NormalEquations {
    /// Solves a symmetric positive definite system (Cholesky); `nil` where it is not.
    static func solve(_ matrix: [[Double]], _ right: [Double]) -> [Double]? {
        let count = right.count
        var factor = matrix
        for row in 0..<count {
            for column in 0...row {
                var sum = matrix[row][column]
                for k in 0..<column { sum -= factor[row][k] * factor[column][k] }
                if row == column {
                    guard sum > 0 else { return nil }
                    factor[row][row] = sum.squareRoot()
                } else {
                    factor[row][column] = sum / factor[column][column]
                }
            }
        }
        var solved = right
        for row in 0..<count {
            for k in 0..<row { solved[row] -= factor[row][k] * solved[k] }
            solved[row] /= factor[row][row]
        }
        for row in (0..<count).reversed() {
            for k in row + 1..<count { solved[row] -= factor[k][row] * solved[k] }
            solved[row] /= factor[row][row]
        }
        return solved
    }
}

/// Small and seeded, so that an explanation can be repeated (Steele, Lea, Flood: SplitMix64).
struct SeededNumbers: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }

    /// A standard normal deviate (Box and Muller 1958).
    mutating func normal() -> Double {
        let radius = (-2 * Elementary.log(1 - Double.random(in: 0..<1, using: &self))).squareRoot()
        return radius * Elementary.cosine(2 * .pi * Double.random(in: 0..<1, using: &self))
    }
}

import Foundation
import Inference
import Testing

/// scikit-learn, venn-abers, crepes, lime and shap on made-up numbers; `Tests/Parity/other_fixtures.py` asked them.
struct OtherParityTests {
    private struct Others: Decodable {
        var score: [Double]
        var label: [Int]
        var test: [Double]
        var isotonic: [Double]
        var vennAbersLower: [Double]
        var vennAbersUpper: [Double]
        var vennAbers: [Double]
        var residual: [Double]
        var limits: [String: Double]
        var rows: [[Double]]
        var outputs: [Double]
        var weights: [Double]
        var intercept: Double
        var coefficients: [Double]
        var determination: Double
        var background: [[Double]]
        var point: [Double]
        var linear: [Double]
        var kernelBias: Double
        var kernel: [Double]
        var mapieLevels: [Double]
        var mapieCalibration: [Double]
        var mapieLabel: [Int]
        var mapieTest: [Double]
        /// By row, label and level.
        var mapieSets: [[[Int]]]
        var isolationRows: [[Double]]
        var isolation: [Double]
    }

    private func others() throws -> Others {
        try JSONDecoder().decode(Others.self, from: Data(TreeParityTests.bytes("others.expected.json")))
    }

    @Test func isotonicFit() throws {
        let others = try others()
        let fit = IsotonicFit(CalibrationTable(scores: others.score, labels: others.label.map { $0 == 1 }))
        for (score, expected) in zip(others.test, others.isotonic) { #expect(abs(fit(score) - expected) < 1e-9) }
    }

    /// The library takes probabilities; the order of the scores is all that counts.
    @Test func vennAbers() throws {
        let others = try others()
        let logistic = { (x: Double) in 1 / (1 + exp(-x)) }
        let model = VennAbers(
            CalibrationTable(scores: others.score.map(logistic), labels: others.label.map { $0 == 1 }))
        for (index, score) in others.test.map(logistic).enumerated() {
            #expect(abs(model(score).lower - others.vennAbersLower[index]) < 1e-6)
            #expect(abs(model(score).upper - others.vennAbersUpper[index]) < 1e-6)
            #expect(abs(model.merged(score) - others.vennAbers[index]) < 1e-6)
        }
    }

    @Test func conformalLimits() throws {
        let others = try others()
        #expect(others.limits.count == 3)
        for (level, expected) in others.limits {
            let level = try #require(Double(level))
            #expect(
                abs(ConformalQuantile.interval(around: 0, residuals: others.residual, level: level).high - expected) < 1e-12
            )
        }
    }

    /// mapie's LAC: a label is in the set when what its probability lacks of 1 is within the calibration rows' quantile.
    @Test func predictionSets() throws {
        let others = try others()
        let lacking = zip(others.mapieCalibration, others.mapieLabel).map { $1 == 1 ? 1 - $0 : $0 }
        #expect(others.mapieSets.count == 61)
        for (number, level) in others.mapieLevels.enumerated() {
            let limit = ConformalQuantile.upper(lacking, level: level)
            for (probability, sets) in zip(others.mapieTest, others.mapieSets) {
                #expect((probability <= limit) == (sets[0][number] == 1))
                #expect((1 - probability <= limit) == (sets[1][number] == 1))
            }
        }
    }

    @Test func localFit() throws {
        let others = try others()
        let fit = try #require(LocalFit(rows: others.rows, outputs: others.outputs, weights: others.weights))
        #expect(abs(fit.intercept - others.intercept) < 1e-6)
        for (a, b) in zip(fit.coefficients, others.coefficients) { #expect(abs(a - b) < 1e-6) }
        #expect(abs(fit.determination - others.determination) < 1e-6)
    }

    @Test func kernelValues() throws {
        let others = try others()
        let shap = KernelSHAP(background: others.background)
        let found = shap.attribution(others.point) { x in
            tanh(zip(x, others.linear).reduce(0) { $0 + $1.0 * $1.1 }) + x[0] * x[3]
        }
        #expect(abs(found.bias - others.kernelBias) < 1e-6)
        for (a, b) in zip(found.values, others.kernel) { #expect(abs(a - b) < 1e-6) }
    }

    @Test func isolationForest() throws {
        let others = try others()
        let forest = try IsolationForest(json: TreeParityTests.bytes("isolation.json"))
        for (row, expected) in zip(others.isolationRows, others.isolation) {
            #expect(abs(forest.score(row) - expected) < 1e-6)
        }
        // Twelve deviations out in the third value alone.
        #expect(forest.farthest([0, 0, 12, 0]) == 2)
        #expect(forest.score([0, 0, .nan, 0]) < forest.score([0, 0, 12, 0]))
    }
}

import Inference
import Testing

struct CalibrationTests {
    /// Ayer et al. 1955: violators pool to their mean; between scores the line is straight, beyond them level.
    @Test func isotonicFitPoolsViolators() {
        let fit = IsotonicFit(
            CalibrationTable(scores: [1, 2, 3, 4, 5, 5], labels: [false, true, false, true, true, false]))
        #expect(fit(0) == 0)
        #expect(fit(1) == 0)
        #expect(fit(2) == 0.5)
        #expect(fit(3) == 0.5)
        // 1 at 4 and 0.5 (two rows) at 5 pool to 2/3.
        #expect(abs(fit(4) - 2.0 / 3) < 1e-12)
        #expect(abs(fit(9) - 2.0 / 3) < 1e-12)
        #expect(abs(fit(1.5) - 0.25) < 1e-12)
        #expect(fit(.nan).isNaN)
    }

    /// mapie 1.6.0, LAC at α = 0.2: the eighth smallest of nine.
    @Test func conformalQuantile() {
        let scores = [0.05, 0.1, 0.2, 0.3, 0.35, 0.4, 0.6, 0.7, 0.9]
        #expect(ConformalQuantile.upper(scores, level: 0.8) == 0.7)
        #expect(ConformalQuantile.upper(scores, level: 0.9) == 0.9)
        // Nine rows cannot promise 95 %.
        #expect(ConformalQuantile.upper(scores, level: 0.95) == .infinity)
        let interval = ConformalQuantile.interval(around: 10, residuals: [0.5, -1.2, 0.1, -2.3], level: 0.6)
        #expect(interval.low == 8.8)
        #expect(interval.high == 11.2)
    }

    @Test func mondrianQuantilesAreThoseOfEachGroup() {
        let limits = ConformalQuantile.upper([1, 2, 3, 10, 20, 30], groups: ["a", "a", "a", "b", "b", "b"], level: 0.5)
        #expect(limits == ["a": 2, "b": 20])
    }

    /// The promise itself: of many fresh rows, 90 % lie within the limit of 999 calibration rows.
    @Test func conformalCoverageHolds() {
        var random = SplitMix64(seed: 3)
        let calibration = (0..<999).map { _ in Double.random(in: 0..<1, using: &random) }
        let limit = ConformalQuantile.upper(calibration, level: 0.9)
        let covered = (0..<20_000).count { _ in Double.random(in: 0..<1, using: &random) <= limit }
        #expect(abs(Double(covered) / 20_000 - 0.9) < 0.03)
    }

    /// The maximum of the likelihood: sums of the residuals and of residual times score vanish at Platt's targets.
    @Test func plattFitSolvesItsEquations() {
        let scores = [-2.0, -1, -1, 0, 0.5, 1, 2, 3]
        let labels = [false, false, true, false, true, false, true, true]
        let fit = PlattFit(CalibrationTable(scores: scores, labels: labels))
        var (sum, product) = (0.0, 0.0)
        for (score, label) in zip(scores, labels) {
            let error = fit(score) - (label ? 5.0 / 6 : 1.0 / 6)
            sum += error
            product += error * score
        }
        #expect(abs(sum) < 1e-9)
        #expect(abs(product) < 1e-9)
        #expect(fit.slope > 0)
    }

    /// With uncorrelated inputs the squared distance is the sum of squares: 3 values of 2 deviations give χ²₃ = 12.
    @Test func mahalanobisDistanceNamesTheValueToBlame() throws {
        let model = try #require(
            MahalanobisDistance(
                means: [0, 10, 0, 0], deviations: [1, 5, 1, 1],
                correlations: (0..<4).map { row in (0..<4).map { $0 == row ? 1 : 0 } }))
        let far = try #require(model([2, 20, -2, .nan]))
        // Wilson and Hilferty: ((12/3)^(1/3) − (1 − 2/27)) ÷ √(2/27)
        #expect(abs(far.deviate - 2.430_4) < 1e-3)
        #expect(model([1, 40, 1, 1])?.farthest == 1)
        #expect(model([1, .nan, .nan, 1]) == nil)
    }

    @Test func aLinearModelsReasonsAddUp() {
        let model = LinearModel(intercept: -1, coefficients: [2, -0.5], means: [3, 4])
        let attribution = model.attribution([4, .nan])
        #expect(attribution.bias == 3)
        #expect(attribution.values == [2, 0])
        #expect(model.margin([4, .nan]) == 5)
    }
}

import Clinical
import Foundation
import Inference
import Testing

struct ExplanationTests {
    private func bumpy(_ x: [Double]) -> Double { x[0] * x[1] + abs(x[2]) - 2 * x[3] }

    /// shap 0.49 KernelExplainer, which evaluates every coalition of four features too.
    @Test func kernelValuesAreShaps() {
        let shap = KernelSHAP(background: [[0, 0, 0, 0], [1, -1, 2, 0.5], [0.5, 2, -1, 1]])
        let found = shap.attribution([2, 3, -1.5, 0.25], model: bumpy)
        let expected = [2.5833333333333335, 3.4166666666666665, 0.5, 0.5]
        for (a, b) in zip(found.values, expected) { #expect(abs(a - b) < 1e-6) }
        #expect(abs(found.sum - bumpy([2, 3, -1.5, 0.25])) < 1e-9)
    }

    /// A tree model's interventional values are those of the kernel with the same background.
    @Test func kernelAndTreesAgree() throws {
        let ensemble = try TreeParityTests.ensemble("interventional.json")
        let expected = try TreeParityTests.expected("interventional")
        let background = try #require(expected.background).map { Expected.numbers($0) }
        let row = Expected.numbers(try #require(expected.rows.first))
        let kernel = KernelSHAP(background: background).attribution(row) { ensemble.margin($0) }
        let trees = ensemble.attribution(row, background: background)
        for (a, b) in zip(kernel.values, trees.values) { #expect(abs(a - b) < 1e-5) }
    }

    /// Of a linear model the sampled values are exact, whatever is sampled.
    @Test func sampledValuesOfALinearModel() {
        let weights = (0..<16).map { Double($0) - 7.5 }
        let row = (0..<16).map { Double($0 % 5) }
        let background = [Array(repeating: 1.0, count: 16)]
        let found = KernelSHAP(background: background, samples: 600, seed: 4).attribution(row) { x in
            zip(x, weights).reduce(0) { $0 + $1.0 * $1.1 }
        }
        for index in 0..<16 { #expect(abs(found.values[index] - weights[index] * (row[index] - 1)) < 1e-6) }
    }

    /// scikit-learn's Ridge(alpha=1) with sample weights, which is lime's fit.
    @Test func localFitIsRidge() throws {
        let fit = try #require(
            LocalFit(
                rows: [[0, 1], [1, 0.5], [2, -1], [0.5, 2], [-1, 1.5], [1.5, 0]],
                outputs: [0.2, 0.9, 1.7, -0.4, -0.9, 1.6],
                weights: [1, 0.8, 0.5, 0.9, 0.4, 0.7]))
        #expect(abs(fit.intercept - 0.5951655222464134) < 1e-9)
        for (a, b) in zip(fit.coefficients, [0.40210462, -0.47130762]) { #expect(abs(a - b) < 1e-8) }
        #expect(abs(fit.determination - 0.919301162448401) < 1e-9)
    }

    @Test func aLocalFitFindsTheSlope() throws {
        let fit = try #require(
            LocalFit(around: [1, 2], deviations: [0.5, 2], samples: 4000) { 3 * $0[0] - 0.5 * $0[1] + 7 })
        // By one deviation of each.
        #expect(abs(fit.coefficients[0] - 1.5) < 0.01)
        #expect(abs(fit.coefficients[1] + 1) < 0.01)
        #expect(fit.determination > 0.99)
        let again = LocalFit(around: [1, 2], deviations: [0.5, 2], samples: 4000) { 3 * $0[0] - 0.5 * $0[1] + 7 }
        #expect(again == fit)
    }

    @Test func counterfactualsDoWhatTheySay() throws {
        let package = try SepsisModelTests.package()
        func value(_ name: String, _ number: Double) -> FeatureValue {
            FeatureValue(
                name: name, content: .number(number), unit: package.requests.first { $0.name == name }?.resultUnit,
                effective: moment.effective)
        }
        let inputs = [
            value("heart-rate-last", 125), value("temperature-last", 39.4), value("respiratory-rate-last", 32),
            value("systolic-pressure-last", 85), value("white-cells-last", 22), value("age", 70),
            value("hours-observed", 60),
        ]
        let answer = try #require(package.answer(inputs: inputs))
        let constraints = [
            Counterfactual.Constraint(input: "temperature-last", candidates: [36.5, 37, 37.5, 38], direction: .down),
            Counterfactual.Constraint(
                input: "respiratory-rate-last", candidates: [14, 18, 22], direction: .down, cost: 0.1),
            Counterfactual.Constraint(input: "heart-rate-last", candidates: [70, 90], direction: .down, cost: 0.05),
        ]
        let limit = answer.probability * 0.8
        let found = Counterfactual.search(package, inputs: inputs, below: limit, constraints: constraints)
        #expect(!found.isEmpty)
        for counterfactual in found {
            var changed = inputs
            for index in changed.indices {
                if let number = counterfactual.changes[changed[index].name] { changed[index].content = .number(number) }
            }
            let after = try #require(package.answer(inputs: changed))
            #expect(after.probability == counterfactual.probability)
            #expect(after.probability < limit)
            #expect(counterfactual.changes["age"] == nil)
        }
        #expect(found.map(\.cost) == found.map(\.cost).sorted())
    }
}

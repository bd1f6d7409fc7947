import Foundation
import Inference
import Testing

/// Nets, against ONNX Runtime on the same tensors; `Tests/Parity/network_fixtures.py` asked it.
struct NetworkParityTests {
    private struct Expectation: Decodable {
        var mean: [Double]
        var deviation: [Double]
        var rows: [[Double?]]
        var margins: [String: [Double]]
    }

    private func expected() throws -> Expectation {
        try JSONDecoder().decode(Expectation.self, from: Data(TreeParityTests.bytes("network.expected.json")))
    }

    private func network(_ activation: FeedForwardNetwork.Activation) throws -> FeedForwardNetwork {
        let expected = try expected()
        return try FeedForwardNetwork(
            TensorFile(TreeParityTests.bytes("network.safetensors")), activation: activation, means: expected.mean,
            deviations: expected.deviation, hasMask: true)
    }

    @Test(arguments: FeedForwardNetwork.Activation.allCases)
    func marginsAreONNXRuntimes(activation: FeedForwardNetwork.Activation) throws {
        let expected = try expected()
        let network = try network(activation)
        let margins = try #require(expected.margins[activation.rawValue])
        #expect(margins.count == 20)
        for (row, margin) in zip(expected.rows, margins) {
            #expect(abs(network.margin(Expected.numbers(row)) - margin) < 1e-5 * max(1, abs(margin)))
        }
    }

    @Test func reasonsAddUp() throws {
        let network = try network(.relu)
        for row in try expected().rows {
            let row = Expected.numbers(row)
            #expect(abs(network.attribution(row).sum - network.margin(row)) < 1e-6)
        }
    }

    @Test func brokenFilesAreRefused() throws {
        let bytes = try TreeParityTests.bytes("network.safetensors")
        for length in [0, 7, 8, 40, bytes.count - 1] {
            #expect(throws: InferenceError.self) { try TensorFile(Array(bytes.prefix(length))) }
        }
        var huge = bytes
        huge[7] = 0xff
        #expect(throws: InferenceError.self) { try TensorFile(huge) }
        #expect(throws: InferenceError.self) {
            try FeedForwardNetwork(
                TensorFile(bytes), activation: .relu, means: [0, 0], deviations: [1, 1], hasMask: true)
        }
    }

    // MARK: - Recurrent

    private struct Series: Decodable {
        var steps: Int
        var stepHours: Double
        var mean: [Double]
        var deviation: [Double]
        var rows: [[Double?]]
        var margins: [Double]
        var contributions: [[Double]]
    }

    private func series() throws -> (expected: Series, network: RecurrentNetwork) {
        let expected = try JSONDecoder().decode(
            Series.self, from: Data(TreeParityTests.bytes("recurrent.expected.json")))
        let network = try RecurrentNetwork(
            TensorFile(TreeParityTests.bytes("recurrent.safetensors")), steps: expected.steps,
            stepHours: expected.stepHours, means: expected.mean, deviations: expected.deviation)
        return (expected, network)
    }

    /// The equations of GRU-D, unrolled into elementary operators.
    @Test func recurrentMarginsAreONNXRuntimes() throws {
        let (expected, network) = try series()
        #expect(expected.rows.count == 20)
        for (row, margin) in zip(expected.rows, expected.margins) {
            #expect(abs(network.margin(Expected.numbers(row)) - margin) < 1e-5 * max(1, abs(margin)))
        }
    }

    /// shap's KernelExplainer with each channel as one player.
    @Test func recurrentReasonsAreShaps() throws {
        let (expected, network) = try series()
        let channels = expected.mean.count
        for (row, contributions) in zip(expected.rows, expected.contributions) {
            let row = Expected.numbers(row)
            let found = network.attribution(row)
            #expect(abs(found.sum - network.margin(row)) < 1e-6)
            #expect(found.values.dropLast(channels).allSatisfy { $0 == 0 })
            for (a, b) in zip(found.values.suffix(channels) + [found.bias], contributions) { #expect(abs(a - b) < 1e-5) }
        }
    }

    /// A value that is missing is not the mean, and an old value counts less than a new one.
    @Test func whenAValueWasTakenCounts() throws {
        let (expected, network) = try series()
        let channels = expected.mean.count
        var early = Array(repeating: Double.nan, count: network.featureCount)
        var late = early
        early[0] = expected.mean[0] + 3 * expected.deviation[0]
        late[(expected.steps - 1) * channels] = early[0]
        let nothing = network.margin(Array(repeating: .nan, count: network.featureCount))
        #expect(network.margin(early) != nothing)
        #expect(network.margin(early) != network.margin(late))
        #expect(network.margin([1]).isNaN)
    }

    @Test func recurrentTensorsThatDoNotFitAreRefused() throws {
        let (expected, _) = try series()
        let tensors = try TensorFile(TreeParityTests.bytes("recurrent.safetensors"))
        let error = #expect(throws: InferenceError.self) {
            try RecurrentNetwork(
                tensors, steps: 3, stepHours: 1, means: expected.mean + [0], deviations: expected.deviation + [1])
        }
        #expect(error?.cause == .modelFile)
        #expect(error?.place == "decay.input.weight")
        let wrong = try TensorFile(TreeParityTests.bytes("network.safetensors"))
        #expect(throws: InferenceError.self) {
            try RecurrentNetwork(wrong, steps: 3, stepHours: 1, means: [0], deviations: [1])
        }
    }
}

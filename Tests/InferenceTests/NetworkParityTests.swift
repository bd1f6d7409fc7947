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
}

import Foundation
import Inference
import Testing

#if ONNX
    /// ONNX Runtime's C library against the same library by Python, and against our own net on the same weights.
    struct ONNXParityTests {
        private static let isThere = ProcessInfo.processInfo.environment["HEADWALL_ONNXRUNTIME"] != nil

        private struct Expectation: Decodable {
            var mean: [Double]
            var deviation: [Double]
            var rows: [[Double?]]
            var margins: [String: [Double]]
        }

        private func expected() throws -> Expectation {
            try JSONDecoder().decode(Expectation.self, from: Data(TreeParityTests.bytes("network.expected.json")))
        }

        private func model(_ bytes: [UInt8], output: String = "g2") throws -> ONNXModel {
            let expected = try expected()
            return try ONNXModel(
                bytes, input: "x", output: output, means: expected.mean, deviations: expected.deviation, hasMask: true)
        }

        @Test(.enabled(if: isThere, "HEADWALL_ONNXRUNTIME names no library: ONNX models are not compared"))
        func marginsAreThoseOfPython() throws {
            let model = try model(TreeParityTests.bytes("network.onnx"))
            let expected = try expected()
            let margins = try #require(expected.margins["relu"])
            #expect(margins.count == 20)
            for (row, margin) in zip(expected.rows, margins) {
                let row = Expected.numbers(row)
                #expect(abs(model.margin(row) - margin) < 1e-5 * max(1, abs(margin)))
                #expect(abs(model.attribution(row).sum - model.margin(row)) < 1e-6)
            }
        }

        @Test(.enabled(if: isThere, "HEADWALL_ONNXRUNTIME names no library: ONNX models are not compared"))
        func whatDoesNotRunIsRefused() throws {
            let bytes = try TreeParityTests.bytes("network.onnx")
            for (broken, output) in [(Array(bytes.prefix(200)), "g2"), (bytes, "nothing")] {
                let error = #expect(throws: InferenceError.self) { try model(broken, output: output) }
                #expect(error?.cause == .modelFile)
            }
        }
    }
#endif

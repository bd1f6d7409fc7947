import Clinical
import Foundation
import Inference
import Testing

/// Packages of each kind of member, with golden rows worked out here by the textbook.
struct MemberKindTests {
    private struct Row {
        var inputs: [Double?]
        var margin: Double
        var contributions: [Double]
        var bias: Double
    }

    private static func inputs(_ names: [String]) -> [[String: Any]] {
        names.map { ["name": $0, "label": $0, "loinc": ["8867-4"], "unit": "/min", "horizonHours": 24] }
    }

    private static func package(
        inputs: [[String: Any]], members: [[String: Any]], files: [String: [UInt8]] = [:], rows: [Row]
    ) throws -> ModelPackage {
        var files = files
        let golden = (0..<200).map { index -> [String: Any] in
            let row = rows.isEmpty ? Row(inputs: [], margin: 0, contributions: [], bias: 0) : rows[index % rows.count]
            return [
                "inputs": row.inputs.map { $0 as Any? ?? NSNull() }, "margin": row.margin,
                "probability": 1 / (1 + exp(-row.margin)), "contributions": row.contributions, "bias": row.bias,
            ]
        }
        files["golden.json"] = [UInt8](try JSONSerialization.data(withJSONObject: golden))
        let document: [String: Any] = [
            "schema": 1, "kind": "ensemble", "name": "members", "version": "1.0.0", "title": "Members",
            "description": "d", "intendedUse": "i", "population": "p", "citations": ["none"], "inputs": inputs,
            "ensemble": [
                "members": members, "combine": "mean-margin",
                "sufficient": ["inputs": [inputs[0]["name"] ?? ""], "minimum": 0],
                "calibration": [
                    "kind": "platt", "platt": ["slope": 1, "intercept": 0],
                    "bins": ["margin": [-1, 1], "count": [2, 2], "positive": [1, 1]],
                ],
                "levels": [["name": "any", "colour": "green", "shape": "circle", "action": "a"]],
            ],
            "golden": "golden.json", "digests": files.mapValues { ContentDigest(of: $0).hex },
        ]
        return try ModelPackage(
            manifest: [UInt8](try JSONSerialization.data(withJSONObject: document)), files: files)
    }

    private static var scorecard: [String: Any] {
        [
            "format": "scorecard", "intercept": -2,
            "terms": [
                ["input": "x", "limits": [90, 110], "points": [0, 0.5, 1.5], "missing": 0.25, "mean": 0.4],
                ["input": "y", "limits": [3], "points": [1, 0], "missing": 0, "mean": 0.1],
            ],
        ]
    }

    @Test func aScorecardCountsPointsByBand() throws {
        let bias = -2 + 0.4 + 0.1
        let package = try Self.package(
            inputs: Self.inputs(["x", "y"]), members: [Self.scorecard],
            rows: [
                // A value equal to a limit belongs to the band above it.
                Row(inputs: [89.9, 3], margin: -2, contributions: [-0.4, -0.1], bias: bias),
                Row(inputs: [90, 2.9], margin: -0.5, contributions: [0.1, 0.9], bias: bias),
                Row(inputs: [110, nil], margin: -0.5, contributions: [1.1, -0.1], bias: bias),
                Row(inputs: [nil, nil], margin: -1.75, contributions: [-0.15, -0.1], bias: bias),
            ])
        #expect(abs((package.answer(vector: [200, 0])?.margin ?? 0) - 0.5) < 1e-12)
    }

    /// The golden margin of two members is the mean of theirs; one of them takes the second input alone.
    @Test func anEnsembleMixesKindsAndPartsOfTheInputs() throws {
        let network = try TreeParityTests.bytes("recurrent.safetensors")
        let expected = try #require(
            JSONSerialization.jsonObject(with: Data(TreeParityTests.bytes("recurrent.expected.json"))) as? [String: Any])
        let rows = try #require(expected["rows"] as? [[Any]])
        let margins = try #require(expected["margins"] as? [Double])
        let contributions = try #require(expected["contributions"] as? [[Double]])
        let names = ["x", "y"] + (0..<24).map { "s\($0)" }
        let golden = (0..<6).map { index -> Row in
            var parts = Array(repeating: 0.0, count: 26)
            parts[0] = (0.5 - 0.4) / 2
            parts[1] = (0 - 0.1) / 2
            for channel in 0..<4 { parts[22 + channel] = contributions[index][channel] / 2 }
            let series = rows[index].map { ($0 as? NSNumber)?.doubleValue }
            return Row(
                inputs: [100, nil] + series, margin: (-1.5 + margins[index]) / 2, contributions: parts,
                bias: (-1.5 + contributions[index][4]) / 2)
        }
        let package = try Self.package(
            inputs: Self.inputs(names),
            members: [
                Self.scorecard,
                [
                    "format": "recurrent", "file": "net.safetensors", "inputs": Array(names.dropFirst(2)), "steps": 6,
                    "stepHours": 2, "mean": expected["mean"] ?? [], "deviation": expected["deviation"] ?? [],
                ],
            ],
            files: ["net.safetensors": network], rows: golden)
        let answer = try #require(
            package.answer(vector: [100, .nan] + rows[2].map { ($0 as? NSNumber)?.doubleValue ?? .nan }))
        #expect(abs(answer.margin - (-1.5 + margins[2]) / 2) < 1e-5)
        #expect(answer.memberProbabilities.count == 2)
    }

    /// A ratio and a difference are inputs like others, wherever the values come from.
    @Test func derivedInputsFollowTheirOperands() throws {
        var inputs = Self.inputs(["rate", "pressure"])
        inputs.append([
            "name": "shock-index", "label": "Shock index", "unit": "1", "aggregate": "ratio", "of": ["rate", "pressure"],
        ])
        inputs.append([
            "name": "gap", "label": "Gap", "unit": "/min", "aggregate": "difference", "of": ["rate", "pressure"],
        ])
        let linear: [String: Any] = [
            "format": "linear", "intercept": 0,
            "terms": [
                ["input": "shock-index", "coefficient": 2, "mean": 0.5], ["input": "gap", "coefficient": 0.01, "mean": 0],
            ],
        ]
        let package = try Self.package(
            inputs: inputs, members: [linear],
            rows: [Row(inputs: [120, 80, 1.5, 40], margin: 3.4, contributions: [0, 0, 2, 0.4], bias: 1)])
        func answer(_ given: [String: Double]) -> ModelAnswer? {
            package.answer(
                inputs: given.map {
                    FeatureValue(name: $0, content: .number($1), unit: "/min", effective: moment.effective)
                })
        }
        #expect(abs((answer(["rate": 120, "pressure": 80])?.margin ?? 0) - 3.4) < 1e-12)
        // Without an operand, and by zero, both count as their means.
        #expect(abs((answer(["rate": 120])?.margin ?? 0) - 1) < 1e-12)
        #expect(abs((answer(["rate": 120, "pressure": 0])?.margin ?? 0) - (1 + 1.2)) < 1e-12)
        let found = Counterfactual.search(
            package,
            inputs: [
                FeatureValue(name: "rate", content: .number(120)), FeatureValue(name: "pressure", content: .number(80)),
            ],
            below: 0.9,
            constraints: [.init(input: "pressure", candidates: [100, 120, 160], direction: .up)])
        // 2 × 120/120 + 0 = 2, a probability of 0.88.
        #expect(found.first?.changes == ["pressure": 120])
    }

    #if !ONNX
        /// The usual build says what it lacks.
        @Test func onnxNeedsItsTrait() throws {
            let bytes = try TreeParityTests.bytes("network.onnx")
            let error = #expect(throws: InferenceError.self) {
                try Self.package(
                    inputs: Self.inputs(["x", "y"]), members: [["format": "onnx", "file": "net.onnx"]],
                    files: ["net.onnx": bytes], rows: [])
            }
            #expect(error?.cause == .unsupported)
            #expect(error?.reason.contains("--traits ONNX") == true)
        }
    #endif

    @Test(
        arguments: [
            (["aggregate": "ratio"], InferenceError.Cause.missingKey, "/inputs/2"),
            (["aggregate": "ratio", "of": ["x"]], .badValue, "/inputs/2/of"),
            (["aggregate": "ratio", "of": ["x", "z"]], .unresolved, "/inputs/2"),
            (["aggregate": "ratio", "of": ["x", "y"], "horizonHours": 2], .unknownKey, "/inputs/2/horizonHours"),
            (["aggregate": "last", "of": ["x", "y"]], .unknownKey, "/inputs/2/of"),
        ] as [([String: any Sendable], InferenceError.Cause, String)])
    func faultyDerivedInputsAreNamed(change: [String: any Sendable], cause: InferenceError.Cause, place: String) throws {
        var input: [String: Any] = ["name": "r", "label": "R", "unit": "1"]
        for (key, value) in change { input[key] = value }
        let error = #expect(throws: InferenceError.self) {
            try Self.package(inputs: Self.inputs(["x", "y"]) + [input], members: [Self.scorecard], rows: [])
        }
        #expect(error?.cause == cause)
        #expect(error?.place == place)
    }
}

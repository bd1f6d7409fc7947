import Clinical
import Foundation
import Inference
import Testing

/// Ensembles of other members than LightGBM's trees, put together here.
struct EnsemblePackageTests {
    /// A logistic regression of two inputs with 200 golden rows by the textbook formula.
    private static func manifest(
        calibration: [String: Any], probability: (Double) -> Double, change: (inout [String: Any]) -> Void = { _ in }
    ) throws -> (manifest: [UInt8], files: [String: [UInt8]]) {
        var rows: [[String: Any]] = []
        for index in 0..<200 {
            let x: Double? = index % 9 == 0 ? nil : Double(index) / 10
            let y: Double? = index % 7 == 0 ? nil : Double(index % 13)
            let parts = [0.4 * ((x ?? 5) - 5), -0.3 * ((y ?? 6) - 6)]
            let bias = -1 + 0.4 * 5 - 0.3 * 6
            rows.append([
                "inputs": [x as Any? ?? NSNull(), y as Any? ?? NSNull()], "margin": bias + parts[0] + parts[1],
                "probability": probability(bias + parts[0] + parts[1]), "contributions": parts, "bias": bias,
            ])
        }
        let golden = try JSONSerialization.data(withJSONObject: rows)
        var document: [String: Any] = [
            "schema": 1, "kind": "ensemble", "name": "regression", "version": "1.0.0", "title": "Regression",
            "description": "d", "intendedUse": "i", "population": "p", "citations": ["none"],
            "inputs": [
                ["name": "x", "label": "Lactate", "loinc": ["2524-7"], "unit": "mmol/L", "horizonHours": 24],
                ["name": "y", "label": "pH", "loinc": ["2744-1"], "unit": "[pH]", "horizonHours": 24],
            ],
            "ensemble": [
                "members": [
                    [
                        "format": "linear", "intercept": -1,
                        "terms": [
                            ["input": "x", "coefficient": 0.4, "mean": 5], ["input": "y", "coefficient": -0.3, "mean": 6],
                        ],
                    ]
                ],
                "combine": "mean-margin", "sufficient": ["inputs": ["x"], "minimum": 1], "calibration": calibration,
                "conformal": [
                    "levels": [0.9],
                    "groups": [
                        ["group": "all", "limits": [["level": 0.9, "positiveFrom": -1, "negativeTo": NSNull()]]]
                    ],
                ],
                "levels": [
                    ["name": "low", "colour": "green", "shape": "circle", "action": "a"],
                    ["name": "high", "from": 0.5, "colour": "red", "shape": "octagon", "action": "b"],
                ],
            ],
            "golden": "golden.json", "digests": ["golden.json": ContentDigest(of: [UInt8](golden)).hex],
        ]
        change(&document)
        return (
            [UInt8](try JSONSerialization.data(withJSONObject: document)), ["golden.json": [UInt8](golden)]
        )
    }

    private static var platt: [String: Any] {
        [
            "kind": "platt", "platt": ["slope": 1, "intercept": 0],
            "bins": ["margin": [-2, 0, 2], "count": [10, 10, 10], "positive": [1, 5, 9]],
        ]
    }

    /// The regression as a package.
    static func package() throws -> ModelPackage {
        let (manifest, files) = try manifest(calibration: platt, probability: logistic)
        return try ModelPackage(manifest: manifest, files: files)
    }

    private static func logistic(_ margin: Double) -> Double { 1 / (1 + exp(-margin)) }

    @Test func logisticRegression() throws {
        let (manifest, files) = try Self.manifest(calibration: Self.platt, probability: Self.logistic)
        let package = try ModelPackage(manifest: manifest, files: files)
        let inputs = [FeatureValue(name: "x", content: .bound(10, .greater), unit: "mmol/L", effective: moment.effective)]
        let decision = package.evaluate(patient: patient, asOf: moment, inputs: inputs)
        let value = try #require(decision.estimate?.value)
        // −1 + 0.4 × 10 − 0.3 × 6, the missing pH at its mean.
        #expect(abs(value - Self.logistic(1.2)) < 1e-12)
        #expect(decision.level.name == "high")
        #expect(decision.notes.contains("90 % prediction set: neither can be excluded."))
        #expect(decision.notes.contains("Lactate is a bound and counts by its limit."))
        #expect(decision.reasons.map(\.name) == ["x", "y", "baseline"])
        #expect(decision.reasons.first?.text == "Lactate > 10 mmol/L, 0 min ago")
    }

    @Test func isotonicSteps() throws {
        var calibration = Self.platt
        calibration["kind"] = "isotonic"
        // Straight between 0.1, 0.5 and 0.9, level beyond.
        let (manifest, files) = try Self.manifest(calibration: calibration) { margin in
            margin <= -2 ? 0.1 : margin >= 2 ? 0.9 : margin < 0 ? 0.5 + 0.2 * margin : 0.5 + 0.2 * margin
        }
        let package = try ModelPackage(manifest: manifest, files: files)
        let answer = try #require(package.answer(vector: [.nan, .nan]))
        #expect(abs(answer.margin + 0.8) < 1e-12)
        #expect(abs(answer.probability - 0.34) < 1e-12)
        // One more row between the bins of 1 in 10 and 5 in 10: alone, or pooled with neither.
        #expect(answer.vennAbers.lowerBound < answer.probability && answer.vennAbers.upperBound > answer.probability)
    }

    @Test(arguments: [
        ("members", InferenceError.Cause.missingKey), ("calibration", .missingKey), ("levels", .missingKey),
        ("combine", .missingKey),
    ])
    func whatIsMissingIsNamed(key: String, cause: InferenceError.Cause) throws {
        let (manifest, files) = try Self.manifest(calibration: Self.platt, probability: Self.logistic) { document in
            var ensemble = document["ensemble"] as? [String: Any] ?? [:]
            ensemble[key] = nil
            document["ensemble"] = ensemble
        }
        let error = #expect(throws: InferenceError.self) { try ModelPackage(manifest: manifest, files: files) }
        #expect(error?.cause == cause)
        #expect(error?.place == "/ensemble")
    }

    @Test func aWrongGoldenRowAndAMissingFileAreRefused() throws {
        let (manifest, files) = try Self.manifest(calibration: Self.platt) { Self.logistic($0) + 1e-4 }
        let error = #expect(throws: InferenceError.self) { try ModelPackage(manifest: manifest, files: files) }
        #expect(error?.cause == .goldenCase)
        let missing = #expect(throws: InferenceError.self) { try ModelPackage(manifest: manifest) }
        #expect(missing?.cause == .layout)
        #expect(missing?.place == "/digests/golden.json")
    }

    /// A file that the manifest has no digest of could be any file.
    @Test func aFileWithoutADigestIsNotRead() throws {
        let (manifest, files) = try Self.manifest(calibration: Self.platt, probability: Self.logistic) {
            $0["digests"] = nil
        }
        let error = #expect(throws: InferenceError.self) { try ModelPackage(manifest: manifest, files: files) }
        #expect(error?.cause == .layout)
        #expect(error?.place == "/golden")
    }
}

import Foundation
import Inference
import Testing

/// What XGBoost, LightGBM and shap say about a few rows; `Tests/Parity/make_fixtures.py` asked them.
struct Expected: Decodable {
    var rows: [[Double?]]
    var margins: [[Double?]]
    var contributions: [[Double?]]
    var background: [[Double?]]?

    static func numbers(_ values: [Double?]) -> [Double] { values.map { $0 ?? .nan } }
}

struct TreeParityTests {
    /// The committed fixtures, or fresh ones of the libraries that `Tests/Parity/parity.py` finds installed.
    static let folder =
        ProcessInfo.processInfo.environment["HEADWALL_PARITY"].map { URL(filePath: $0) }
        ?? Folder.repository.appending(path: "Fixtures/inference")

    static func bytes(_ name: String) throws -> [UInt8] { [UInt8](try Data(contentsOf: folder.appending(path: name))) }

    static func expected(_ name: String) throws -> Expected {
        try JSONDecoder().decode(Expected.self, from: Data(bytes(name + ".expected.json")))
    }

    static func ensemble(_ file: String) throws -> TreeEnsemble {
        file.hasSuffix(".txt") ? try TreeEnsemble(lightgbm: bytes(file)) : try TreeEnsemble(xgboost: bytes(file))
    }

    static let files = [
        "xgboost.json", "xgboost.ubj", "xgboost-classes.json", "xgboost-poisson.json", "interventional.json",
        "lightgbm.txt", "lightgbm-zero.txt", "lightgbm-none.txt", "lightgbm-forest.txt",
    ]

    private static func stem(_ file: String) -> String { String(file.prefix { $0 != "." }) }

    @Test(arguments: files) func marginsAreTheLibrarys(file: String) throws {
        let ensemble = try Self.ensemble(file)
        let expected = try Self.expected(Self.stem(file))
        #expect(expected.rows.count >= 8)
        for (row, margins) in zip(expected.rows, expected.margins) {
            let found = ensemble.margins(Expected.numbers(row))
            #expect(found.count == margins.count)
            for (a, b) in zip(found, Expected.numbers(margins)) { #expect(abs(a - b) <= 1e-6 * max(1, abs(b))) }
        }
    }

    /// XGBoost gives contributions as 32-bit floats.
    @Test(arguments: files.filter { $0 != "interventional.json" }) func shapleyValuesAreTheLibrarys(file: String) throws {
        let ensemble = try Self.ensemble(file)
        let expected = try Self.expected(Self.stem(file))
        for (row, contributions) in zip(expected.rows, expected.contributions) {
            let found = ensemble.attribution(Expected.numbers(row))
            for (a, b) in zip(found.values + [found.bias], Expected.numbers(contributions)) {
                #expect(abs(a - b) <= 2e-6 * max(1, abs(b)))
            }
        }
    }

    /// One row is worked out by one loop and several by another: a row's values are the same in any company.
    @Test(arguments: files) func severalRowsAreAsOneAfterTheOther(file: String) throws {
        let ensemble = try Self.ensemble(file)
        let rows = try Self.expected(Self.stem(file)).rows.map { Expected.numbers($0) }
        for count in 1...rows.count {
            let together = ensemble.attributions(rows: Array(rows.prefix(count)))
            try #require(together.count == count)
            for (row, found) in zip(rows, together) {
                let alone = ensemble.attributions(row)
                #expect(found.map { $0.values.map(\.bitPattern) } == alone.map { $0.values.map(\.bitPattern) })
                #expect(found.map(\.bias.bitPattern) == alone.map(\.bias.bitPattern))
            }
        }
    }

    /// Local accuracy, for every output.
    @Test(arguments: files) func shapleyValuesAddUpToTheMargin(file: String) throws {
        let ensemble = try Self.ensemble(file)
        for row in try Self.expected(Self.stem(file)).rows {
            let row = Expected.numbers(row)
            for (attribution, margin) in zip(ensemble.attributions(row), ensemble.margins(row)) {
                #expect(abs(attribution.sum - margin) < 1e-6)
            }
        }
    }

    @Test func interventionalValuesAreShaps() throws {
        let ensemble = try Self.ensemble("interventional.json")
        let expected = try Self.expected("interventional")
        let background = try #require(expected.background).map { Expected.numbers($0) }
        for (row, contributions) in zip(expected.rows, expected.contributions) {
            let row = Expected.numbers(row)
            let found = ensemble.attribution(row, background: background)
            for (a, b) in zip(found.values + [found.bias], Expected.numbers(contributions)) { #expect(abs(a - b) < 2e-6) }
            #expect(abs(found.sum - ensemble.margin(row)) < 1e-6)
        }
    }

    /// Both formats of one model, and blocks of rows, give the same bits.
    @Test func formatsAndBlocksAgree() throws {
        let (json, binary) = (try Self.ensemble("xgboost.json"), try Self.ensemble("xgboost.ubj"))
        let rows = try Self.expected("xgboost").rows.map { Expected.numbers($0) }
        #expect(json.margins(rows: rows.flatMap { $0 }) == rows.map { binary.margin($0) })
    }

    @Test func probabilitiesOfClassesAddUpToOne() throws {
        let ensemble = try Self.ensemble("xgboost-classes.json")
        let probabilities = ensemble.prediction(Array(repeating: .nan, count: ensemble.featureCount))
        #expect(probabilities.count == 3)
        #expect(abs(probabilities.reduce(0, +) - 1) < 1e-12)
    }

    /// Truncated anywhere, a file is refused or read; it never traps.
    @Test(arguments: ["xgboost.json", "xgboost.ubj", "lightgbm.txt"]) func brokenFilesAreRefused(file: String) throws {
        let bytes = try Self.bytes(file)
        var refused = 0
        var random = SplitMix64(seed: 5)
        for _ in 0..<60 {
            let cut = Array(bytes.prefix(Int.random(in: 0..<bytes.count - 20, using: &random)))
            do {
                _ = file.hasSuffix("txt") ? try TreeEnsemble(lightgbm: cut) : try TreeEnsemble(xgboost: cut)
            } catch {
                refused += 1
                #expect(!error.place.isEmpty)
            }
            var flipped = bytes
            for _ in 0..<20 {
                flipped[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            if let ensemble = try? file.hasSuffix("txt") ? TreeEnsemble(lightgbm: flipped) : TreeEnsemble(xgboost: flipped)
            {
                _ = ensemble.attribution(Array(repeating: 0, count: ensemble.featureCount))
            }
        }
        // A LightGBM file cut between two trees is a smaller model; nothing in the format tells.
        #expect(refused >= (file.hasSuffix("txt") ? 40 : 60))
    }

    @Test func aModelOfAnOlderVersionIsRefused() throws {
        let text = String(decoding: try Self.bytes("xgboost-poisson.json"), as: UTF8.self)
        let old = text.replacing(/"version":\[[0-9,]+\]/, with: "\"version\":[1,5,2]")
        let error = #expect(throws: InferenceError.self) { try TreeEnsemble(xgboost: Array(old.utf8)) }
        #expect(error?.cause == .modelFile)
        #expect(error?.place == "version")
    }
}

/// Numbers of `../shared/data/parity`, where it is there.
struct ReferenceParityTests {
    private static let folder = Folder.repository.deletingLastPathComponent().appending(path: "shared/data/parity")
    private static var isThere: Bool { FileManager.default.fileExists(atPath: folder.path) }

    private struct Reference: Decodable {
        struct Trees: Decodable {
            struct Values: Decodable {
                var rows: [[Double?]]
                var margin: [Double]
                var prob: [Double]
                var contribs: [[Double]]
                var interventional: [[Double]]
            }
            var expected: Values
        }
        struct VennAbers: Decodable {
            struct Input: Decodable {
                var p: [Double]
                var y: [Int]
                var test: [Double]
            }
            struct Values: Decodable {
                var p: [[Double]]
                var p0p1: [[Double]]
            }
            var input: Input
            var expected: Values
        }
        struct Numbers<Values: Decodable>: Decodable {
            var expected: Values
        }
        struct LocalWeights: Decodable {
            var weights: [[Double]]
            var r2: Double
        }
        var treeshap: Trees
        var venn_abers: VennAbers
        var split_conformal_reg: Numbers<[[Double]]>
        var lac_quantile: Numbers<Double>
        var lime: Numbers<LocalWeights>
    }

    private func reference() throws -> Reference {
        try JSONDecoder().decode(
            Reference.self, from: Data(contentsOf: Self.folder.appending(path: "reference_a.json")))
    }

    @Test(.enabled(if: isThere, "../shared/data/parity is not there: the reference numbers are not compared"))
    func trees() throws {
        let bytes = [UInt8](try Data(contentsOf: Self.folder.appending(path: "tiny_xgb.json")))
        let ensemble = try TreeEnsemble(xgboost: bytes)
        let expected = try reference().treeshap.expected
        for index in expected.rows.indices {
            let row = Expected.numbers(expected.rows[index])
            #expect(abs(ensemble.margin(row) - expected.margin[index]) < 1e-6)
            #expect(abs(ensemble.prediction(row)[0] - expected.prob[index]) < 1e-6)
            let attribution = ensemble.attribution(row)
            for (a, b) in zip(attribution.values + [attribution.bias], expected.contribs[index]) {
                #expect(abs(a - b) < 1e-6)
            }
        }
    }

    @Test(.enabled(if: isThere, "../shared/data/parity is not there: the reference numbers are not compared"))
    func vennAbers() throws {
        let (input, expected) = (try reference().venn_abers.input, try reference().venn_abers.expected)
        let model = VennAbers(CalibrationTable(scores: input.p, labels: input.y.map { $0 == 1 }))
        for (index, score) in input.test.enumerated() {
            #expect(abs(model(score).lower - expected.p0p1[index][0]) < 1e-9)
            #expect(abs(model(score).upper - expected.p0p1[index][1]) < 1e-9)
            #expect(abs(model.merged(score) - expected.p[index][1]) < 1e-9)
        }
    }

    /// mapie 1.6.0 and crepes 0.9.1, on the numbers that the file describes in words. crepes cuts `0.2 × 10` to 1 in binary
    /// fractions and takes one rank more than its own rule (and mapie) at 80 %: that is ours at 90 %.
    @Test(.enabled(if: isThere, "../shared/data/parity is not there: the reference numbers are not compared"))
    func conformal() throws {
        let reference = try reference()
        let scores = [0.05, 0.1, 0.2, 0.3, 0.35, 0.4, 0.6, 0.7, 0.9]
        #expect(ConformalQuantile.upper(scores, level: 0.8) == reference.lac_quantile.expected)
        let residuals = [0.5, 1.2, 0.1, 2.3, 0.9, 1.7, 0.3, 0.8, 1.1]
        let interval = ConformalQuantile.interval(around: 10, residuals: residuals, level: 0.9)
        let expected = try #require(reference.split_conformal_reg.expected.first)
        #expect(abs(interval.low - expected[0]) < 1e-12 && abs(interval.high - expected[1]) < 1e-12)
    }

    /// lime 0.2.0.1 samples its neighbourhood at random: the same order of inputs, within 0.02.
    @Test(.enabled(if: isThere, "../shared/data/parity is not there: the reference numbers are not compared"))
    func localWeights() throws {
        let expected = try reference().lime.expected
        let weights = [1.0, -0.5, 0, 2]
        let fit = try #require(
            LocalFit(around: [0.1, 0.2, 0.3, 0.1], deviations: [1, 1, 1, 1], samples: 5000) { x in
                1 / (1 + exp(-zip(x, weights).reduce(0) { $0 + $1.0 * $1.1 }))
            })
        for pair in expected.weights { #expect(abs(fit.coefficients[Int(pair[0])] - pair[1]) < 0.02) }
        let order = { (values: [Double]) in values.indices.sorted { abs(values[$0]) > abs(values[$1]) } }
        #expect(order(fit.coefficients) == order(expected.weights.map { $0[1] }))
        #expect(abs(fit.determination - expected.r2) < 0.05)
    }
}

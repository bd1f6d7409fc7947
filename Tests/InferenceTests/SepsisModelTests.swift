import Clinical
import Foundation
import Inference
import Testing

/// The trained model that ships, loaded as the program does: its 213 golden rows are LightGBM's own answers.
struct SepsisModelTests {
    private static func files() throws -> [String: [UInt8]] {
        let folder = Folder.models.appending(path: "sepsis-early-warning/1.1.0")
        var files: [String: [UInt8]] = [:]
        for name in try FileManager.default.contentsOfDirectory(atPath: folder.path)
        where name.hasSuffix(".txt") || name.hasSuffix(".json") {
            files[name] = [UInt8](try Data(contentsOf: folder.appending(path: name)))
        }
        return files
    }

    static func package(_ change: (inout [String: [UInt8]]) -> Void = { _ in }) throws -> ModelPackage {
        var files = try files()
        change(&files)
        let manifest = files.removeValue(forKey: "manifest.json") ?? []
        return try ModelPackage(manifest: manifest, files: files)
    }

    private func vitals(_ package: ModelPackage, _ given: [String: Double]) -> [FeatureValue] {
        given.map { name, value in
            FeatureValue(
                name: name, content: .number(value), unit: package.requests.first { $0.name == name }?.resultUnit,
                effective: moment.effective.adding(seconds: -2400))
        }
    }

    @Test func itLoadsAndSaysWhatItRestsOn() throws {
        let package = try Self.package()
        #expect(package.kind == .ensemble)
        let inputs = vitals(
            package,
            [
                "heart-rate-last": 118, "temperature-last": 39.1, "respiratory-rate-last": 28, "systolic-pressure-last": 92,
                "lactate-last": 4.1, "hours-observed": 9, "age": 71, "bicarbonate-ever": 0,
            ])
        let decision = package.evaluate(patient: patient, asOf: moment, inputs: inputs)
        guard case .estimate(let estimate) = decision.result else {
            Issue.record("an estimate was expected")
            return
        }
        let value = try #require(estimate.value)
        #expect(decision.scale == .probability)
        #expect(estimate.low <= value && value <= estimate.high && estimate.low < estimate.high)
        let answer = try #require(package.answer(inputs: inputs))
        #expect(answer.probability == value)
        #expect(abs(decision.reasons.reduce(0) { $0 + $1.low } - answer.margin) < 1e-6)
        #expect(answer.group == "age 65 to 79, bicarbonate not measured")
        #expect(answer.sets.map(\.level) == [0.8, 0.9, 0.95])
        #expect(decision.reasons.contains { $0.text == "Lactate 4.1 mmol/L, 40 min ago" })
        #expect(decision.reasons.last?.name == "baseline")
        #expect(package.evaluate(patient: patient, asOf: moment, inputs: inputs) == decision)
    }

    @Test func tooLittleIsSaidAndNotGuessed() throws {
        let package = try Self.package()
        let decision = package.evaluate(patient: patient, asOf: moment, inputs: vitals(package, ["heart-rate-last": 80]))
        guard case .insufficient(let why) = decision.result else {
            Issue.record("no estimate was expected")
            return
        }
        #expect(why.hasPrefix("Insufficient data: 1 of 6 needed inputs have a value, 3 are needed. Without a value: "))
        #expect(why.contains("Temperature") && !why.contains("Heart rate"))
        let found = package.applicability(inputs: vitals(package, ["heart-rate-last": 80]))
        guard case .insufficient(let missing)? = found else {
            Issue.record("insufficient was expected")
            return
        }
        #expect(missing.count == 5 && !missing.contains("heart-rate-last"))
    }

    /// A value that no patient of the training had is named.
    @Test func aStrangerIsNamed() throws {
        let package = try Self.package()
        let inputs = vitals(
            package,
            [
                "heart-rate-last": 80, "temperature-last": 37, "respiratory-rate-last": 16, "systolic-pressure-last": 120,
                "creatinine-last": 55,
            ])
        let answer = try #require(package.answer(inputs: inputs))
        #expect(answer.outlier.isFlagged)
        #expect(answer.outlier.farthest == "creatinine-last")
        #expect(answer.outlier.outside == ["creatinine-last"])
    }

    /// Several rows at once give each the answer that it has alone, to the last bit, in numbers and in words; also rows that
    /// are not as the package wants them.
    @Test func togetherTheAnswersAreThoseOfEach() throws {
        let package = try Self.package()
        var random = SplitMix64(seed: 8)
        let questions = (0..<41).map { index -> ModelPackage.Question in
            var values = package.requests.map { request -> FeatureValue in
                var value = FeatureValue(name: request.name, content: .missing(.notMeasured))
                let range = request.plausible ?? 0...100
                switch Int.random(in: 0..<8, using: &random) {
                case 0, 1: return value
                case 2 where request.aggregate == .last: value.content = .bound(range.lowerBound + 1, .less)
                default: value.content = .number(Double.random(in: range, using: &random))
                }
                value.unit = request.resultUnit
                value.loinc = request.loinc.last
                value.effective = moment.effective.adding(seconds: -.random(in: 0...90_000, using: &random))
                value.known = value.effective
                value.finding = "f\(Int.random(in: 0..<9, using: &random))"
                return value
            }
            if index == 3 { values[0].unit = "furlong" }
            if index == 7 { values[1].content = .number(-1e9) }
            if index == 9 { values = values.map { FeatureValue(name: $0.name, content: .missing(.stale)) } }
            let row = FeatureRow(values, requests: package.requests)
            return ModelPackage.Question(
                patient: patient, asOf: moment, row: row, id: package.decisionID(patient: patient, row: row))
        }
        let together = package.evaluate(questions)
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        #expect(together.count == questions.count)
        for (question, decision) in zip(questions, together) {
            let inputs = package.requests.enumerated().map { question.row.value($0, of: $1) }
            let alone = package.evaluate(patient: patient, asOf: moment, inputs: inputs)
            #expect(try encoder.encode(decision) == encoder.encode(alone))
            #expect(alone.id == question.id)
            // Written out and read again it is the same decision.
            #expect(try JSONDecoder().decode(Decision.self, from: encoder.encode(decision)) == decision)
        }
        #expect(Set(together.map(\.id)).count == questions.count)
        #expect(together[9].inputs.allSatisfy { $0.content == .missing(.stale) })
    }

    @Test func aChangedModelFileIsRefused() throws {
        let error = #expect(throws: InferenceError.self) {
            try Self.package { files in
                var bytes = files["member-0.txt"] ?? []
                bytes[bytes.count / 2] ^= 1
                files["member-0.txt"] = bytes
            }
        }
        #expect(error?.cause == .digest)
    }

    /// Golden rows guard what digests cannot: a library's file read in another sense.
    @Test func anAnswerThatDiffersIsRefused() throws {
        let error = #expect(throws: InferenceError.self) {
            try Self.package { files in
                let text = String(decoding: files["golden.json"] ?? [], as: UTF8.self)
                let changed = text.replacing(/"margin":-?[0-9.]+/, with: "\"margin\":-9.5", maxReplacements: 1)
                files["golden.json"] = Array(changed.utf8)
                let manifest = String(decoding: files["manifest.json"] ?? [], as: UTF8.self)
                let digest = ContentDigest(of: Array(changed.utf8)).hex
                files["manifest.json"] = Array(
                    manifest.replacing(/"golden.json": "[0-9a-f]{64}"/, with: "\"golden.json\": \"\(digest)\"").utf8)
            }
        }
        #expect(error?.cause == .goldenCase)
        #expect(error?.place == "golden.json#/0")
    }

    /// Golden rows without any value and at the exact limits of splits are where libraries differ.
    @Test func goldenRowsHoldTheHardCases() throws {
        let files = try Self.files()
        let rows = try #require(
            JSONSerialization.jsonObject(with: Data(files["golden.json"] ?? [])) as? [[String: Any]])
        #expect(rows.count >= 200)
        let inputs = rows.map { row in (row["inputs"] as? [Any] ?? []).map { ($0 as? NSNumber)?.doubleValue } }
        #expect(inputs.contains { row in row.allSatisfy { $0 == nil } })
        // Thresholds of the splits, as the model files write them.
        var thresholds: Set<Double> = []
        for (name, bytes) in files where name.hasPrefix("member-") {
            for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n") where line.hasPrefix("threshold=") {
                thresholds.formUnion(line.dropFirst(10).split(separator: " ").compactMap { Double($0) })
            }
        }
        let ties = inputs.count { row in row.contains { value in value.map { thresholds.contains($0) } ?? false } }
        #expect(ties >= 40)
        for row in rows {
            let contributions = (row["contributions"] as? [Double]) ?? []
            let margin = try #require(row["margin"] as? Double)
            let bias = try #require(row["bias"] as? Double)
            #expect(abs(contributions.reduce(bias, +) - margin) < 1e-5)
        }
    }

    /// A golden row is refused wherever it differs: margin, probability, or one reason.
    @Test(arguments: ["margin", "probability", "bias", "contributions"])
    func aTamperedGoldenRowIsRefused(key: String) throws {
        let error = #expect(throws: InferenceError.self) {
            try Self.package { files in
                let golden = files["golden.json"] ?? []
                guard var rows = try? JSONSerialization.jsonObject(with: Data(golden)) as? [[String: Any]] else { return }
                let row = rows.count - 1
                if var list = rows[row][key] as? [Double] {
                    list[list.count / 2] += 1e-4
                    rows[row][key] = list
                } else if let number = rows[row][key] as? Double {
                    rows[row][key] = number + 1e-4
                }
                guard let changed = try? JSONSerialization.data(withJSONObject: rows) else { return }
                files["golden.json"] = [UInt8](changed)
                let manifest = String(decoding: files["manifest.json"] ?? [], as: UTF8.self)
                let digest = ContentDigest(of: [UInt8](changed)).hex
                files["manifest.json"] = Array(
                    manifest.replacing(/"golden.json": "[0-9a-f]{64}"/, with: "\"golden.json\": \"\(digest)\"").utf8)
            }
        }
        #expect(error?.cause == .goldenCase)
        #expect(error?.place.hasPrefix("golden.json#/") == true)
    }

    /// What the training found on patients that it held out: coverage of the prediction sets within 1 % of what they
    /// promise, within 3 % in each sex, age band, practice and hospital, of 500 patients or more each.
    @Test func coverageOnHeldOutPatients() throws {
        let groups = try #require(Self.package().facts.performance?["subgroups"]).elements
        var compared = 0
        for group in groups {
            let name = try #require(group["group"]?.text)
            guard let patients = group["patients"]?.number, patients >= 500 else { continue }
            let allowed = name == "all" ? 0.01 : 0.03
            for (key, level) in [("coverage90", 0.9), ("coverage95", 0.95)] {
                let coverage = try #require(group[key]?.number)
                #expect(abs(coverage - level) <= allowed, "\(name) at \(level)")
                compared += 1
            }
        }
        #expect(compared == 22)
    }
}

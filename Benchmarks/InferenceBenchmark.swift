import Clinical
import Foundation
import Inference
import Timeline

/// Trees, their Shapley values, feature vectors and whole answers, beside the C libraries where they are there:
/// `HEADWALL_LIGHTGBM` and `HEADWALL_XGBOOST` name `lib_lightgbm.so` and `libxgboost.so` of their Python wheels.
enum InferenceBenchmark {
    static func run(_ options: BenchOptions, _ report: inout BenchReport) throws {
        let rows = RandomForest.rows(200)
        for count in [100, 500] {
            let forest = RandomForest(trees: count)
            let ours = try TreeEnsemble(lightgbm: Array(forest.lightGBM.utf8))
            let margin = median(of: 2000, repeats: 20) { ours.margin(rows[$0 % rows.count]) }
            let values = median(of: 500, repeats: 1) { ours.attribution(rows[$0 % rows.count]).bias }
            report.note("\(count) trees of depth 6, 40 features, one row")
            report.row("margin", margin * 1e6, "µs", aim: count == 100 ? "≤ 1.0" : "≤ 4.5")
            report.row("exact TreeSHAP", values * 1e6, "µs", aim: count == 100 ? "≤ 50" : "8 × the fastest peer")
            var fastest = Double.infinity
            if let peer = try LightGBMPeer(model: forest.lightGBM, features: RandomForest.features) {
                try agree(rows, ours, "LightGBM") { peer.margin($0) }
                let time = median(of: 2000, repeats: 20) { peer.margin(rows[$0 % rows.count]) }
                let shap = median(of: 100, repeats: 1) { peer.contributions(rows[$0 % rows.count])[0] }
                fastest = min(fastest, shap)
                report.row("margin: LightGBM, single row fast", time * 1e6, "µs", ratio: time / margin, to: "ours")
                report.row("TreeSHAP: LightGBM", shap * 1e6, "µs", ratio: shap / values, to: "ours")
            }
            if let peer = try XGBoostPeer(model: forest.xgboost, features: RandomForest.features) {
                try agree(rows, TreeEnsemble(xgboost: Array(forest.xgboost.utf8)), "XGBoost") { peer.margin($0) }
                let time = median(of: 500, repeats: 4) { peer.margin(rows[$0 % rows.count]) }
                let shap = median(of: 100, repeats: 1) { peer.contributions(rows[$0 % rows.count])[0] }
                fastest = min(fastest, shap)
                report.row("margin: XGBoost, in place", time * 1e6, "µs", ratio: time / margin, to: "ours")
                report.row("TreeSHAP: XGBoost", shap * 1e6, "µs", ratio: shap / values, to: "ours")
            }
            if fastest.isInfinite {
                report.note("no peer: HEADWALL_LIGHTGBM and HEADWALL_XGBOOST do not name their libraries")
            }
        }
        try sepsis(options, &report)
    }

    /// The shipped sepsis model on a patient with 10,000 observations.
    private static func sepsis(_ options: BenchOptions, _ report: inout BenchReport) throws {
        let folder = URL(filePath: options.home).appending(path: "Models/sepsis-early-warning/1.1.0")
        var files: [String: [UInt8]] = [:]
        for name in try FileManager.default.contentsOfDirectory(atPath: folder.path)
        where name.hasSuffix(".txt") || name.hasSuffix(".json") {
            files[name] = [UInt8](try Data(contentsOf: folder.appending(path: name)))
        }
        guard let manifest = files.removeValue(forKey: "manifest.json") else {
            throw BenchFailure("there is no sepsis model")
        }
        let package = try ModelPackage(manifest: manifest, files: files)
        let (timeline, moment) = patient(package.requests, observations: 10_000)
        let plan = FeaturePlan(package.requests)
        let key = PatientKey(system: "urn:bench", value: "1")
        let vector = timeline.vector(plan, asOf: moment)
        report.note("the sepsis model: \(package.requests.count) inputs, five members; 10,000 observations")
        report.row(
            "feature vector", median(of: 1000, repeats: 1) { _ in timeline.vector(plan, asOf: moment)[0] } * 1e6, "µs",
            aim: "≤ 20")
        let row = timeline.row(plan, asOf: moment)
        let question = ModelPackage.Question(
            patient: key, asOf: moment, row: row, id: package.decisionID(patient: key, row: row))
        let four = Array(repeating: question, count: 4)
        report.row(
            "inputs with times and origins",
            median(of: 300, repeats: 1) { _ in timeline.row(plan, asOf: moment).entries[0].number } * 1e6, "µs")
        report.row(
            "and in words",
            median(of: 300, repeats: 1) { _ in Double(timeline.features(package.requests, asOf: moment).count) } * 1e6, "µs"
        )
        report.row(
            "id of the decision",
            median(of: 1000, repeats: 1) { _ in Double(package.decisionID(patient: key, row: row).utf8.count) } * 1e6, "µs")
        report.row(
            "answer: probability, interval, sets, Shapley values",
            median(of: 300, repeats: 1) { _ in package.answer(vector: vector)?.margin ?? 0 } * 1e6, "µs")
        report.row(
            "decision", median(of: 300, repeats: 1) { _ in Double(package.evaluate([question]).count) } * 1e6, "µs")
        report.row(
            "decision, one of four at a time",
            median(of: 300, repeats: 1) { _ in Double(package.evaluate(four).count) } / 4 * 1e6, "µs")
        let decision = package.evaluate([question])[0]
        report.row(
            "its reasons in words", median(of: 300, repeats: 1) { _ in Double(decision.reasons.count) } * 1e6, "µs")
    }

    private static func patient(_ requests: [FeatureRequest], observations: Int) -> (PatientTimeline, AsOf) {
        var timeline = PatientTimeline()
        let start: Int64 = 1_767_600_000
        let series = requests.filter { $0.aggregate == .last && $0.unit != nil && $0.name != "age" }
        let patient = PatientKey(system: "urn:bench", value: "1")
        var hour: Int64 = 0
        var recorded = 0
        while recorded < observations {
            for (index, request) in series.enumerated() where index < 7 || hour % 4 == 0 {
                let range = request.plausible ?? 0...100
                let share = Double((recorded * 37) % 101) / 1000 + 0.2
                let value = ((range.lowerBound + share * (range.upperBound - range.lowerBound)) * 10).rounded() / 10
                let code = Code(system: CodeSystem.loinc, code: request.loinc[0])
                let time = Instant(seconds: start + hour * 3600)
                timeline.record(
                    Finding(
                        id: ContentDigest.identifier("bench", String(recorded)), patient: patient, code: code,
                        value: .quantity(
                            Quantity(
                                value: ExactDecimal(shortest: value) ?? ExactDecimal(0), unit: request.unit, comparator: nil
                            )),
                        status: .final, effective: ClinicalTime(time), known: time,
                        origin: Finding.Origin(
                            source: "bench", address: SourceAddress(messageID: 1, path: "OBX[1]-5"), rawCode: code,
                            rawValue: PHI("1"), rawUnit: request.unit, mapping: nil)))
                recorded += 1
            }
            hour += 1
        }
        return (timeline, AsOf(Instant(seconds: start + hour * 3600)))
    }

    private static func agree(
        _ rows: [[Double]], _ ours: TreeEnsemble, _ peer: String, _ margin: ([Double]) -> Double
    ) throws {
        for row in rows where abs(ours.margin(row) - margin(row)) > 1e-5 {
            throw BenchFailure("\(peer) gives another margin for the same trees")
        }
    }

    /// Median seconds of one call.
    private static func median(of count: Int, repeats: Int, _ body: (Int) -> Double) -> Double {
        var times: [Double] = []
        var sink = 0.0
        let clock = ContinuousClock()
        for index in 0..<count {
            let time = clock.measure { for step in 0..<repeats { sink += body(index + step) } }
            times.append(Double(time.components.attoseconds) * 1e-18 / Double(repeats))
        }
        precondition(!sink.isInfinite)
        return times.sorted()[count / 2]
    }
}

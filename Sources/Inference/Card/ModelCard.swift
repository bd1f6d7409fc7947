import Clinical

/// The card of a model package: one HTML page for people, without scripts or outside resources.
///
/// Everything on it is in the manifest; nothing is computed but the drawings.
public struct ModelCard: Sendable {
    private let package: ModelPackage

    public init(_ package: ModelPackage) { self.package = package }

    public var html: String {
        let model = package.reference
        var body = "<h1>\(escaped(model.title)) <small>\(escaped(model.name)) \(escaped(model.version))</small></h1>"
        body += "<p>\(escaped(package.about.summary))</p>"
        body += facts([
            ("Kind", package.kind.rawValue), ("Intended use", package.about.intendedUse),
            ("Population", package.about.population), ("Digest", model.digest),
        ])
        body += training + performance + subgroups + plots + reference
        body += "<h2>Inputs</h2>" + inputs
        body += "<h2>Sources</h2><ul>" + package.about.citations.map { "<li>\(escaped($0))</li>" }.joined() + "</ul>"
        return """
            <!DOCTYPE html>
            <html lang="en"><head><meta charset="utf-8"><title>\(escaped(model.title)) \(escaped(model.version))</title>
            <style>\(Self.style)</style></head><body><main>\(body)</main></body></html>

            """
    }

    private static let style = """
        body{font:16px/1.5 system-ui,sans-serif;color:#1b1f24;background:#fff;margin:0}main{max-width:60rem;margin:2rem auto;\
        padding:0 1rem}h1 small{font-weight:400;color:#57606a;font-size:1rem}table{border-collapse:collapse;margin:1rem 0;\
        font-size:.9rem}th,td{border-bottom:1px solid #d0d7de;padding:.3rem .6rem;text-align:right}th:first-child,\
        td:first-child{text-align:left}dt{font-weight:600}dd{margin:0 0 .5rem;overflow-wrap:anywhere}figure{display:\
        inline-block;margin:1rem 1rem 1rem 0}figcaption{font-size:.85rem;color:#57606a}svg text{font:11px system-ui}
        """

    // MARK: - Sections

    private func facts(_ entries: [(String, String)]) -> String {
        "<dl>" + entries.map { "<dt>\(escaped($0.0))</dt><dd>\(escaped($0.1))</dd>" }.joined() + "</dl>"
    }

    private var training: String {
        guard let training = package.facts.training else { return "" }
        var entries: [(String, String)] = []
        for (key, title) in [("trained", "Data"), ("split", "Split"), ("labels", "Labels")] {
            if let text = training[key]?.text { entries.append((title, text)) }
        }
        if case .entries(let patients)? = training["patients"] {
            let text = patients.sorted { $0.key < $1.key }.map { "\($0.key): \(number($0.value))" }.joined(separator: ", ")
            entries.append(("Patients", text))
        }
        if let noise = training["labelNoise"] {
            entries.append(
                (
                    "Label noise",
                    "\(percent(noise["septicHoursLikeOthers"])) of labelled hours look like the others, "
                        + "\(percent(noise["otherHoursLikeSeptic"])) of the others like labelled ones"
                ))
        }
        return "<h2>Training</h2>" + facts(entries)
    }

    private var performance: String {
        guard let performance = package.facts.performance else { return "" }
        var rows = ""
        for (key, title) in [("trainedOnA", "trained on A alone"), ("trainedOnBoth", "as shipped, trained on both")] {
            guard case .entries(let hospitals)? = performance[key] else { continue }
            for (hospital, values) in hospitals.sorted(by: { $0.key < $1.key }) {
                rows +=
                    "<tr><td>\(title), tested on \(escaped(hospital))</td>"
                    + ["hours", "auroc", "auprc", "brier", "expectedOverObserved", "utility", "coverage80SepticHours"]
                    .map { "<td>\(number(values[$0]))</td>" }.joined() + "</tr>"
            }
        }
        guard !rows.isEmpty else { return "" }
        return "<h2>Performance on held-out patients</h2><p>What a hospital that took no part in the training can expect "
            + "is the first pair of rows: A to B.</p><table><tr><th>Model</th><th>Hours</th><th>AUROC</th><th>AUPRC</th>"
            + "<th>Brier</th><th>Expected/observed</th><th>Utility</th><th>Coverage of septic hours at 80 %</th></tr>\(rows)"
            + "</table>"
    }

    private var subgroups: String {
        guard let groups = package.facts.performance?["subgroups"]?.elements, !groups.isEmpty else { return "" }
        let columns = [
            "patients", "septicHours", "auroc", "expectedOverObserved", "coverage90", "coverage95", "coverage90SepticHours",
        ]
        let rows = groups.map { group in
            "<tr><td>\(escaped(group["group"]?.text ?? ""))</td>"
                + columns.map { "<td>\(number(group[$0]))</td>" }.joined() + "</tr>"
        }
        return "<h2>Subgroups</h2><table><tr><th>Group</th><th>Patients</th><th>Septic hours</th><th>AUROC</th>"
            + "<th>Expected/observed</th><th>Coverage at 90 %</th><th>at 95 %</th><th>of septic hours at 90 %</th></tr>"
            + rows.joined() + "</table>"
    }

    private var plots: String {
        var plots = ""
        if let bins = package.facts.performance?["reliability"]?.elements, bins.count > 1 {
            let points = bins.compactMap { bin -> (x: Double, y: Double)? in
                guard let x = bin["predicted"]?.number, let y = bin["observed"]?.number else { return nil }
                return (x, y)
            }
            let top = points.flatMap { [$0.x, $0.y] }.max() ?? 1
            plots += Plot(x: 0...top, y: 0...top).figure(
                [.init(points: points, isMarked: true), .init(points: [(0, 0), (top, top)], isDashed: true)],
                caption:
                    "Calibration: observed share against predicted probability, by tenths of the hours. Dashed: perfect.")
        }
        if let curve = package.facts.performance?["decisionCurve"]?.elements, curve.count > 1 {
            func line(_ key: String) -> [(x: Double, y: Double)] {
                curve.compactMap { entry in
                    guard let x = entry["threshold"]?.number, let y = entry[key]?.number else { return nil }
                    return (x, y)
                }
            }
            let (model, all) = (line("model"), line("all"))
            let high = max(1e-4, model.map(\.y).max() ?? 0)
            let right = model.map(\.x).max() ?? 1
            plots += Plot(x: 0...right, y: (-high / 2)...high).figure(
                [.init(points: model, isMarked: true), .init(points: all, isDashed: true)],
                caption: "Decision curve: net benefit by threshold. Dashed: alerting on everybody; zero: on nobody.")
        }
        return plots.isEmpty ? "" : "<h2>Calibration and benefit</h2>" + plots
    }

    /// What the drift of each input is measured from.
    private var reference: String {
        guard let inputs = package.facts.reference?.elements, !inputs.isEmpty else { return "" }
        var rows = ""
        for input in inputs {
            let quantiles = input["quantiles"]?.elements.compactMap(\.number) ?? []
            rows +=
                "<tr><td>\(escaped(input["input"]?.text ?? ""))</td><td>\(percent(input["missing"]))</td>"
                + quantiles.map { "<td>\(Wording.number($0))</td>" }.joined() + "<td>\(Plot.box(quantiles))</td></tr>"
        }
        return "<h2>Drift reference</h2><p>Distribution of each input in training.</p><details><summary>\(inputs.count) "
            + "inputs</summary><table><tr><th>Input</th><th>Missing</th><th>0.05 %</th><th>5 %</th><th>25 %</th><th>50 %</th>"
            + "<th>75 %</th><th>95 %</th><th>99.95 %</th><th></th></tr>\(rows)</table></details>"
    }

    private var inputs: String {
        let rows = package.requests.map { request in
            "<tr><td>\(escaped(request.label)) (\(escaped(request.name)))</td><td>\(escaped(request.loinc.joined(separator: ", ")))"
                + "</td><td>\(escaped(request.aggregate.rawValue))</td><td>\(escaped(request.resultUnit ?? "coded"))</td>"
                + "<td>\(Wording.age(Double(request.horizonSeconds)))</td></tr>"
        }
        return "<table><tr><th>Input</th><th>Codes</th><th>Aggregate</th><th>Unit</th><th>Window</th></tr>\(rows.joined())"
            + "</table>"
    }

    // MARK: - Words

    private func number(_ fact: ModelFact?) -> String {
        guard let number = fact?.number else { return "" }
        if let whole = Int(exactly: number) { return String(whole) }
        let thousandths = (number * 1000).rounded() / 1000
        return "\(thousandths)"
    }

    private func percent(_ fact: ModelFact?) -> String {
        fact?.number.map { "\(Wording.number($0 * 100)) %" } ?? ""
    }

    private func escaped(_ text: String) -> String { Plot.escaped(text) }
}

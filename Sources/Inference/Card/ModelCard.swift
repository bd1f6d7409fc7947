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
        body{font:16px/1.5 system-ui,sans-serif;color:#1b1f24;background:#fff;margin:0}main{max-width:64rem;margin:2rem auto;\
        padding:0 1rem}h1 small{font-weight:400;color:#57606a;font-size:1rem}h2{margin-top:2.5rem;border-bottom:1px solid \
        #d0d7de}table{border-collapse:collapse;margin:1rem 0;font-size:.9rem;font-variant-numeric:tabular-nums}\
        .wide{overflow-x:auto}th,td{border-bottom:1px solid #d0d7de;padding:.3rem .6rem;text-align:right;vertical-align:top}\
        th{background:#f6f8fa}th:first-child,td:first-child,td.text,th.text{text-align:left}td.off{background:#fff1c2}\
        td:not(.text){white-space:nowrap}td.text{overflow-wrap:anywhere}dl{display:grid;grid-template-columns:9rem 1fr;gap:.3rem 1rem}dt{font-weight:600}\
        dd{margin:0;overflow-wrap:anywhere}figure{display:inline-block;margin:1rem 1rem 1rem 0;max-width:440px}\
        figcaption{font-size:.85rem;color:#57606a}svg{max-width:100%}svg text{font:11px system-ui,sans-serif;fill:#1b1f24}\
        .grid{stroke:#e6e9ed;fill:none}summary{cursor:pointer}code{font-size:.85em}
        @media (max-width:40rem){dl{display:block}dd{margin-bottom:.5rem}}@media print{details>*{display:block}}
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
            var text =
                "\(percent(noise["septicHoursLikeOthers"])) of labelled hours look like the others, "
                + "\(percent(noise["otherHoursLikeSeptic"])) of the others like labelled ones"
            if let few = noise["patientsOfTheFormer"], let many = noise["patientsOfTheLatter"] {
                text += " (hours of \(number(few)) and \(number(many)) patients)"
            }
            entries.append(("Label noise", text))
        }
        return "<h2>Training</h2>" + facts(entries)
    }

    private static let origins = [("trainedOnA", "A alone"), ("trainedOnBoth", "both, as shipped")]

    private var performance: String {
        guard let performance = package.facts.performance else { return "" }
        var rows = ""
        for (key, title) in Self.origins {
            guard case .entries(let hospitals)? = performance[key] else { continue }
            for (hospital, values) in hospitals.sorted(by: { $0.key < $1.key }) {
                rows +=
                    "<tr><td>\(title)</td><td class=\"text\">\(escaped(hospital))</td><td>\(number(values["hours"]))</td>"
                rows += "<td>\(number(values["auroc"]))</td><td>\(interval(values["aurocInterval"]))</td>"
                rows += "<td>\(folds(performance["crossValidation"]?[key]?[hospital]))</td>"
                rows += ["auprc", "brier", "expectedOverObserved", "utility"].map { "<td>\(number(values[$0]))</td>" }
                    .joined()
                rows += "<td>\(percent(values["coverage80SepticHours"]))</td></tr>"
            }
        }
        guard !rows.isEmpty else { return recalibration }
        return
            "<h2>Performance on held-out patients</h2><p>What a hospital that took no part in the training can expect is "
            + "the step from A to B of the model trained on A alone. The interval is of patients drawn with replacement; "
            + "the range is that of five further splits by cross-validation.</p><div class=\"wide\"><table><tr><th>Trained on"
            + "</th><th class=\"text\">Tested on</th><th>Hours</th><th>AUROC</th><th>95 % interval</th><th>Other splits</th>"
            + "<th>AUPRC</th><th>Brier</th><th>Expected / observed</th><th>Utility</th><th>80 % sets cover of septic hours</th>"
            + "</tr>\(rows)</table></div>" + recalibration
    }

    /// Coverage before and after limits from local labels.
    private var recalibration: String {
        guard let recalibration = package.facts.performance?["recalibration"],
            let levels = recalibration["coverage"]?.elements, !levels.isEmpty
        else { return "" }
        let rows = levels.map { level in
            "<tr><td>\(percent(level["level"]))</td>"
                + ["before", "beforeEventHours", "after", "afterEventHours"].map { "<td>\(percent(level[$0]))</td>" }
                .joined()
                + "</tr>"
        }
        var text = "Coverage of the prediction sets by the limits as they came and by limits from local labels "
        text += "(<code>headwall models recalibrate</code>)"
        if let of = recalibration["of"]?.text { text += ": \(escaped(of))" }
        if let hours = recalibration["hours"], let patients = recalibration["patients"] {
            text += ", \(number(hours)) hours of \(number(patients)) patients"
        }
        return
            "<h2>Recalibration</h2><p>\(text).</p><table><tr><th>Promised</th><th>Before, all hours</th><th>of hours with "
            + "the event</th><th>After, all hours</th><th>of hours with the event</th></tr>\(rows.joined())</table>"
    }

    private var subgroups: String {
        guard let groups = package.facts.performance?["subgroups"]?.elements, !groups.isEmpty else { return "" }
        let columns = [
            ("coverage90", 0.9), ("coverage90SepticHours", 0.9), ("coverage95", 0.95), ("coverage95SepticHours", 0.95),
        ]
        let rows = groups.map { group in
            "<tr><td>\(escaped(group["group"]?.text ?? ""))</td>"
                + ["patients", "septicHours", "auroc", "expectedOverObserved"].map { "<td>\(number(group[$0]))</td>" }
                .joined()
                + columns.map { "<td\(isOff(group[$0], from: $1) ? " class=\"off\"" : "")>\(percent(group[$0]))</td>" }
                .joined()
                + "</tr>"
        }
        return
            "<h2>Subgroups</h2><p>Coverage is the share of hours whose label is in its prediction set. Shaded: more than 3 % "
            + "from what is promised.</p><div class=\"wide\"><table><tr><th>Group</th><th>Patients</th><th>Septic hours</th>"
            + "<th>AUROC</th><th>Expected / observed</th><th>Covered at 90 %</th><th>of septic hours</th><th>at 95 %</th>"
            + "<th>of septic hours</th></tr>\(rows.joined())</table></div>"
    }

    private func isOff(_ fact: ModelFact?, from level: Double) -> Bool {
        fact?.number.map { abs($0 - level) > 0.03 } ?? false
    }

    private var plots: String {
        var plots = ""
        if let bins = package.facts.performance?["reliability"]?.elements, bins.count > 1 {
            let points = bins.compactMap { bin -> (x: Double, y: Double)? in
                guard let x = bin["predicted"]?.number, let y = bin["observed"]?.number else { return nil }
                return (x, y)
            }
            let top = (points.flatMap { [$0.x, $0.y] }.max() ?? 1) * 1.05
            plots += Plot(
                x: .init(name: "predicted probability", range: 0...top, isShare: true),
                y: .init(name: "observed share", range: 0...top, isShare: true)
            ).figure(
                [
                    .init(name: "the model, by tenths of the hours", points: points, isMarked: true),
                    .init(name: "perfect", points: [(0, 0), (top, top)], isDashed: true),
                ],
                caption: "Calibration on held-out patients.")
        }
        if let curve = package.facts.performance?["decisionCurve"]?.elements, curve.count > 1 {
            func line(_ key: String) -> [(x: Double, y: Double)] {
                curve.compactMap { entry in
                    guard let x = entry["threshold"]?.number, let y = entry[key]?.number else { return nil }
                    return (x, y)
                }
            }
            let model = line("model")
            let high = max(1e-4, model.map(\.y).max() ?? 0)
            let all = line("all").filter { $0.y >= -high / 4 }
            let right = model.map(\.x).max() ?? 1
            plots += Plot(
                x: .init(name: "probability from which on to alert", range: 0...right, isShare: true),
                y: .init(name: "net benefit an hour", range: (-high / 4)...(high * 1.3))
            ).figure(
                [
                    .init(name: "by the model", points: model, isMarked: true),
                    .init(name: "on everybody", points: all, isDashed: true),
                ],
                caption: "Decision curve on held-out patients (Vickers and Elkin 2006); alerting on nobody is zero.")
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
        return
            "<h2>Drift reference</h2><p>Distribution of each input in training, from which drift is measured. The box is the "
            + "middle half, the line reaches from 5 to 95 %.</p><details><summary>\(inputs.count) "
            + "inputs</summary><div class=\"wide\"><table><tr><th>Input</th><th>Missing</th><th>0.05 %</th><th>5 %</th><th>25 %</th><th>50 %</th>"
            + "<th>75 %</th><th>95 %</th><th>99.95 %</th><th></th></tr>\(rows)</table></div></details>"
    }

    private var inputs: String {
        let rows = package.requests.map { request in
            let source =
                request.aggregate.isDerived
                ? request.operands.joined(separator: ", ") : request.loinc.joined(separator: ", ")
            let window = request.aggregate.isDerived ? "" : Wording.age(Double(request.horizonSeconds))
            return
                "<tr><td>\(escaped(request.name))</td><td class=\"text\">\(escaped(request.label))</td><td class=\"text\">"
                + "\(escaped(source))</td><td class=\"text\">\(escaped(request.aggregate.rawValue))</td><td class=\"text\">"
                + "\(escaped(request.resultUnit ?? "coded"))</td><td>\(window)</td></tr>"
        }
        let table =
            "<div class=\"wide\"><table><tr><th>Input</th><th class=\"text\">What</th><th class=\"text\">Codes, or made of</th>"
            + "<th class=\"text\">Aggregate</th><th class=\"text\">Unit</th><th>Window</th></tr>\(rows.joined())</table></div>"
        return rows.count > 30 ? "<details><summary>\(rows.count) inputs</summary>\(table)</details>" : table
    }

    // MARK: - Words

    private func number(_ fact: ModelFact?) -> String {
        guard let number = fact?.number else { return "" }
        if let whole = Int(exactly: number) { return String(whole) }
        let thousandths = (number * 1000).rounded() / 1000
        return "\(thousandths)"
    }

    private func percent(_ fact: ModelFact?) -> String {
        fact?.number.map { "\(Wording.number(($0 * 1000).rounded() / 10)) %" } ?? ""
    }

    private func interval(_ fact: ModelFact?) -> String {
        guard let ends = fact?.elements, ends.count == 2 else { return "" }
        return "\(number(ends[0]))–\(number(ends[1]))"
    }

    private func folds(_ fact: ModelFact?) -> String {
        let values = fact?.elements.compactMap(\.number) ?? []
        guard let low = values.min(), let high = values.max() else { return "" }
        return "\(number(.number(low)))–\(number(.number(high)))"
    }

    private func escaped(_ text: String) -> String { Plot.escaped(text) }
}

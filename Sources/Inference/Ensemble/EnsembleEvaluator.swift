import Clinical

/// Evaluates a trained model: a calibrated probability with its interval, its reasons, and whether it applies at all.
///
/// A class, so that handing it on counts one reference and not those of everything in it.
final class EnsembleEvaluator: Evaluator {
    let model: EnsembleModel
    /// The range of each input in training, and the place of its name among those of all inputs.
    private let references: [(input: Int, low: Double, high: Double)]
    private let places: [Int]
    /// What a number of each input may be; empty for an input that takes none.
    private let possible: [ClosedRange<Double>?]

    init(_ model: EnsembleModel) {
        self.model = model
        references = model.references.map { ($0.key, $0.value.low, $0.value.high) }.sorted { $0.input < $1.input }
        let order = model.inputs.indices.sorted { model.inputs[$0].name < model.inputs[$1].name }
        var places = Array(repeating: 0, count: order.count)
        for (place, input) in order.enumerated() { places[input] = place }
        self.places = places
        possible = model.inputs.map { input in
            guard input.resultUnit != nil else { return nil }
            let any = -Double.greatestFiniteMagnitude...Double.greatestFiniteMagnitude
            return input.isBoundedByPlausibility ? input.plausible ?? any : any
        }
    }

    /// No input of a trained model is coded so far.
    func recognizes(_ code: Code, input: Int) -> Bool { false }

    /// Whether every input of the row is what its request says: a possible number in its unit, or missing.
    func isChecked(_ row: FeatureRow) -> Bool {
        guard row.others.isEmpty, row.entries.count == possible.count else { return false }
        for (entry, range) in zip(row.entries, possible) where entry.state.reason == nil {
            guard let range, range.contains(entry.number) else { return false }
        }
        return true
    }

    /// Everything but words.
    func answer(_ row: [Double]) -> ModelAnswer {
        let margins = model.margins(row)
        let margin = margins.reduce(0, +) / Double(margins.count)
        let pair = model.vennAbers(margin)
        let group = model.group(row)
        let sets = (group?.limits ?? []).map { limit in
            ModelAnswer.PredictionSet(
                level: limit.level, positive: margin >= limit.positiveFrom, negative: margin <= limit.negativeTo)
        }
        return ModelAnswer(
            margin: margin, probability: model.calibration(margin),
            memberProbabilities: margins.map { model.calibration($0) },
            vennAbers: min(pair.lower, pair.upper)...max(pair.lower, pair.upper), group: group?.name, sets: sets,
            outlier: outlier(row).named(model.inputs), attribution: model.attribution(row))
    }

    /// Whether the row may be answered, without the answer.
    func applicability(_ row: [Double]) -> Applicability {
        let missing = model.sufficient.inputs.filter { row[$0].isNaN }
        guard model.sufficient.inputs.count - missing.count >= model.sufficient.minimum else {
            return .insufficient(missing: missing.map { model.inputs[$0].name })
        }
        let outlier = outlier(row).named(model.inputs)
        return outlier.isRefused ? .unlike(outlier) : outlier.isFlagged ? .unusual(outlier) : .applies
    }

    /// Needed inputs without a value.
    func missing(_ row: FeatureRow) -> [Int] {
        model.sufficient.inputs.filter { row.entries.indices.contains($0) && row.entries[$0].number.isNaN }
    }

    /// As ``ModelAnswer/Outlier``, with positions for names.
    private struct Outlier {
        var deviate: Double?
        var isolation: Double?
        var farthest: Int?
        var outside: [Int] = []
        var isFlagged = false
        var isRefused = false

        func named(_ inputs: [FeatureRequest]) -> ModelAnswer.Outlier {
            ModelAnswer.Outlier(
                deviate: deviate, isolation: isolation, farthest: farthest.map { inputs[$0].name },
                outside: outside.map { inputs[$0].name }, isFlagged: isFlagged, isRefused: isRefused)
        }
    }

    private func outlier(_ row: [Double]) -> Outlier {
        var found = Outlier()
        for (input, low, high) in references where row[input] < low || row[input] > high { found.outside.append(input) }
        if found.outside.count > 1 { found.outside.sort { places[$0] < places[$1] } }
        guard let outliers = model.outliers else { return found }
        let part = outliers.inputs.map { row[$0] }
        let distance = outliers.distance(part)
        let deviate = distance?.deviate ?? 0
        found.deviate = distance?.deviate
        found.isolation = outliers.isolation?.forest.score(part)
        let isIsolated = outliers.isolation.map { (found.isolation ?? 0) > $0.limit } ?? false
        var farthest = distance?.farthest
        if isIsolated, deviate <= outliers.flag { farthest = outliers.isolation?.forest.farthest(part) }
        found.farthest = farthest.map { outliers.inputs[$0] }
        found.isFlagged = isIsolated || deviate > outliers.flag
        found.isRefused = deviate > outliers.abstain
        return found
    }

    // MARK: - The decision

    func evaluate(_ inputs: [FeatureValue], asOf: AsOf) -> Evaluation {
        let row = FeatureRow(inputs, requests: model.inputs)
        let (result, level, numbers) = evaluate(row, asOf: asOf)
        return Evaluation(
            scale: .probability, result: result, level: level, reasons: numbers.reasons, notes: numbers.notes)
    }

    /// The same as numbers, for rows that ``isChecked(_:)`` or that are checked values.
    func evaluate(_ inputs: FeatureRow, asOf: AsOf) -> (Decision.Result, RiskLevel, DecisionNumbers) {
        evaluate([(inputs, asOf)])[0]
    }

    /// The same of several rows at once.
    func evaluate(_ asked: [(row: FeatureRow, asOf: AsOf)]) -> [(Decision.Result, RiskLevel, DecisionNumbers)] {
        let rows = asked.map(\.row.vector)
        let isAnswered = rows.map { row in
            model.sufficient.inputs.count { !row[$0].isNaN } >= model.sufficient.minimum
        }
        let answered = zip(rows, isAnswered).compactMap { $1 ? $0 : nil }
        var found = zip(model.margins(rows: answered), model.attributions(answered)).makeIterator()
        return asked.indices.map { index in
            guard isAnswered[index], let (margins, attribution) = found.next() else {
                return insufficient(asked[index].row, rows[index], asOf: asked[index].asOf)
            }
            return evaluate(asked[index].row, rows[index], asOf: asked[index].asOf, margins, attribution)
        }
    }

    private func numbers(_ row: FeatureRow, asOf: AsOf, _ answer: DecisionNumbers.Answer?) -> DecisionNumbers {
        DecisionNumbers(sheet: model.sheet, moment: asOf.effective, row: row, answer: answer)
    }

    private func insufficient(
        _ inputs: FeatureRow, _ row: [Double], asOf: AsOf
    ) -> (Decision.Result, RiskLevel, DecisionNumbers) {
        let absent = model.sufficient.inputs.filter { row[$0].isNaN }.map { model.inputs[$0].label }
        let known = model.sufficient.inputs.count - absent.count
        let sentence =
            "Insufficient data: \(known) of \(model.sufficient.inputs.count) needed inputs have a value, "
            + "\(model.sufficient.minimum) are needed. Without a value: " + absent.joined(separator: ", ") + "."
        return (.insufficient(sentence), .unknown, numbers(inputs, asOf: asOf, nil))
    }

    private func evaluate(
        _ inputs: FeatureRow, _ row: [Double], asOf: AsOf, _ margins: [Double], _ attribution: Attribution
    ) -> (Decision.Result, RiskLevel, DecisionNumbers) {
        let margin = margins.reduce(0, +) / Double(margins.count)
        let outlier = outlier(row)
        let answer = numbers(
            inputs, asOf: asOf,
            DecisionNumbers.Answer(
                baseline: attribution.bias,
                contributions: model.sheet.concepts.map { concept in
                    concept.inputs.reduce(0) { $0 + attribution.values[$1] }
                },
                sets: (model.group(row)?.limits ?? []).map { limit in
                    DecisionNumbers.PredictionSet(
                        level: limit.level, positive: margin >= limit.positiveFrom, negative: margin <= limit.negativeTo)
                },
                isUnusual: outlier.isFlagged, farthest: outlier.farthest, outside: Array(outlier.outside.prefix(3))))
        if outlier.isRefused {
            let sentence = "Not like the training population: \(answer.blame(outlier.farthest)) is farthest from it."
            return (.insufficient(sentence), .unknown, answer)
        }
        let probability = model.calibration(margin)
        let pair = model.vennAbers(margin)
        var (low, high) = (min(probability, pair.lower, pair.upper), max(probability, pair.lower, pair.upper))
        for margin in margins {
            let member = model.calibration(margin)
            (low, high) = (min(low, member), max(high, member))
        }
        var level = model.levels.count - 1
        while level > 0, probability < (model.levels[level].from ?? 0) { level -= 1 }
        return (
            .estimate(Decision.Estimate(value: probability, low: low, high: high)), model.levels[level].level, answer
        )
    }
}

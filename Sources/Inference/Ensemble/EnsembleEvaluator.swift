import Clinical

/// Evaluates a trained model: a calibrated probability with its interval, its reasons, and whether it applies at all.
struct EnsembleEvaluator: Evaluator {
    let model: EnsembleModel

    init(_ model: EnsembleModel) { self.model = model }

    /// No input of a trained model is coded so far.
    func recognizes(_ code: Code, input: Int) -> Bool { false }

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
            outlier: outlier(row), attribution: model.attribution(row))
    }

    /// Whether the row may be answered, without the answer.
    func applicability(_ row: [Double]) -> Applicability {
        let missing = model.sufficient.inputs.filter { row[$0].isNaN }
        guard model.sufficient.inputs.count - missing.count >= model.sufficient.minimum else {
            return .insufficient(missing: missing.map { model.inputs[$0].name })
        }
        let outlier = outlier(row)
        return outlier.isRefused ? .unlike(outlier) : outlier.isFlagged ? .unusual(outlier) : .applies
    }

    private func outlier(_ row: [Double]) -> ModelAnswer.Outlier {
        var outside: [String] = []
        for (input, reference) in model.references where row[input] < reference.low || row[input] > reference.high {
            outside.append(model.inputs[input].name)
        }
        outside.sort()
        guard let outliers = model.outliers else {
            return ModelAnswer.Outlier(outside: outside, isFlagged: false, isRefused: false)
        }
        let part = outliers.inputs.map { row[$0] }
        let found = outliers.distance(part)
        let score = outliers.isolation?.forest.score(part)
        let isIsolated = outliers.isolation.map { (score ?? 0) > $0.limit } ?? false
        var farthest = found?.farthest
        if isIsolated, (found?.deviate ?? 0) <= outliers.flag { farthest = outliers.isolation?.forest.farthest(part) }
        return ModelAnswer.Outlier(
            deviate: found?.deviate, isolation: score, farthest: farthest.map { model.inputs[outliers.inputs[$0]].name },
            outside: outside, isFlagged: isIsolated || (found?.deviate ?? 0) > outliers.flag,
            isRefused: (found?.deviate ?? 0) > outliers.abstain)
    }

    // MARK: - The decision

    func evaluate(_ inputs: [FeatureValue], asOf: AsOf) -> Evaluation {
        let row = model.row(inputs)
        let words = EnsembleWords(model: model, inputs: inputs, asOf: asOf)
        let known = model.sufficient.inputs.count { !row[$0].isNaN }
        guard known >= model.sufficient.minimum else {
            let absent = model.sufficient.inputs.filter { row[$0].isNaN }.map { model.inputs[$0].label }
            let sentence =
                "Insufficient data: \(known) of \(model.sufficient.inputs.count) needed inputs have a value, "
                + "\(model.sufficient.minimum) are needed. Without a value: " + absent.joined(separator: ", ") + "."
            return Evaluation(
                scale: .probability, result: .insufficient(sentence), level: .unknown, reasons: [], notes: [])
        }
        let answer = answer(row)
        let reasons = words.reasons(answer.attribution)
        if answer.outlier.isRefused {
            let sentence = "Not like the training population: \(words.blame(answer.outlier)) is farthest from it."
            return Evaluation(
                scale: .probability, result: .insufficient(sentence), level: .unknown, reasons: reasons,
                notes: words.notes(answer))
        }
        let interval = answer.interval
        let estimate = Decision.Estimate(
            value: answer.probability, low: interval.lowerBound, high: interval.upperBound)
        var level = model.levels.count - 1
        while level > 0, answer.probability < (model.levels[level].from ?? 0) { level -= 1 }
        return Evaluation(
            scale: .probability, result: .estimate(estimate), level: model.levels[level].level, reasons: reasons,
            notes: words.notes(answer))
    }
}

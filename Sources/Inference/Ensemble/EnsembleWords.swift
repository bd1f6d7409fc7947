import Clinical

/// The reasons and notes of a trained model's answer, in clinical words.
struct EnsembleWords {
    let model: EnsembleModel
    let inputs: [FeatureValue]
    let asOf: AsOf

    /// One reason a concept, the largest first, and the baseline at the end: together they are the margin.
    func reasons(_ attribution: Attribution) -> [Reason] {
        var reasons: [Reason] = []
        reasons.reserveCapacity(model.concepts.count + 1)
        for concept in model.concepts {
            var sum = 0.0
            for input in concept.inputs { sum += attribution.values[input] }
            reasons.append(
                Reason(
                    name: concept.name, label: concept.label, inputs: concept.inputs.map { model.inputs[$0].name },
                    low: sum, high: sum, text: text(concept), band: sum > 0 ? "raises" : sum < 0 ? "lowers" : "no effect"))
        }
        reasons.sort { abs($0.low) == abs($1.low) ? $0.name < $1.name : abs($0.low) > abs($1.low) }
        reasons.append(
            Reason(
                name: "baseline", label: "Training population", inputs: [], low: attribution.bias, high: attribution.bias,
                text: "Mean of the training population", band: "baseline"))
        return reasons
    }

    /// `Lactate 4.1 mmol/L, 40 min ago, rising`.
    func text(_ concept: EnsembleModel.Concept) -> String {
        guard let input = concept.last ?? concept.inputs.first else { return concept.label }
        var text = concept.label
        let value = inputs[input]
        let unit = Wording.unit(model.inputs[input].resultUnit)
        switch value.content {
        case .number(let number): text += " \(Wording.number(number))\(unit)"
        case .bound(let number, let comparator):
            text += " \(Wording.comparator(comparator)) \(Wording.number(number))\(unit)"
        case .coded: text += " arrived as a code"
        case .missing(let reason):
            return text + " " + Wording.missing(reason, effective: value.effective, asOf: asOf)
        }
        guard concept.last != nil else { return text }
        if let effective = value.effective { text += ", \(Wording.age(asOf.effective.seconds(since: effective))) ago" }
        if let trend = trend(concept) { text += ", \(trend)" }
        return text
    }

    /// Rising or falling where the slope makes a tenth of the value over half its window.
    private func trend(_ concept: EnsembleModel.Concept) -> String? {
        guard let last = concept.last, let slope = concept.slope, case .number(let value) = inputs[last].content,
            case .number(let perHour) = inputs[slope].content
        else { return nil }
        let change = perHour * Double(model.inputs[slope].horizonSeconds) / 7200
        guard abs(change) > 0.1 * abs(value) else { return nil }
        return change > 0 ? "rising" : "falling"
    }

    func blame(_ outlier: ModelAnswer.Outlier) -> String {
        guard let name = outlier.farthest, let input = model.inputs.firstIndex(where: { $0.name == name }) else {
            return "the combination of values"
        }
        return model.concepts.first { $0.inputs.contains(input) }.map(text) ?? model.inputs[input].label
    }

    func notes(_ answer: ModelAnswer) -> [String] {
        var notes: [String] = []
        for set in answer.sets {
            let percent = Wording.number(set.level * 100)
            let said =
                switch (set.positive, set.negative) {
                case (true, true): "neither can be excluded"
                case (true, false): "only the event"
                case (false, true): "only no event"
                case (false, false): "unlike both"
                }
            notes.append("\(percent) % prediction set: \(said).")
        }
        if answer.outlier.isFlagged { notes.append("Unlike most of the training population: \(blame(answer.outlier)).") }
        for name in answer.outlier.outside.prefix(3) {
            guard let input = model.inputs.first(where: { $0.name == name }) else { continue }
            notes.append("\(input.label) (\(name)) is outside the range of 99.9 % of the training values.")
        }
        for (index, input) in inputs.enumerated() where index < model.inputs.count {
            if case .bound = input.content {
                notes.append("\(model.inputs[index].label) is a bound and counts by its limit.")
            }
        }
        notes.append("Reasons are associations in the training data, not causes; in log odds.")
        return notes
    }
}

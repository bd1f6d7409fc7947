import Clinical

/// Evaluates a published formula.
///
/// A missing input leaves its variable open between the ends of its clamp. The formula is linear in each variable, so that
/// its lowest and highest results are among the combinations of those ends; all are worked through.
struct FormulaEvaluator: Evaluator {
    private let model: FormulaModel

    init(_ model: FormulaModel) { self.model = model }

    func recognizes(_ code: Code, input: Int) -> Bool {
        model.variables.contains { variable in
            if case .codes(let codes, _) = variable.source, variable.input == input { return codes.row(of: code) != nil }
            // Any answer to what may decide: one that is not listed says no.
            return variable.override?.input == input
        }
    }

    private struct Known {
        /// One value, or the ends of what is possible.
        var values: [Double]
        var isKnown: Bool
    }

    private func known(_ variable: FormulaModel.Variable, _ inputs: [FeatureValue], _ notes: inout [String]) -> Known {
        if let override = variable.override {
            let label = model.inputs[override.input].label
            switch inputs[override.input].content {
            case .coded(let code) where override.codes.row(of: code) != nil:
                notes.append("\(label): \(variable.label.lowercased()) counts as \(Wording.number(override.value)).")
                return Known(values: [variable.value(override.value)], isKnown: true)
            case .missing(.notMeasured), .missing(.stale): notes.append("\(label) not recorded; taken as no.")
            default: break
            }
        }
        switch (variable.source, inputs[variable.input].content) {
        case (.number, .number(let number)): return Known(values: [variable.value(number)], isKnown: true)
        case (.number(let clamp, _, _), .bound(let limit, let comparator)):
            let inside = min(max(limit, clamp.lowerBound), clamp.upperBound)
            switch comparator {
            case .less, .lessOrEqual: return Known(values: ends(variable, clamp.lowerBound, inside), isKnown: true)
            case .greater, .greaterOrEqual: return Known(values: ends(variable, inside, clamp.upperBound), isKnown: true)
            }
        case (.codes(let codes, let values), .coded(let code)):
            if let row = codes.row(of: code) { return Known(values: [values[row]], isKnown: true) }
        case (.codes(let codes, let values), .number(let number)):
            if let row = codes.row(of: number) { return Known(values: [values[row]], isKnown: true) }
        default: break
        }
        switch variable.source {
        case .number(let clamp, _, _):
            return Known(values: ends(variable, clamp.lowerBound, clamp.upperBound), isKnown: false)
        case .codes(_, let values): return Known(values: values, isKnown: false)
        }
    }

    private func ends(_ variable: FormulaModel.Variable, _ low: Double, _ high: Double) -> [Double] {
        low == high ? [variable.value(low)] : [variable.value(low), variable.value(high)]
    }

    func evaluate(_ inputs: [FeatureValue], asOf: AsOf) -> Evaluation {
        var notes: [String] = []
        let known = model.variables.map { self.known($0, inputs, &notes) }
        let scale = Decision.Scale.points(minimum: model.range.lowerBound, maximum: model.range.upperBound)
        var range = (low: Double.infinity, high: -Double.infinity)
        var parts = Array(repeating: (low: Double.infinity, high: -Double.infinity), count: model.variables.count)
        for combination in StateCombinations(counts: known.map(\.values.count)) {
            let values = zip(known, combination).map { $0.values[$1] }
            let result = model.result(values)
            range = (min(range.low, result), max(range.high, result))
            var sums = Array(repeating: 0.0, count: parts.count)
            for term in model.terms { sums[term.factors[0]] += model.product(term, values, result: 0) }
            for index in parts.indices {
                parts[index] = (min(parts[index].low, sums[index]), max(parts[index].high, sums[index]))
            }
        }
        let reasons = model.variables.indices.map { index in
            let input = model.variables[index].input
            return Reason(
                name: model.variables[index].name, label: model.variables[index].label, inputs: [model.inputs[input].name],
                low: parts[index].low, high: parts[index].high, text: describe(input, inputs[input], asOf: asOf),
                band: "\(Wording.range(parts[index].low, parts[index].high)) points before rounding")
        }
        let count = known.count { $0.isKnown }
        guard count >= model.minimumInputs else {
            let sentence = "\(count) of \(known.count) inputs have a value, \(model.minimumInputs) are needed."
            return Evaluation(
                scale: scale, result: .insufficient(sentence), level: .unknown, reasons: reasons, notes: notes)
        }
        let (low, high) = (level(range.low), level(range.high))
        if range.low < range.high {
            var text = Wording.range(range.low, range.high) + ": " + model.levels[low].level.name
            if low < high { text += " at least, " + model.levels[high].level.name + " possible" }
            notes.insert(text + ".", at: 0)
        }
        let estimate = Decision.Estimate(value: range.low == range.high ? range.low : nil, low: range.low, high: range.high)
        return Evaluation(
            scale: scale, result: .estimate(estimate), level: model.levels[high].level, reasons: reasons, notes: notes)
    }

    private func level(_ result: Double) -> Int {
        var index = model.levels.count - 1
        while index > 0, result < (model.levels[index].from ?? -.infinity) { index -= 1 }
        return index
    }

    private func describe(_ input: Int, _ value: FeatureValue, asOf: AsOf) -> String {
        let (label, unit) = (model.inputs[input].label, Wording.unit(model.inputs[input].unit))
        switch value.content {
        case .number(let number): return "\(label) \(Wording.number(number))\(unit)"
        case .bound(let number, let comparator):
            return "\(label) \(Wording.comparator(comparator)) \(Wording.number(number))\(unit)"
        case .coded: return "\(label) recorded"
        case .missing(let reason): return "\(label) \(Wording.missing(reason, effective: value.effective, asOf: asOf))"
        }
    }
}

import Clinical

/// Evaluates a published score.
///
/// A missing input leaves its part open between the lowest and the highest points of its table. Where a missing input
/// also decides between tables (air or oxygen), every possible case is worked through, so that the range is exactly the
/// set's lowest and highest result and not the sum of ranges that cannot occur together.
struct ScoreEvaluator: Evaluator {
    private let model: ScoreModel
    /// For each input the tables over its codes, with their rows' names.
    private let coded: [[(codes: CodedRows, rows: [ScoreTable.Row])]]
    /// For each input its unit as it is read.
    private let units: [String]

    init(_ model: ScoreModel) {
        self.model = model
        var coded: [[(codes: CodedRows, rows: [ScoreTable.Row])]] = Array(repeating: [], count: model.inputs.count)
        for table in model.tables {
            if case .coded(let codes) = table.axis { coded[table.input].append((codes, table.rows)) }
        }
        self.coded = coded
        units = model.inputs.map { Wording.unit($0.unit) }
    }

    func recognizes(_ code: Code, input: Int) -> Bool {
        coded[input].contains { $0.codes.row(of: code) != nil }
    }

    func evaluate(_ inputs: [FeatureValue], asOf: AsOf) -> Evaluation {
        switch model.aggregate {
        case .sum(let minimum, let maximum): sum(inputs, asOf: asOf, scale: .points(minimum: minimum, maximum: maximum))
        case .ratio(let numerator, let denominator, let decimals):
            ratio(inputs, asOf: asOf, numerator: numerator, denominator: denominator, decimals: decimals)
        }
    }

    // MARK: - Sum

    /// Points of a part over the possible states.
    private struct PartResult {
        var low = Double.infinity
        var high = -Double.infinity
        var band = ""
        var isKnown = false
        /// Which of the part's inputs decided, a bit for each, and which were left out.
        var used: UInt64 = 0
        var leftOut: UInt64 = 0
    }

    private func sum(_ inputs: [FeatureValue], asOf: AsOf, scale: Decision.Scale) -> Evaluation {
        var notes: [String] = []
        let states = model.states.map { $0.tables.outcome(inputs) }
        let possible = zip(model.states, states).map { possibleValues(of: $0, outcome: $1, inputs: inputs, notes: &notes) }
        // Parts whose table depends on no state are worked out once.
        let fixed = model.parts.map { part -> ScoreTables.Outcome? in
            guard case .choices(let choices) = part.content, choices.count == 1 else { return nil }
            return choices.first?.tables.outcome(inputs)
        }
        var parts = Array(repeating: PartResult(), count: model.parts.count)
        var range = (low: Double.infinity, high: -Double.infinity)
        var levels = (low: Int.max, high: 0)
        for combination in StateCombinations(counts: possible.map(\.count)) {
            var total = (low: 0.0, high: 0.0)
            var largest = (low: -Double.infinity, high: -Double.infinity)
            for index in model.parts.indices {
                let found: (low: Double, high: Double)
                switch model.parts[index].content {
                case .state(let state, let points):
                    let value = points[possible[state][combination[state]]]
                    found = (value, value)
                    merge(value, value, states[state], into: &parts[index])
                case .choices(let choices):
                    guard let outcome = fixed[index] ?? choice(choices, possible, combination)?.tables.outcome(inputs)
                    else { continue }
                    found = (outcome.low, outcome.high)
                    merge(outcome.low, outcome.high, outcome, into: &parts[index])
                }
                total.low += found.low
                total.high += found.high
                largest.low = max(largest.low, found.low)
                largest.high = max(largest.high, found.high)
            }
            range = (min(range.low, total.low), max(range.high, total.high))
            levels.low = min(levels.low, model.level(total.low, largestPart: largest.low))
            levels.high = max(levels.high, model.level(total.high, largestPart: largest.high))
        }
        let reasons = model.parts.indices.map { reason(model.parts[$0], parts[$0], inputs, asOf: asOf) }
        for (part, result) in zip(model.parts, parts) where result.leftOut != 0 && result.used != 0 {
            for (bit, input) in part.inputs.enumerated() where result.leftOut >> UInt64(bit) & 1 == 1 {
                notes.append(leftOut(input, part, result, inputs, asOf: asOf))
            }
        }
        let known = parts.count { $0.isKnown }
        guard known >= model.minimumParts else {
            let needed = "\(known) of \(parts.count) parts have a value, \(model.minimumParts) are needed."
            return Evaluation(scale: scale, result: .insufficient(needed), level: .unknown, reasons: reasons, notes: notes)
        }
        notes.insert(contentsOf: rangeNotes(range, levels, parts: parts), at: 0)
        let estimate = Decision.Estimate(value: range.low == range.high ? range.low : nil, low: range.low, high: range.high)
        return Evaluation(
            scale: scale, result: .estimate(estimate), level: model.levels[levels.high].level, reasons: reasons,
            notes: notes)
    }

    private func choice(_ choices: [ScoreModel.Choice], _ possible: [[Int]], _ combination: [Int]) -> ScoreModel.Choice? {
        choices.first { $0.conditions.allSatisfy { possible[$0.state][combination[$0.state]] == $0.value } }
    }

    /// Values that a state may have.
    private func possibleValues(
        of state: ScoreModel.State, outcome: ScoreTables.Outcome, inputs: [FeatureValue], notes: inout [String]
    ) -> [Int] {
        if outcome.isKnown { return Array(Int(outcome.low)...Int(outcome.high)) }
        let nothingArrived = state.tables.tables.allSatisfy { table in
            switch inputs[table.input].content {
            case .missing(.notMeasured), .missing(.stale): true
            default: false
            }
        }
        if let fallback = state.fallback, nothingArrived {
            notes.append(fallback.note)
            return [fallback.value]
        }
        return Array(state.values.indices)
    }

    private func merge(_ low: Double, _ high: Double, _ outcome: ScoreTables.Outcome, into part: inout PartResult) {
        part.low = min(part.low, low)
        part.high = max(part.high, high)
        if part.band.isEmpty {
            part.band = outcome.band
            part.isKnown = outcome.isKnown
            part.used = outcome.used
            part.leftOut = outcome.leftOut
        } else if part.band != outcome.band {
            part.band = "depends on the missing inputs"
        }
    }

    // MARK: - Ratio

    private func ratio(
        _ inputs: [FeatureValue], asOf: AsOf, numerator: Int, denominator: Int, decimals: Int
    ) -> Evaluation {
        let (above, below) = (model.inputs[numerator], model.inputs[denominator])
        let text = "\(describe(numerator, inputs, asOf: asOf)) ÷ \(describe(denominator, inputs, asOf: asOf))"
        let label = "\(above.label) ÷ \(below.label.prefix(1).lowercased() + below.label.dropFirst())"
        var reason = Reason(
            name: "ratio", label: label, inputs: [above.name, below.name], low: 0, high: 0, text: text, band: "not known")
        guard case .number(let dividend) = inputs[numerator].content,
            case .number(let divisor) = inputs[denominator].content,
            divisor > 0
        else {
            let sentence = "The ratio needs an exact value of both inputs, the divisor above zero."
            return Evaluation(scale: .index, result: .insufficient(sentence), level: .unknown, reasons: [reason], notes: [])
        }
        let ratio = dividend / divisor
        var power = 1.0
        for _ in 0..<decimals { power *= 10 }
        let rounded = (ratio * power).rounded() / power
        let index = model.level(ratio, largestPart: -.infinity)
        reason.low = rounded
        reason.high = rounded
        reason.band = band(ofLevel: index)
        let estimate = Decision.Estimate(value: rounded, low: rounded, high: rounded)
        return Evaluation(
            scale: .index, result: .estimate(estimate), level: model.levels[index].level, reasons: [reason], notes: [])
    }

    private func band(ofLevel index: Int) -> String {
        let from = model.levels[index].from
        let until = index + 1 < model.levels.count ? model.levels[index + 1].from : nil
        return NumericBands.Limits(from: from, above: nil, to: nil, below: until).text
    }

    // MARK: - Words

    private func reason(
        _ part: ScoreModel.Part, _ result: PartResult, _ inputs: [FeatureValue], asOf: AsOf
    ) -> Reason {
        var text = ""
        let divisors = part.divisors
        for (bit, input) in part.inputs.enumerated()
        where result.used == 0 || divisors.contains(input) || result.used >> UInt64(bit) & 1 == 1 {
            if !text.isEmpty { text += ", " }
            text += describe(input, inputs, asOf: asOf)
        }
        let band = result.isKnown ? result.band : "\(Wording.range(result.low, result.high)) possible"
        return Reason(
            name: part.name, label: part.label, inputs: part.inputNames, low: result.low, high: result.high, text: text,
            band: band)
    }

    /// `Respiratory rate 26 /min`, `Temperature last measured 14 h ago`.
    private func describe(_ input: Int, _ inputs: [FeatureValue], asOf: AsOf) -> String {
        var text = model.inputs[input].label
        switch inputs[input].content {
        case .number(let number):
            text += " "
            text += Wording.number(number)
            text += units[input]
        case .bound(let number, let comparator):
            text += " " + Wording.comparator(comparator) + " " + Wording.number(number) + units[input]
        case .coded(let code): text += ": " + meaning(of: code, input: input)
        case .missing(let reason):
            text += " " + Wording.missing(reason, effective: inputs[input].effective, asOf: asOf)
        }
        return text
    }

    /// What the table calls the code: its own display may be in any words.
    private func meaning(of code: Code, input: Int) -> String {
        for table in coded[input] {
            if let row = table.codes.row(of: code) { return table.rows[row].label }
        }
        return "not in the table"
    }

    private func leftOut(
        _ input: Int, _ part: ScoreModel.Part, _ result: PartResult, _ inputs: [FeatureValue], asOf: AsOf
    ) -> String {
        let others = part.inputs.enumerated().filter { result.used >> UInt64($0.offset) & 1 == 1 }
            .map { model.inputs[$0.element].label }.joined(separator: " and ")
        return "\(describe(input, inputs, asOf: asOf)); \(others) alone decides."
    }

    private func rangeNotes(
        _ range: (low: Double, high: Double), _ levels: (low: Int, high: Int), parts: [PartResult]
    ) -> [String] {
        guard range.low < range.high else { return [] }
        var text = Wording.range(range.low, range.high) + ": " + model.levels[levels.low].level.name
        if levels.low < levels.high { text += " at least, " + model.levels[levels.high].level.name + " possible" }
        let open = zip(model.parts, parts).filter { $1.low < $1.high }.map(\.0.label)
        return [text + ".", "Open: " + open.joined(separator: ", ") + "."]
    }
}

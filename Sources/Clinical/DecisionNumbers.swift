/// What a trained model said, in numbers. Reasons, inputs and notes are written when somebody reads them, and come out the
/// same each time.
public final class DecisionNumbers: Sendable, Hashable {
    /// Which labels cannot be excluded at a level of confidence.
    public struct PredictionSet: Sendable, Hashable {
        public var level: Double
        public var positive: Bool
        public var negative: Bool

        public init(level: Double, positive: Bool, negative: Bool) {
            self.level = level
            self.positive = positive
            self.negative = negative
        }
    }

    /// What the model said beyond its result, in log odds; the contributions and the baseline add up to the margin.
    public struct Answer: Sendable, Hashable {
        public var baseline: Double
        /// One for each concept of the sheet.
        public var contributions: [Double]
        public var sets: [PredictionSet]
        /// The row is unlike most of the training population.
        public var isUnusual: Bool
        /// Position of the input to blame.
        public var farthest: Int?
        /// Inputs outside the range of 99.9 % of the training values, in the order in which they are named.
        public var outside: [Int]

        public init(
            baseline: Double, contributions: [Double], sets: [PredictionSet], isUnusual: Bool, farthest: Int?,
            outside: [Int]
        ) {
            self.baseline = baseline
            self.contributions = contributions
            self.sets = sets
            self.isUnusual = isUnusual
            self.farthest = farthest
            self.outside = outside
        }
    }

    public let sheet: DecisionSheet
    /// The moment that ages count to.
    public let moment: Instant
    public let row: FeatureRow
    /// `nil` where there were too few inputs for any.
    public let answer: Answer?

    public init(sheet: DecisionSheet, moment: Instant, row: FeatureRow, answer: Answer?) {
        self.sheet = sheet
        self.moment = moment
        self.row = row
        self.answer = answer
    }

    public static func == (left: DecisionNumbers, right: DecisionNumbers) -> Bool {
        left === right
            || left.moment == right.moment && left.answer == right.answer && left.row == right.row
                && left.sheet == right.sheet
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(moment)
        hasher.combine(row)
    }

    // MARK: - In words

    /// Every input with its value and age.
    public var inputs: [FeatureValue] {
        sheet.requests.enumerated().map { row.value($0, of: $1) }
    }

    /// One reason a concept, the largest first, and the baseline at the end.
    public var reasons: [Reason] {
        guard let answer else { return [] }
        var reasons: [Reason] = []
        reasons.reserveCapacity(sheet.concepts.count + 1)
        for (concept, sum) in zip(sheet.concepts, answer.contributions) {
            reasons.append(
                Reason(
                    name: concept.name, label: concept.label, inputs: concept.inputs.map { sheet.requests[$0].name },
                    low: sum, high: sum, text: text(concept), band: sum > 0 ? "raises" : sum < 0 ? "lowers" : "no effect"))
        }
        reasons.sort { abs($0.low) == abs($1.low) ? $0.name < $1.name : abs($0.low) > abs($1.low) }
        reasons.append(
            Reason(
                name: "baseline", label: "Training population", inputs: [], low: answer.baseline, high: answer.baseline,
                text: "Mean of the training population", band: "baseline"))
        return reasons
    }

    /// `Lactate 4.1 mmol/L, 40 min ago, rising`.
    public func text(_ concept: DecisionSheet.Concept) -> String {
        guard let input = concept.last ?? concept.inputs.first, row.entries.indices.contains(input) else {
            return concept.label
        }
        var text = concept.label
        let unit = Wording.unit(sheet.requests[input].resultUnit)
        let effective = row.effective(input)
        switch row.content(input) {
        case .number(let number): text += " \(Wording.number(number))\(unit)"
        case .bound(let number, let comparator):
            text += " \(Wording.comparator(comparator)) \(Wording.number(number))\(unit)"
        case .coded: text += " arrived as a code"
        case .missing(let reason):
            return text + " " + Wording.missing(reason, effective: effective, asOf: AsOf(moment))
        }
        guard concept.last != nil else { return text }
        if let effective { text += ", \(Wording.age(moment.seconds(since: effective))) ago" }
        if let trend = trend(concept) { text += ", \(trend)" }
        return text
    }

    /// Rising or falling where the slope makes a tenth of the value over half its window.
    private func trend(_ concept: DecisionSheet.Concept) -> String? {
        guard let last = concept.last, let slope = concept.slope, case .number(let value) = row.content(last),
            case .number(let perHour) = row.content(slope)
        else { return nil }
        let change = perHour * Double(sheet.requests[slope].horizonSeconds) / 7200
        guard abs(change) > 0.1 * abs(value) else { return nil }
        return change > 0 ? "rising" : "falling"
    }

    /// The value that makes the row unlike others.
    public func blame(_ farthest: Int?) -> String {
        guard let farthest, sheet.requests.indices.contains(farthest) else { return "the combination of values" }
        return sheet.concepts.first { $0.inputs.contains(farthest) }.map(text) ?? sheet.requests[farthest].label
    }

    /// Sentences that a reader needs to judge the result.
    public var notes: [String] {
        guard let answer else { return [] }
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
        if answer.isUnusual { notes.append("Unlike most of the training population: \(blame(answer.farthest)).") }
        for input in answer.outside.prefix(3) where sheet.requests.indices.contains(input) {
            let request = sheet.requests[input]
            notes.append("\(request.label) (\(request.name)) is outside the range of 99.9 % of the training values.")
        }
        for (request, input) in zip(sheet.requests, row.entries.indices) {
            if case .bound = row.content(input) { notes.append("\(request.label) is a bound and counts by its limit.") }
        }
        notes.append("Reasons are associations in the training data, not causes; in log odds.")
        return notes
    }
}

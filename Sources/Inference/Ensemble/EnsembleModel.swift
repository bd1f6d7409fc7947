import Clinical

/// A trained model as the manifest declares it, with all names resolved.
struct EnsembleModel: Sendable {
    /// A group of patients with limits of its own.
    struct Group: Sendable {
        var name: String
        /// Positions of the inputs that decide, and the range that each is in: from the first, below the second. The group
        /// without any takes everybody else.
        var rules: [(input: Int, from: Double, below: Double)]
        var limits: [Limit]
    }

    /// Margins at which a label is in the prediction set.
    struct Limit: Sendable {
        var level: Double
        var positiveFrom: Double
        var negativeTo: Double
    }

    struct Outliers: Sendable {
        var inputs: [Int]
        var distance: MahalanobisDistance
        var flag: Double
        var abstain: Double
        /// A forest over the same inputs, and the score above which it flags.
        var isolation: (forest: IsolationForest, limit: Double)?
    }

    /// What an input was in training.
    struct Reference: Sendable {
        var low: Double
        var high: Double
    }

    struct Concept: Sendable {
        var name: String
        var label: String
        var inputs: [Int]
        /// The input with the last value, and the one with its slope.
        var last: Int?
        var slope: Int?
    }

    var inputs: [FeatureRequest]
    var members: [EnsembleMember]
    var calibration: Calibration
    var vennAbers: VennAbers
    var groups: [Group]
    var outliers: Outliers?
    var references: [Int: Reference]
    var sufficient: (inputs: [Int], minimum: Int)
    var levels: [ScoreModel.Level]
    var concepts: [Concept]

    /// Inputs about the same thing, in the order of the first of each.
    static func concepts(of inputs: [FeatureRequest]) -> [Concept] {
        var found: [Concept] = []
        for (index, input) in inputs.enumerated() {
            let name = input.concept ?? input.name
            let position: Int
            if let known = found.firstIndex(where: { $0.name == name }) {
                position = known
                found[position].inputs.append(index)
            } else {
                position = found.count
                found.append(Concept(name: name, label: input.label, inputs: [index]))
            }
            switch input.aggregate {
            case .last: found[position].last = index
            case .slope: found[position].slope = index
            default: break
            }
        }
        return found
    }

    /// The numbers that the members take: a bound by its limit, NaN where there is none.
    func row(_ values: [FeatureValue]) -> [Double] {
        values.map { value in
            switch value.content {
            case .number(let number), .bound(let number, _): number
            case .coded, .missing: .nan
            }
        }
    }

    /// How far an answer may be from a golden row's: a net in single precision rounds otherwise than the library did.
    var tolerance: Double { members.contains(where: \.isSinglePrecision) ? 1e-5 : 1e-6 }

    func margins(_ row: [Double]) -> [Double] { members.map { $0.margin(row) } }

    /// The mean of the members' contributions.
    func attribution(_ row: [Double]) -> Attribution {
        var sum = Attribution(bias: 0, values: Array(repeating: 0, count: inputs.count))
        for member in members {
            let part = member.attribution(row)
            sum.bias += part.bias
            for (index, value) in part.values.enumerated() where index < sum.values.count { sum.values[index] += value }
        }
        let count = Double(members.count)
        return Attribution(bias: sum.bias / count, values: sum.values.map { $0 / count })
    }

    func group(_ row: [Double]) -> Group? {
        groups.first { group in
            group.rules.allSatisfy { row[$0.input] >= $0.from && row[$0.input] < $0.below }
        }
    }
}

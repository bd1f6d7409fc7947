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

    var inputs: [FeatureRequest]
    var members: [EnsembleMember]
    var calibration: Calibration
    var vennAbers: VennAbers
    var groups: [Group]
    var outliers: Outliers?
    var references: [Int: Reference]
    var sufficient: (inputs: [Int], minimum: Int)
    var levels: [ScoreModel.Level]
    /// What its decisions have in common.
    var sheet: DecisionSheet

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

    /// The same of several rows: a member meets all of them while it is in the cache.
    func margins(rows: [[Double]]) -> [[Double]] {
        let ofMembers = members.map { $0.margins(rows) }
        return rows.indices.map { row in ofMembers.map { $0[row] } }
    }

    /// The mean of the members' contributions.
    func attribution(_ row: [Double]) -> Attribution {
        attributions([row])[0]
    }

    /// The same of several rows; a row's values do not depend on its company.
    func attributions(_ rows: [[Double]]) -> [Attribution] {
        var sums = rows.map { _ in Attribution(bias: 0, values: Array(repeating: 0, count: inputs.count)) }
        for member in members {
            for (row, part) in member.attributions(rows).enumerated() {
                sums[row].bias += part.bias
                sums[row].values.withUnsafeMutableBufferPointer { values in
                    for index in 0..<min(values.count, part.values.count) { values[index] += part.values[index] }
                }
            }
        }
        let count = Double(members.count)
        for row in sums.indices {
            sums[row].bias /= count
            for index in sums[row].values.indices { sums[row].values[index] /= count }
        }
        return sums
    }

    func group(_ row: [Double]) -> Group? {
        groups.first { group in
            group.rules.allSatisfy { row[$0.input] >= $0.from && row[$0.input] < $0.below }
        }
    }
}

extension EnsembleMember {
    fileprivate func margins(_ rows: [[Double]]) -> [Double] {
        if case .trees(let trees) = self { return rows.map { trees.margin($0) } }
        return rows.map(margin)
    }

    /// The contributions to several rows at once, where that is faster.
    fileprivate func attributions(_ rows: [[Double]]) -> [Attribution] {
        if case .trees(let trees) = self { return trees.attributions(rows: rows).map { $0[0] } }
        return rows.map(attribution)
    }
}

/// What a model file says, in terms that all formats share.
struct ForestDescription: Sendable {
    var trees: [DecisionTree]
    /// Which output each tree adds to.
    var outputOfTree: [Int]
    var featureCount: Int
    /// Margin of each output before the first tree.
    var bases: [Double]
    var link: TreeEnsemble.Link
    var arithmetic: TreeEnsemble.Arithmetic
    /// The trees are averaged rather than added up (random forests).
    var isAveraged: Bool
}

/// A gradient-boosted tree model, compiled to a flat layout.
///
/// Read from the files of XGBoost (JSON, UBJSON) and LightGBM (text). Margins are the libraries' own: added in their order
/// and precision, with their rules for missing values and categories.
///
/// A class, so that handing it on counts one reference and not those of everything in it.
public final class TreeEnsemble: Sendable {
    /// What makes a prediction of a margin.
    public enum Link: String, Sendable {
        case identity, logistic, softmax, exponential
    }

    /// The precision in which the library compares and adds: XGBoost `single`, LightGBM `double`.
    public enum Arithmetic: String, Sendable {
        case single, double
    }

    /// Number of values in a row.
    public let featureCount: Int
    /// Number of margins: one, or one a class.
    public let outputCount: Int
    public let link: Link
    let trees: [DecisionTree]
    let outputOfTree: [Int]
    let bases: [Double]
    let scale: [Double]
    let arithmetic: Arithmetic
    /// Mean margin of each output over the training rows.
    let expectations: [Double]
    let forest: CompiledForest
    let attribution: AttributionForest

    /// Reads a model that XGBoost 1.6 or later saved, as JSON or UBJSON.
    /// - Throws: ``InferenceError`` of the causes `modelFile` and `unsupported`.
    public convenience init(xgboost bytes: [UInt8]) throws(InferenceError) {
        try self.init(XGBoostReader.read(bytes))
    }

    /// Reads a model that LightGBM 3 or 4 saved as text.
    /// - Throws: ``InferenceError`` of the causes `modelFile` and `unsupported`.
    public convenience init(lightgbm bytes: [UInt8]) throws(InferenceError) {
        try self.init(LightGBMReader.read(bytes))
    }

    init(_ description: ForestDescription) throws(InferenceError) {
        featureCount = description.featureCount
        outputCount = description.bases.count
        link = description.link
        trees = description.trees
        outputOfTree = description.outputOfTree
        bases = description.bases
        arithmetic = description.arithmetic
        var counts = Array(repeating: 0, count: outputCount)
        for output in outputOfTree { counts[output] += 1 }
        scale = counts.map { description.isAveraged && $0 > 0 ? 1 / Double($0) : 1 }
        var expectations = bases
        for (tree, output) in zip(trees, outputOfTree) { expectations[output] += scale[output] * tree.expectation }
        self.expectations = expectations
        var slots = SplitSlots(featureCount: featureCount, rounds: arithmetic == .single)
        forest = try CompiledForest(trees, slots: &slots, arithmetic: arithmetic)
        attribution = try AttributionForest(trees, outputs: outputOfTree, slots: &slots)
        self.slots = slots
    }

    let slots: SplitSlots

    public var treeCount: Int { trees.count }

    // MARK: - Prediction

    /// The margin of a model with one output.
    ///
    /// - Parameter row: One value a feature, `nan` where missing. A row of another length counts as missing throughout.
    public func margin(_ row: [Double]) -> Double {
        row.withUnsafeBufferPointer { margin($0) }
    }

    /// As ``margin(_:)-(Array<Double>)``, without an array.
    public func margin(_ row: UnsafeBufferPointer<Double>) -> Double {
        withUnsafeTemporaryAllocation(of: Double.self, capacity: slots.count) { values in
            slots.fill(values, from: row)
            return scale[0] * forest.sum(values, base: bases[0])
        }
    }

    /// The margins of all outputs.
    public func margins(_ row: [Double]) -> [Double] {
        if outputCount == 1 { return [margin(row)] }
        return withUnsafeTemporaryAllocation(of: Double.self, capacity: slots.count) { values in
            row.withUnsafeBufferPointer { slots.fill(values, from: $0) }
            var sums = bases
            forest.add(values, to: &sums, outputOfTree: outputOfTree)
            for index in sums.indices { sums[index] *= scale[index] }
            return sums
        }
    }

    /// Margins of many rows, one after another in one array; each tree meets a block of rows while it is in the cache.
    /// - Returns: `outputCount` margins for each row.
    public func margins(rows: [Double]) -> [Double] {
        guard featureCount > 0 else { return [] }
        var found: [Double] = []
        let count = rows.count / featureCount
        found.reserveCapacity(count * outputCount)
        rows.withUnsafeBufferPointer { rows in
            for row in 0..<count {
                let values = UnsafeBufferPointer(rebasing: rows[row * featureCount..<(row + 1) * featureCount])
                if outputCount == 1 { found.append(margin(values)) } else { found += margins(Array(values)) }
            }
        }
        return found
    }

    /// Predictions in the space of the target: probabilities for `logistic` and `softmax`.
    public func prediction(_ row: [Double]) -> [Double] {
        link.apply(margins(row))
    }
}

extension TreeEnsemble.Link {
    func apply(_ margins: [Double]) -> [Double] {
        switch self {
        case .identity: return margins
        case .logistic: return margins.map { Elementary.logistic($0) }
        case .exponential: return margins.map { Elementary.exp($0) }
        case .softmax:
            let highest = margins.max() ?? 0
            let powers = margins.map { Elementary.exp($0 - highest) }
            let sum = powers.reduce(0, +)
            return powers.map { $0 / sum }
        }
    }
}

/// The values that splits compare: each feature in each of the forms that some split needs.
///
/// A split sends a value left when it is below a limit. Whatever else a library does with a value (missing goes left, zero
/// counts as missing, a set of codes) is done once for each row here, so that trees need no branch for it: a missing value
/// that goes left is −∞, one that goes right +∞, a code that goes left −∞.
struct SplitSlots: Sendable {
    private enum Form: Hashable, Sendable {
        case plain(DecisionTree.Missing)
        /// Position of the codes in `sets`.
        case codes(Int, isLeft: Bool, missing: DecisionTree.Missing)
    }

    private struct Key: Hashable {
        var feature: Int
        var form: Form
    }

    private var positions: [Key: Int] = [:]
    private var slots: [(feature: Int, form: Form)] = []
    /// For each slot its feature, and what stands for a missing value.
    private var features: [Int] = []
    private var replacements: [Double] = []
    /// Slots that need more than that.
    private var special: [Int] = []
    private var sets: [Set<Int>] = []
    private let featureCount: Int
    /// XGBoost takes values as 32-bit floats.
    private let rounds: Bool

    init(featureCount: Int, rounds: Bool) {
        self.featureCount = featureCount
        self.rounds = rounds
    }

    /// At least one, so that workspaces have an address.
    var count: Int { max(1, slots.count) }

    /// The slot and limit of a node: left when the slot's value is below the limit.
    mutating func place(_ node: DecisionTree.Node) -> (slot: Int, limit: Double) {
        switch node.test {
        case .below(let limit):
            // Nothing is below −∞, but a missing value may still go left: any other limit in reach says the same.
            if limit == -.infinity { return (slot(node.feature, .plain(node.missing)), -Double.greatestFiniteMagnitude) }
            return (slot(node.feature, .plain(node.missing)), limit)
        case .among(let codes): return (codeSlot(node, codes, isLeft: true), 0)
        case .notAmong(let codes): return (codeSlot(node, codes, isLeft: false), 0)
        }
    }

    private mutating func codeSlot(_ node: DecisionTree.Node, _ codes: Set<Int>, isLeft: Bool) -> Int {
        let set: Int
        if let known = sets.firstIndex(of: codes) {
            set = known
        } else {
            set = sets.count
            sets.append(codes)
        }
        return slot(node.feature, .codes(set, isLeft: isLeft, missing: node.missing))
    }

    private mutating func slot(_ feature: Int, _ form: Form) -> Int {
        let key = Key(feature: feature, form: form)
        if let known = positions[key] { return known }
        positions[key] = slots.count
        slots.append((feature, form))
        features.append(feature)
        switch form {
        case .plain(.left): replacements.append(-.infinity)
        case .plain(.right): replacements.append(.infinity)
        case .plain(.asZero): replacements.append(0)
        case .plain(.zeroLeft):
            replacements.append(-.infinity)
            special.append(slots.count - 1)
        case .plain(.zeroRight):
            replacements.append(.infinity)
            special.append(slots.count - 1)
        case .codes:
            replacements.append(0)
            special.append(slots.count - 1)
        }
        return slots.count - 1
    }

    /// Fills a workspace of `count` values from a row.
    func fill(_ values: UnsafeMutableBufferPointer<Double>, from row: UnsafeBufferPointer<Double>) {
        let isComplete = row.count == featureCount
        // The readers checked every feature against the count.
        for index in features.indices {
            let value = isComplete ? row[features[index]] : .nan
            values[index] = value.isNaN ? replacements[index] : rounds ? Double(Float(value)) : value
        }
        for index in special {
            let slot = slots[index]
            let value = isComplete ? row[slot.feature] : .nan
            switch slot.form {
            case .plain(let missing):
                if !value.isNaN, abs(value) <= Self.zero { values[index] = missing == .zeroLeft ? -.infinity : .infinity }
            case .codes(let set, let isLeft, let missing):
                let goesLeft: Bool
                if value.isNaN {
                    goesLeft = missing == .left
                } else if value > -1, value < 16_777_216 {
                    goesLeft = sets[set].contains(Int(value)) == isLeft
                } else {
                    goesLeft = !isLeft
                }
                values[index] = goesLeft ? -1 : 1
            }
        }
    }

    /// Whether a row goes left at a node, for those who look at one node at a time.
    func goesLeft(_ node: DecisionTree.Node, _ row: [Double]) -> Bool {
        var value = node.feature < row.count ? row[node.feature] : .nan
        if rounds { value = Double(Float(value)) }
        let isMissing: Bool
        switch node.missing {
        case .left, .right: isMissing = value.isNaN
        case .zeroLeft, .zeroRight: isMissing = value.isNaN || abs(value) <= Self.zero
        case .asZero:
            isMissing = false
            if value.isNaN { value = 0 }
        }
        if isMissing { return node.missing == .left || node.missing == .zeroLeft }
        switch node.test {
        case .below(let limit): return value < limit
        case .among(let codes): return value > -1 && value < 16_777_216 && codes.contains(Int(value))
        case .notAmong(let codes): return !(value > -1 && value < 16_777_216 && codes.contains(Int(value)))
        }
    }

    /// LightGBM's kZeroThreshold, which is a 32-bit float.
    private static let zero = Double(Float(1e-35))
}

internal import Foundation

/// Reads models that LightGBM saved as text (`version=v3` or `v4`).
///
/// Linear trees are refused.
enum LightGBMReader {
    static func read(_ bytes: [UInt8]) throws(InferenceError) -> ForestDescription {
        let text = String(decoding: bytes, as: UTF8.self)
        var header: [Substring: Substring] = [:]
        var sections: [[Substring: Substring]] = []
        var isHeader = true
        var isAveraged = false
        for line in text.split(separator: "\n") {
            if line == "end of trees" { break }
            if line == "average_output" { isAveraged = true }
            if line.hasPrefix("Tree=") {
                sections.append([:])
                isHeader = false
                continue
            }
            guard let equals = line.firstIndex(of: "=") else { continue }
            let (key, value) = (line[..<equals], line[line.index(after: equals)...])
            if isHeader { header[key] = value } else { sections[sections.count - 1][key] = value }
        }
        guard let version = header["version"], version == "v3" || version == "v4" else {
            throw InferenceError(.modelFile, at: "version", "Only model files of LightGBM 3 and 4 are read.")
        }
        let outputs = try whole(header, "num_tree_per_iteration", 1...100_000, place: "the header")
        let featureCount = try whole(header, "max_feature_idx", 0...999_999, place: "the header") + 1
        var trees: [DecisionTree] = []
        for (index, section) in sections.enumerated() {
            trees.append(try tree(section, place: "Tree=\(index)", featureCount: featureCount))
        }
        guard !trees.isEmpty else { throw InferenceError(.modelFile, at: "the file", "There are no trees.") }
        return ForestDescription(
            trees: trees, outputOfTree: trees.indices.map { $0 % outputs }, featureCount: featureCount,
            bases: Array(repeating: 0, count: outputs), link: try link(header["objective"]), arithmetic: .double,
            isAveraged: isAveraged)
    }

    private static func link(_ objective: Substring?) throws(InferenceError) -> TreeEnsemble.Link {
        let words = (objective ?? "regression").split(separator: " ")
        switch words.first {
        case "binary":
            guard words.first(where: { $0.hasPrefix("sigmoid:") }).map({ Double($0.dropFirst(8)) == 1 }) ?? true else {
                throw InferenceError(.unsupported, at: "objective", "Only a sigmoid of 1 is evaluated.")
            }
            return .logistic
        case "cross_entropy", "xentropy": return .logistic
        case "multiclass", "softmax": return .softmax
        case "poisson", "gamma", "tweedie": return .exponential
        case nil, "regression", "regression_l1", "l2", "huber", "fair", "quantile", "mape", "lambdarank", "rank_xendcg":
            if words.contains("sqrt") {
                throw InferenceError(.unsupported, at: "objective", "A square-root target is not evaluated.")
            }
            return .identity
        default: throw InferenceError(.unsupported, at: "objective", "This objective is not evaluated.")
        }
    }

    private static func whole(
        _ section: [Substring: Substring], _ key: Substring, _ range: ClosedRange<Int>, place: String
    ) throws(InferenceError) -> Int {
        guard let text = section[key], let number = Int(text), range.contains(number) else {
            throw InferenceError(.modelFile, at: "\(place) \(key)", "A whole number in the allowed range is needed here.")
        }
        return number
    }

    private static func numbers<Number: LosslessStringConvertible>(
        _ section: [Substring: Substring], _ key: Substring, count: Int, place: String, as type: Number.Type
    ) throws(InferenceError) -> [Number] {
        let parts = (section[key] ?? "").split(separator: " ")
        let numbers = parts.compactMap { Number(String($0)) }
        guard numbers.count == parts.count, numbers.count == count else {
            throw InferenceError(.modelFile, at: "\(place) \(key)", "\(count) numbers are needed here.")
        }
        return numbers
    }

    private static func tree(
        _ section: [Substring: Substring], place: String, featureCount: Int
    ) throws(InferenceError) -> DecisionTree {
        let leaves = try whole(section, "num_leaves", 1...10_000_000, place: place)
        if section["is_linear"] == "1" { throw InferenceError(.unsupported, at: place, "Linear trees are not evaluated.") }
        let values = try numbers(section, "leaf_value", count: leaves, place: place, as: Double.self)
        guard leaves > 1 else {
            return try DecisionTree(nodes: [.leaf(values[0], cover: 1)], featureCount: featureCount, place: place)
        }
        let splits = leaves - 1
        let features = try numbers(section, "split_feature", count: splits, place: place, as: Int.self)
        let thresholds = try numbers(section, "threshold", count: splits, place: place, as: Double.self)
        let kinds = try numbers(section, "decision_type", count: splits, place: place, as: Int.self)
        let left = try numbers(section, "left_child", count: splits, place: place, as: Int.self)
        let right = try numbers(section, "right_child", count: splits, place: place, as: Int.self)
        let leafCounts = try numbers(section, "leaf_count", count: leaves, place: place, as: Double.self)
        let splitCounts = try numbers(section, "internal_count", count: splits, place: place, as: Double.self)
        let sets = try categories(section, place: place)
        // Leaves are written as the complement of their position; here they stand after the splits.
        func position(_ child: Int) -> Int { child >= 0 ? child : splits + ~child }
        var nodes: [DecisionTree.Node] = []
        for index in 0..<splits {
            guard features[index] >= 0 else { throw InferenceError(.modelFile, at: place, "A feature is out of range.") }
            let kind = kinds[index]
            let goesLeft = kind & 2 != 0
            var missing: DecisionTree.Missing
            switch kind >> 2 & 3 {
            case 0: missing = .asZero
            case 1: missing = goesLeft ? .zeroLeft : .zeroRight
            default: missing = goesLeft ? .left : .right
            }
            let test: DecisionTree.Test
            if kind & 1 != 0 {
                guard let set = Int(exactly: thresholds[index]), sets.indices.contains(set) else {
                    throw InferenceError(.modelFile, at: place, "The categories of a node are not in the list.")
                }
                test = .among(sets[set])
                missing = .right
            } else {
                // Left is "at most": one step above the limit, so that "below" says the same.
                test = .below(thresholds[index].nextUp)
            }
            nodes.append(
                DecisionTree.Node(
                    feature: features[index], test: test, missing: missing, left: position(left[index]),
                    right: position(right[index]), value: 0, cover: splitCounts[index]))
        }
        for (value, cover) in zip(values, leafCounts) { nodes.append(.leaf(value, cover: cover)) }
        return try DecisionTree(nodes: nodes, featureCount: featureCount, place: place)
    }

    /// Bit sets of 32-bit words, with the boundaries of each.
    private static func categories(
        _ section: [Substring: Substring], place: String
    ) throws(InferenceError) -> [Set<Int>] {
        guard let text = section["num_cat"], let count = Int(text), (1...1_000_000).contains(count) else { return [] }
        let bounds = try numbers(section, "cat_boundaries", count: count + 1, place: place, as: Int.self)
        let total = (section["cat_threshold"] ?? "").split(separator: " ").count
        let words = try numbers(section, "cat_threshold", count: total, place: place, as: UInt32.self)
        var sets: [Set<Int>] = []
        for index in 0..<count {
            guard bounds[index] >= 0, bounds[index] <= bounds[index + 1], bounds[index + 1] <= words.count else {
                throw InferenceError(.modelFile, at: place, "The categories of a node are not in the list.")
            }
            var set: Set<Int> = []
            for (offset, word) in words[bounds[index]..<bounds[index + 1]].enumerated() {
                for bit in 0..<32 where word >> UInt32(bit) & 1 == 1 { set.insert(offset * 32 + bit) }
            }
            sets.append(set)
        }
        return sets
    }
}

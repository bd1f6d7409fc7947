internal import Foundation

/// Reads models that XGBoost 1.6 and later saved as JSON or UBJSON ("Introduction to Model IO").
///
/// Older files keep no categories and some answer differently without a word of warning; the version in the file is
/// checked. `gblinear` and trees with a vector in each leaf are refused.
enum XGBoostReader {
    static func read(_ bytes: [UInt8]) throws(InferenceError) -> ForestDescription {
        // UBJSON, too, begins with a brace; in JSON a quote or white space follows it, in UBJSON a length.
        let second = bytes.dropFirst().first ?? 0
        let isText = second == UInt8(ascii: "\"") || second == 32 || second == 10 || second == 13 || second == 9
        return try read(isText ? JSONDocument.read(bytes) : UBJSONDocument.read(bytes))
    }

    private static func read(_ root: ModelDocument) throws(InferenceError) -> ForestDescription {
        let version = try root.numbers("version")
        guard version.count == 3, version[0] > 1 || (version[0] == 1 && version[1] >= 6) else {
            throw ModelDocument.broken("version", "Only files of XGBoost 1.6 or later are read.")
        }
        let learner = try root.at("learner")
        let parameters = try learner.at("learner_model_param")
        let objective = try learner.at("objective").text("name")
        let booster = try learner.at("gradient_booster")
        let name = try booster.text("name")
        let model: ModelDocument
        var weights: [Double]?
        switch name {
        case "gbtree": model = try booster.at("model")
        case "dart":
            model = try booster.at("gbtree", "model")
            weights = try booster.numbers("weight_drop")
        default:
            throw InferenceError(.unsupported, at: "learner/gradient_booster/name", "Only tree boosters are evaluated.")
        }
        let featureCount = try count(parameters, "num_feature", 1...1_000_000)
        let classes = try count(parameters, "num_class", 0...100_000)
        if let targets = parameters.optional("num_target"), try targets.number("num_target") > 1 {
            throw InferenceError(.unsupported, at: "num_target", "Only models with one target are evaluated.")
        }
        let outputs = max(1, classes)
        let groups = try model.numbers("tree_info")
        var trees: [DecisionTree] = []
        for (index, tree) in try model.elements("trees").enumerated() {
            let scale = try weights.map { weights throws(InferenceError) in
                guard index < weights.count else { throw ModelDocument.broken("weight_drop", "A weight is missing.") }
                return weights[index]
            }
            trees.append(try read(tree: tree, place: "trees/\(index)", featureCount: featureCount, scale: scale ?? 1))
        }
        guard groups.count == trees.count else { throw ModelDocument.broken("tree_info", "There is one entry a tree.") }
        var group: [Int] = []
        for value in groups {
            guard let output = Int(exactly: value), (0..<outputs).contains(output) else {
                throw ModelDocument.broken("tree_info", "There is no such output.")
            }
            group.append(output)
        }
        let link = try link(objective)
        return ForestDescription(
            trees: trees, outputOfTree: group, featureCount: featureCount,
            bases: try bases(parameters, objective: objective, link: link, count: outputs), link: link,
            arithmetic: .single, isAveraged: false)
    }

    private static func count(
        _ node: ModelDocument, _ key: String, _ range: ClosedRange<Int>
    ) throws(InferenceError) -> Int {
        guard let count = Int(exactly: try node.at(key).number(key)), range.contains(count) else {
            throw ModelDocument.broken(key, "A whole number in the allowed range is needed here.")
        }
        return count
    }

    private static func link(_ objective: String) throws(InferenceError) -> TreeEnsemble.Link {
        switch objective {
        case "binary:logistic", "reg:logistic": return .logistic
        case "multi:softprob", "multi:softmax": return .softmax
        case "count:poisson", "reg:gamma", "reg:tweedie", "survival:cox": return .exponential
        case "reg:squarederror", "reg:squaredlogerror", "reg:absoluteerror", "reg:pseudohubererror", "binary:logitraw",
            "rank:ndcg", "rank:pairwise", "rank:map":
            return .identity
        default: throw InferenceError(.unsupported, at: "learner/objective/name", "This objective is not evaluated.")
        }
    }

    /// `base_score` is kept in the space of the prediction: a probability, a mean. Since 3.1 it is a list.
    private static func bases(
        _ parameters: ModelDocument, objective: String, link: TreeEnsemble.Link, count: Int
    ) throws(InferenceError) -> [Double] {
        let node = try parameters.at("base_score")
        var values: [Double]
        if case .string(let text) = node {
            let trimmed = text.trimmingCharacters(in: CharacterSet(charactersIn: "[] "))
            values = trimmed.split(separator: ",").compactMap { Double($0.trimmingCharacters(in: .whitespaces)) }
        } else {
            values = [try node.number("base_score")]
        }
        if values.count == 1 { values = Array(repeating: values[0], count: count) }
        guard values.count == count, values.allSatisfy(\.isFinite) else {
            throw ModelDocument.broken("base_score", "A number for each output is needed here.")
        }
        // XGBoost keeps and transforms it in single precision.
        return values.map { value in
            let base = Float(value)
            switch link {
            case .logistic: return Double(-Foundation.log(1 / base - 1))
            case .exponential: return Double(Foundation.log(base))
            case .identity, .softmax: return Double(base)
            }
        }
    }

    private static func read(
        tree: ModelDocument, place: String, featureCount: Int, scale: Double
    ) throws(InferenceError) -> DecisionTree {
        let left = try tree.numbers("left_children")
        let right = try tree.numbers("right_children")
        let conditions = try tree.numbers("split_conditions")
        let features = try tree.numbers("split_indices")
        let defaults = try tree.numbers("default_left")
        let covers = try tree.numbers("sum_hessian")
        let weights = tree.optional("base_weights") == nil ? [] : try tree.numbers("base_weights")
        let count = left.count
        guard [right, conditions, features, defaults, covers].allSatisfy({ $0.count == count }), count > 0,
            weights.isEmpty || weights.count == count
        else { throw ModelDocument.broken(place, "The lists of a tree differ in length, or its leaves hold vectors.") }
        let kinds = tree.optional("split_type") == nil ? [] : try tree.numbers("split_type")
        let categories = try categories(tree, place: place)
        var nodes: [DecisionTree.Node] = []
        nodes.reserveCapacity(count)
        for index in 0..<count {
            guard let l = Int(exactly: left[index]), let r = Int(exactly: right[index]),
                let feature = Int(exactly: features[index]), feature >= 0
            else { throw ModelDocument.broken(place, "A position is not a whole number.") }
            if l < 0 {
                let value = Float(conditions[index]) * Float(scale)
                nodes.append(.leaf(Double(value), cover: covers[index]))
                continue
            }
            let test: DecisionTree.Test
            if index < kinds.count, kinds[index] == 1 {
                guard let codes = categories[index] else {
                    throw ModelDocument.broken(place, "A categorical node has no categories.")
                }
                test = .notAmong(codes)
            } else {
                test = .below(Double(Float(conditions[index])))
            }
            nodes.append(
                DecisionTree.Node(
                    feature: feature, test: test, missing: defaults[index] == 1 ? .left : .right, left: l, right: r,
                    value: 0, cover: covers[index]))
        }
        return try DecisionTree(nodes: nodes, featureCount: featureCount, place: place)
    }

    /// Codes of each categorical node; they go right.
    private static func categories(_ tree: ModelDocument, place: String) throws(InferenceError) -> [Int: Set<Int>] {
        guard tree.optional("categories_nodes") != nil else { return [:] }
        let all = try tree.numbers("categories")
        let starts = try tree.numbers("categories_segments")
        let sizes = try tree.numbers("categories_sizes")
        var found: [Int: Set<Int>] = [:]
        for (position, node) in try tree.numbers("categories_nodes").enumerated() {
            guard position < starts.count, position < sizes.count, let node = Int(exactly: node),
                let start = Int(exactly: starts[position]), let size = Int(exactly: sizes[position]), start >= 0, size >= 0,
                size <= all.count, start <= all.count - size
            else { throw ModelDocument.broken(place, "The categories of a node are not in the list.") }
            found[node] = Set(all[start..<start + size].compactMap { Int(exactly: $0) })
        }
        return found
    }
}

/// Complete trees of depth 6 with random splits, written in the formats of LightGBM and XGBoost.
struct RandomForest {
    static let features = 40
    private static let depth = 6

    private struct Tree {
        var features: [Int] = []
        var limits: [Double] = []
        var defaultsLeft: [Bool] = []
        var leaves: [Double] = []
        /// Of all nodes in heap order, the leaves last.
        var covers: [Int] = []
    }

    private var trees: [Tree] = []

    init(trees count: Int, seed: UInt64 = 1) {
        var random = SplitMix64(state: seed)
        let inner = (1 << Self.depth) - 1
        for _ in 0..<count {
            var tree = Tree()
            for _ in 0..<inner {
                tree.features.append(Int.random(in: 0..<Self.features, using: &random))
                tree.limits.append(Double(Float(Double.random(in: -1.5...1.5, using: &random))))
                tree.defaultsLeft.append(Bool.random(using: &random))
            }
            tree.leaves = (0...inner).map { _ in Double(Float(Double.random(in: -0.1...0.1, using: &random))) }
            var covers = Array(repeating: 0, count: 2 * inner + 1)
            for index in inner..<covers.count { covers[index] = Int.random(in: 20...400, using: &random) }
            for index in (0..<inner).reversed() { covers[index] = covers[2 * index + 1] + covers[2 * index + 2] }
            tree.covers = covers
            trees.append(tree)
        }
    }

    /// Standard-uniform values, one in ten missing.
    static func rows(_ count: Int) -> [[Double]] {
        var random = SplitMix64(state: 2)
        return (0..<count).map { _ in
            (0..<features).map { _ in
                Int.random(in: 0..<10, using: &random) == 0
                    ? .nan : Double(Float(Double.random(in: -2...2, using: &random)))
            }
        }
    }

    private static func list(_ values: [some CustomStringConvertible], _ separator: String) -> String {
        values.map(\.description).joined(separator: separator)
    }

    var lightGBM: String {
        let inner = (1 << Self.depth) - 1
        var text =
            "tree\nversion=v4\nnum_class=1\nnum_tree_per_iteration=1\nlabel_index=0\nmax_feature_idx=\(Self.features - 1)\n"
            + "objective=binary sigmoid:1\nfeature_names=" + Self.list((0..<Self.features).map { "f\($0)" }, " ")
            + "\nfeature_infos=" + Self.list(Array(repeating: "[-2:2]", count: Self.features), " ") + "\n\n"
        for (number, tree) in trees.enumerated() {
            // In heap order a child of an inner node is a leaf when it stands after all of them.
            func child(_ index: Int) -> Int { index < inner ? index : ~(index - inner) }
            text += "Tree=\(number)\nnum_leaves=\(inner + 1)\nnum_cat=0\n"
            text += "split_feature=" + Self.list(tree.features, " ") + "\n"
            text += "split_gain=" + Self.list(Array(repeating: 1, count: inner), " ") + "\n"
            text += "threshold=" + Self.list(tree.limits.map { Double(Float($0).nextDown) }, " ") + "\n"
            text += "decision_type=" + Self.list(tree.defaultsLeft.map { $0 ? 10 : 8 }, " ") + "\n"
            text += "left_child=" + Self.list((0..<inner).map { child(2 * $0 + 1) }, " ") + "\n"
            text += "right_child=" + Self.list((0..<inner).map { child(2 * $0 + 2) }, " ") + "\n"
            text += "leaf_value=" + Self.list(tree.leaves, " ") + "\n"
            text += "leaf_weight=" + Self.list(tree.covers[inner...].map(Double.init), " ") + "\n"
            text += "leaf_count=" + Self.list(Array(tree.covers[inner...]), " ") + "\n"
            text += "internal_value=" + Self.list(Array(repeating: 0, count: inner), " ") + "\n"
            text += "internal_weight=" + Self.list(tree.covers[..<inner].map(Double.init), " ") + "\n"
            text += "internal_count=" + Self.list(Array(tree.covers[..<inner]), " ") + "\n"
            text += "is_linear=0\nshrinkage=1\n\n\n"
        }
        return text + "end of trees\n"
    }

    var xgboost: String {
        let inner = (1 << Self.depth) - 1
        let nodes = 2 * inner + 1
        let parts = trees.enumerated().map { number, tree in
            let left = (0..<nodes).map { $0 < inner ? 2 * $0 + 1 : -1 }
            let right = (0..<nodes).map { $0 < inner ? 2 * $0 + 2 : -1 }
            let parents = (0..<nodes).map { $0 == 0 ? 2_147_483_647 : ($0 - 1) / 2 }
            let conditions = tree.limits + tree.leaves
            let zeros = Self.list(Array(repeating: 0, count: nodes), ",")
            // XGBoost reads no whole number where it wants a fraction.
            let fractions = Self.list(Array(repeating: 0.0, count: nodes), ",")
            return "{\"base_weights\":[\(fractions)],\"categories\":[],\"categories_nodes\":[],\"categories_segments\":[],"
                + "\"categories_sizes\":[],\"default_left\":[\(Self.list((0..<nodes).map { $0 < inner && tree.defaultsLeft[$0] ? 1 : 0 }, ","))],"
                + "\"id\":\(number),\"left_children\":[\(Self.list(left, ","))],\"loss_changes\":[\(fractions)],"
                + "\"parents\":[\(Self.list(parents, ","))],\"right_children\":[\(Self.list(right, ","))],"
                + "\"split_conditions\":[\(Self.list(conditions, ","))],"
                + "\"split_indices\":[\(Self.list(tree.features + Array(repeating: 0, count: inner + 1), ","))],"
                + "\"split_type\":[\(zeros)],\"sum_hessian\":[\(Self.list(tree.covers.map(Double.init), ","))],"
                + "\"tree_param\":{\"num_deleted\":\"0\",\"num_feature\":\"\(Self.features)\",\"num_nodes\":\"\(nodes)\","
                + "\"size_leaf_vector\":\"1\"}}"
        }
        return "{\"learner\":{\"attributes\":{},\"feature_names\":[],\"feature_types\":[],\"gradient_booster\":{\"model\":{"
            + "\"gbtree_model_param\":{\"num_parallel_tree\":\"1\",\"num_trees\":\"\(trees.count)\"},"
            + "\"iteration_indptr\":[\(Self.list(Array(0...trees.count), ","))],"
            + "\"tree_info\":[\(Self.list(Array(repeating: 0, count: trees.count), ","))],\"trees\":[\(parts.joined(separator: ","))]},"
            + "\"name\":\"gbtree\"},\"learner_model_param\":{\"base_score\":\"5E-1\",\"boost_from_average\":\"1\","
            + "\"num_class\":\"0\",\"num_feature\":\"\(Self.features)\",\"num_target\":\"1\"},"
            + "\"objective\":{\"name\":\"binary:logistic\",\"reg_loss_param\":{\"scale_pos_weight\":\"1\"}}},"
            + "\"version\":[2,1,0]}"
    }
}

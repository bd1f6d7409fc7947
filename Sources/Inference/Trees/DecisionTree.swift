/// One tree as its file says, before it is compiled: nodes by position, the root at 0.
struct DecisionTree: Sendable {
    /// What a node asks of its feature.
    enum Test: Sendable {
        /// Left when the value is below the limit.
        case below(Double)
        /// Left when the value, cut to a whole number, is one of these codes.
        case among(Set<Int>)
        /// Left when the value is not one of these codes.
        case notAmong(Set<Int>)
    }

    /// What a node does where its feature has no value.
    enum Missing: Sendable, Hashable {
        case left, right
        /// Compares as if the value were zero (LightGBM without missing-value handling).
        case asZero
        /// Zeros, too, count as missing (LightGBM's `zero_as_missing`).
        case zeroLeft, zeroRight
    }

    struct Node: Sendable {
        /// Position of the feature; −1 for a leaf.
        var feature: Int
        var test: Test
        var missing: Missing
        var left: Int
        var right: Int
        /// What a leaf adds to the margin.
        var value: Double
        /// Weight of the training rows that came here.
        var cover: Double

        static func leaf(_ value: Double, cover: Double) -> Node {
            Node(feature: -1, test: .below(0), missing: .left, left: -1, right: -1, value: value, cover: cover)
        }

        var isLeaf: Bool { feature < 0 }
    }

    var nodes: [Node]

    /// The nodes in preorder, each once, with all children in range.
    /// - Throws: when the nodes are not a tree, which would otherwise loop for ever.
    init(nodes: [Node], root: Int = 0, featureCount: Int, place: String) throws(InferenceError) {
        var ordered: [Node] = []
        var pending: [(node: Int, parent: Int, isLeft: Bool, depth: Int)] = [(root, -1, false, 0)]
        while let (index, parent, isLeft, depth) = pending.popLast() {
            guard nodes.indices.contains(index), ordered.count < nodes.count, depth < 512 else {
                throw InferenceError(.modelFile, at: place, "The nodes are not a tree.")
            }
            let node = nodes[index]
            guard node.feature < featureCount, node.value.isFinite, node.cover >= 0 else {
                throw InferenceError(.modelFile, at: place, "A node has a value that is not allowed.")
            }
            let position = ordered.count
            if parent >= 0 {
                if isLeft { ordered[parent].left = position } else { ordered[parent].right = position }
            }
            ordered.append(node)
            if !node.isLeaf {
                pending.append((node.right, position, false, depth + 1))
                pending.append((node.left, position, true, depth + 1))
            }
        }
        self.nodes = ordered
    }

    var depth: Int {
        var deepest = 0
        var depths = Array(repeating: 0, count: nodes.count)
        for (index, node) in nodes.enumerated() where !node.isLeaf {
            depths[node.left] = depths[index] + 1
            depths[node.right] = depths[index] + 1
            deepest = max(deepest, depths[index] + 1)
        }
        return deepest
    }

    /// Mean of the leaves, weighted by cover at each node.
    var expectation: Double {
        var means = nodes.map(\.value)
        // Children stand after their parents.
        for (index, node) in nodes.enumerated().reversed() where !node.isLeaf {
            let (left, right) = (nodes[node.left].cover, nodes[node.right].cover)
            let total = left + right
            means[index] = total > 0 ? (left * means[node.left] + right * means[node.right]) / total : 0
        }
        return means.first ?? 0
    }
}

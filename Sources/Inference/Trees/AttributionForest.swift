/// Exact Shapley values of trees by cover (path-dependent TreeSHAP; Lundberg et al., Nat Mach Intell 2020;2:56-67).
///
/// The Shapley value of feature `i` in a leaf of value `v` is `v (oᵢ − zᵢ) ∫₀¹ Πⱼ≠ᵢ (oⱼ t + zⱼ (1 − t)) dt`, where `oⱼ` says
/// whether the row satisfies the leaf's conditions on feature `j` and `zⱼ` is the share of training rows that do. The
/// integrand is a polynomial, so Gauss-Legendre quadrature gives the integral exactly: four points up to eight features on
/// a path. Products go down the tree, sums come back up (as in Linear TreeSHAP; Yu et al., NeurIPS 2022), each step one
/// vector operation, and everything that does not depend on the row stands in tables.
struct AttributionForest: Sendable {
    typealias Points = SIMD4<Double>

    /// Four points of a quadrature, with what a cold edge needs.
    private struct Rule: Sendable {
        /// 1 − t, by which a cold edge multiplies.
        var rest: Points
        /// w ÷ (1 − t): what the sum below a cold edge counts for.
        var coldWeight: Points
        var weight: Points
    }

    /// An inner node; its edges stand at 2k (left) and 2k + 1.
    private struct Node: Sendable {
        var limit: Double
        var slot: UInt32
        var feature: UInt32
        /// Edge that leads here; for the root the one after all others.
        var parent: UInt32
        /// The nearest edge above that asked for the same feature; `none` if there is none.
        var previous: UInt32
        /// Where in `coldRatios` its two edges stand, if there is a previous edge.
        var ratios: UInt32
    }

    private struct Edge: Sendable {
        /// What the product is multiplied with when the row goes this way, the leaf's value included.
        var hotRatio: Points
        /// (1 − z) w ÷ (z (1 − t) + t): what the sum below counts for then.
        var hotWeight: Points
        /// Share of the parent's training rows that went this way, times the leaf's value.
        var share: Double
    }

    private struct Tree: Sendable {
        var node: Int
        var count: Int
        /// The first of those nodes that have two leaves: both ways through them are one step.
        var last: Int
        var edge: Int
        var rule: Int
        var output: Int
    }

    private static let none = UInt32.max
    private var rules: [Rule] = []
    private var nodes: [Node] = []
    private var edges: [Edge] = []
    /// For edges below a node whose feature was asked for before: the ratio when the row left the path only here.
    private var coldRatios: [Points] = []
    private var passes: [Tree] = []
    private var largest = 0

    init(_ trees: [DecisionTree], slots: inout SplitSlots) throws(InferenceError) {
        for (index, tree) in trees.enumerated() where tree.nodes.count > 1 {
            let blocks = (Self.featuresOnPath(tree) + 7) / 8
            let quadrature = Quadrature(points: 4 * blocks)
            for block in 0..<blocks { add(tree, index: index, quadrature: quadrature, block: block, slots: &slots) }
        }
        guard edges.count < Int(Self.none) / 2 else {
            throw InferenceError(.unsupported, at: "the trees", "There are too many nodes.")
        }
    }

    private static func featuresOnPath(_ tree: DecisionTree) -> Int {
        var most = 0
        var pending: [(node: Int, features: Set<Int>)] = [(0, [])]
        while let (index, features) = pending.popLast() {
            let node = tree.nodes[index]
            if node.isLeaf {
                most = max(most, features.count)
                continue
            }
            let below = features.union([node.feature])
            pending.append((node.left, below))
            pending.append((node.right, below))
        }
        return most
    }

    /// Inner nodes, each after its parent: first those with an inner node below, then those with two leaves.
    private static func order(_ tree: DecisionTree) -> (positions: [Int], last: Int) {
        var (upper, last): ([Int], [Int]) = ([], [])
        var pending = [0]
        while let position = pending.popLast() {
            let node = tree.nodes[position]
            if node.isLeaf { continue }
            if tree.nodes[node.left].isLeaf, tree.nodes[node.right].isLeaf {
                last.append(position)
            } else {
                upper.append(position)
                pending += [node.left, node.right]
            }
        }
        return (upper + last, upper.count)
    }

    private mutating func add(
        _ tree: DecisionTree, index: Int, quadrature: Quadrature, block: Int, slots: inout SplitSlots
    ) {
        var (points, weights) = (Points.zero, Points.zero)
        for position in 0..<4 {
            points[position] = quadrature.nodes[4 * block + position]
            weights[position] = quadrature.weights[4 * block + position]
        }
        let rest = Points(repeating: 1) - points
        rules.append(Rule(rest: rest, coldWeight: weights / rest, weight: weights))
        let (firstNode, firstEdge) = (nodes.count, edges.count)
        let inner = tree.nodes.count { !$0.isLeaf }
        let root = UInt32(2 * inner)
        /// The edges above, by feature, with the share of rows that satisfy all their conditions.
        struct Above {
            var edge: UInt32
            var share: Double
        }
        let (order, last) = Self.order(tree)
        var numbers = Array(repeating: 0, count: tree.nodes.count)
        for (number, position) in order.enumerated() { numbers[position] = number }
        var reached: [Int: (parent: UInt32, above: [Int: Above])] = [0: (root, [:])]
        for position in order {
            guard let (parent, above) = reached.removeValue(forKey: position) else { continue }
            let node = tree.nodes[position]
            let number = numbers[position]
            let (slot, limit) = slots.place(node)
            let before = above[node.feature]
            nodes.append(
                Node(
                    limit: limit, slot: UInt32(slot), feature: UInt32(node.feature), parent: parent,
                    previous: before?.edge ?? Self.none, ratios: UInt32(coldRatios.count)))
            let covers = (tree.nodes[node.left].cover, tree.nodes[node.right].cover)
            let total = covers.0 + covers.1
            for (side, child) in [node.left, node.right].enumerated() {
                let cover = side == 0 ? covers.0 : covers.1
                // Without training rows below either, both are as likely.
                let share = total > 0 ? cover / total : 0.5
                let merged = (before?.share ?? 1) * share
                let value = tree.nodes[child].isLeaf ? tree.nodes[child].value : 1
                let factor = merged * rest + points
                var ratio = factor
                if let before {
                    let old = before.share * rest + points
                    ratio = factor / old
                    coldRatios.append(merged * rest / old * value)
                }
                edges.append(
                    Edge(hotRatio: ratio * value, hotWeight: (1 - merged) * weights / factor, share: share * value))
                guard !tree.nodes[child].isLeaf else { continue }
                var below = above
                let edge = UInt32(2 * number + side)
                below[node.feature] = Above(edge: edge, share: merged)
                reached[child] = (edge, below)
            }
        }
        passes.append(
            Tree(node: firstNode, count: inner, last: last, edge: firstEdge, rule: rules.count - 1, output: index))
        largest = max(largest, inner)
    }

    // MARK: - Evaluation

    /// Rows that are evaluated side by side: a tree's tables come into the cache once for all of them, and their sums stay
    /// there beside them.
    static let rowsAtOnce = 4

    /// Adds the Shapley values of every tree to each of several rows; a row's values do not depend on its company.
    ///
    /// - Parameters:
    ///   - values: `slots` values of each row, one row after the other.
    ///   - sums: For each row a list an output, each with one value a feature.
    func add(
        _ values: UnsafeMutableBufferPointer<Double>, slots: Int, outputOfTree: [Int], scale: [Double], featureCount: Int,
        to sums: inout [[[Double]]]
    ) {
        guard let values = values.baseAddress, largest > 0 else { return }
        let (rows, outputs) = (sums.count, scale.count)
        let size = featureCount * outputs
        withUnsafeTemporaryAllocation(of: Points.self, capacity: 2 * largest + 1 + size * rows) { workspace in
            withUnsafeTemporaryAllocation(of: Bool.self, capacity: 2 * largest + 1) { taken in
                guard let sum = workspace.baseAddress, let hot = taken.baseAddress else { return }
                let totals = sum + (2 * largest + 1)
                for index in 0..<size * rows { totals[index] = .zero }
                nodes.withUnsafeBufferPointer { nodes in
                    edges.withUnsafeBufferPointer { edges in
                        coldRatios.withUnsafeBufferPointer { ratios in
                            guard let nodes = nodes.baseAddress, let edges = edges.baseAddress else { return }
                            for pass in passes {
                                let output = outputs == 1 ? 0 : outputOfTree[pass.output]
                                let rule = rules[pass.rule]
                                for row in 0..<rows {
                                    Self.run(
                                        pass, rule, values + row * slots, nodes + pass.node, edges + pass.edge, ratios, sum,
                                        hot, totals + (row * size + output * featureCount))
                                }
                            }
                        }
                    }
                }
                for row in 0..<rows {
                    for output in 0..<outputs {
                        for feature in 0..<featureCount {
                            let total = totals[row * size + output * featureCount + feature]
                            sums[row][output][feature] += scale[output] * total.sum()
                        }
                    }
                }
            }
        }
    }

    /// All positions were made by `init` and are in range, so that nothing is checked on the way.
    @inline(__always)
    private static func run(
        _ tree: Tree, _ rule: Rule, _ row: UnsafePointer<Double>, _ nodes: UnsafePointer<Node>,
        _ edges: UnsafePointer<Edge>, _ ratios: UnsafeBufferPointer<Points>, _ sum: UnsafeMutablePointer<Points>,
        _ hot: UnsafeMutablePointer<Bool>,
        _ totals: UnsafeMutablePointer<Points>
    ) {
        let root = 2 &* tree.count
        sum[root] = Points(repeating: 1)
        var index = 0
        while index < tree.last {
            let node = nodes + index
            let product = sum[Int(node.pointee.parent)]
            let left = 2 &* index
            let isLeft = row[Int(node.pointee.slot)] < node.pointee.limit
            let to = left &+ (isLeft ? 0 : 1)
            let from = to ^ 1
            let previous = node.pointee.previous
            if previous == none {
                sum[to] = product * edges[to].hotRatio
                sum[from] = product * (edges[from].share * rule.rest)
                hot[to] = true
                hot[from] = false
            } else if hot[Int(previous)] {
                sum[to] = product * edges[to].hotRatio
                sum[from] = product * ratios[Int(node.pointee.ratios) &+ (from & 1)]
                hot[to] = true
                hot[from] = false
            } else {
                sum[to] = product * edges[to].share
                sum[from] = product * edges[from].share
                hot[to] = false
                hot[from] = false
            }
            index &+= 1
        }
        // Where both ways end, the sum below is there at once.
        while index < tree.count {
            let node = nodes + index
            let product = sum[Int(node.pointee.parent)]
            let left = 2 &* index
            let isLeft = row[Int(node.pointee.slot)] < node.pointee.limit
            let to = left &+ (isLeft ? 0 : 1)
            let from = to ^ 1
            let previous = node.pointee.previous
            let feature = Int(node.pointee.feature)
            if previous == none {
                let taken = product * edges[to].hotRatio
                let passed = product * (edges[from].share * rule.rest)
                totals[feature] += taken * edges[to].hotWeight - passed * rule.coldWeight
                sum[Int(node.pointee.parent)] = taken + passed
            } else if hot[Int(previous)] {
                let taken = product * edges[to].hotRatio
                let passed = product * ratios[Int(node.pointee.ratios) &+ (from & 1)]
                let below = taken + passed
                totals[feature] +=
                    taken * edges[to].hotWeight - passed * rule.coldWeight - below * edges[Int(previous)].hotWeight
                sum[Int(node.pointee.parent)] = below
            } else {
                sum[Int(node.pointee.parent)] = product * edges[to].share + product * edges[from].share
            }
            index &+= 1
        }
        index = tree.last
        while index > 0 {
            index &-= 1
            let node = nodes + index
            let left = 2 &* index
            let below = sum[left] + sum[left &+ 1]
            let previous = node.pointee.previous
            let feature = Int(node.pointee.feature)
            if previous == none || hot[Int(previous)] {
                let to = hot[left] ? left : left &+ 1
                var part = sum[to] * edges[to].hotWeight - sum[to ^ 1] * rule.coldWeight
                if previous != none { part -= below * edges[Int(previous)].hotWeight }
                totals[feature] += part
            }
            sum[Int(node.pointee.parent)] = below
        }
    }
}

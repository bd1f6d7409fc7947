internal import CKernels

/// Exact Shapley values of trees by cover (path-dependent TreeSHAP; Lundberg et al., Nat Mach Intell 2020;2:56-67).
///
/// The Shapley value of feature `i` in a leaf of value `v` is `v (oᵢ − zᵢ) ∫₀¹ Πⱼ≠ᵢ (oⱼ t + zⱼ (1 − t)) dt`, where `oⱼ` says
/// whether the row satisfies the leaf's conditions on feature `j` and `zⱼ` is the share of training rows that do. The
/// integrand is a polynomial, so Gauss-Legendre quadrature gives the integral exactly: four points up to eight features on
/// a path. Products go down the tree, sums come back up (as in Linear TreeSHAP; Yu et al., NeurIPS 2022), each step one
/// vector operation, and everything that does not depend on the row stands in tables. The steps are in `CKernels`, compiled
/// for processors with and without wide vectors.
struct AttributionForest: Sendable {
    private typealias Points = SIMD4<Double>

    /// As `TreeTables` describes them.
    private var passes: [TreePass] = []
    private var coldWeights: [Double] = []
    private var nodes: [TreeNode] = []
    private var edges: [Double] = []
    private static let numbersOfEdge = 14
    /// Inner nodes of the largest tree.
    private var largest = 0

    /// - Parameter outputs: which output each tree adds to.
    init(_ trees: [DecisionTree], outputs: [Int], slots: inout SplitSlots) throws(InferenceError) {
        for (tree, output) in zip(trees, outputs) where tree.nodes.count > 1 {
            let blocks = (Self.featuresOnPath(tree) + 7) / 8
            let quadrature = Quadrature(points: 4 * blocks)
            for block in 0..<blocks { add(tree, output: output, quadrature: quadrature, block: block, slots: &slots) }
        }
        guard nodes.count < Int(UInt32.max) / 4 else {
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
        _ tree: DecisionTree, output: Int, quadrature: Quadrature, block: Int, slots: inout SplitSlots
    ) {
        var (points, weights) = (Points.zero, Points.zero)
        for position in 0..<4 {
            points[position] = quadrature.nodes[4 * block + position]
            weights[position] = quadrature.weights[4 * block + position]
        }
        let rest = Points(repeating: 1) - points
        coldWeights.append(contentsOf: (weights / rest).elements)
        let (firstNode, firstEdge) = (nodes.count, edges.count / Self.numbersOfEdge)
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
                TreeNode(
                    limit: limit, slot: UInt32(slot), feature: UInt32(node.feature), parent: parent,
                    previous: before?.edge ?? root))
            let covers = (tree.nodes[node.left].cover, tree.nodes[node.right].cover)
            let total = covers.0 + covers.1
            for (side, child) in [node.left, node.right].enumerated() {
                let cover = side == 0 ? covers.0 : covers.1
                // Without training rows below either, both are as likely.
                let share = total > 0 ? cover / total : 0.5
                let merged = (before?.share ?? 1) * share
                let value = tree.nodes[child].isLeaf ? tree.nodes[child].value : 1
                let factor = merged * rest + points
                var (hotRatio, coldRatio) = (factor * value, share * value * rest)
                if let before {
                    let old = before.share * rest + points
                    (hotRatio, coldRatio) = (factor / old * value, merged * rest / old * value)
                }
                edges.append(contentsOf: hotRatio.elements)
                edges.append(contentsOf: coldRatio.elements)
                edges.append(contentsOf: ((1 - merged) * weights / factor).elements)
                edges.append(contentsOf: [share * value, 0])
                guard !tree.nodes[child].isLeaf else { continue }
                var below = above
                let edge = UInt32(2 * number + side)
                below[node.feature] = Above(edge: edge, share: merged)
                reached[child] = (edge, below)
            }
        }
        edges.append(contentsOf: repeatElement(0, count: Self.numbersOfEdge))
        passes.append(
            TreePass(
                node: firstNode, count: inner, last: last, edge: firstEdge, rule: coldWeights.count / 4 - 1,
                output: output))
        largest = max(largest, inner)
    }

    // MARK: - Evaluation

    /// Rows that are evaluated side by side. A row's values do not depend on its company.
    static let rowsAtOnce = TREE_ROWS
    /// For fewer it is faster to take one after the other.
    private static let worthwhile = 4

    /// Adds the Shapley values of every tree to each of up to ``rowsAtOnce`` rows.
    ///
    /// - Parameters:
    ///   - slots: How many values of a row the trees compare.
    ///   - sums: For each row a list an output, each with one value a feature.
    ///   - fill: Writes the values of a row by its position.
    func add(
        slots: Int, scale: [Double], featureCount: Int, to sums: inout [[[Double]]],
        fill: (Int, UnsafeMutableBufferPointer<Double>) -> Void
    ) {
        guard largest > 0 else { return }
        if sums.count < Self.worthwhile {
            for row in sums.indices {
                add(rows: row..<row + 1, lanes: 1, slots: slots, scale, featureCount, &sums, fill)
            }
        } else {
            add(rows: sums.indices, lanes: Self.rowsAtOnce, slots: slots, scale, featureCount, &sums, fill)
        }
    }

    /// - Parameter lanes: how many numbers there are of everything, 1 or ``rowsAtOnce``.
    private func add(
        rows: Range<Int>, lanes: Int, slots: Int, _ scale: [Double], _ featureCount: Int, _ sums: inout [[[Double]]],
        _ fill: (Int, UnsafeMutableBufferPointer<Double>) -> Void
    ) {
        let edgeCount = 2 * largest + 1
        let size = 4 * featureCount * scale.count
        withUnsafeTemporaryAllocation(of: Double.self, capacity: lanes * (4 * edgeCount + size + slots) + slots) {
            workspace in
            withUnsafeTemporaryAllocation(of: Int64.self, capacity: lanes * edgeCount) { hot in
                guard let sum = workspace.baseAddress, let hot = hot.baseAddress else { return }
                let totals = sum + lanes * 4 * edgeCount
                let values = totals + lanes * size
                let row = UnsafeMutableBufferPointer(start: values + lanes * slots, count: slots)
                totals.initialize(repeating: 0, count: lanes * size)
                for lane in 0..<lanes {
                    fill(rows.contains(rows.lowerBound + lane) ? rows.lowerBound + lane : rows.lowerBound, row)
                    for slot in 0..<slots { values[slot * lanes + lane] = row[slot] }
                }
                withTables { tables in
                    if lanes == 1 {
                        addTreeShapleyValues(&tables, values, featureCount, sum, hot, totals)
                    } else {
                        addTreeShapleyValuesOfRows(&tables, values, featureCount, sum, hot, totals)
                    }
                }
                for (lane, row) in rows.enumerated() {
                    for output in scale.indices {
                        sums[row][output].withUnsafeMutableBufferPointer { sums in
                            for feature in 0..<min(featureCount, sums.count) {
                                let first = totals + 4 * lanes * (output * featureCount + feature) + lane
                                let total = Points(first[0], first[lanes], first[2 * lanes], first[3 * lanes])
                                sums[feature] += scale[output] * total.sum()
                            }
                        }
                    }
                }
            }
        }
    }

    private func withTables(_ body: (inout TreeTables) -> Void) {
        passes.withUnsafeBufferPointer { passes in
            coldWeights.withUnsafeBufferPointer { coldWeights in
                nodes.withUnsafeBufferPointer { nodes in
                    edges.withUnsafeBufferPointer { edges in
                        var tables = TreeTables(
                            passes: passes.baseAddress, passCount: passes.count, coldWeights: coldWeights.baseAddress,
                            nodes: nodes.baseAddress, edges: edges.baseAddress)
                        body(&tables)
                    }
                }
            }
        }
    }
}

extension SIMD4<Double> {
    fileprivate var elements: [Double] { [x, y, z, w] }
}

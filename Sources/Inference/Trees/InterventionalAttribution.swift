/// Exact Shapley values against a background (interventional TreeSHAP; Lundberg et al., Nat Mach Intell 2020;2:56-67).
///
/// For one background row, a leaf is reached where the features in a set `X` come from the row explained and those in a
/// set `R` from the background. It gives each feature of `X` `v (|X|−1)! |R|! ÷ (|X|+|R|)!`, and each of `R` minus
/// `v |X|! (|R|−1)! ÷ (|X|+|R|)!`.
struct InterventionalAttribution {
    private let ensemble: TreeEnsemble

    init(_ ensemble: TreeEnsemble) { self.ensemble = ensemble }

    func attribution(_ row: [Double], background: [[Double]]) -> Attribution {
        var total = Array(repeating: 0.0, count: ensemble.featureCount)
        var bias = 0.0
        let slots = ensemble.slots
        for other in background {
            bias += ensemble.margins(other)[0]
            for (index, tree) in ensemble.trees.enumerated() where ensemble.outputOfTree[index] == 0 {
                var walk = Walk(tree: tree, goesLeft: { slots.goesLeft($0, row) }, otherLeft: { slots.goesLeft($0, other) })
                walk.visit(0, values: &total)
            }
        }
        let count = Double(max(1, background.count))
        return Attribution(bias: bias / count, values: total.map { $0 * ensemble.scale[0] / count })
    }

    private struct Walk {
        let tree: DecisionTree
        let goesLeft: (DecisionTree.Node) -> Bool
        let otherLeft: (DecisionTree.Node) -> Bool
        private var fromRow: [Int] = []
        private var fromOther: [Int] = []

        init(
            tree: DecisionTree, goesLeft: @escaping (DecisionTree.Node) -> Bool,
            otherLeft: @escaping (DecisionTree.Node) -> Bool
        ) {
            self.tree = tree
            self.goesLeft = goesLeft
            self.otherLeft = otherLeft
        }

        mutating func visit(_ index: Int, values: inout [Double]) {
            let node = tree.nodes[index]
            if node.isLeaf {
                give(node.value, to: &values)
                return
            }
            let (own, other) = (goesLeft(node), otherLeft(node))
            let (ownChild, otherChild) = (own ? node.left : node.right, other ? node.left : node.right)
            if own == other || fromRow.contains(node.feature) {
                visit(ownChild, values: &values)
            } else if fromOther.contains(node.feature) {
                visit(otherChild, values: &values)
            } else {
                fromRow.append(node.feature)
                visit(ownChild, values: &values)
                fromRow.removeLast()
                fromOther.append(node.feature)
                visit(otherChild, values: &values)
                fromOther.removeLast()
            }
        }

        private func give(_ value: Double, to values: inout [Double]) {
            let (x, r) = (fromRow.count, fromOther.count)
            if x > 0 {
                let part = value * Self.weight(x - 1, r)
                for feature in fromRow { values[feature] += part }
            }
            if r > 0 {
                let part = value * Self.weight(x, r - 1)
                for feature in fromOther { values[feature] -= part }
            }
        }

        /// a! b! ÷ (a + b + 1)!
        private static func weight(_ a: Int, _ b: Int) -> Double {
            var weight = 1.0 / Double(a + b + 1)
            for k in 0..<min(a, b) { weight *= Double(k + 1) / Double(max(a, b) + k + 1) }
            return weight
        }
    }
}

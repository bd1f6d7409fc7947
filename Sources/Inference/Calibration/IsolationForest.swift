/// How easily random splits set a row apart from the training population (Liu, Ting, Zhou, ICDM 2008).
///
/// The score is near 0.5 in the middle of the population and nears 1 for a row that few splits isolate. Where a value is
/// missing both branches are followed, each by the share of training rows that took it.
public struct IsolationForest: Sendable {
    private struct Node: Sendable {
        /// −1 for a leaf.
        var feature: Int
        var threshold: Double
        var left: Int
        var right: Int
        /// Training rows that came here.
        var count: Double
        /// Mean length of the path that would go on below a leaf.
        var beyond: Double
    }

    private let trees: [[Node]]
    private let typicalPath: Double
    public let featureCount: Int

    /// Reads `{"samples": 64, "features": 14, "trees": [{"feature", "threshold", "left", "right", "count"}, …]}`, one number
    /// a node in each list, children after their parents, the feature of a leaf negative.
    public init(json bytes: [UInt8]) throws(InferenceError) {
        let root = try JSONDocument.read(bytes)
        let samples = try root.at("samples").number("samples")
        guard let features = Int(exactly: try root.at("features").number("features")), features > 0, samples >= 2 else {
            throw ModelDocument.broken("features", "There is at least one feature and two samples.")
        }
        var trees: [[Node]] = []
        for (index, tree) in try root.elements("trees").enumerated() {
            let place = "trees/\(index)"
            let feature = try tree.numbers("feature")
            let lists = [
                try tree.numbers("threshold"), try tree.numbers("left"), try tree.numbers("right"),
                try tree.numbers("count"),
            ]
            guard !feature.isEmpty, lists.allSatisfy({ $0.count == feature.count }) else {
                throw ModelDocument.broken(place, "The lists of a tree differ in length.")
            }
            var nodes: [Node] = []
            for position in feature.indices {
                guard let number = Int(exactly: feature[position]), let left = Int(exactly: lists[1][position]),
                    let right = Int(exactly: lists[2][position]), lists[3][position] > 0,
                    number < 0
                        || (number < features && left > position && right > position && left < feature.count
                            && right < feature.count)
                else { throw ModelDocument.broken(place, "The nodes are not a tree.") }
                nodes.append(
                    Node(
                        feature: number, threshold: lists[0][position], left: left, right: right,
                        count: lists[3][position], beyond: number < 0 ? Self.averagePath(lists[3][position]) : 0))
            }
            trees.append(nodes)
        }
        guard !trees.isEmpty else { throw ModelDocument.broken("trees", "There is at least one tree.") }
        self.trees = trees
        featureCount = features
        typicalPath = Self.averagePath(samples)
    }

    /// Mean path length of an unsuccessful search in a binary search tree of `n` keys.
    private static func averagePath(_ n: Double) -> Double {
        if n <= 1 { return 0 }
        if n == 2 { return 1 }
        return 2 * (Elementary.log(n - 1) + 0.577_215_664_901_532_9) - 2 * (n - 1) / n
    }

    /// 0…1; NaN for a row of another length.
    public func score(_ row: [Double]) -> Double {
        guard row.count == featureCount else { return .nan }
        var sum = 0.0
        for tree in trees { sum += path(tree, 0, row) }
        return Elementary.power(2, -sum / (Double(trees.count) * typicalPath))
    }

    /// The value whose loss would make the row most ordinary.
    public func farthest(_ row: [Double]) -> Int? {
        var best: (score: Double, feature: Int)?
        for feature in row.indices where !row[feature].isNaN {
            var without = row
            without[feature] = .nan
            let score = score(without)
            if best.map({ score < $0.score }) ?? true { best = (score, feature) }
        }
        return best?.feature
    }

    private func path(_ tree: [Node], _ index: Int, _ row: [Double]) -> Double {
        let node = tree[index]
        if node.feature < 0 { return node.beyond }
        let value = row[node.feature]
        if value.isNaN {
            let (left, right) = (tree[node.left].count, tree[node.right].count)
            return 1 + (left * path(tree, node.left, row) + right * path(tree, node.right, row)) / (left + right)
        }
        // scikit-learn compares in single precision.
        return 1 + path(tree, Double(Float(value)) <= node.threshold ? node.left : node.right, row)
    }
}

/// How easily random splits set a row apart from the training population (Liu, Ting, Zhou, ICDM 2008).
///
/// The score is near 0.5 in the middle of the population and nears 1 for a row that few splits isolate. Where a value is
/// missing both branches are followed, each by the share of training rows that took it.
public struct IsolationForest: Sendable {
    private struct Node: Sendable {
        /// −1 for a leaf.
        var feature: Int
        var threshold: Double
        /// Positions among the nodes of all trees.
        var left: Int
        var right: Int
        /// Training rows that came here.
        var count: Double
        /// Mean length of the path that would go on below a leaf.
        var beyond: Double
    }

    /// Those of all trees, one tree after the other.
    private let nodes: [Node]
    /// Where each tree begins.
    private let roots: [Int]
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
        var (nodes, roots): ([Node], [Int]) = ([], [])
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
            let first = nodes.count
            roots.append(first)
            for position in feature.indices {
                guard let number = Int(exactly: feature[position]), let left = Int(exactly: lists[1][position]),
                    let right = Int(exactly: lists[2][position]), lists[3][position] > 0,
                    number < 0
                        || (number < features && left > position && right > position && left < feature.count
                            && right < feature.count)
                else { throw ModelDocument.broken(place, "The nodes are not a tree.") }
                nodes.append(
                    Node(
                        feature: number, threshold: lists[0][position], left: first + left, right: first + right,
                        count: lists[3][position], beyond: number < 0 ? Self.averagePath(lists[3][position]) : 0))
            }
        }
        guard !roots.isEmpty else { throw ModelDocument.broken("trees", "There is at least one tree.") }
        self.nodes = nodes
        self.roots = roots
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
        // scikit-learn compares in single precision.
        let rounded = row.map { Double(Float($0)) }
        let sum = rounded.withUnsafeBufferPointer { row in
            nodes.withUnsafeBufferPointer { nodes in
                roots.reduce(0.0) { $0 + Self.path(nodes, $1, row) }
            }
        }
        return Elementary.power(2, -sum / (Double(roots.count) * typicalPath))
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

    /// All positions were checked when the forest was read.
    private static func path(
        _ nodes: UnsafeBufferPointer<Node>, _ index: Int, _ row: UnsafeBufferPointer<Double>
    ) -> Double {
        let node = nodes[index]
        if node.feature < 0 { return node.beyond }
        let value = row[node.feature]
        if value.isNaN {
            let (left, right) = (nodes[node.left].count, nodes[node.right].count)
            return 1 + (left * path(nodes, node.left, row) + right * path(nodes, node.right, row)) / (left + right)
        }
        return 1 + path(nodes, value <= node.threshold ? node.left : node.right, row)
    }
}

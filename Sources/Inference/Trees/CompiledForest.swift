/// Trees in a flat layout that is walked without branches.
///
/// A tree of up to ``heapDepth`` levels is stored as a complete tree, children of node `k` at `2k + 1` and `2k + 2`; where
/// the original has a leaf above the last level, both its subtrees repeat the leaf. Several trees are walked at once, so
/// that the processor works on one while it waits for another. Deeper trees keep their shape: children stand beside each
/// other, and a leaf points to itself.
struct CompiledForest: Sendable {
    private static let heapDepth = 8

    private struct Block: Sendable {
        /// First of `count` trees of the same depth.
        var tree: Int
        var count: Int
        var depth: Int
        var isHeap: Bool
        /// Where the first tree's nodes and leaves begin; deep trees have a block each.
        var node: Int
        var leaf: Int
    }

    /// A split, in 16 bytes.
    private struct Split: Sendable {
        var limit: Double
        var slot: UInt32
        /// Left child of a deep tree's node; the right one follows it.
        var child: UInt32
    }

    private var blocks: [Block] = []
    private var splits: [Split] = []
    private var leaves: [Double] = []
    private let treeCount: Int
    private let arithmetic: TreeEnsemble.Arithmetic

    init(
        _ trees: [DecisionTree], slots: inout SplitSlots, arithmetic: TreeEnsemble.Arithmetic
    ) throws(InferenceError) {
        self.arithmetic = arithmetic
        treeCount = trees.count
        let depths = trees.map(\.depth)
        // One depth for all, so that neighbours can be walked together.
        let common = depths.filter { $0 <= Self.heapDepth }.max() ?? 0
        for (index, tree) in trees.enumerated() {
            let isHeap = depths[index] <= Self.heapDepth
            let depth = isHeap ? common : depths[index]
            if isHeap, let last = blocks.last, last.isHeap, last.depth == depth {
                blocks[blocks.count - 1].count += 1
            } else {
                blocks.append(
                    Block(tree: index, count: 1, depth: depth, isHeap: isHeap, node: splits.count, leaf: leaves.count))
            }
            if isHeap { addHeap(tree, depth: depth, slots: &slots) } else { addDeep(tree, slots: &slots) }
        }
        guard splits.count < Int(UInt32.max) else {
            throw InferenceError(.unsupported, at: "the trees", "There are too many nodes.")
        }
    }

    private mutating func addHeap(_ tree: DecisionTree, depth: Int, slots: inout SplitSlots) {
        let inner = (1 << depth) - 1
        let start = (splits.count, leaves.count)
        splits.append(contentsOf: repeatElement(Split(limit: .infinity, slot: 0, child: 0), count: inner))
        leaves.append(contentsOf: repeatElement(0, count: 1 << depth))
        var pending = [(position: 0, node: 0)]
        while let (position, index) = pending.popLast() {
            let node = tree.nodes[index]
            if position >= inner {
                leaves[start.1 + position - inner] = node.value
            } else if node.isLeaf {
                pending.append((2 * position + 1, index))
                pending.append((2 * position + 2, index))
            } else {
                let (slot, limit) = slots.place(node)
                splits[start.0 + position] = Split(limit: limit, slot: UInt32(slot), child: 0)
                pending.append((2 * position + 1, node.left))
                pending.append((2 * position + 2, node.right))
            }
        }
    }

    private mutating func addDeep(_ tree: DecisionTree, slots: inout SplitSlots) {
        let start = splits.count
        let firstLeaf = leaves.count
        splits.append(Split(limit: 0, slot: 0, child: 0))
        leaves.append(0)
        var pending = [(position: 0, node: 0)]
        while let (position, index) = pending.popLast() {
            let node = tree.nodes[index]
            if node.isLeaf {
                splits[start + position] = Split(limit: 0, slot: 0, child: UInt32(position))
                leaves[firstLeaf + position] = node.value
                continue
            }
            let (slot, limit) = slots.place(node)
            let child = splits.count - start
            splits[start + position] = Split(limit: limit, slot: UInt32(slot), child: UInt32(child))
            splits.append(contentsOf: repeatElement(Split(limit: 0, slot: 0, child: 0), count: 2))
            leaves.append(contentsOf: repeatElement(0, count: 2))
            pending.append((child, node.left))
            pending.append((child + 1, node.right))
        }
    }

    // MARK: - Walking

    /// Adds the trees' values in their order, in the library's precision.
    func sum(_ values: UnsafeMutableBufferPointer<Double>, base: Double) -> Double {
        withUnsafeTemporaryAllocation(of: Double.self, capacity: max(1, treeCount)) { found in
            walk(values, into: found)
            switch arithmetic {
            case .double:
                var sum = base
                for index in 0..<treeCount { sum += found[index] }
                return sum
            case .single:
                var sum = Float(base)
                for index in 0..<treeCount { sum += Float(found[index]) }
                return Double(sum)
            }
        }
    }

    /// Adds each tree's value to its output.
    func add(_ values: UnsafeMutableBufferPointer<Double>, to sums: inout [Double], outputOfTree: [Int]) {
        withUnsafeTemporaryAllocation(of: Double.self, capacity: max(1, treeCount)) { found in
            walk(values, into: found)
            for (index, output) in outputOfTree.enumerated() {
                switch arithmetic {
                case .double: sums[output] += found[index]
                case .single: sums[output] = Double(Float(sums[output]) + Float(found[index]))
                }
            }
        }
    }

    /// The value that each tree gives. Positions were made here and are in range, so that nothing is checked on the way.
    private func walk(_ values: UnsafeMutableBufferPointer<Double>, into found: UnsafeMutableBufferPointer<Double>) {
        guard let row = values.baseAddress, let out = found.baseAddress else { return }
        splits.withUnsafeBufferPointer { splits in
            leaves.withUnsafeBufferPointer { leaves in
                guard let leaf = leaves.baseAddress else { return }
                guard let node = splits.baseAddress else {
                    // Trees without a split.
                    for index in 0..<treeCount { out[index] = leaf[index] }
                    return
                }
                for block in blocks {
                    if block.isHeap {
                        Self.walkHeaps(block, row, node + block.node, leaf + block.leaf, out + block.tree)
                    } else {
                        var position = 0
                        let nodes = node + block.node
                        var steps = block.depth
                        while steps > 0 {
                            let split = nodes[position]
                            let child = Int(split.child)
                            let isRight = row[Int(split.slot)] < split.limit ? 0 : 1
                            // A leaf leads to itself, whatever it compares.
                            position = child == position ? position : child &+ isRight
                            steps &-= 1
                        }
                        out[block.tree] = leaf[block.leaf + position]
                    }
                }
            }
        }
    }

    @inline(__always)
    private static func step(_ row: UnsafePointer<Double>, _ nodes: UnsafePointer<Split>, _ position: Int) -> Int {
        let split = nodes + position
        return 2 &* position &+ (row[Int(split.pointee.slot)] < split.pointee.limit ? 1 : 2)
    }

    private static func walkHeaps(
        _ block: Block, _ row: UnsafePointer<Double>, _ first: UnsafePointer<Split>, _ leaf: UnsafePointer<Double>,
        _ out: UnsafeMutablePointer<Double>
    ) {
        let inner = (1 << block.depth) - 1
        let size = 1 << block.depth
        var tree = 0
        while tree &+ 8 <= block.count {
            let n0 = first + tree &* inner
            let n1 = n0 + inner
            let n2 = n1 + inner
            let n3 = n2 + inner
            let n4 = n3 + inner
            let n5 = n4 + inner
            let n6 = n5 + inner
            let n7 = n6 + inner
            var (p0, p1, p2, p3, p4, p5, p6, p7) = (0, 0, 0, 0, 0, 0, 0, 0)
            var steps = block.depth
            while steps > 0 {
                p0 = step(row, n0, p0)
                p1 = step(row, n1, p1)
                p2 = step(row, n2, p2)
                p3 = step(row, n3, p3)
                p4 = step(row, n4, p4)
                p5 = step(row, n5, p5)
                p6 = step(row, n6, p6)
                p7 = step(row, n7, p7)
                steps &-= 1
            }
            let l0 = leaf + tree &* size - inner
            let o = out + tree
            o[0] = l0[p0]
            o[1] = (l0 + size)[p1]
            o[2] = (l0 + 2 &* size)[p2]
            o[3] = (l0 + 3 &* size)[p3]
            o[4] = (l0 + 4 &* size)[p4]
            o[5] = (l0 + 5 &* size)[p5]
            o[6] = (l0 + 6 &* size)[p6]
            o[7] = (l0 + 7 &* size)[p7]
            tree &+= 8
        }
        while tree < block.count {
            let nodes = first + tree &* inner
            var position = 0
            for _ in 0..<block.depth { position = step(row, nodes, position) }
            out[tree] = leaf[tree &* size &+ position &- inner]
            tree &+= 1
        }
    }
}

/// Finds the best step from a place of a structure to any of the places that can hold a segment.
struct StepSearch {
    let grammar: StructureGrammar
    let chains: [[(group: Int, child: Int)]]
    /// Lists of leaves that steps pass over; the first is empty.
    private(set) var missing: [[Int]] = [[]]

    init(grammar: StructureGrammar, chains: [[(group: Int, child: Int)]]) {
        self.grammar = grammar
        self.chains = chains
    }

    /// Segments that speak about the one before them wherever it stands, so they never begin something new.
    static let remarks: Set<SegmentName> = Set(["NTE", "PRT", "ROL", "ARV", "CTD", "VAR"].compactMap { SegmentName($0) })

    /// A way to reach a leaf, and what speaks against it: less is better, compared from the first on.
    private struct Candidate {
        var kind: StructureTable.Kind
        var leaf: Int
        var keep: Int
        var skipped: [Int]
        var unfinished: [Int]
        /// Whether it opens a group by a segment that never begins one.
        var isLoose = false

        /// Order of preference between kinds of ways, see ``StructureTable``.
        var rank: Int {
            switch kind {
            case .inOrder: skipped.isEmpty ? 0 : isLoose ? 6 : 2
            case .tolerated: skipped.isEmpty ? 1 : 3
            case .repeated: 4
            case .outOfOrder: 5
            case .unknown: 7
            }
        }

        func isBetter(than other: Candidate) -> Bool {
            (rank, skipped.count, unfinished.count, -keep, leaf)
                < (other.rank, other.skipped.count, other.unfinished.count, -other.keep, other.leaf)
        }
    }

    mutating func best(from: Int, to leaves: [Int]) -> (step: StructureTable.Step, instead: StructureTable.Step?) {
        let ways = leaves.flatMap { candidates(from: from, to: $0) }
        guard let best = ways.min(by: { $0.isBetter(than: $1) }) else { return (StructureTable.Step(), nil) }
        var step = self.step(best)
        let others = ways.filter { $0.leaf != best.leaf && $0.rank <= 1 }
        guard best.rank <= 1, let other = others.min(by: { $0.isBetter(than: $1) }),
            let awaited = nextRequired(after: best.leaf), let name = grammar.leaves[awaited].names.first
        else { return (step, nil) }
        step.awaited = name.packed
        step.isAwaitedFar = grammar.groups[grammar.leaves[best.leaf].group].isRepeating
        return (step, self.step(other))
    }

    private mutating func step(_ candidate: Candidate) -> StructureTable.Step {
        let passed = candidate.unfinished + candidate.skipped
        var step = StructureTable.Step(
            kind: candidate.kind, leaf: Int16(truncatingIfNeeded: candidate.leaf),
            keep: Int16(truncatingIfNeeded: candidate.keep))
        if !passed.isEmpty, candidate.kind != .outOfOrder, candidate.kind != .repeated {
            let known = missing.firstIndex(of: passed)
            if known == nil { missing.append(passed) }
            step.missing = UInt16(truncatingIfNeeded: known ?? missing.count - 1)
        }
        return step
    }

    func missingAtEnd(from leaf: Int) -> [Int] {
        leaf < 0 ? grammar.required(in: 0, 0..<grammar.groups[0].elements.count) : unfinished(leaf, below: -1)
    }

    private func candidates(from: Int, to leaf: Int) -> [Candidate] {
        let target = grammar.leaves[leaf]
        let chain = chains[leaf]
        let isRemark = target.names.first.map { Self.remarks.contains($0) } ?? true
        let kind: StructureTable.Kind = target.isTolerated ? .tolerated : .inOrder
        var found: [Candidate] = []
        func add(_ kind: StructureTable.Kind, keep: Int, skipped: [Int] = [], unfinished: [Int] = []) {
            if isRemark, !skipped.isEmpty { return }
            let isLoose = !target.isRequired && keep + 1 < chain.count
            found.append(
                Candidate(
                    kind: kind, leaf: leaf, keep: keep, skipped: skipped, unfinished: unfinished, isLoose: isLoose))
        }
        guard from >= 0 else {
            add(kind, keep: 0, skipped: skipped(in: 0, after: -1, chain: chain))
            return found
        }
        let origin = chains[from]
        var level = 0
        while level + 1 < min(origin.count, chain.count), origin[level].child == chain[level].child { level += 1 }
        let (here, there) = (origin[level].child, chain[level].child)
        if from == leaf {
            // A group is opened again by what begins it rather than holding that twice.
            let beginsGroup = level > 0 && grammar.firstRequired(target.group) == leaf
            if target.isRepeating || !beginsGroup { add(target.isRepeating ? kind : .repeated, keep: level) }
        } else if there > here {
            add(
                kind, keep: level, skipped: skipped(in: level, after: here, chain: chain),
                unfinished: unfinished(from, below: level))
        } else {
            if !target.isTolerated { add(.outOfOrder, keep: level) }
        }
        for depth in stride(from: level, to: 0, by: -1) {
            let group = grammar.groups[chain[depth].group]
            let skipped = skipped(in: depth, after: -1, chain: chain)
            if group.isRepeating {
                // A further one may begin without its first segments only when the segment is one it cannot do without.
                if skipped.isEmpty || isRequired(chain, from: depth, leaf: leaf) {
                    add(kind, keep: depth - 1, skipped: skipped, unfinished: unfinished(from, below: depth - 1))
                }
            } else if skipped.isEmpty, grammar.firstRequired(chain[depth].group) == leaf {
                add(.repeated, keep: depth - 1)
            }
        }
        return found
    }

    /// Required segments passed over on the way down to a leaf, after element `after` of the group at `depth`.
    private func skipped(in depth: Int, after: Int, chain: [(group: Int, child: Int)]) -> [Int] {
        var leaves = grammar.required(in: chain[depth].group, min(after + 1, chain[depth].child)..<chain[depth].child)
        for inner in chain.dropFirst(depth + 1) {
            leaves += grammar.required(in: inner.group, 0..<inner.child)
        }
        return leaves
    }

    /// Required segments still to come in the groups around a leaf that are closed.
    private func unfinished(_ leaf: Int, below level: Int) -> [Int] {
        chains[leaf].dropFirst(level + 1).reversed().flatMap { place in
            grammar.required(in: place.group, place.child + 1..<grammar.groups[place.group].elements.count)
        }
    }

    private func isRequired(_ chain: [(group: Int, child: Int)], from depth: Int, leaf: Int) -> Bool {
        grammar.leaves[leaf].isRequired && chain.dropFirst(depth + 1).allSatisfy { grammar.groups[$0.group].isRequired }
    }

    /// The next required segment after a leaf, in its group or the groups around it.
    private func nextRequired(after leaf: Int) -> Int? {
        for place in chains[leaf].reversed() {
            let rest = place.child + 1..<grammar.groups[place.group].elements.count
            if let next = grammar.required(in: place.group, rest).first { return next }
        }
        return nil
    }
}

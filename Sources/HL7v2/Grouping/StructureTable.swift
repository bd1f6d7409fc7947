/// For every place of a structure and every segment: where the segment goes next.
///
/// Compiled once, so that grouping a message is a table look-up a segment. The rule: a segment goes to the next place in
/// order that can hold it without skipping a required one, staying in the innermost group; else to a place nobody names but
/// senders use; else past required segments, which are reported; else it repeats what may not repeat; else it is out of
/// order.
final class StructureTable: Sendable {
    enum Kind: UInt8, Sendable {
        case inOrder
        /// At a place the standard does not name.
        case tolerated
        /// Beyond the number the structure allows.
        case repeated
        /// Its place has passed.
        case outOfOrder
        /// The structure has no place for it.
        case unknown
    }

    struct Step: Sendable {
        var kind = Kind.unknown
        /// The place it goes to; -1 for none.
        var leaf: Int16 = -1
        /// Groups of this depth and above stay open; the rest are closed.
        var keep: Int16 = 0
        /// Position in ``missing`` of the required segments that are passed over; 0 for none.
        var missing: UInt16 = 0
        /// Position in ``steps`` of what to do instead when ``awaited`` does not come; 0 for none.
        var instead: Int32 = 0
        /// The segment that has to come later, before the next one of this name.
        var awaited: UInt32 = 0
        /// Whether it may also come after further ones of this name.
        var isAwaitedFar = false
    }

    let grammar: StructureGrammar
    let chains: [[(group: Int, child: Int)]]
    /// Row for the start, then one for each leaf; a column for each name, the first for all others.
    let steps: [Step]
    let columns: Int
    let missing: [[Int]]
    /// Per row: the required segments that are missing when the message ends there.
    let missingAtEnd: [[Int]]
    /// `PATIENT_RESULT.PATIENT.PID` for each leaf.
    let paths: [String]
    private let nameKeys: [UInt32]
    private let nameColumns: [UInt16]

    init(_ grammar: StructureGrammar) {
        self.grammar = grammar
        let chains = grammar.leaves.indices.map { grammar.chain(ofLeaf: $0) }
        self.chains = chains
        var columnOf: [SegmentName: Int] = [:]
        var leavesOf: [[Int]] = [[]]
        for (number, leaf) in grammar.leaves.enumerated() {
            if leaf.names.isEmpty { leavesOf[0].append(number) }
            for name in leaf.names {
                let column = columnOf[name] ?? leavesOf.count
                if column == leavesOf.count { leavesOf.append([]) }
                columnOf[name] = column
                leavesOf[column].append(number)
            }
        }
        columns = leavesOf.count
        (nameKeys, nameColumns) = Self.hashed(columnOf)
        paths = grammar.leaves.indices.map { leaf in
            let groups = chains[leaf].dropFirst().map { grammar.groups[$0.group].name }
            let name = grammar.leaves[leaf].names.map(\.text).joined(separator: "|")
            return (groups + [name]).joined(separator: ".")
        }
        var search = StepSearch(grammar: grammar, chains: chains)
        var steps: [Step] = []
        var alternatives: [(row: Int, step: Step)] = []
        for row in 0...grammar.leaves.count {
            for leaves in leavesOf {
                let found = search.best(from: row - 1, to: leaves)
                if let instead = found.instead { alternatives.append((steps.count, instead)) }
                steps.append(found.step)
            }
        }
        for alternative in alternatives {
            steps[alternative.row].instead = Int32(steps.count)
            steps.append(alternative.step)
        }
        self.steps = steps
        missingAtEnd = (0...grammar.leaves.count).map { search.missingAtEnd(from: $0 - 1) }
        missing = search.missing
    }

    /// What to do with a segment of this name after the given leaf (-1 at the start).
    @inline(__always)
    func step(after leaf: Int, column: Int) -> Step {
        steps[(leaf &+ 1) &* columns &+ column]
    }

    /// The column of a name; 0 for those the structure does not hold.
    @inline(__always)
    func column(of name: SegmentName) -> Int {
        let mask = nameKeys.count &- 1
        var slot = Self.hash(name.packed) & mask
        while nameKeys[slot] != 0 {
            if nameKeys[slot] == name.packed { return Int(nameColumns[slot]) }
            slot = (slot &+ 1) & mask
        }
        return 0
    }

    private static func hash(_ packed: UInt32) -> Int {
        Int(truncatingIfNeeded: (packed &* 0x9E37_79B1) >> 16)
    }

    private static func hashed(_ columnOf: [SegmentName: Int]) -> ([UInt32], [UInt16]) {
        var size = 16
        while size < columnOf.count * 3 { size *= 2 }
        var keys = [UInt32](repeating: 0, count: size)
        var columns = [UInt16](repeating: 0, count: size)
        for (name, column) in columnOf {
            var slot = hash(name.packed) & (size - 1)
            while keys[slot] != 0 { slot = (slot + 1) & (size - 1) }
            keys[slot] = name.packed
            columns[slot] = UInt16(truncatingIfNeeded: column)
        }
        return (keys, columns)
    }
}

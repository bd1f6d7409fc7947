internal import Clinical

/// Puts the segments of a message into the groups of its structure, one look-up in the structure's table a segment.
struct SegmentGrouping {
    private let index: MessageIndex
    private let table: StructureTable
    private var nodes: [GroupTree.Node] = []
    private var leaves: [Int16] = []
    private var issues: [Issue] = []
    /// The groups open now, by depth.
    private var open: [Int32] = []
    /// The place of the last segment in order; -1 before the first.
    private var last = -1
    /// Whether reading has gone back to an earlier place; what seems to be missing after that may have come before.
    private var wentBack = false
    /// Places whose segment came out of order: not missing, only late.
    private var late: Set<Int> = []
    /// Where a segment last waited for was found, so that a run of others does not search again and again.
    private var found: (name: UInt32, position: Int) = (0, 0)
    private var missing: [(leaf: Int, before: Int)] = []

    static func group(_ message: Message, as given: MessageStructure?) -> GroupTree {
        let index = message.index
        guard let structure = given ?? message.structure else {
            let issue = Issue(
                .warning, code: HL7v2Error.Code.structureUnknown, place: "MSH[1]-9",
                "MSH-9 names no message structure that is known; the segments are read without groups.")
            let whole = GroupTree.Node(group: 0, parent: -1, first: 0, end: Int32(index.segments.count), next: 1)
            return GroupTree(
                message: message, structure: nil, table: nil, nodes: [whole],
                leaves: [Int16](repeating: -1, count: index.segments.count), issues: [issue])
        }
        var grouping = SegmentGrouping(index, structure.table)
        grouping.run()
        return GroupTree(
            message: message, structure: structure, table: grouping.table, nodes: grouping.nodes, leaves: grouping.leaves,
            issues: grouping.issues)
    }

    private init(_ index: MessageIndex, _ table: StructureTable) {
        self.index = index
        self.table = table
    }

    private mutating func run() {
        let count = index.segments.count
        nodes.reserveCapacity(count + 8)
        leaves.reserveCapacity(count)
        open.reserveCapacity(8)
        nodes.append(GroupTree.Node(group: 0, parent: -1, first: 0, end: 0, next: 0))
        open.append(0)
        for position in 0..<count { place(position) }
        close(downTo: 0, at: count)
        nodes[0].end = Int32(truncatingIfNeeded: count)
        nodes[0].next = Int32(truncatingIfNeeded: nodes.count)
        for leaf in table.missingAtEnd[last + 1] { missing.append((leaf, count)) }
        if !missing.isEmpty { reportMissing() }
    }

    @inline(__always)
    private func step(_ position: Int) -> StructureTable.Step {
        table.step(after: last, column: table.column(of: index.segments[position].name))
    }

    private mutating func place(_ position: Int) {
        var step = step(position)
        if step.instead > 0, !comes(step, after: position) { step = table.steps[Int(step.instead)] }
        switch step.kind {
        case .inOrder, .tolerated, .repeated:
            if step.missing > 0 {
                for leaf in table.missing[Int(step.missing)] { missing.append((leaf, position)) }
            }
            if step.kind != .inOrder { report(step, position) }
            move(to: step, position)
        case .outOfOrder:
            report(step, position)
            placeOutOfOrder(step, position)
        case .unknown:
            leaves.append(-1)
            if index.segments[position].name.isLocal { return }
            report(step, position)
        }
    }

    /// Goes on from the place of a segment, opening the groups around it.
    private mutating func move(to step: StructureTable.Step, _ position: Int) {
        let leaf = Int(step.leaf)
        let chain = table.chains[leaf]
        var depth = Int(step.keep)
        if open.count > depth + 1 { close(downTo: depth, at: position) }
        while depth + 1 < chain.count {
            depth += 1
            open.append(Int32(truncatingIfNeeded: nodes.count))
            nodes.append(
                GroupTree.Node(
                    group: Int16(truncatingIfNeeded: chain[depth].group), parent: open[depth - 1],
                    first: Int32(truncatingIfNeeded: position), end: 0, next: 0))
        }
        leaves.append(step.leaf)
        last = leaf
    }

    /// Closes the open groups below a depth.
    private mutating func close(downTo depth: Int, at position: Int) {
        while open.count > depth + 1 {
            let node = Int(open.removeLast())
            nodes[node].end = Int32(truncatingIfNeeded: position)
            nodes[node].next = Int32(truncatingIfNeeded: nodes.count)
        }
    }

    /// A segment whose place has passed stays inside the open groups when what follows goes on there, as a PV1 between an
    /// OBR and its OBX; otherwise its own group is opened once more.
    private mutating func placeOutOfOrder(_ step: StructureTable.Step, _ position: Int) {
        late.insert(Int(step.leaf))
        let chain = table.chains[Int(step.leaf)]
        let isDirect = chain.count == Int(step.keep) + 1
        let isOpen = open.count == Int(step.keep) + 1
        if StepSearch.remarks.contains(index.segments[position].name) {
            // It speaks about the segment before it, wherever that stands.
            leaves.append(-1)
        } else if isDirect && isOpen || goesOn(below: Int(step.keep), after: position) {
            leaves.append(step.leaf)
        } else {
            wentBack = true
            move(to: step, position)
        }
    }

    /// Whether the next segment that is in order goes into a group open below a depth.
    private func goesOn(below depth: Int, after position: Int) -> Bool {
        // Bounded, so that a message with every segment out of order is not read once for each.
        for next in position + 1..<min(position + 17, max(position + 1, index.segments.count)) {
            if StepSearch.remarks.contains(index.segments[next].name) { continue }
            let step = step(next)
            if step.kind != .outOfOrder, step.kind != .unknown { return Int(step.keep) > depth }
        }
        return false
    }

    /// Whether the segment a step waits for comes.
    private mutating func comes(_ step: StructureTable.Step, after position: Int) -> Bool {
        if step.isAwaitedFar, step.awaited == found.name, position < found.position { return true }
        let name = index.segments[position].name
        var next = position + 1
        // Results come after what announces them, so an ORC that an OBX follows belongs to the OBR before it.
        while next < index.segments.count,
            step.isAwaitedFar || index.segments[next].name != name && index.segments[next].name != .obx
        {
            if index.segments[next].name.packed == step.awaited {
                found = (step.awaited, next)
                return true
            }
            next += 1
        }
        return false
    }

    private mutating func report(_ step: StructureTable.Step, _ position: Int) {
        let (code, text) =
            switch step.kind {
            case .tolerated, .outOfOrder:
                (
                    HL7v2Error.Code.segmentMisplaced,
                    "This segment is not where the structure has it (\(table.paths[Int(step.leaf)])); it is read all the same."
                )
            case .repeated:
                (
                    HL7v2Error.Code.segmentRepeated,
                    "The structure has this segment (\(table.paths[Int(step.leaf)])) once; it is read all the same."
                )
            default:
                (
                    HL7v2Error.Code.segmentUnexpected,
                    "The structure \(table.grammar.groups[0].name) has no place for this segment; it stays with the one before it."
                )
            }
        issues.append(Issue(.warning, code: code, place: Self.name(index, position), text))
    }

    private mutating func reportMissing() {
        let filled = wentBack ? Set(leaves.map(Int.init)) : late
        for (leaf, before) in missing where !filled.contains(leaf) {
            let isEnd = before == index.segments.count
            issues.append(
                Issue(
                    .warning, code: HL7v2Error.Code.segmentMissing,
                    place: isEnd ? "MSH[1]" : Self.name(index, before),
                    "A required segment (\(table.paths[leaf])) is missing "
                        + (isEnd ? "at the end of the message." : "before this one.")))
        }
    }

    private static func name(_ index: MessageIndex, _ position: Int) -> String {
        "\(index.segments[position].name.text)[\(index.segments[position].occurrence)]"
    }
}

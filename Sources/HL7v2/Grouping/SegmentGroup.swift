/// A group of segments in a message, such as one ORDER_OBSERVATION: a view, cheap to copy.
public struct SegmentGroup: Sendable {
    let tree: GroupTree
    let node: Int

    private var entry: GroupTree.Node { tree.nodes[node] }

    /// What a group consists of, in the order sent.
    public enum Element: Sendable {
        /// 0-based position in the message.
        case segment(Int)
        case group(SegmentGroup)
    }

    /// Name in the standard: `ORDER_OBSERVATION`; for the whole message that of its structure.
    public var name: String { tree.table?.grammar.groups[Int(entry.group)].name ?? "MESSAGE" }

    /// `nil` for the whole message.
    public var parent: SegmentGroup? {
        entry.parent < 0 ? nil : SegmentGroup(tree: tree, node: Int(entry.parent))
    }

    /// Positions in the message of all segments in the group and the groups inside it.
    public var range: Range<Int> { Int(entry.first)..<Int(entry.end) }

    /// Segments and groups directly inside, in order.
    public var elements: [Element] {
        var elements: [Element] = []
        var segment = Int(entry.first)
        for group in groups {
            while segment < group.range.lowerBound {
                elements.append(.segment(segment))
                segment += 1
            }
            elements.append(.group(group))
            segment = group.range.upperBound
        }
        while segment < Int(entry.end) {
            elements.append(.segment(segment))
            segment += 1
        }
        return elements
    }

    /// The groups directly inside, in order.
    public var groups: [SegmentGroup] {
        var groups: [SegmentGroup] = []
        var inner = node + 1
        let next = Int(entry.next)
        while inner < next {
            groups.append(SegmentGroup(tree: tree, node: inner))
            inner = Int(tree.nodes[inner].next)
        }
        return groups
    }

    /// The groups of a name directly inside, in order.
    public func groups(named name: String) -> [SegmentGroup] {
        groups.filter { $0.name == name }
    }

    /// The segments directly inside, in order, without those of the groups inside.
    public var segments: [Segment] {
        var segments: [Segment] = []
        var position = Int(entry.first)
        var inner = node + 1
        while position < Int(entry.end) {
            if inner < Int(entry.next), position == Int(tree.nodes[inner].first) {
                position = Int(tree.nodes[inner].end)
                inner = Int(tree.nodes[inner].next)
            } else {
                segments.append(Segment(tree.message.index, position))
                position += 1
            }
        }
        return segments
    }

    /// The segments of a name directly inside, in order.
    public func segments(named name: String) -> [Segment] {
        guard let packed = SegmentName(name) else { return [] }
        return segments.filter { tree.message.index.segments[$0.index].name == packed }
    }

    /// The first segment of a name directly inside.
    public func segment(_ name: String) -> Segment? {
        segments(named: name).first
    }

    /// All segments of the group and the groups inside it, in order.
    public var allSegments: [Segment] {
        range.map { Segment(tree.message.index, $0) }
    }

    /// The groups of a name inside, at any depth, in order: `root.descendants(named: "ORDER_OBSERVATION")`.
    public func descendants(named name: String) -> [SegmentGroup] {
        (node + 1..<max(node + 1, Int(entry.next))).map { SegmentGroup(tree: tree, node: $0) }.filter { $0.name == name }
    }
}

extension SegmentGroup: CustomStringConvertible {
    /// Names only, as in the standard: `ORDER_OBSERVATION(OBR OBSERVATION(OBX NTE))`.
    public var description: String {
        let parts = elements.map { element in
            switch element {
            case .segment(let position): tree.message.index.segments[position].name.text
            case .group(let group): group.description
            }
        }
        return "\(name)(\(parts.joined(separator: " ")))"
    }
}

public import Clinical

/// A message with its segments in the groups of its structure: which order a result belongs to, which specimen, which
/// visit.
///
/// Every segment of the message stands in exactly one group, in the order sent; whatever has no place or comes out of order
/// stays where a reader would look for it, and ``issues`` says so. Z segments stay with the segment before them.
public struct GroupedMessage: Sendable {
    let tree: GroupTree

    public var message: Message { tree.message }

    /// `nil` when MSH-9 names nothing known; then all segments stand in one group named `MESSAGE`.
    public var structure: MessageStructure? { tree.structure }

    /// Segments missing, out of order, repeated or unexpected; and the structure, when it had to be guessed or is unknown.
    public var issues: [Issue] { tree.issues }

    /// The whole message as one group, named after its structure.
    public var root: SegmentGroup { SegmentGroup(tree: tree, node: 0) }

    /// The place of a segment in the structure, below the structure's name: `PATIENT_RESULT.PATIENT.PID`.
    ///
    /// That of a segment out of order is the place where it should have been. `nil` for Z segments and others the structure
    /// has no place for.
    /// - Parameter segment: 0-based position in the message.
    public func place(ofSegment segment: Int) -> String? {
        guard tree.leaves.indices.contains(segment), tree.leaves[segment] >= 0 else { return nil }
        return tree.table?.paths[Int(tree.leaves[segment])]
    }

    /// The position of that place in ``MessageStructure/places``.
    public func placeNumber(ofSegment segment: Int) -> Int? {
        guard tree.leaves.indices.contains(segment), tree.leaves[segment] >= 0 else { return nil }
        return Int(tree.leaves[segment])
    }
}

extension Message {
    /// Puts the segments into the groups of the message's structure.
    ///
    /// - Parameter structure: the structure to use instead of the one MSH-9 names.
    public func grouped(as structure: MessageStructure? = nil) -> GroupedMessage {
        GroupedMessage(tree: SegmentGrouping.group(self, as: structure))
    }
}

/// The groups of a message as a list: each holds a run of segments, and the groups inside it follow it.
final class GroupTree: Sendable {
    struct Node: Sendable {
        /// Number in the structure; 0 for the whole.
        var group: Int16
        var parent: Int32
        /// Positions of the first segment and of the first one that is not in the group any more.
        var first: Int32
        var end: Int32
        /// The next group that is not inside this one.
        var next: Int32
    }

    let message: Message
    let structure: MessageStructure?
    let table: StructureTable?
    let nodes: [Node]
    /// The place of each segment in the structure; -1 for none.
    let leaves: [Int16]
    let issues: [Issue]

    init(
        message: Message, structure: MessageStructure?, table: StructureTable?, nodes: [Node], leaves: [Int16],
        issues: [Issue]
    ) {
        self.message = message
        self.structure = structure
        self.table = table
        self.nodes = nodes
        self.leaves = leaves
        self.issues = issues
    }
}

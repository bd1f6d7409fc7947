/// The resources being built: nodes in one array, text in one pool.
struct OutputTree {
    enum Kind: UInt8 { case object, array, text, literal, constant, reference, empty }

    struct Node {
        var key: Int32
        var type: Int32
        var kind: Kind
        /// Choice group of the member, −1 without.
        var group: Int32 = -1
        var first: Int32 = -1
        var last: Int32 = -1
        var next: Int32 = -1
        /// Pool range for text and literal, constant for constant, resource for reference.
        var start: Int32 = 0
        var end: Int32 = 0
        /// Tells elements of an array apart: execution, label, repetition.
        var tag: Int64 = 0
        /// Row and leaf it came from, −1 without.
        var row: Int32 = -1
        var leaf: Int32 = -1
        /// Segment that wrote it.
        var segment: Int32 = -1
        var isRemoved = false
    }

    struct Resource {
        var type: Int32
        var root: Int32
        var instance: Int
        var segment: Int
        /// A helper resource made by a datatype map, such as the Organization of an assigner.
        var isSecondary: Bool
        /// A segment of the name that makes such resources has written to it; the next one makes another.
        var hasCreator = false
        /// An RXA has written to it; the next one makes another.
        var hasDose = false
        var id = ResourceID.none
        /// Index of the resource this one turned out to be; itself otherwise.
        var sameAs: Int = -1
        var isDropped = false
    }

    var nodes: [Node] = []
    var pool: [UInt8] = []
    var resources: [Resource] = []

    /// Room for what a message of that size becomes, so that the arrays seldom move.
    mutating func reserve(leaves: Int, bytes: Int) {
        nodes.reserveCapacity(leaves * 3)
        pool.reserveCapacity(bytes * 2)
        resources.reserveCapacity(leaves / 8)
    }

    mutating func addResource(_ type: Int32, instance: Int, segment: Int, isSecondary: Bool) -> Int {
        nodes.append(Node(key: -1, type: type, kind: .object))
        resources.append(
            Resource(
                type: type, root: Int32(nodes.count - 1), instance: instance, segment: segment, isSecondary: isSecondary))
        return resources.count - 1
    }

    mutating func append(_ node: Node, to parent: Int32) -> Int32 {
        let index = Int32(nodes.count)
        nodes.append(node)
        let last = nodes[Int(parent)].last
        if last < 0 { nodes[Int(parent)].first = index } else { nodes[Int(last)].next = index }
        nodes[Int(parent)].last = index
        return index
    }

    func child(_ parent: Int32, _ key: Int32) -> Int32? {
        var current = nodes[Int(parent)].first
        while current >= 0 {
            if nodes[Int(current)].key == key { return current }
            current = nodes[Int(current)].next
        }
        return nil
    }

    /// The member, made when it is not there; `nil` when another member of its choice group is.
    mutating func member(_ parent: Int32, _ key: Int32, type: Int32, group: Int32, kind: Kind) -> Int32? {
        var current = nodes[Int(parent)].first
        while current >= 0 {
            let node = nodes[Int(current)]
            if node.key == key { return current }
            if group >= 0, node.group == group { return nil }
            current = node.next
        }
        return append(Node(key: key, type: type, kind: kind, group: group), to: parent)
    }

    func first(_ parent: Int32) -> Int32? {
        let index = nodes[Int(parent)].first
        return index < 0 ? nil : index
    }

    func children(_ parent: Int32) -> [Int32] {
        var found: [Int32] = []
        var current = nodes[Int(parent)].first
        while current >= 0 {
            found.append(current)
            current = nodes[Int(current)].next
        }
        return found
    }

    /// Whether two nodes would be written the same.
    func isEqual(_ first: Int32, _ second: Int32) -> Bool {
        let (left, right) = (nodes[Int(first)], nodes[Int(second)])
        guard left.kind == right.kind else { return false }
        switch left.kind {
        case .text, .literal:
            guard
                pool[Int(left.start)..<Int(left.end)].elementsEqual(pool[Int(right.start)..<Int(right.end)])
            else { return false }
        case .constant: guard left.start == right.start else { return false }
        case .reference:
            let (one, other) = (resources[Int(left.start)], resources[Int(right.start)])
            guard one.type == other.type, one.id == other.id else { return false }
        case .object, .array, .empty: break
        }
        var (a, b) = (present(left.first), present(right.first))
        while a >= 0, b >= 0 {
            guard nodes[Int(a)].key == nodes[Int(b)].key, isEqual(a, b) else { return false }
            (a, b) = (present(nodes[Int(a)].next), present(nodes[Int(b)].next))
        }
        return a < 0 && b < 0
    }

    /// The first node from here on that was not removed.
    private func present(_ node: Int32) -> Int32 {
        var node = node
        while node >= 0, nodes[Int(node)].isRemoved { node = nodes[Int(node)].next }
        return node
    }

    func bytes(_ node: Node, _ names: NamePool) -> ArraySlice<UInt8> {
        switch node.kind {
        case .text, .literal: pool[Int(node.start)..<Int(node.end)]
        case .constant: names.names[Int(node.start)][...]
        default: []
        }
    }
}

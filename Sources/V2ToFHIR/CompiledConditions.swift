/// The conditions of the tables as they are decided: numbers in flat arrays, so that deciding one counts no references.
struct CompiledConditions: Sendable {
    enum Kind: UInt8, Sendable { case present, equals, same, count, length, decimal, compared, not, all, any }

    struct Node: Sendable {
        var kind: Kind
        var reference: Condition.Reference
        var comparison: Condition.Comparison
        var number: Int32
        /// Of `not`, `all`, `any`: their conditions in ``nodes``. Of `same`: a node with the other reference. Of `equals`: its
        /// part of ``texts``.
        var parts: Range<Int32>
    }

    private(set) var nodes: [Node] = []
    private(set) var texts: [[UInt8]] = []
    /// Of each condition of the tables: its node.
    private(set) var roots: [Int32] = []

    init(_ conditions: [Condition] = []) {
        for condition in conditions {
            let root = reserve(1)
            fill(root.lowerBound, condition)
            roots.append(root.lowerBound)
        }
    }

    /// Nodes side by side, to be filled.
    private mutating func reserve(_ count: Int) -> Range<Int32> {
        let first = Int32(nodes.count)
        let nothing = Condition.Reference(segment: 0, field: 0, component: 0, subcomponent: 0)
        let empty = Node(kind: .any, reference: nothing, comparison: .equal, number: 0, parts: 0..<0)
        nodes += Array(repeating: empty, count: count)
        return first..<Int32(nodes.count)
    }

    private mutating func fill(_ node: Int32, _ condition: Condition) {
        func leaf(_ kind: Kind, _ reference: Condition.Reference) {
            nodes[Int(node)].kind = kind
            nodes[Int(node)].reference = reference
        }
        func size(_ kind: Kind, _ reference: Condition.Reference, _ comparison: Condition.Comparison, _ number: Int) {
            leaf(kind, reference)
            nodes[Int(node)].comparison = comparison
            nodes[Int(node)].number = Int32(clamping: number)
        }
        func branch(_ kind: Kind, _ conditions: [Condition]) {
            let parts = reserve(conditions.count)
            nodes[Int(node)].kind = kind
            nodes[Int(node)].parts = parts
            for (part, condition) in zip(parts, conditions) { fill(part, condition) }
        }
        switch condition {
        case .present(let reference): leaf(.present, reference)
        case .decimal(let reference): leaf(.decimal, reference)
        case .compared(let reference): leaf(.compared, reference)
        case .equals(let reference, let values):
            leaf(.equals, reference)
            let first = Int32(texts.count)
            texts += values
            nodes[Int(node)].parts = first..<Int32(texts.count)
        case .same(let first, let second):
            branch(.same, [.present(second)])
            nodes[Int(node)].reference = first
        case .count(let reference, let comparison, let number): size(.count, reference, comparison, number)
        case .length(let reference, let comparison, let number): size(.length, reference, comparison, number)
        case .not(let inner): branch(.not, [inner])
        case .all(let parts): branch(.all, parts)
        case .any(let parts): branch(.any, parts)
        }
    }
}

/// What is known while content is looked for.
struct ContentSearch {
    /// `visiting` ends the circles of references; `stays` is a resource that is there whatever it holds.
    enum State: UInt8 { case unknown, visiting, full, empty, stays }

    /// Of each resource.
    var states: [State]
    /// References that were taken for content.
    private(set) var references: [(owner: Int, target: Int)] = []
    // What tells content from frame, read once for a message.
    fileprivate let url: Int32
    fileprivate let system: Int32
    fileprivate let extensionType: Int32
    fileprivate let codingType: Int32

    init(_ tables: MappingTables, states: [State]) {
        self.states = states
        url = tables.symbols.url
        system = tables.symbols.system
        extensionType = tables.extensionType
        codingType = tables.codingType
    }

    fileprivate mutating func found(_ target: Int, in owner: Int) { references.append((owner, target)) }
}

extension OutputTree {
    /// Marks elements without content as removed.
    mutating func hasContent(resource: Int, _ search: inout ContentSearch) -> Bool {
        if resources[resource].isDropped { return false }
        switch search.states[resource] {
        case .visiting, .full: return true
        case .empty: return false
        case .stays:
            search.states[resource] = .full
            _ = hasContent(resources[resource].root, of: resource, &search)
            return true
        case .unknown:
            search.states[resource] = .visiting
            let content = hasContent(resources[resource].root, of: resource, &search)
            search.states[resource] = content ? .full : .empty
            return content
        }
    }

    private mutating func hasContent(_ node: Int32, of resource: Int, _ search: inout ContentSearch) -> Bool {
        let entry = nodes[Int(node)]
        var any = false
        var meaningful = false
        var hasURL = false
        var child = entry.first
        while child >= 0 {
            let (key, next) = (nodes[Int(child)].key, nodes[Int(child)].next)
            let content = isBareValue(child) || hasContent(child, of: resource, &search)
            nodes[Int(child)].isRemoved = !content
            if content {
                any = true
                if key == search.url { hasURL = true }
                if key != search.url && key != search.system { meaningful = true }
            }
            child = next
        }
        switch entry.kind {
        case .object:
            if entry.type >= 0, entry.type == search.extensionType, !hasURL { return false }
            let isFrame = entry.type >= 0 && (entry.type == search.codingType || entry.type == search.extensionType)
            return entry.key < 0 && entry.type < 0 || isFrame ? meaningful : any
        case .array: return any
        case .reference:
            guard hasContent(resource: Int(entry.start), &search) else { return false }
            search.found(Int(entry.start), in: resource)
            return true
        case .empty: return any
        default: return true
        }
    }

    /// A value with nothing beside it, as most nodes are.
    @inline(__always)
    private func isBareValue(_ node: Int32) -> Bool {
        guard nodes[Int(node)].first < 0 else { return false }
        switch nodes[Int(node)].kind {
        case .text, .literal, .constant: return true
        case .object, .array, .reference, .empty: return false
        }
    }

    /// Anything that came from the message, or a reference that a row made.
    func hasLeaf(_ node: Int32) -> Bool {
        let entry = nodes[Int(node)]
        if entry.leaf >= 0 || entry.kind == .text || entry.kind == .reference && entry.segment >= 0 { return true }
        var child = nodes[Int(node)].first
        while child >= 0 {
            if !nodes[Int(child)].isRemoved, hasLeaf(child) { return true }
            child = nodes[Int(child)].next
        }
        return false
    }
}

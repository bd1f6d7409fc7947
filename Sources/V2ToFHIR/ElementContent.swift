/// What tells content from frame, read once for a message.
struct ContentKeys {
    let url: Int32
    let system: Int32
    let extensionType: Int32
    let codingType: Int32

    init(_ tables: MappingTables) {
        url = tables.symbols.url
        system = tables.symbols.system
        extensionType = tables.extensionType
        codingType = tables.codingType
    }
}

/// What is known of a resource while content is looked for.
struct ContentState {
    /// `visiting` ends the circles of references.
    enum Answer: UInt8 { case unknown, visiting, full, empty, stays }

    var answer: Answer
    /// A reference to it was taken for content.
    var isReferred = false
}

extension OutputTree {
    /// Marks elements without content as removed.
    mutating func hasContent(resource: Int, _ keys: ContentKeys, _ states: inout [ContentState]) -> Bool {
        if resources[resource].isDropped { return false }
        switch states[resource].answer {
        case .visiting, .full: return true
        case .empty: return false
        case .stays:
            states[resource].answer = .full
            _ = hasContent(resources[resource].root, keys, &states)
            return true
        case .unknown:
            states[resource].answer = .visiting
            let content = hasContent(resources[resource].root, keys, &states)
            states[resource].answer = content ? .full : .empty
            return content
        }
    }

    private mutating func hasContent(_ node: Int32, _ keys: ContentKeys, _ states: inout [ContentState]) -> Bool {
        let entry = nodes[Int(node)]
        var any = false
        var meaningful = false
        var hasURL = false
        var child = entry.first
        while child >= 0 {
            let (key, next) = (nodes[Int(child)].key, nodes[Int(child)].next)
            let content = isBareValue(child) || hasContent(child, keys, &states)
            nodes[Int(child)].isRemoved = !content
            if content {
                any = true
                if key == keys.url { hasURL = true }
                if key != keys.url && key != keys.system { meaningful = true }
            }
            child = next
        }
        switch entry.kind {
        case .object:
            if entry.type >= 0, entry.type == keys.extensionType, !hasURL { return false }
            let isFrame = entry.type >= 0 && (entry.type == keys.codingType || entry.type == keys.extensionType)
            return entry.key < 0 && entry.type < 0 || isFrame ? meaningful : any
        case .array: return any
        case .reference:
            let content = hasContent(resource: Int(entry.start), keys, &states)
            if content { states[Int(entry.start)].isReferred = true }
            return content
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

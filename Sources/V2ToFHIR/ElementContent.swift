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

/// What is known of a resource while content is looked for; `visiting` ends the circles of references.
enum ContentState: UInt8 { case unknown, visiting, full, empty, stays }

extension OutputTree {
    /// Marks elements without content as removed.
    mutating func hasContent(resource: Int, _ keys: ContentKeys, _ states: inout [ContentState]) -> Bool {
        if resources[resource].isDropped { return false }
        switch states[resource] {
        case .visiting, .full: return true
        case .empty: return false
        case .stays:
            states[resource] = .full
            _ = hasContent(resources[resource].root, keys, &states)
            return true
        case .unknown:
            states[resource] = .visiting
            let content = hasContent(resources[resource].root, keys, &states)
            states[resource] = content ? .full : .empty
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
            let content = hasContent(child, keys, &states)
            nodes[Int(child)].isRemoved = !content
            if content {
                any = true
                let key = nodes[Int(child)].key
                if key == keys.url { hasURL = true }
                if key != keys.url && key != keys.system { meaningful = true }
            }
            child = nodes[Int(child)].next
        }
        switch entry.kind {
        case .object:
            if entry.type >= 0, entry.type == keys.extensionType, !hasURL { return false }
            let isFrame = entry.type >= 0 && (entry.type == keys.codingType || entry.type == keys.extensionType)
            return entry.key < 0 && entry.type < 0 || isFrame ? meaningful : any
        case .array: return any
        case .reference: return hasContent(resource: Int(entry.start), keys, &states)
        case .empty: return any
        default: return true
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

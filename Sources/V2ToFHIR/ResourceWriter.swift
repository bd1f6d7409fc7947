/// Writes nodes as JSON bytes.
struct ResourceWriter {
    let shared: SharedTables
    let tree: OutputTree
    private var tables: MappingTables { _read { yield shared.tables } }

    init(shared: SharedTables, tree: OutputTree) {
        self.shared = shared
        self.tree = tree
    }

    /// The value of a node without its key.
    func write(_ node: Int32, to output: inout [UInt8]) {
        let entry = tree.nodes[Int(node)]
        switch entry.kind {
        case .object:
            output.append(0x7B)
            var isFirst = true
            writeMembers(node, &isFirst, to: &output)
            output.append(0x7D)
        case .array: writeArray(node, to: &output)
        case .text, .constant, .reference:
            if isString(entry) { output.append(0x22) }
            writeRest(entry, to: &output)
        case .literal: output.append(tree.pool, Int(entry.start)..<Int(entry.end))
        case .empty: output.append("null")
        }
    }

    /// Whether the value begins with a quotation mark.
    @inline(__always)
    private func isString(_ entry: OutputTree.Node) -> Bool {
        switch entry.kind {
        case .text, .reference: true
        case .constant: !tables.isUnquoted(entry.type)
        case .object, .array, .literal, .empty: false
        }
    }

    /// The value of a primitive, after its opening quotation mark where it has one.
    private func writeRest(_ entry: OutputTree.Node, to output: inout [UInt8]) {
        switch entry.kind {
        case .reference:
            let resource = tree.resources[Int(entry.start)]
            output.append(tables.schema.name(resource.type))
            output.append(0x2F)
            resource.id.append(to: &output)
            output.append(0x22)
        case .text: JSONText.appendStringRest(tree.pool, Int(entry.start)..<Int(entry.end), to: &output)
        case .literal: output.append(tree.pool, Int(entry.start)..<Int(entry.end))
        case .constant:
            if tables.isUnquoted(entry.type) {
                tables.names.append(entry.start, to: &output)
            } else {
                tables.names.appendStringRest(entry.start, to: &output)
            }
        case .object, .array, .empty: break
        }
    }

    /// The members of an object.
    func writeMembers(_ node: Int32, _ isFirst: inout Bool, to output: inout [UInt8]) {
        var child = tree.nodes[Int(node)].first
        while child >= 0 {
            let entry = tree.nodes[Int(child)]
            defer { child = entry.next }
            if entry.isRemoved || entry.key < 0 { continue }
            switch entry.kind {
            case .object, .array:
                if entry.kind == .array, isPrimitiveArray(child) {
                    writePrimitiveArray(child, &isFirst, to: &output)
                } else {
                    key(entry.key, &isFirst, to: &output)
                    write(child, to: &output)
                }
            default:
                if entry.kind != .empty {
                    key(entry.key, &isFirst, opensString: isString(entry), to: &output)
                    writeRest(entry, to: &output)
                }
                if entry.kind != .reference, hasChildren(child) {
                    extensionKey(entry.key, &isFirst, to: &output)
                    output.append(0x7B)
                    var first = true
                    writeMembers(child, &first, to: &output)
                    output.append(0x7D)
                }
            }
        }
    }

    private func hasChildren(_ node: Int32) -> Bool {
        var child = tree.nodes[Int(node)].first
        while child >= 0 {
            if !tree.nodes[Int(child)].isRemoved { return true }
            child = tree.nodes[Int(child)].next
        }
        return false
    }

    private func isPrimitiveArray(_ node: Int32) -> Bool {
        let first = tree.nodes[Int(node)].first
        guard first >= 0 else { return false }
        switch tree.nodes[Int(first)].kind {
        case .object, .array, .reference: return false
        default: return true
        }
    }

    private func writePrimitiveArray(_ node: Int32, _ isFirst: inout Bool, to output: inout [UInt8]) {
        let elements = tree.children(node).filter { !tree.nodes[Int($0)].isRemoved }
        let key = tree.nodes[Int(node)].key
        if elements.contains(where: { tree.nodes[Int($0)].kind != .empty }) {
            self.key(key, &isFirst, to: &output)
            output.append(0x5B)
            for (index, element) in elements.enumerated() {
                if index > 0 { output.append(0x2C) }
                write(element, to: &output)
            }
            output.append(0x5D)
        }
        if elements.contains(where: hasChildren) {
            extensionKey(key, &isFirst, to: &output)
            output.append(0x5B)
            for (index, element) in elements.enumerated() {
                if index > 0 { output.append(0x2C) }
                if hasChildren(element) {
                    output.append(0x7B)
                    var first = true
                    writeMembers(element, &first, to: &output)
                    output.append(0x7D)
                } else {
                    output.append("null")
                }
            }
            output.append(0x5D)
        }
    }

    private func writeArray(_ node: Int32, to output: inout [UInt8]) {
        output.append(0x5B)
        var isFirst = true
        var child = tree.nodes[Int(node)].first
        while child >= 0 {
            if !tree.nodes[Int(child)].isRemoved {
                if !isFirst { output.append(0x2C) }
                isFirst = false
                write(child, to: &output)
            }
            child = tree.nodes[Int(child)].next
        }
        output.append(0x5D)
    }

    @inline(__always)
    private func key(_ key: Int32, _ isFirst: inout Bool, opensString: Bool = false, to output: inout [UInt8]) {
        tables.names.appendKey(key, isFirst: isFirst, opensString: opensString, to: &output)
        isFirst = false
    }

    /// The key of what a primitive carries beside its value: `_birthDate`.
    private func extensionKey(_ key: Int32, _ isFirst: inout Bool, to output: inout [UInt8]) {
        if !isFirst { output.append(0x2C) }
        isFirst = false
        output.append("\"_")
        tables.names.append(key, to: &output)
        output.append("\":")
    }
}

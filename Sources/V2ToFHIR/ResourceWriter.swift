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
        case .reference:
            let resource = tree.resources[Int(entry.start)]
            output.append(0x22)
            output.append(tables.schema.name(resource.type))
            output.append(0x2F)
            resource.id.append(to: &output)
            output.append(0x22)
        case .text: Self.writeString(tree.pool, Int(entry.start)..<Int(entry.end), to: &output)
        case .literal: output.append(tree.pool, Int(entry.start)..<Int(entry.end))
        case .constant:
            if tables.isUnquoted(entry.type) {
                tables.names.append(entry.start, to: &output)
            } else {
                let bytes = tables.names.names[Int(entry.start)]
                Self.writeString(bytes, bytes.indices, to: &output)
            }
        case .empty: output.append("null")
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
            case .object, .array, .reference:
                if entry.kind == .array, isPrimitiveArray(child) {
                    writePrimitiveArray(child, &isFirst, to: &output)
                } else {
                    key(entry.key, &isFirst, to: &output)
                    write(child, to: &output)
                }
            default:
                if entry.kind != .empty {
                    key(entry.key, &isFirst, to: &output)
                    write(child, to: &output)
                }
                if hasChildren(child) {
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
    private func key(_ key: Int32, _ isFirst: inout Bool, to output: inout [UInt8]) {
        if !isFirst { output.append(0x2C) }
        isFirst = false
        tables.names.appendKey(key, to: &output)
    }

    /// The key of what a primitive carries beside its value: `_birthDate`.
    private func extensionKey(_ key: Int32, _ isFirst: inout Bool, to output: inout [UInt8]) {
        if !isFirst { output.append(0x2C) }
        isFirst = false
        output.append("\"_")
        tables.names.append(key, to: &output)
        output.append("\":")
    }

    static func writeString(_ bytes: [UInt8], _ range: Range<Int>, to output: inout [UInt8]) {
        output.append(0x22)
        var start = range.lowerBound
        while let position = firstEscaped(bytes, start..<range.upperBound) {
            output.append(bytes, start..<position)
            start = position + 1
            let byte = bytes[position]
            switch byte {
            case 0x22: output.append(contentsOf: [0x5C, 0x22])
            case 0x5C: output.append(contentsOf: [0x5C, 0x5C])
            case 0x0A: output.append(contentsOf: [0x5C, 0x6E])
            case 0x0D: output.append(contentsOf: [0x5C, 0x72])
            case 0x09: output.append(contentsOf: [0x5C, 0x74])
            default:
                let hex = Array("0123456789abcdef".utf8)
                output.append(contentsOf: [0x5C, 0x75, 0x30, 0x30, hex[Int(byte >> 4)], hex[Int(byte & 15)]])
            }
        }
        output.append(bytes, start..<range.upperBound)
        output.append(0x22)
    }

    /// The first byte that JSON wants escaped.
    @inline(__always)
    private static func firstEscaped(_ bytes: [UInt8], _ range: Range<Int>) -> Int? {
        let span = bytes.span
        for index in range {
            let byte = span[index]
            if byte < 0x20 || byte == 0x22 || byte == 0x5C { return index }
        }
        return nil
    }
}

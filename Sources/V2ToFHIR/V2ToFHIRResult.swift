public import Clinical
import HL7v2

/// What became of one message.
public struct V2ToFHIRResult: Sendable {
    /// What became of a leaf of the message.
    public enum Fate: String, Sendable { case mapped, preserved, ignored }

    /// A line of the account: a leaf and its fate.
    public struct AccountLine: Sendable {
        /// `PID[1]-5.1`.
        public var source: String
        public var fate: Fate
        /// `Patient.name[0].family`, or why it is ignored.
        public var element: String
        /// `XPN[HumanName]:3`; empty when no row made it.
        public var row: String
        /// Bytes of the message.
        public var range: Range<Int>
    }

    /// A line of the explanation: an element, the row that made it and the bytes it came from.
    public struct ExplainLine: Sendable {
        /// `Patient/4a…#name[0].family`.
        public var element: String
        public var row: String
        public var source: String
        public var range: Range<Int>?
    }

    /// The Bundle as JSON.
    public let bundle: [UInt8]
    /// Oddities: segments out of order and the like.
    public let issues: [Issue]

    private let record: Record

    /// Behind one reference: a result is handed on more often than it is asked for its account.
    private final class Record: Sendable {
        let conversion: Conversion

        init(_ conversion: consuming Conversion) { self.conversion = conversion }
    }

    init(_ conversion: consuming Conversion) {
        issues = conversion.issues
        bundle = conversion.writeBundle()
        record = Record(conversion)
    }

    /// Every leaf of the message and what became of it.
    public var account: [AccountLine] { record.conversion.account() }

    /// Every element of the Bundle with its row and its source.
    public var explanation: [ExplainLine] { record.conversion.explain() }
}

extension Conversion {
    func writeBundle() -> [UInt8] {
        var output: [UInt8] = []
        output.reserveCapacity(tape.bytes.count * 6)
        let writer = ResourceWriter(shared: shared, tree: tree)
        output.append(#"{"resourceType":"Bundle","type":""#)
        output.append(settings.bundleType.rawValue)
        output.append(0x22)
        for resource in tree.resources where tables.schema.name(resource.type) == "Bundle" && !resource.isDropped {
            var isFirst = false
            writer.writeMembers(resource.root, &isFirst, to: &output)
            break
        }
        output.append(#","entry":["#)
        var isFirstEntry = true
        for resource in tree.resources where !resource.isDropped && resource.sameAs < 0 {
            let type = tables.schema.name(resource.type)
            if type == "Bundle" { continue }
            if !isFirstEntry { output.append(0x2C) }
            isFirstEntry = false
            output.append(#"{"fullUrl":""#)
            output.append(settings.base)
            output.append("/")
            output.append(type)
            output.append("/")
            resource.id.append(to: &output)
            output.append(#"","resource":{"resourceType":""#)
            output.append(type)
            output.append(#"","id":""#)
            resource.id.append(to: &output)
            output.append(0x22)
            var isFirst = false
            writer.writeMembers(resource.root, &isFirst, to: &output)
            output.append(0x7D)
            if settings.bundleType == .transaction {
                output.append(#","request":{"method":"PUT","url":""#)
                output.append(type)
                output.append("/")
                resource.id.append(to: &output)
                output.append(#""}"#)
            }
            output.append(0x7D)
        }
        output.append("]}")
        return output
    }

    func account() -> [V2ToFHIRResult.AccountLine] {
        var elements: [Int: (element: String, row: String, isPreserved: Bool)] = [:]
        visit { path, node, isPreserved in
            guard node.leaf >= 0, elements[Int(node.leaf)] == nil else { return }
            elements[Int(node.leaf)] = (path, node.row >= 0 ? tables.rows[Int(node.row)].row : "", isPreserved)
        }
        var lines: [V2ToFHIRResult.AccountLine] = []
        for (index, leaf) in tape.leaves.enumerated() where !leaf.isEmpty {
            let range = Int(leaf.start)..<Int(leaf.end)
            let source = tape.path(leaf: index)
            if let found = elements[index] {
                lines.append(
                    .init(
                        source: source, fate: found.isPreserved ? .preserved : .mapped, element: found.element,
                        row: found.row,
                        range: range))
            } else if consumed[index] {
                lines.append(
                    .init(source: source, fate: .mapped, element: "(part of a composed value)", row: "", range: range))
            } else {
                let key = "\(SourceTape.unpack(tape.segments[Int(leaf.segment)].name))-\(leaf.field)"
                lines.append(
                    .init(source: source, fate: .ignored, element: tables.ignored[key] ?? "", row: "", range: range))
            }
        }
        return lines
    }

    func explain() -> [V2ToFHIRResult.ExplainLine] {
        var lines: [V2ToFHIRResult.ExplainLine] = []
        visit { path, node, _ in
            guard node.kind != .object, node.kind != .array else { return }
            var line = V2ToFHIRResult.ExplainLine(
                element: path, row: node.row >= 0 ? tables.rows[Int(node.row)].row : "", source: "", range: nil)
            if node.leaf >= 0 {
                let leaf = tape.leaves[Int(node.leaf)]
                line.source = tape.path(leaf: Int(node.leaf))
                line.range = Int(leaf.start)..<Int(leaf.end)
            }
            lines.append(line)
        }
        return lines
    }

    /// Walks every element that is written.
    private func visit(_ body: (String, OutputTree.Node, Bool) -> Void) {
        for resource in tree.resources where !resource.isDropped && resource.sameAs < 0 {
            let type = tables.schema.name(resource.type)
            visit(resource.root, path: type == "Bundle" ? type : "\(type)/\(resource.id.text)#", isPreserved: false, body)
        }
    }

    private func visit(
        _ node: Int32, path: String, isPreserved: Bool, _ body: (String, OutputTree.Node, Bool) -> Void
    ) {
        let entry = tree.nodes[Int(node)]
        body(path, entry, isPreserved)
        var index = 0
        for child in tree.children(node) where !tree.nodes[Int(child)].isRemoved && tree.nodes[Int(child)].key != -2 {
            let next = tree.nodes[Int(child)]
            let step = entry.kind == .array ? "[\(index)]" : (path.hasSuffix("#") ? "" : ".") + tables.names[next.key]
            let preserved = isPreserved || isSegmentExtension(child)
            visit(child, path: path + step, isPreserved: preserved, body)
            index += 1
        }
    }

    private func isSegmentExtension(_ node: Int32) -> Bool {
        guard let url = tree.child(node, tables.symbols.url) else { return false }
        let entry = tree.nodes[Int(url)]
        return entry.kind == .constant && entry.start == tables.symbols.sourceSegment
    }
}

import Clinical
import HL7v2

extension Conversion {
    /// Gives every resource its id and finds those that are the same.
    ///
    /// Ids derive from assigner and identifier, so that the next message about the same patient writes the same resource.
    /// What has no identifier takes its place in the message (the sender, the control id, the segment); a helper without an
    /// identifier takes its content, so that equal ones are one.
    mutating func identify() {
        let sender = headerText(4) + "|" + headerText(3)
        var message = headerText(10)
        if message.isEmpty { message = ContentDigest(of: tape.bytes).hex }
        var taken: [String: Int] = [:]
        var inProgress = Set<Int>()
        for index in tree.resources.indices where !tree.resources[index].isDropped {
            assignID(index, sender: sender, message: message, &taken, &inProgress)
        }
    }

    private func headerText(_ field: Int) -> String {
        let range = tape.repetitions(segment: 0, field: field)
        guard range.count > 0 else { return "" }
        var text: [UInt8] = []
        tape.appendText(leaf: tape.leaf(SourceTape.Cell(level: 0, index: range.first)), to: &text)
        return String(decoding: text, as: UTF8.self)
    }

    private mutating func assignID(
        _ index: Int, sender: String, message: String, _ taken: inout [String: Int], _ inProgress: inout Set<Int>
    ) {
        guard tree.resources[index].id.isEmpty, inProgress.insert(index).inserted else { return }
        let resource = tree.resources[index]
        let type = tables.schema.name(resource.type)
        var parts = [type]
        var mayMerge = true
        var isHelper = false
        if resource.isSecondary { assignReferenced(resource.root, sender: sender, message: message, &taken, &inProgress) }
        if let identifier = identifierKey(resource.root), !resource.isSecondary || !identifier.system.isEmpty {
            parts += [identifier.system.isEmpty ? sender : "", identifier.system, identifier.value]
            mayMerge = ["Patient", "Encounter", "Account"].contains(type)
            isHelper = resource.isSecondary
        } else if resource.isSecondary {
            var body: [UInt8] = []
            var writer = ResourceWriter(shared: shared, tree: tree)
            writer.write(resource.root, to: &body)
            parts += [String(decoding: body, as: UTF8.self)]
            isHelper = true
        } else {
            parts += [sender, message, segmentPath(resource.segment)]
            mayMerge = false
        }
        var id = ContentDigest.identifier(parts)
        if let known = taken["\(type)/\(id)"] {
            if isHelper {
                // The same identifier with other content, within one message: kept apart, nothing is lost.
                if settings.sharesEqualResources, body(tree.resources[known].root) == body(resource.root) {
                    tree.resources[index].id = id
                    tree.resources[index].sameAs = known
                    return
                }
                id = ContentDigest.identifier(parts + [String(decoding: body(resource.root), as: UTF8.self)])
                if settings.sharesEqualResources, let same = taken["\(type)/\(id)"] {
                    tree.resources[index].id = id
                    tree.resources[index].sameAs = same
                    return
                }
                if taken["\(type)/\(id)"] != nil { id = ContentDigest.identifier(parts + [id, message, "\(index)"]) }
                taken["\(type)/\(id)"] = index
                tree.resources[index].id = id
                return
            }
            if mayMerge {
                merge(index, into: known)
                tree.resources[index].id = id
                tree.resources[index].sameAs = known
                return
            }
            id = ContentDigest.identifier(parts + [message, segmentPath(resource.segment), "\(index)"])
        }
        taken["\(type)/\(id)"] = index
        tree.resources[index].id = id
    }

    private mutating func assignReferenced(
        _ node: Int32, sender: String, message: String, _ taken: inout [String: Int], _ inProgress: inout Set<Int>
    ) {
        for child in tree.children(node) where !tree.nodes[Int(child)].isRemoved {
            if tree.nodes[Int(child)].kind == .reference {
                assignID(Int(tree.nodes[Int(child)].start), sender: sender, message: message, &taken, &inProgress)
            } else {
                assignReferenced(child, sender: sender, message: message, &taken, &inProgress)
            }
        }
    }

    /// The first identifier with a value.
    private func identifierKey(_ root: Int32) -> (system: String, value: String)? {
        guard let member = tree.child(root, tables.symbols.identifier), !tree.nodes[Int(member)].isRemoved else {
            return nil
        }
        let elements = tree.nodes[Int(member)].kind == .array ? tree.children(member) : [member]
        var best: (system: String, value: String)?
        for element in elements where !tree.nodes[Int(element)].isRemoved {
            guard let value = tree.child(element, tables.symbols.value), !tree.nodes[Int(value)].isRemoved else { continue }
            let text = String(decoding: tree.bytes(tree.nodes[Int(value)], tables.names), as: UTF8.self)
            guard !text.isEmpty else { continue }
            var system = ""
            if let node = tree.child(element, tables.symbols.system) {
                system = String(decoding: tree.bytes(tree.nodes[Int(node)], tables.names), as: UTF8.self)
            }
            if !system.isEmpty { return (system, text) }
            if best == nil { best = (system, text) }
        }
        return best
    }

    /// Moves what the other has and this one lacks; elements of arrays that are equal are one.
    private mutating func merge(_ index: Int, into known: Int) {
        let target = tree.resources[known].root
        for child in tree.children(tree.resources[index].root) where !tree.nodes[Int(child)].isRemoved {
            var moved = tree.nodes[Int(child)]
            guard let existing = tree.child(target, moved.key), !tree.nodes[Int(existing)].isRemoved else {
                moved.next = -1
                _ = tree.append(moved, to: target)
                continue
            }
            guard moved.kind == .array else { continue }
            var bodies: Set<[UInt8]> = []
            for element in tree.children(existing) { bodies.insert(body(element)) }
            for element in tree.children(child) where !bodies.contains(body(element)) {
                var copy = tree.nodes[Int(element)]
                copy.next = -1
                _ = tree.append(copy, to: existing)
            }
        }
    }

    private func body(_ node: Int32) -> [UInt8] {
        var bytes: [UInt8] = []
        var writer = ResourceWriter(shared: shared, tree: tree)
        writer.write(node, to: &bytes)
        return bytes
    }
}

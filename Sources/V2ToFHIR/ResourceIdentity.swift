import Clinical
import HL7v2

extension Conversion {
    /// Gives every resource its id and finds those that are the same.
    ///
    /// Ids derive from assigner and identifier, so that the next message about the same patient writes the same resource.
    /// What has no identifier takes its place in the message (the sender, the control id, the segment); a helper without an
    /// identifier takes its content, so that equal ones are one.
    mutating func identify() {
        let sender = headerText(4) + [0x7C] + headerText(3)
        var message = headerText(10)
        if message.isEmpty { message = Array(ContentDigest(of: tape.bytes).hex.utf8) }
        var names = Names(sender: sender, message: message, resources: tree.resources.count)
        for index in tree.resources.indices where !tree.resources[index].isDropped { assignID(index, &names) }
    }

    /// What is known while ids are given.
    private struct Names {
        let sender: [UInt8]
        let message: [UInt8]
        /// The first resource of each name. Equal names have equal ids: none is worked out twice.
        var taken: [ByteKey: Int] = [:]
        /// References may go in a circle.
        var isInProgress: [Bool]

        init(sender: [UInt8], message: [UInt8], resources: Int) {
            self.sender = sender
            self.message = message
            taken.reserveCapacity(resources)
            isInProgress = Array(repeating: false, count: resources)
        }
    }

    /// The parts of a name, each with its length in front, so that none can be confused with another.
    private struct ResourceName {
        private(set) var bytes: [UInt8] = []

        init(_ type: String) {
            bytes.reserveCapacity(128)
            bytes.append(decimal: type.utf8.count)
            bytes.append(0x3A)
            bytes.append(type)
        }

        mutating func add(_ part: ArraySlice<UInt8>) {
            bytes.append(decimal: part.count)
            bytes.append(0x3A)
            bytes.append(part)
        }

        mutating func add(_ part: [UInt8]) { add(part[...]) }

        var key: ByteKey { ByteKey(bytes) }
    }

    private func headerText(_ field: Int) -> [UInt8] {
        let range = tape.repetitions(segment: 0, field: field)
        guard range.count > 0 else { return [] }
        var text: [UInt8] = []
        tape.appendText(leaf: tape.leaf(SourceTape.Cell(level: 0, index: range.first)), to: &text)
        return text
    }

    private mutating func assignID(_ index: Int, _ names: inout Names) {
        guard tree.resources[index].id == .none, !names.isInProgress[index] else { return }
        names.isInProgress[index] = true
        let resource = tree.resources[index]
        let type = tables.schema.name(resource.type)
        var name = ResourceName(type)
        var mayMerge = true
        var isHelper = false
        if resource.isSecondary { assignReferenced(resource.root, &names) }
        if let identifier = identifierKey(resource.root), !resource.isSecondary || !identifier.system.isEmpty {
            name.add(identifier.system.isEmpty ? names.sender : [])
            name.add(identifier.system)
            name.add(identifier.value)
            mayMerge = type == "Patient" || type == "Encounter" || type == "Account"
            isHelper = resource.isSecondary
        } else if resource.isSecondary {
            name.add(body(resource.root))
            isHelper = true
        } else {
            name.add(names.sender)
            name.add(names.message)
            name.add(segmentPath(resource.segment))
            mayMerge = false
        }
        if let known = names.taken[name.key] {
            if isHelper {
                // The same identifier with other content, within one message: kept apart, nothing is lost.
                if settings.sharesEqualResources, tree.isEqual(tree.resources[known].root, resource.root) {
                    return equate(index, known)
                }
                name.add(body(resource.root))
                if settings.sharesEqualResources, let same = names.taken[name.key] { return equate(index, same) }
                if names.taken[name.key] != nil {
                    name.add(names.message)
                    name.add(Array(String(index).utf8))
                }
            } else if mayMerge {
                merge(index, into: known)
                return equate(index, known)
            } else {
                name.add(names.message)
                name.add(segmentPath(resource.segment))
                name.add(Array(String(index).utf8))
            }
        }
        names.taken[name.key] = index
        tree.resources[index].id = ResourceID(name: name.bytes)
    }

    /// A resource turned out to be one that is there already.
    private mutating func equate(_ index: Int, _ known: Int) {
        tree.resources[index].id = tree.resources[known].id
        tree.resources[index].sameAs = known
    }

    private mutating func assignReferenced(_ node: Int32, _ names: inout Names) {
        var child = tree.nodes[Int(node)].first
        while child >= 0 {
            let entry = tree.nodes[Int(child)]
            if !entry.isRemoved {
                if entry.kind == .reference {
                    assignID(Int(entry.start), &names)
                } else if entry.first >= 0 {
                    assignReferenced(child, &names)
                }
            }
            child = entry.next
        }
    }

    /// System and value of the first identifier that has both, else of the first with a value; the system may be empty.
    private func identifierKey(_ root: Int32) -> (system: ArraySlice<UInt8>, value: ArraySlice<UInt8>)? {
        guard let member = tree.child(root, tables.symbols.identifier), !tree.nodes[Int(member)].isRemoved else {
            return nil
        }
        let isArray = tree.nodes[Int(member)].kind == .array
        var element = isArray ? tree.nodes[Int(member)].first : member
        var best: ArraySlice<UInt8>?
        while element >= 0 {
            let entry = tree.nodes[Int(element)]
            if !entry.isRemoved, let value = text(tables.symbols.value, of: element), !value.isEmpty {
                if let system = text(tables.symbols.system, of: element), !system.isEmpty { return (system, value) }
                if best == nil { best = value }
            }
            element = isArray ? entry.next : -1
        }
        return best.map { ([], $0) }
    }

    private func text(_ key: Int32, of element: Int32) -> ArraySlice<UInt8>? {
        guard let node = tree.child(element, key), !tree.nodes[Int(node)].isRemoved else { return nil }
        return tree.bytes(tree.nodes[Int(node)], tables.names)
    }

    /// Moves what the other has and this one lacks; elements of arrays that are equal are one.
    private mutating func merge(_ index: Int, into known: Int) {
        let target = tree.resources[known].root
        for child in tree.children(tree.resources[index].root) where !tree.nodes[Int(child)].isRemoved {
            var moved = tree.nodes[Int(child)]
            // What was taken out does not count; a second child of the key would be a key twice in the object.
            let present = tree.children(target).first { other in
                let node = tree.nodes[Int(other)]
                return !node.isRemoved && (node.key == moved.key || moved.group >= 0 && node.group == moved.group)
            }
            guard let existing = present else {
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
        let writer = ResourceWriter(shared: shared, tree: tree)
        writer.write(node, to: &bytes)
        return bytes
    }
}

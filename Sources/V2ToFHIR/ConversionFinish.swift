import Clinical
import HL7v2

extension Conversion {
    /// After the segments: references from the surroundings, preserved leaves, required elements, ids.
    mutating func finish() {
        completeProvenance()
        linkContext()
        linkShared()
        markUsedLeaves()
        preserveLeaves()
        dropEmpty()
        complete()
        identify()
    }

    // MARK: References from the surroundings

    private mutating func linkContext() {
        for index in tree.resources.indices {
            let resource = tree.resources[index]
            for link in tables.compiledContext[Int(resource.type)] {
                guard let target = find(link.target, in: resource.instance, asSubject: true), target != index,
                    !(tables.schema.name(link.target) == "Patient" && tree.resources[target].isSecondary)
                else { continue }
                guard !isGiven(link.steps, in: resource.root) else { continue }
                currentSegment = resource.segment
                setReference(owner: index, link.steps, target: target, instance: resource.instance)
            }
        }
    }

    /// A result is of the specimen that its report names, if the report names one only.
    ///
    /// What has neither type nor identifier is not counted: it says when, not what.
    private mutating func linkShared() {
        let says = [tables.symbols.type, tables.symbols.identifier]
        for link in tables.sharedLinks {
            for index in tree.resources.indices where tree.resources[index].type == link.holder {
                let root = tree.resources[index].root
                let targets = referenced(root, link.shared).filter { target in
                    let resource = tree.resources[target]
                    return resource.type == link.target && says.contains { tree.child(resource.root, $0) != nil }
                }
                guard let target = targets.first, Set(targets).count == 1 else { continue }
                for member in referenced(root, link.members)
                where tree.resources[member].type == link.type && !isGiven(link.steps, in: tree.resources[member].root) {
                    currentSegment = tree.resources[member].segment
                    setReference(
                        owner: member, link.steps, target: target, instance: tree.resources[member].instance)
                }
            }
        }
    }

    /// The resources that an element refers to, each time it does.
    private func referenced(_ root: Int32, _ steps: [PathStep]) -> [Int] {
        var nodes = [root]
        for step in steps {
            nodes = nodes.flatMap { node in
                switch step.kind {
                case .arrayElement: tree.child(node, step.key).map { tree.children($0) } ?? []
                case .member, .resource: tree.child(node, step.key).map { [$0] } ?? []
                }
            }
        }
        return nodes.compactMap { node in
            tree.child(node, tables.symbols.reference).map { Int(tree.nodes[Int($0)].start) }
        }
    }

    /// Whether a row or a link gave the element already. `context.related` does not give `context.encounter`.
    private func isGiven(_ steps: [PathStep], in root: Int32) -> Bool {
        var node = root
        for step in steps {
            guard let next = tree.child(node, step.key) else { return false }
            node = next
        }
        return !steps.isEmpty
    }

    // MARK: Leaves

    private mutating func markUsedLeaves() {
        for resource in tree.resources { markUsed(resource.root) }
    }

    private mutating func markUsed(_ node: Int32) {
        let leaf = tree.nodes[Int(node)].leaf
        if leaf >= 0 { consumed[Int(leaf)] = true }
        var child = tree.nodes[Int(node)].first
        while child >= 0 {
            markUsed(child)
            child = tree.nodes[Int(child)].next
        }
    }

    /// What no row took goes, with its path, into an extension of the resource its segment made.
    private mutating func preserveLeaves() {
        if tree.resources.isEmpty, let type = tables.schema.type("Basic") {
            _ = tree.addResource(type, instance: 0, segment: 0, isSecondary: false)
        }
        for index in tape.segments.indices {
            let segment = tape.segments[index]
            var extensionNode: Int32 = -1
            for leaf in Int(segment.firstLeaf)..<Int(segment.leafEnd) {
                let entry = tape.leaves[leaf]
                if entry.isEmpty || consumed[leaf] || isIgnored(leaf) { continue }
                if extensionNode < 0 {
                    let resource = preservingResource(index)
                    guard
                        let array = tree.member(
                            tree.resources[resource].root, tables.symbols.extension, type: -1, group: -1, kind: .array)
                    else { continue }
                    extensionNode = addExtension(to: array, url: tables.symbols.sourceSegment)
                }
                guard let array = tree.member(extensionNode, tables.symbols.extension, type: -1, group: -1, kind: .array)
                else { continue }
                let element = tree.append(OutputTree.Node(key: -1, type: -1, kind: .object), to: array)
                var url = OutputTree.Node(key: tables.symbols.url, type: -1, kind: .text)
                url.start = Int32(tree.pool.count)
                tape.appendPath(leaf: leaf, to: &tree.pool)
                url.end = Int32(tree.pool.count)
                _ = tree.append(url, to: element)
                if tape.isNull(leaf: leaf) {
                    tree.nodes[Int(element)].leaf = Int32(leaf)
                    addDataAbsentReason(element, tables.symbols.unknown)
                    continue
                }
                var value = OutputTree.Node(key: tables.symbols.valueString, type: -1, kind: .text)
                value.start = Int32(tree.pool.count)
                tape.appendText(leaf: leaf, to: &tree.pool)
                if !tree.pool[Int(value.start)...].contains(where: { $0 > 0x20 }) {
                    // Spaces only: FHIR strings cannot hold them.
                    tree.pool.removeSubrange(Int(value.start)...)
                    tree.pool.append("(spaces)")
                }
                value.end = Int32(tree.pool.count)
                value.leaf = Int32(leaf)
                _ = tree.append(value, to: element)
            }
        }
    }

    private mutating func addExtension(to array: Int32, url: Int32) -> Int32 {
        let node = tree.append(OutputTree.Node(key: -1, type: -1, kind: .object), to: array)
        var member = OutputTree.Node(key: tables.symbols.url, type: -1, kind: .constant)
        member.start = url
        _ = tree.append(member, to: node)
        return node
    }

    /// The segment's own resource, or that of the nearest segment before it.
    private func preservingResource(_ segment: Int) -> Int {
        var index = segment
        while index >= 0 {
            let resource = segmentResource[index]
            if resource >= 0, tables.schema.name(tree.resources[resource].type) != "Bundle" { return resource }
            index -= 1
        }
        return tree.resources.firstIndex { tables.schema.name($0.type) != "Bundle" } ?? 0
    }

    func isIgnored(_ leaf: Int) -> Bool {
        let entry = tape.leaves[leaf]
        return tables.ignoredFields.contains(
            UInt64(tape.segments[Int(entry.segment)].name) << 16 | UInt64(entry.field))
    }

    // MARK: Empty elements

    /// Takes out elements without content, resources without content, and the references to those.
    private mutating func dropEmpty() {
        // A segment that names a patient or an order names one even when it says nothing else.
        let stays = tree.resources.map { !$0.isSecondary && tables.typeMarks[Int($0.type)] == .subject }
        var search = ContentSearch(tables, states: stays.map { $0 ? .stays : .unknown })
        var pending = Array(tree.resources.indices)
        var isFirst = true
        while !pending.isEmpty {
            var isGone = Array(repeating: false, count: stays.count)
            for index in pending where !tree.resources[index].isDropped {
                let isFull = tree.hasContent(resource: index, &search)
                guard !stays[index], !isFull || isFirst && saysNothing(index) else { continue }
                tree.resources[index].isDropped = true
                isGone[index] = true
            }
            isFirst = false
            // A reference to a dropped resource goes with it; what is empty then goes too.
            pending = search.references.filter { isGone[$0.target] }.map(\.owner)
            for index in pending { search.states[index] = stays[index] ? .stays : .unknown }
        }
    }

    /// Only constants of the tables, nothing of the message.
    private func saysNothing(_ index: Int) -> Bool {
        switch tables.typeMarks[Int(tree.resources[index].type)] {
        case .bundle, .kept: false
        default: !tree.hasLeaf(tree.resources[index].root)
        }
    }

    // MARK: Required elements

    private mutating func complete() {
        for index in tree.resources.indices where !tree.resources[index].isDropped {
            let type = tree.resources[index].type
            if tables.typeMarks[Int(type)] == .bundle { continue }
            complete(tree.resources[index].root, type: type)
        }
    }

    private mutating func complete(_ node: Int32, type: Int32) {
        guard type >= 0 else { return }
        var child = tree.nodes[Int(node)].first
        while child >= 0 {
            let entry = tree.nodes[Int(child)]
            if !entry.isRemoved, entry.type >= 0, tables.isChecked(entry.type) {
                if entry.kind == .object {
                    complete(child, type: entry.type)
                } else if entry.kind == .array {
                    var element = entry.first
                    while element >= 0 {
                        if !tree.nodes[Int(element)].isRemoved { complete(element, type: entry.type) }
                        element = tree.nodes[Int(element)].next
                    }
                }
            }
            child = entry.next
        }
        for element in tables.requiredElements(type) {
            if element.isRequired {
                if !has(node, { $0.key == element.name && !(element.constant >= 0 && $0.kind == .empty) }) {
                    fill(element, in: node)
                }
            } else if element.isGroupRequired, element.isFirstOfGroup, !has(node, { $0.group == element.group }) {
                fill(element, in: node)
            }
        }
    }

    private func has(_ node: Int32, _ isWanted: (OutputTree.Node) -> Bool) -> Bool {
        var child = tree.nodes[Int(node)].first
        while child >= 0 {
            if !tree.nodes[Int(child)].isRemoved, isWanted(tree.nodes[Int(child)]) { return true }
            child = tree.nodes[Int(child)].next
        }
        return false
    }

    private mutating func fill(_ element: MappingTables.Required, in node: Int32) {
        if element.constant >= 0, let present = tree.child(node, element.name), tree.nodes[Int(present)].kind == .empty {
            // Only an extension stands there; the default joins it.
            tree.nodes[Int(present)].kind = .constant
            tree.nodes[Int(present)].start = element.constant
            tree.nodes[Int(present)].isRemoved = false
            return
        }
        if element.name == tables.symbols.recorded, let received = settings.receivedAt {
            var value = OutputTree.Node(key: element.name, type: element.type, kind: .text)
            value.start = Int32(tree.pool.count)
            tree.pool.append(received)
            value.end = Int32(tree.pool.count)
            _ = tree.append(value, to: node)
            return
        }
        if tree.child(node, element.name) != nil {
            // It was there but empty: the removed node takes the reason.
            var child = tree.nodes[Int(node)].first
            while child >= 0 {
                if tree.nodes[Int(child)].key == element.name { break }
                child = tree.nodes[Int(child)].next
            }
            if child >= 0 {
                tree.nodes[Int(child)].key = -2
            }
        }
        let isPrimitive = tables.schema.isPrimitive(element.type)
        var parent = node
        var key = element.name
        if element.isArray {
            parent = tree.append(OutputTree.Node(key: element.name, type: element.type, kind: .array), to: node)
            key = -1
        }
        if element.constant >= 0 {
            var value = OutputTree.Node(key: key, type: element.type, kind: .constant)
            value.start = element.constant
            _ = tree.append(value, to: parent)
            return
        }
        var member = OutputTree.Node(key: key, type: element.type, kind: isPrimitive ? .empty : .object)
        member.group = element.group
        let added = tree.append(member, to: parent)
        if !tables.requiredElements(element.type).isEmpty, !isPrimitive {
            complete(added, type: element.type)
        } else {
            addDataAbsentReason(added, tables.symbols.unknown)
        }
    }
}

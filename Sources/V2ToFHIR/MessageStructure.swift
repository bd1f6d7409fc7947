/// A message structure with what each of its segments makes: compiled from a message map.
struct MessageStructure: Sendable {
    struct Group: Sendable {
        var parent: Int
        var depth: Int
        var isRepeating: Bool
    }

    /// One segment of the structure, and the rows that say what it makes.
    struct Position: Sendable {
        var segment: UInt32
        var group: Int
        var isRepeating: Bool
        var actions: [SegmentAction] = []
    }

    var name: String
    var groups: [Group]
    var positions: [Position]
    /// First position of each group, those of its own groups included.
    var firstPositions: [Int] = []
    /// Positions of each segment, ascending.
    var bySegment: [UInt32: [Int]]
    /// For each resource label: the group whose instance owns it.
    var home: [Int]
    /// For each resource label: the segment that makes it.
    var creator: [UInt32]
    /// For each resource label: its type.
    var labelTypes: [Int32]

    /// Fills ``firstPositions`` and ``bySegment`` from the positions.
    mutating func indexPositions() {
        firstPositions = Array(repeating: Int.max, count: groups.count)
        bySegment = [:]
        for (position, entry) in positions.enumerated() {
            var group = entry.group
            while group >= 0 {
                firstPositions[group] = min(firstPositions[group], position)
                group = groups[group].parent
            }
            bySegment[entry.segment, default: []].append(position)
        }
    }

    /// The innermost group around both.
    func commonGroup(_ a: Int, _ b: Int) -> Int {
        var (a, b) = (a, b)
        while a != b {
            if groups[a].depth >= groups[b].depth { a = groups[a].parent } else { b = groups[b].parent }
        }
        return a
    }
}

/// What a segment makes: a resource, or a part of one. A class, so that running it counts one reference and copies nothing.
final class SegmentAction: Sendable {
    /// A reference to set once the resource is there.
    struct Link: Sendable {
        var owner: ResourceLabel
        var steps: [PathStep]
        var target: ResourceLabel
        /// Labels of the structure; −1 for one that no row makes.
        var ownerIndex = -1
        var targetIndex = -1
    }

    let condition: Int32
    /// Index of the label in the structure.
    let label: Int
    let steps: [PathStep]
    /// −1 when the row only sets references.
    let program: Int32
    let links: [Link]

    init(condition: Int32, label: Int, steps: [PathStep], program: Int32, links: [Link]) {
        self.condition = condition
        self.label = label
        self.steps = steps
        self.program = program
        self.links = links
    }

    /// The same with its links bound to the labels of the whole structure.
    func bound(to labels: [ResourceLabel: Int]) -> SegmentAction {
        let bound = links.map { link in
            var link = link
            link.ownerIndex = labels[link.owner] ?? -1
            link.targetIndex = labels[link.target] ?? -1
            return link
        }
        return SegmentAction(condition: condition, label: label, steps: steps, program: program, links: bound)
    }
}

/// `Patient[1]`: a type and which one.
struct ResourceLabel: Sendable, Hashable {
    var type: Int32
    var label: String
}

extension MappingTables {
    mutating func compileStructure(_ name: String) -> MessageStructure {
        let rows = messageRows[name] ?? []
        var structure = MessageStructure(
            name: name, groups: [.init(parent: -1, depth: 0, isRepeating: false)], positions: [], bySegment: [:], home: [],
            creator: [], labelTypes: [])
        var groupIDs: [String: Int] = [name: 0]
        var labels: [ResourceLabel: Int] = [:]
        var lastSource = ""
        for (index, row) in rows.enumerated() {
            var parts = row.source.split(separator: ".").map(String.init)
            guard parts.count > 1, let last = parts.last else { continue }
            let isSegment = last.utf8.count == 3
            if !isSegment { continue }
            parts.removeLast()
            var path = parts[0]
            var group = 0
            for part in parts.dropFirst() {
                path += "." + part
                if let known = groupIDs[path] {
                    group = known
                } else {
                    let repeats = rows.first { $0.source == path }?.maximum == "*"
                    structure.groups.append(
                        .init(parent: group, depth: structure.groups[group].depth + 1, isRepeating: repeats))
                    group = structure.groups.count - 1
                    groupIDs[path] = group
                }
            }
            let packed = SourceTape.pack(last.utf8)
            if row.source != lastSource {
                let known = structure.positions.firstIndex {
                    $0.segment == packed && $0.group == group && row.origin != .published
                }
                if let known {
                    append(row, at: index, to: known, of: &structure, labels: &labels, message: name)
                    continue
                }
                structure.positions.append(.init(segment: packed, group: group, isRepeating: row.maximum == "*"))
            }
            lastSource = row.source
            append(row, at: index, to: structure.positions.count - 1, of: &structure, labels: &labels, message: name)
        }
        for position in structure.positions.indices {
            structure.positions[position].actions = structure.positions[position].actions.map { $0.bound(to: labels) }
        }
        structure.indexPositions()
        return structure
    }

    private mutating func append(
        _ row: MapRow, at index: Int, to position: Int, of structure: inout MessageStructure,
        labels: inout [ResourceLabel: Int], message: String
    ) {
        guard !row.target.isEmpty else { return }
        func fail(_ reason: String) { _ = report(row, map: message, reason: reason) }
        if row.condition == "!" { return fail("dropped by patch") }
        if row.condition == "?" { return fail("condition is words only") }
        var condition: Int32 = -1
        if !row.condition.isEmpty {
            guard let parsed = Condition.parse(row.condition) else { return fail("condition is not computable") }
            condition = conditionID(parsed)
        }
        let tokens = row.target.split(separator: ".", maxSplits: 1).map(String.init)
        guard let label = resourceLabel(tokens[0]) else { return fail("target is not a resource") }
        var steps: [PathStep] = []
        var type = label.type
        if tokens.count > 1 {
            guard let path = compilePath(tokens[1], root: label.type, map: message) else {
                return fail("path is not an element of \(schema.name(label.type))")
            }
            steps = path.steps
            type = path.type
        }
        var programID: Int32 = -1
        if !row.map.isEmpty {
            guard let id = program(row.map, type: type) else { return fail("no such segment map: \(row.map)") }
            programID = id
        } else if row.links.isEmpty {
            return fail("the row names no segment map")
        }
        var links: [SegmentAction.Link] = []
        for text in row.links.split(separator: " ") {
            let sides = text.split(separator: "=").map(String.init)
            guard sides.count == 2, let target = resourceLabel(sides[1]), let dot = sides[0].firstIndex(of: "."),
                let owner = resourceLabel(String(sides[0][..<dot])),
                let path = compilePath(String(sides[0][sides[0].index(after: dot)...]), root: owner.type, map: message),
                schema.name(target.type) != "Bundle"
            else { continue }
            links.append(.init(owner: owner, steps: path.steps, target: target))
        }
        _ = report(row, map: message, reason: nil)
        let labelIndex: Int
        let group = structure.positions[position].group
        if let known = labels[label] {
            labelIndex = known
            structure.home[known] = structure.commonGroup(structure.home[known], group)
        } else {
            labelIndex = structure.home.count
            labels[label] = labelIndex
            structure.home.append(group)
            structure.creator.append(structure.positions[position].segment)
            structure.labelTypes.append(label.type)
        }
        structure.positions[position].actions.append(
            SegmentAction(condition: condition, label: labelIndex, steps: steps, program: programID, links: links))
    }

    private func resourceLabel(_ text: String) -> ResourceLabel? {
        var name = text
        var label = ""
        if let open = text.firstIndex(of: "["), text.hasSuffix("]") {
            name = String(text[..<open])
            label = String(text[text.index(after: open)...].dropLast())
        }
        guard let type = schema.type(name) else { return nil }
        return ResourceLabel(type: type, label: label)
    }
}

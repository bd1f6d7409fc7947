import HL7v2

/// Structures of the messages that no map names: grouped as the standard groups them, each segment making what it makes in
/// the structure `ANY`.
///
/// An OBX after an SPM belongs to the specimen, one in an order to the order. So a place takes the rows of the place in
/// `ANY` that has the same segment and the same surroundings.
extension MappingTables {
    mutating func addGrammarStructures() {
        guard let any = structures["ANY"] else { return }
        let templates = Surroundings.index(any)
        for name in HL7v2.MessageStructure.allNames where structures[name] == nil {
            guard let grammar = HL7v2.MessageStructure.named(name) else { continue }
            structures[name] = Self.structure(name, grammar.outline, any, templates)
        }
    }

    private static func structure(
        _ name: String, _ outline: StructureOutline, _ any: MessageStructure, _ templates: Surroundings.Index
    ) -> MessageStructure {
        var result = MessageStructure(
            name: name, groups: [], positions: [], bySegment: [:],
            home: Array(repeating: -1, count: any.home.count),
            creator: Array(repeating: 0, count: any.creator.count), labelTypes: any.labelTypes)
        for group in outline.groups {
            let depth = group.parent.map { result.groups[$0].depth + 1 } ?? 0
            result.groups.append(.init(parent: group.parent ?? -1, depth: depth, isRepeating: group.isRepeating))
        }
        for place in outline.places {
            for segment in place.segments {
                result.positions.append(
                    .init(
                        segment: SourceTape.pack(segment.utf8), group: place.group, isRepeating: place.isRepeating))
            }
        }
        let surroundings = Surroundings.all(of: result)
        for index in result.positions.indices {
            let position = result.positions[index]
            let actions = templates.actions(of: position.segment, in: surroundings[position.group])
            result.positions[index].actions = actions
            for action in actions where result.home[action.label] < 0 {
                result.home[action.label] = position.group
                result.creator[action.label] = position.segment
            }
            for action in actions {
                result.home[action.label] = result.commonGroup(result.home[action.label], position.group)
            }
        }
        result.indexPositions()
        return result
    }
}

/// What a group is about: the nearest specimen, order, charge, procedure, visit or patient around it, and whether it holds
/// results itself.
private struct Surroundings: Hashable {
    enum Subject { case none, patient, visit, procedure, charge, order, specimen }

    var subject: Subject
    var holdsResults: Bool

    /// The actions of a structure by segment and surroundings.
    struct Index {
        fileprivate var exact: [UInt32: [Surroundings: [SegmentAction]]] = [:]
        fileprivate var first: [UInt32: [SegmentAction]] = [:]

        func actions(of segment: UInt32, in surroundings: Surroundings) -> [SegmentAction] {
            // A segment of one place only means the same wherever it stands; a note or a result does not.
            guard let known = exact[segment], known.count > 1 else { return first[segment] ?? [] }
            return known[surroundings] ?? []
        }
    }

    static func index(_ structure: MessageStructure) -> Index {
        let surroundings = all(of: structure)
        var index = Index()
        for position in structure.positions {
            let found = surroundings[position.group]
            if index.exact[position.segment]?[found] == nil {
                index.exact[position.segment, default: [:]][found] = position.actions
            }
            if index.first[position.segment] == nil { index.first[position.segment] = position.actions }
        }
        return index
    }

    /// One for each group.
    static func all(of structure: MessageStructure) -> [Surroundings] {
        var own = Array(repeating: Surroundings(subject: .none, holdsResults: false), count: structure.groups.count)
        for position in structure.positions {
            switch SourceTape.unpack(position.segment) {
            case "SPM": own[position.group].subject = .specimen
            case "ORC", "OBR", "RXO", "RXE", "RXD", "RXG", "RXA", "TXA":
                if own[position.group].subject != .specimen { own[position.group].subject = .order }
            case "PID", "PV1", "PR1", "FT1":
                let subject: Subject =
                    switch SourceTape.unpack(position.segment) {
                    case "PID": .patient
                    case "PV1": .visit
                    case "PR1": .procedure
                    default: .charge
                    }
                if own[position.group].subject == .none { own[position.group].subject = subject }
            case "OBX": own[position.group].holdsResults = true
            default: break
            }
        }
        return structure.groups.indices.map { group in
            var found = own[group]
            var current = structure.groups[group].parent
            while found.subject == .none, current >= 0 {
                found.subject = own[current].subject
                current = structure.groups[current].parent
            }
            return found
        }
    }
}

/// A message structure as lists: its groups, and the places for segments in order.
public struct StructureOutline: Sendable {
    public struct Group: Sendable {
        /// `ORDER_OBSERVATION`; the first group is the structure itself.
        public let name: String
        /// Index of the group around it; `nil` for the structure itself.
        public let parent: Int?
        public let isRepeating: Bool
    }

    public struct Place: Sendable {
        /// Names of the segments that may stand here, more than one for a choice.
        public let segments: [String]
        /// Index of the group that it belongs to.
        public let group: Int
        public let isRepeating: Bool
    }

    /// A group stands after the one around it.
    public let groups: [Group]
    /// In the order of the message; a place for any segment is left out.
    public let places: [Place]
}

extension MessageStructure {
    /// Groups and places of the structure (HL7 v2.9, abstract message syntax in the chapters 3 to 17).
    public var outline: StructureOutline {
        let grammar = table.grammar
        return StructureOutline(
            groups: grammar.groups.map {
                .init(name: $0.name, parent: $0.parent < 0 ? nil : $0.parent, isRepeating: $0.isRepeating)
            },
            places: grammar.leaves.compactMap { leaf in
                leaf.names.isEmpty
                    ? nil : .init(segments: leaf.names.map(\.text), group: leaf.group, isRepeating: leaf.isRepeating)
            })
    }
}

import HL7v2

/// A leaf of a segment: field, repetition, component and subcomponent, all from 1.
struct LeafPlace: Hashable, Comparable, Sendable {
    var field: Int
    var repetition = 1
    /// 0 while only the field is named.
    var component = 0
    /// 0 while only the component is named.
    var subcomponent = 0

    static func < (left: LeafPlace, right: LeafPlace) -> Bool {
        (left.field, left.repetition, left.component, left.subcomponent)
            < (right.field, right.repetition, right.component, right.subcomponent)
    }

    /// The place as a leaf: what is not named is the first.
    var leaf: LeafPlace {
        LeafPlace(
            field: field, repetition: repetition, component: max(component, 1), subcomponent: max(subcomponent, 1))
    }

    /// The `number`-th part; a subcomponent has only a first one.
    func part(_ number: Int) -> LeafPlace? {
        if number == 0 { return self }
        var place = self
        if component == 0 {
            place.component = number
        } else if subcomponent == 0 {
            place.subcomponent = number
        } else if number > 1 {
            return nil
        }
        return place
    }

    /// Whether `leaf` lies in this field, component or subcomponent.
    func holds(_ leaf: LeafPlace) -> Bool {
        field == leaf.field && repetition == leaf.repetition && (component == 0 || component == leaf.component)
            && (subcomponent == 0 || subcomponent == leaf.subcomponent)
    }

    /// `5`, `5[2].1`, `5.1.2`; always with the component.
    func path(in segment: String, _ occurrence: Int) -> String {
        "\(segment)[\(occurrence)]-\(field)" + (repetition > 1 ? "[\(repetition)]" : "") + ".\(component)"
            + (subcomponent > 1 ? ".\(subcomponent)" : "")
    }

    init(field: Int, repetition: Int = 1, component: Int = 0, subcomponent: Int = 0) {
        self.field = field
        self.repetition = repetition
        self.component = component
        self.subcomponent = subcomponent
    }

    /// The leaf a path names; `nil` when it names no field.
    init?(_ location: HL7v2Location) {
        guard let field = location.field else { return nil }
        self.init(
            field: field, repetition: location.repetition ?? 1, component: location.component ?? 1,
            subcomponent: location.subcomponent ?? 1)
    }
}

/// What a leaf says.
enum LeafValue: Hashable, Sendable {
    case text(String)
    /// `""`
    case null
}

/// A segment being filled from resources.
struct SegmentDraft: Sendable {
    let name: String
    private(set) var values: [LeafPlace: LeafValue] = [:]
    /// Entry of the Bundle that made it; −1 without.
    var entry = -1

    init(_ name: String, entry: Int = -1) {
        self.name = name
        self.entry = entry
    }

    /// The first row that gives a leaf wins, as forward.
    mutating func fill(_ place: LeafPlace, _ value: LeafValue) {
        if values[place.leaf] == nil { values[place.leaf] = value }
    }

    mutating func replace(_ place: LeafPlace, _ value: LeafValue?) { values[place.leaf] = value }

    subscript(place: LeafPlace) -> LeafValue? { values[place.leaf] }

    /// Anything in the field, component or subcomponent.
    func isSent(_ place: LeafPlace) -> Bool { values.keys.contains { place.holds($0) } }

    func text(_ field: Int, _ component: Int = 1) -> String? {
        guard case .text(let text) = self[LeafPlace(field: field, component: component)] else { return nil }
        return text
    }

    func builder() -> SegmentBuilder {
        var segment = SegmentBuilder(name)
        for (place, value) in values {
            switch value {
            case .text(let text):
                segment.set(
                    place.field, repetition: place.repetition, component: place.component,
                    subcomponent: place.subcomponent, to: text)
            case .null:
                segment.setNull(
                    place.field, repetition: place.repetition, component: place.component,
                    subcomponent: place.subcomponent)
            }
        }
        return segment
    }

    /// The leaves of a segment that was read. MSH-1 and MSH-2 are how the message is written, not leaves of it.
    init(_ segment: Segment) {
        self.init(segment.name)
        for field in segment.fields where segment.name != "MSH" || field.number > 2 {
            for repetition in field.repetitions {
                for component in repetition.components {
                    for leaf in component.subcomponents where !leaf.isEmpty {
                        let place = LeafPlace(
                            field: field.number, repetition: repetition.number, component: component.number,
                            subcomponent: leaf.number)
                        values[place] = leaf.isNull ? .null : .text(leaf.text ?? "")
                    }
                }
            }
        }
    }
}

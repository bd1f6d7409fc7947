/// What all decisions of a trained model have in common: its inputs, and what they are about.
///
/// A decision's numbers and its sheet are enough to write its reasons and inputs out, without the model package.
public final class DecisionSheet: Sendable, Hashable {
    /// Inputs about the same thing.
    public struct Concept: Sendable, Hashable {
        public var name: String
        public var label: String
        /// Positions of the inputs.
        public var inputs: [Int]
        /// The input with the last value, and the one with its slope.
        public var last: Int?
        public var slope: Int?
    }

    public let requests: [FeatureRequest]
    /// In the order of the first input of each.
    public let concepts: [Concept]

    public init(_ requests: [FeatureRequest]) {
        self.requests = requests
        var found: [Concept] = []
        var positions: [String: Int] = [:]
        for (index, input) in requests.enumerated() {
            let name = input.concept ?? input.name
            let position: Int
            if let known = positions[name] {
                position = known
                found[position].inputs.append(index)
            } else {
                position = found.count
                positions[name] = position
                found.append(Concept(name: name, label: input.label, inputs: [index]))
            }
            switch input.aggregate {
            case .last: found[position].last = index
            case .slope: found[position].slope = index
            default: break
            }
        }
        concepts = found
    }

    public static func == (left: DecisionSheet, right: DecisionSheet) -> Bool {
        left === right || left.requests == right.requests
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(requests.count)
    }
}

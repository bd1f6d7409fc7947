/// The inputs of a model that are worked out of other inputs: ratios such as the shock index, differences such as the last
/// temperature less its mean.
///
/// One is missing where either operand is, and a ratio where it would divide by zero. A bound counts by its limit.
public struct DerivedFeatures: Sendable {
    private struct Entry: Sendable {
        var position: Int
        var isRatio: Bool
        var first: Int
        var second: Int
    }

    private let entries: [Entry]

    /// - Parameter requests: All inputs of the model. A derived one whose operands are not among them stays missing.
    public init(_ requests: [FeatureRequest]) {
        var entries: [Entry] = []
        for (position, request) in requests.enumerated() where request.aggregate.isDerived {
            let operands = request.operands.compactMap { name in
                requests.firstIndex { $0.name == name && !$0.aggregate.isDerived }
            }
            guard operands.count == 2 else { continue }
            entries.append(
                Entry(
                    position: position, isRatio: request.aggregate == .ratio, first: operands[0], second: operands[1]))
        }
        self.entries = entries
    }

    public var isEmpty: Bool { entries.isEmpty }

    /// Sets the derived numbers of a vector from its other ones.
    public func fill(_ vector: inout [Double]) {
        for entry in entries { vector[entry.position] = number(entry, vector[entry.first], vector[entry.second]) }
    }

    /// The same for values with what explains them; those that have a value already are left.
    public func fill(_ values: inout [FeatureValue], requests: [FeatureRequest]) {
        for entry in entries where values[entry.position].number.isNaN {
            let number = number(entry, values[entry.first].number, values[entry.second].number)
            values[entry.position] = FeatureValue(
                name: requests[entry.position].name, content: number.isNaN ? .missing(.notMeasured) : .number(number),
                unit: number.isNaN ? nil : requests[entry.position].resultUnit)
        }
    }

    /// The same for a row without texts.
    public func fill(_ row: inout FeatureRow) {
        for entry in entries {
            let number = number(entry, row.entries[entry.first].number, row.entries[entry.second].number)
            row.entries[entry.position] = number.isNaN ? .missing : FeatureRow.Entry(number: number, state: .number)
        }
    }

    private func number(_ entry: Entry, _ first: Double, _ second: Double) -> Double {
        guard entry.isRatio else { return first - second }
        return second == 0 ? .nan : first / second
    }
}

extension FeatureValue {
    /// The number, a bound by its limit; NaN where there is none.
    public var number: Double {
        switch content {
        case .number(let number), .bound(let number, _): number
        case .coded, .missing: .nan
        }
    }
}

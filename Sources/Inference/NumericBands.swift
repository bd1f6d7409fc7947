import Clinical

/// The rows of a published table over a number, lowest first, without gap or overlap.
struct NumericBands: Sendable {
    /// Where a row begins. The first one begins at minus infinity.
    private struct Start: Sendable {
        var value: Double
        var isIncluded: Bool
    }

    /// Digits after the decimal point that the publication's rows are written with (`9–11`, `35.1–36.0`): a value is
    /// rounded to them, half away from zero, before it is placed. `nil` where rows are written with `<` and `≥`.
    private let power: Double?
    private let starts: [Start]

    /// Limits of one row as the manifest states them.
    struct Limits: Sendable {
        var from: Double?
        var above: Double?
        var to: Double?
        var below: Double?

        /// As the publication writes it: `≤ 8`, `9–11`, `≥ 25`, `> 38`.
        var text: String {
            switch (from, above, to, below) {
            case (let from?, _, let to?, _):
                from == to ? Wording.number(from) : "\(Wording.number(from))–\(Wording.number(to))"
            case (let from?, _, _, let below?): "≥ \(Wording.number(from)) and < \(Wording.number(below))"
            case (_, let above?, let to?, _): "> \(Wording.number(above)) and ≤ \(Wording.number(to))"
            case (_, let above?, _, let below?): "> \(Wording.number(above)) and < \(Wording.number(below))"
            case (let from?, _, _, _): "≥ \(Wording.number(from))"
            case (_, let above?, _, _): "> \(Wording.number(above))"
            case (_, _, let to?, _): "≤ \(Wording.number(to))"
            case (_, _, _, let below?): "< \(Wording.number(below))"
            default: "any"
            }
        }
    }

    /// - Parameter rows: The limits of each row with the node they were read from.
    init(_ rows: [(limits: Limits, node: ManifestNode)], decimals: Int?, plausible: ClosedRange<Double>?)
        throws(InferenceError)
    {
        let power = decimals.map { (digits: Int) -> Double in
            (0..<digits).reduce(1) { power, _ in power * 10 }
        }
        let scale = power ?? 1
        func grid(_ value: Double) -> Double { power == nil ? value : (value * scale).rounded() }
        var starts: [Start] = []
        for (index, (limits, node)) in rows.enumerated() {
            let lower = limits.from ?? limits.above
            let upper = limits.to ?? limits.below
            if limits.from != nil && limits.above != nil || limits.to != nil && limits.below != nil {
                throw node.fail(.bands, "A row has one lower and one upper limit at most.")
            }
            if power != nil, limits.above != nil || limits.below != nil {
                throw node.fail(.bands, "With `decimals`, rows are written with `from` and `to`.")
            }
            if let lower, let upper,
                grid(lower) > grid(upper) || (grid(lower) == grid(upper) && !(limits.from != nil && limits.to != nil))
            {
                throw node.fail(.bands, "The row is empty.")
            }
            if index == 0 {
                guard lower == nil else { throw node.fail(.bands, "The first row has no lower limit.") }
                starts.append(Start(value: -.infinity, isIncluded: true))
            } else {
                let previous = rows[index - 1].limits
                guard let lower, let end = previous.to ?? previous.below else {
                    throw node.fail(.bands, "Only the first row is open below and only the last one above.")
                }
                if power != nil {
                    guard grid(lower) == grid(end) + 1 else {
                        throw node.fail(.bands, "The row does not begin one step above the end of the one before it.")
                    }
                } else {
                    guard lower == end, (limits.from != nil) == (previous.below != nil) else {
                        throw node.fail(.bands, "The row does not begin exactly where the one before it ends.")
                    }
                }
                starts.append(Start(value: grid(lower), isIncluded: limits.from != nil))
            }
            if index == rows.count - 1, upper != nil { throw node.fail(.bands, "The last row has no upper limit.") }
            if let plausible,
                upper.map({ grid($0) < grid(plausible.lowerBound) }) ?? false
                    || lower.map({ grid($0) > grid(plausible.upperBound) }) ?? false
            {
                throw node.fail(.bands, "No plausible value of the input reaches this row.")
            }
        }
        self.power = power
        self.starts = starts
    }

    /// The row of a value.
    func row(of value: Double) -> Int {
        let value = placed(value)
        var row = starts.count - 1
        while row > 0, value < starts[row].value || (value == starts[row].value && !starts[row].isIncluded) { row -= 1 }
        return row
    }

    /// The rows that a value known only by a bound may be in.
    func rows(_ comparator: Quantity.Comparator, _ limit: Double) -> ClosedRange<Int> {
        let last = starts.count - 1
        switch comparator {
        case .lessOrEqual: return 0...row(of: limit)
        case .greaterOrEqual: return row(of: limit)...last
        case .less:
            // Rounding can carry a value just below the limit up to it.
            guard power == nil else { return 0...row(of: limit) }
            var row = last
            while row > 0, limit <= starts[row].value { row -= 1 }
            return 0...row
        case .greater:
            guard power == nil else { return row(of: limit)...last }
            var row = last
            while row > 0, limit < starts[row].value { row -= 1 }
            return row...last
        }
    }

    private func placed(_ value: Double) -> Double {
        guard let power else { return value }
        return (value * power).rounded()
    }
}

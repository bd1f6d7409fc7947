import Clinical

/// The result of a decision as text, the same in every rendering.
struct ResultWords {
    /// For a page: `7`, `5–9` (en dash), `–`.
    let number: String
    /// For speech and plain text: `7`, `5 to 9`, `not available`.
    let spokenNumber: String
    let isIncomplete: Bool
    let low: Double?
    let high: Double?

    init(_ decision: Decision) {
        switch decision.result {
        case .insufficient:
            number = "–"
            spokenNumber = "not available"
            isIncomplete = true
            low = nil
            high = nil
        case .estimate(let estimate):
            low = estimate.low
            high = estimate.high
            let format = { (value: Double) in ResultWords.format(value, scale: decision.scale) }
            if let value = estimate.value {
                number = format(value)
                spokenNumber = number
                isIncomplete = false
            } else if estimate.low == estimate.high {
                number = format(estimate.low)
                spokenNumber = number
                isIncomplete = true
            } else {
                number = format(estimate.low) + "–" + format(estimate.high)
                spokenNumber = format(estimate.low) + " to " + format(estimate.high)
                isIncomplete = decision.scale != .probability
            }
        }
    }

    /// Points without decimals where they are whole, an index with two, a probability as a percentage.
    static func format(_ value: Double, scale: Decision.Scale) -> String {
        guard value.isFinite else { return "–" }
        switch scale {
        case .points:
            return fixed(value, decimals: value == value.rounded() ? 0 : 1)
        case .index:
            return fixed(value, decimals: 2)
        case .probability:
            let percent = value * 100
            return fixed(percent, decimals: percent < 10 && percent > 0 ? 1 : 0) + "%"
        }
    }

    /// Rounded half away from zero to so many decimals; values beyond 10^12 are written as they are.
    static func fixed(_ value: Double, decimals: Int) -> String {
        var scale = 1.0
        for _ in 0..<decimals { scale *= 10 }
        let scaled = (value * scale).rounded()
        guard scaled.magnitude < 1e15 else { return value.description }
        return ExactDecimal(coefficient: Int128(scaled), scale: decimals).description
    }

    /// Sentence for a missing input, in the words of the page and of the messages.
    static func explain(_ reason: MissingReason) -> String {
        switch reason {
        case .notMeasured: "not measured"
        case .stale: "too old"
        case .unmappedCode: "arrived under a code that is not mapped"
        case .noMap: "arrived under a code that no LOINC code fits"
        case .ambiguous: "ambiguous code or unit"
        case .unit: "unit cannot be converted"
        case .noValue: "sent without a value"
        case .notUsable: "value not usable"
        case .implausible: "implausible value"
        }
    }
}

extension Decision {
    /// What a clinician calls an input: the label of the part that rests on it alone, otherwise its name in words.
    func label(ofInput name: String) -> String {
        if let reason = reasons.first(where: { $0.inputs == [name] }) { return reason.label }
        var words = name.split(separator: "-").joined(separator: " ")
        if let first = words.first {
            words.replaceSubrange(words.startIndex...words.startIndex, with: first.uppercased())
        }
        return words
    }

    /// Of a probability, what the whole training population starts from is no reason, nor is a change of the odds by less
    /// than a twentieth.
    private func leastWorthNaming(_ reason: Reason) -> Double {
        guard scale == .probability else { return 0 }
        return reason.inputs.isEmpty ? .infinity : 0.05
    }

    /// Reasons that are known to add something, strongest first; parts of equal weight stay in the order of the
    /// publication. A part that may or may not add something because its input is missing is no reason but a missing
    /// input.
    var rankedReasons: [Reason] {
        reasons.enumerated()
            .filter { min($0.element.low.magnitude, $0.element.high.magnitude) > leastWorthNaming($0.element) }
            .sorted { left, right in
                let (a, b) = (
                    max(left.element.high.magnitude, left.element.low.magnitude),
                    max(right.element.high.magnitude, right.element.low.magnitude)
                )
                return a == b ? left.offset < right.offset : a > b
            }
            .map(\.element)
    }
}

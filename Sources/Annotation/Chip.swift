public import Clinical

/// A decision in the smallest form a page can show: a number, a colour, a shape and words for each of them.
public struct Chip: Hashable, Sendable, Codable {
    /// What the number is called, `NEWS2`.
    public var title: String
    /// `7`, `5–9` where inputs are missing, `0.84` for an index, `23%` for a probability, `–` when nothing can be said.
    public var number: String
    /// Whether ``number`` is a range or absent because inputs are missing; never true for a probability.
    public var isIncomplete: Bool
    public var colour: RiskLevel.Colour
    public var shape: RiskLevel.Shape
    /// Name of the level: `low`, `low-medium`, `medium`, `high`, `unknown`.
    public var level: String
    /// Order of urgency, 0 lowest.
    public var rank: Int
    /// Lowest and highest the result can be; `nil` when insufficient. The order of rows and the trend come from here.
    public var low: Double?
    public var high: Double?
    /// Everything the chip shows, in words: `NEWS2 7, high risk, red octagon`.
    public var accessibleLabel: String

    public init(_ decision: Decision) {
        let words = ResultWords(decision)
        title = decision.model.title
        number = words.number
        isIncomplete = words.isIncomplete
        colour = decision.level.colour
        shape = decision.level.shape
        level = decision.level.name
        rank = decision.level.rank
        low = words.low
        high = words.high
        accessibleLabel = Self.label(decision, words: words)
    }

    private static func label(_ decision: Decision, words: ResultWords) -> String {
        guard case .estimate = decision.result else {
            return "\(decision.model.title) cannot be calculated, not enough measurements"
        }
        var label = "\(decision.model.title) \(words.spokenNumber), "
        // A range is shown with the level of its highest value, so the words must not claim that the level is reached.
        label += words.isIncomplete ? "up to \(decision.level.name) risk" : "\(decision.level.name) risk"
        let look = [decision.level.colour.rawValue, decision.level.shape.rawValue].filter { $0 != "none" }
        if !look.isEmpty { label += ", " + look.joined(separator: " ") }
        if words.isIncomplete { label += ", measurements missing" }
        return label
    }
}

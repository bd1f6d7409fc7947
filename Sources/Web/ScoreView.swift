public import Annotation
public import Clinical

/// A score next to the vitals: what it is, what it was, and why.
public struct ScoreView: Sendable, Hashable {
    public enum Trend: String, Sendable, Hashable {
        case rising, falling, steady
    }

    /// A result before the present one that differs from it.
    public struct Previous: Sendable, Hashable {
        public var chip: Chip
        public var when: Instant

        public init(chip: Chip, when: Instant) {
            self.chip = chip
            self.when = when
        }
    }

    public struct ReasonView: Sendable, Hashable {
        public var label: String
        /// In clinical words and units: `Respiratory rate 26 /min`.
        public var text: String
        /// `+3`, `+0–3` where an input is missing.
        public var points: String

        public init(label: String, text: String, points: String) {
            self.label = label
            self.text = text
            self.points = points
        }
    }

    public struct MissingInput: Sendable, Hashable {
        public var label: String
        /// `not measured`.
        public var reason: String

        public init(label: String, reason: String) {
            self.label = label
            self.reason = reason
        }
    }

    /// Name of the model, `news2`.
    public var name: String
    public var title: String
    public var chip: Chip
    public var previous: Previous?
    /// `nil` when there is nothing to compare with.
    public var trend: Trend?
    /// Strongest first; the page shows the first three and all of them on request.
    public var reasons: [ReasonView]
    public var missing: [MissingInput]
    public var notes: [String]
    /// What the publication says to do at this level.
    public var action: String
    public var asOf: Instant
    public var isPrimary: Bool
    /// From where to where a probability may lie, `1.9%–5.2%`.
    public var interval: String?
    /// Why there is no result, and which input is to blame.
    public var unavailable: String?

    public init(
        name: String, title: String, chip: Chip, previous: Previous? = nil, trend: Trend? = nil, reasons: [ReasonView],
        missing: [MissingInput], notes: [String], action: String, asOf: Instant, isPrimary: Bool
    ) {
        self.name = name
        self.title = title
        self.chip = chip
        self.previous = previous
        self.trend = trend
        self.reasons = reasons
        self.missing = missing
        self.notes = notes
        self.action = action
        self.asOf = asOf
        self.isPrimary = isPrimary
    }

    /// The view of a decision.
    ///
    /// - Parameter previous: The last decision of the same model whose result or level differs, if there was one.
    public init(_ decision: Decision, previous: Decision? = nil, isPrimary: Bool) {
        let chip = Chip(decision)
        let summary = DecisionSummary(decision)
        self.init(
            name: decision.model.name, title: decision.model.title, chip: chip,
            previous: previous.map { Previous(chip: Chip($0), when: $0.asOf.effective) },
            trend: previous.flatMap { Self.trend(from: Chip($0), to: chip) },
            reasons: summary.reasons.map { ReasonView(label: $0.label, text: $0.text, points: $0.points) },
            missing: summary.missing.map { MissingInput(label: $0.label, reason: $0.reason) },
            notes: decision.lateNotes + decision.notes, action: decision.level.action, asOf: decision.asOf.effective,
            isPrimary: isPrimary)
        interval = summary.interval
        unavailable = summary.insufficient
    }

    /// Compares the highest values, then the lowest: a range that lost its upper half is falling.
    static func trend(from old: Chip, to new: Chip) -> Trend? {
        guard let oldHigh = old.high, let newHigh = new.high, let oldLow = old.low, let newLow = new.low else {
            return nil
        }
        if newHigh != oldHigh { return newHigh > oldHigh ? .rising : .falling }
        if newLow != oldLow { return newLow > oldLow ? .rising : .falling }
        return .steady
    }
}

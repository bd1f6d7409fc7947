public import Clinical

/// When a decision is delivered to other systems. The ward page always shows every decision; this keeps the two-hundredth
/// message of the day from being sent.
public struct AlertPolicy: Sendable, Hashable {
    public enum Trigger: String, Sendable, Hashable, CaseIterable {
        /// Every decision.
        case every
        /// When the result (number, range, or whether there is one) or the level differs from the one before.
        case onChange
        /// When the level is more urgent than the one before; the first decision counts if it is above rank 0.
        case onEscalation
    }

    /// One model's rule.
    public struct Rule: Sendable, Hashable {
        public var trigger: Trigger
        /// Decisions below this rank are not delivered. One exception: with ``Trigger/every`` and ``Trigger/onChange``
        /// the first decision that falls below it after one that did not is delivered, so that a receiver learns of
        /// the all-clear.
        public var minimumRank: Int

        public init(trigger: Trigger, minimumRank: Int = 0) {
            self.trigger = trigger
            self.minimumRank = minimumRank
        }
    }

    /// For models that ``rules`` does not name; `nil` delivers none of them.
    public var fallback: Rule?
    /// By model name.
    public var rules: [String: Rule]

    public init(fallback: Rule? = Rule(trigger: .onChange), rules: [String: Rule] = [:]) {
        self.fallback = fallback
        self.rules = rules
    }

    /// Whether a decision is delivered, given the last one of the same model for the same patient.
    public func delivers(_ decision: Decision, after previous: Decision?) -> Bool {
        guard let rule = rules[decision.model.name] ?? fallback else { return false }
        let isUrgent = decision.level.rank >= rule.minimumRank
        let wasUrgent = previous.map { $0.level.rank >= rule.minimumRank } ?? false
        guard isUrgent || (wasUrgent && rule.trigger != .onEscalation) else { return false }
        switch rule.trigger {
        case .every:
            return true
        case .onChange:
            guard let previous else { return true }
            return !Self.isSameStatement(decision, previous)
        case .onEscalation:
            return decision.level.rank > (previous?.level.rank ?? 0)
        }
    }

    /// Same number or range and same level. Two insufficient results are the same statement whatever rule said so.
    private static func isSameStatement(_ left: Decision, _ right: Decision) -> Bool {
        guard left.level.rank == right.level.rank, left.level.name == right.level.name else { return false }
        switch (left.result, right.result) {
        case (.estimate(let a), .estimate(let b)): return a == b
        case (.insufficient, .insufficient): return true
        default: return false
        }
    }
}

public import Clinical

#if canImport(Glibc)
    internal import Glibc
#endif

/// A decision in sentences, for pages, cards and messages. The wording is the same everywhere.
public struct DecisionSummary: Sendable, Hashable {
    public struct Part: Sendable, Hashable {
        public var label: String
        /// In clinical words and units: `Respiratory rate 26 /min`.
        public var text: String
        /// `+3`, `+0–3` where an input is missing, `0.84` for an index.
        public var points: String
    }

    public struct Missing: Sendable, Hashable {
        public var label: String
        /// `not measured`, `too old`.
        public var reason: String
    }

    /// `NEWS2 7, high risk`; `NEWS2 5–9, up to high risk`; `NEWS2 not available`.
    public var headline: String
    /// Parts that are known to add something, strongest first.
    public var reasons: [Part]
    /// Inputs without a usable value, in the order of the model.
    public var missing: [Missing]
    /// Why there is no result; `nil` when there is one.
    public var insufficient: String?
    /// From where to where a probability may lie, `1.9%–5.2%`; `nil` for other results.
    public var interval: String?

    public init(_ decision: Decision) {
        let words = ResultWords(decision)
        switch decision.result {
        case .insufficient(let sentence):
            headline = "\(decision.model.title) not available"
            insufficient = sentence
        case .estimate(let estimate):
            if decision.scale == .probability {
                interval =
                    ResultWords.format(estimate.low, scale: .probability) + "–"
                    + ResultWords.format(estimate.high, scale: .probability)
            }
            headline = "\(decision.model.title) \(words.number), "
            headline += (words.isIncomplete ? "up to " : "") + "\(decision.level.name) risk"
            insufficient = nil
        }
        reasons = decision.rankedReasons.map { reason in
            Part(label: reason.label, text: reason.text, points: Self.points(reason, scale: decision.scale))
        }
        missing = Self.missing(decision)
    }

    /// What a score lacks is the parts that it cannot determine: an alternative input that is absent while another one
    /// serves (GCS beside ACVPU, FiO₂ beside oxygen flow) is not missing. Other results lack every input without a value.
    private static func missing(_ decision: Decision) -> [Missing] {
        let reasons: [String: MissingReason] = Dictionary(
            decision.inputs.compactMap { input in
                if case .missing(let reason) = input.content { (input.name, reason) } else { nil }
            }, uniquingKeysWith: { first, _ in first })
        // Written anew each time they are read.
        let parts = decision.reasons
        if case .points = decision.scale, case .estimate = decision.result {
            return parts.filter { $0.low != $0.high }.map { part in
                let reason = part.inputs.compactMap { reasons[$0] }.first
                return Missing(label: part.label, reason: ResultWords.explain(reason ?? .notUsable))
            }
        }
        // A trained model has many inputs about one thing, the last value first: it is named once.
        if decision.scale == .probability, !parts.isEmpty {
            return parts.compactMap { part in
                part.inputs.first.flatMap { reasons[$0] }.map {
                    Missing(label: part.label, reason: ResultWords.explain($0))
                }
            }
        }
        return decision.inputs.compactMap { input in
            reasons[input.name].map { Missing(label: decision.label(ofInput: input.name), reason: ResultWords.explain($0)) }
        }
    }

    private static func points(_ reason: Reason, scale: Decision.Scale) -> String {
        // Contributions to a probability are in log odds; what clinicians read is an odds ratio.
        if scale == .probability { return "odds ×" + ResultWords.fixed(exp(reason.low), decimals: 2) }
        let sign = scale == .index || reason.low < 0 ? "" : "+"
        let low = ResultWords.format(reason.low, scale: scale)
        if reason.low == reason.high { return sign + low }
        return sign + low + "–" + ResultWords.format(reason.high, scale: scale)
    }
}

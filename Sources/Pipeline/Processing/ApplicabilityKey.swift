internal import Inference

/// What counts of applicability are told apart by.
struct ApplicabilityKey: Hashable, Sendable {
    let model: String
    /// `applies`, `unusual` (answered), `unlike` or `insufficient` (not answered).
    let outcome: String
    /// The input to blame; empty where there is none.
    let input: String

    init(model: String, _ applicability: Applicability) {
        self.model = model
        switch applicability {
        case .applies: (outcome, input) = ("applies", "")
        case .unusual(let outlier): (outcome, input) = ("unusual", outlier.farthest ?? "")
        case .unlike(let outlier): (outcome, input) = ("unlike", outlier.farthest ?? "")
        case .insufficient(let missing): (outcome, input) = ("insufficient", missing.first ?? "")
        }
    }
}

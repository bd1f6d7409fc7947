import Clinical

/// What kind of model a package holds; the manifest has its content under a key of the same name.
///
/// A trained model joins here: a case, the reading of its part of the manifest, and an ``Evaluator``. Inputs, intended
/// use, levels of risk, golden cases, digest and cache key are the same for all kinds.
public enum ModelKind: String, Sendable, Codable, CaseIterable {
    /// A published score, declared as tables.
    case score
    /// A published formula over variables with limits, such as MELD.
    case formula
    /// Trained models whose margins are averaged: gradient-boosted trees, logistic regression.
    case ensemble
}

/// Computes what a model says from its inputs.
protocol Evaluator: Sendable {
    /// - Parameter inputs: One value for each input of the package, in its order, already checked against unit and
    ///   plausible range.
    func evaluate(_ inputs: [FeatureValue], asOf: AsOf) -> Evaluation

    /// Whether a code means anything to the model in the given input.
    func recognizes(_ code: Code, input: Int) -> Bool
}

/// A decision as far as the evaluator knows it.
struct Evaluation: Sendable {
    var scale: Decision.Scale
    var result: Decision.Result
    var level: RiskLevel
    var reasons: [Reason]
    var notes: [String]
}

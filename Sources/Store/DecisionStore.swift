public import Clinical

/// Decisions: the prediction cache, and what was said about a patient when.
public protocol DecisionStore: Sendable {
    /// Stores decisions and deliveries that no message caused, such as a score whose inputs went stale.
    func record(decisions: [NewDecision], deliveries: [NewDelivery]) async throws(StoreError)

    /// The decision that the same model made from the same inputs, with the moment it was first made for.
    func decision(modelDigest: String, key: PredictionKey) async throws(StoreError) -> Decision?

    /// The same for many questions in one read; those without an answer are absent.
    func decisions(for queries: [PredictionQuery]) async throws(StoreError) -> [PredictionQuery: Decision]

    func decision(id: String) async throws(StoreError) -> Decision?

    /// The latest decision of each model for each surviving patient: latest effective, then latest known.
    func latestDecisions() async throws(StoreError) -> [Decision]

    /// Decisions about the patient and the keys merged into it, latest first.
    ///
    /// - Parameter model: name of the model; `nil` for all.
    func decisions(of key: PatientKey, model: String?, limit: Int) async throws(StoreError) -> [Decision]

    /// The numbers of those decisions only, latest first.
    func scores(of key: PatientKey, model: String, limit: Int) async throws(StoreError) -> [ScorePoint]
}

public import Clinical

/// Decisions: what was said about a patient when.
public protocol DecisionStore: Sendable {
    /// Stores decisions and deliveries that no message caused, such as a score whose inputs went stale.
    func record(decisions: [Decision], deliveries: [NewDelivery]) async throws(StoreError)

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

public import Clinical

/// Logical ids of the resources that render a decision. They derive from the decision's id, so the same decision always
/// has the same resources.
public enum ResourceIdentity {
    public static func riskAssessment(_ decision: Decision) -> String {
        ContentDigest.identifier("RiskAssessment", decision.id)
    }

    /// The companion Observation of a score; probabilities have none.
    public static func scoreObservation(_ decision: Decision) -> String {
        ContentDigest.identifier("Observation", decision.id)
    }

    public static func provenance(_ decision: Decision) -> String {
        ContentDigest.identifier("Provenance", decision.id)
    }

    /// One Device a model package, by its digest.
    public static func device(_ model: ModelReference) -> String {
        ContentDigest.identifier("Device", model.name, model.version, model.digest)
    }
}

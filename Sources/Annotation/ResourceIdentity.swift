public import Clinical

/// Logical ids of the resources that render a decision: all of them have the decision's own id, which finds the decision
/// again when one of them is asked for.
public enum ResourceIdentity {
    public static func riskAssessment(_ decision: Decision) -> String {
        decision.id
    }

    /// The companion Observation of a score; probabilities have none.
    public static func scoreObservation(_ decision: Decision) -> String {
        decision.id
    }

    public static func provenance(_ decision: Decision) -> String {
        decision.id
    }

    /// One Device a model package, by its digest.
    public static func device(_ model: ModelReference) -> String {
        ContentDigest.identifier("Device", model.name, model.version, model.digest)
    }
}

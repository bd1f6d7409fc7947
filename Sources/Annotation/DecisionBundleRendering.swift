public import Clinical
public import FHIR

/// Everything about a decision in one FHIR R4 Bundle: RiskAssessment, score Observation, Device, Provenance.
public enum DecisionBundleRendering {
    public enum Kind: String, Sendable {
        /// For reading.
        case collection
        /// For a FHIR server: each resource is put under its own id, so a repeated delivery changes nothing.
        case transaction
    }

    /// - Parameter base: Root of the full URLs, against which the relative references resolve.
    public static func render(
        _ decision: Decision, kind: Kind = .transaction, base: String = "https://headwall.invalid/fhir"
    ) -> JSON {
        // The Device first: a server that checks references in order finds each target before it is named.
        var resources = [ModelProvenanceRendering.device(decision.model)]
        if let observation = ScoreObservationRendering.render(decision) { resources.append(observation) }
        resources.append(RiskAssessmentRendering.render(decision))
        resources.append(ModelProvenanceRendering.provenance(decision))
        var bundle = JSONObject(resourceType: "Bundle", id: ContentDigest.identifier("Bundle", decision.id))
        bundle.append("type", kind.rawValue)
        if kind == .collection { bundle.append("timestamp", decision.asOf.known.description) }
        bundle.append("entry", resources.map { entry($0, kind: kind, base: base) })
        return JSON(bundle)
    }

    private static func entry(_ resource: JSON, kind: Kind, base: String) -> JSON {
        let address = (resource.resourceType ?? "") + "/" + (resource["id"]?.stringValue ?? "")
        var entry = JSONObject()
        entry.append("fullUrl", base + "/" + address)
        entry.append("resource", resource)
        if kind == .transaction {
            entry.append("request", JSON.object(["method": "PUT", "url": JSON(address)]))
        }
        return JSON(entry)
    }
}

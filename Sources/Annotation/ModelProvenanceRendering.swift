public import Clinical
public import FHIR

/// Which model said it, from what: a Device for the model package and a Provenance that links it (FHIR R4).
public enum ModelProvenanceRendering {
    /// http://hl7.org/fhir/R4/device.html
    public static func device(_ model: ModelReference) -> JSON {
        var resource = JSONObject(resourceType: "Device", id: ResourceIdentity.device(model))
        resource.append("identifier", [Identifier(system: ScoreCode.digestSystem, value: model.digest)])
        resource.append("status", "active")
        resource.append(
            "deviceName",
            [
                ["name": JSON(model.title), "type": "user-friendly-name"],
                ["name": JSON(model.name), "type": "model-name"],
            ])
        resource.append("type", CodeableConcept([], text: "Risk model"))
        resource.append("version", [["value": JSON(model.version)]])
        return JSON(resource)
    }

    /// http://hl7.org/fhir/R4/provenance.html: targets are the results, the agent is the model, the entities are the
    /// Observations of the inputs.
    public static func provenance(_ decision: Decision) -> JSON {
        var resource = JSONObject(resourceType: "Provenance", id: ResourceIdentity.provenance(decision))
        var targets = [Reference("RiskAssessment/" + ResourceIdentity.riskAssessment(decision))]
        if ScoreObservationRendering.applies(to: decision) {
            targets.append(Reference("Observation/" + ResourceIdentity.scoreObservation(decision)))
        }
        resource.append("target", targets)
        resource.append("occurredDateTime", decision.asOf.effective.description)
        resource.append("recorded", decision.asOf.known.description)
        let agentType = Coding(
            system: "http://terminology.hl7.org/CodeSystem/provenance-participant-type", code: "assembler",
            display: "Assembler")
        let device = Reference(
            "Device/" + ResourceIdentity.device(decision.model),
            display: "\(decision.model.title) \(decision.model.version), sha256 \(decision.model.digest)")
        resource.append(
            "agent", [JSON.object(["type": JSON(CodeableConcept(agentType)), "who": JSON(device)])])
        resource.append(
            "entity",
            ScoreObservationRendering.inputReferences(decision).map { ["role": "source", "what": JSON($0)] })
        return JSON(resource)
    }
}

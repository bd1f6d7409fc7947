public import Clinical
public import FHIR

/// The number of a score as FHIR R4 Observation, with a component for each part.
///
/// A score with every input is a `valueQuantity`; one with inputs missing is a `valueRange` from the lowest to the
/// highest it can be, never a single number; one that cannot be said has a `dataAbsentReason` (constraint obs-6).
public enum ScoreObservationRendering {
    /// Probabilities have no companion Observation: their number is in the RiskAssessment.
    public static func applies(to decision: Decision) -> Bool {
        decision.scale != .probability
    }

    /// `nil` for a probability.
    public static func render(_ decision: Decision) -> JSON? {
        guard applies(to: decision) else { return nil }
        let summary = DecisionSummary(decision)
        var resource = JSONObject(resourceType: "Observation", id: ResourceIdentity.scoreObservation(decision))
        resource.append("identifier", [Identifier(system: ScoreCode.decisionSystem, value: decision.id)])
        resource.append("status", "final")
        resource.append(
            "category",
            [
                CodeableConcept(
                    Coding(
                        system: "http://terminology.hl7.org/CodeSystem/observation-category", code: "survey",
                        display: "Survey"))
            ])
        resource.append("code", ScoreCode.concept(decision.model))
        resource.append("subject", Reference("Patient/" + decision.patient.resourceID))
        resource.append("effectiveDateTime", decision.asOf.effective.description)
        resource.append("issued", decision.asOf.known.description)
        switch decision.result {
        case .estimate(let estimate):
            let unit = unit(of: decision.scale)
            if let value = estimate.value {
                resource.append("valueQuantity", quantity(value, unit: unit))
            } else {
                resource.append("valueRange", range(estimate.low, estimate.high, unit: unit))
            }
            resource.append("interpretation", [CodeableConcept([], text: decision.level.name + " risk")])
        case .insufficient:
            resource.append(
                "dataAbsentReason",
                CodeableConcept(
                    Coding(system: "http://terminology.hl7.org/CodeSystem/data-absent-reason", code: "unknown")))
        }
        resource.append("note", DecisionNotes.notes(decision, summary: summary).map { ["text": JSON($0)] })
        resource.append(
            "method", CodeableConcept([], text: "\(decision.model.title) \(decision.model.version)"))
        resource.append("device", Reference("Device/" + ResourceIdentity.device(decision.model)))
        resource.append("derivedFrom", inputReferences(decision))
        resource.append("component", decision.reasons.map { component($0, of: decision) })
        return JSON(resource)
    }

    /// Each Observation that an input came from, once, in the order of the inputs.
    static func inputReferences(_ decision: Decision) -> [Reference] {
        var seen: Set<String> = []
        return decision.inputs.compactMap { input in
            guard let finding = input.finding, seen.insert(finding).inserted else { return nil }
            return Reference("Observation/" + finding)
        }
    }

    private static func component(_ reason: Reason, of decision: Decision) -> JSON {
        var component = JSONObject()
        component.append("code", ScoreCode.concept(part: reason, of: decision.model))
        let unit = unit(of: decision.scale)
        if reason.low == reason.high {
            component.append("valueQuantity", quantity(reason.low, unit: unit))
        } else {
            component.append("valueRange", range(reason.low, reason.high, unit: unit))
        }
        let explanation = [reason.text, reason.band].filter { !$0.isEmpty }.joined(separator: ", ")
        if !explanation.isEmpty {
            component.append("interpretation", [CodeableConcept([], text: explanation)])
        }
        return JSON(component)
    }

    /// UCUM: points are the annotation `{score}`, an index has the unit 1.
    private static func unit(of scale: Decision.Scale) -> String {
        if case .points = scale { "{score}" } else { "1" }
    }

    private static func quantity(_ value: Double, unit: String) -> JSON? {
        guard let decimal = ExactDecimal(shortest: value)?.normalized else { return nil }
        return JSON(FHIRQuantity(value: decimal, unit: unit, system: CodeSystem.ucum, code: unit))
    }

    private static func range(_ low: Double, _ high: Double, unit: String) -> JSON? {
        guard let low = quantity(low, unit: unit), let high = quantity(high, unit: unit) else { return nil }
        return ["low": low, "high": high]
    }
}

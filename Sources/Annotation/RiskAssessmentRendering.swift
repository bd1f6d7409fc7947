public import Clinical
public import FHIR

/// A decision as FHIR R4 RiskAssessment (http://hl7.org/fhir/R4/riskassessment.html).
///
/// A probability goes into `prediction.probabilityDecimal` as a percentage 0…100 (constraint ras-2), one that is only
/// known as an interval into `probabilityRange` in `%` (ras-1). A score without probability has only its level in
/// `qualitativeRisk`; its number is in the companion Observation (``ScoreObservationRendering``), which `basis` names
/// after the inputs.
public enum RiskAssessmentRendering {
    public static func render(_ decision: Decision) -> JSON {
        let summary = DecisionSummary(decision)
        var resource = JSONObject(resourceType: "RiskAssessment", id: ResourceIdentity.riskAssessment(decision))
        resource.append("extension", decision.lateExtensions)
        resource.append(
            "identifier", [Identifier(system: ScoreCode.decisionSystem, value: decision.id)])
        resource.append("status", "final")
        resource.append(
            "method",
            CodeableConcept(
                Coding(
                    system: ScoreCode.modelSystem, code: decision.model.name, display: decision.model.title,
                    version: decision.model.version),
                text: "\(decision.model.title) \(decision.model.version)"))
        resource.append("code", ScoreCode.concept(decision.model))
        resource.append("subject", Reference("Patient/" + decision.patient.resourceID))
        resource.append("occurrenceDateTime", decision.asOf.effective.description)
        resource.append("performer", Reference("Device/" + ResourceIdentity.device(decision.model)))
        resource.append("basis", basis(decision))
        resource.append("prediction", [prediction(decision, summary: summary)])
        resource.append("mitigation", decision.level.action)
        resource.append("note", DecisionNotes.notes(decision, summary: summary).map { ["text": JSON($0)] })
        return JSON(resource)
    }

    private static func basis(_ decision: Decision) -> [Reference] {
        var references = ScoreObservationRendering.inputReferences(decision)
        if ScoreObservationRendering.applies(to: decision) {
            references.append(Reference("Observation/" + ResourceIdentity.scoreObservation(decision)))
        }
        return references
    }

    private static func prediction(_ decision: Decision, summary: DecisionSummary) -> JSON {
        var prediction = JSONObject()
        var rationale = summary.headline
        if case .probability = decision.scale, case .estimate(let estimate) = decision.result {
            if let value = estimate.value {
                prediction.append("probabilityDecimal", percent(value))
                if estimate.low < estimate.high {
                    rationale += ", interval \(text(estimate.low))–\(text(estimate.high))"
                }
            } else if let low = percent(estimate.low), let high = percent(estimate.high) {
                prediction.append(
                    "probabilityRange", JSON.object(["low": percentQuantity(low), "high": percentQuantity(high)]))
            }
        }
        prediction.append("qualitativeRisk", risk(decision.level))
        if !summary.reasons.isEmpty {
            rationale += ": " + summary.reasons.map { "\($0.text) (\($0.points))" }.joined(separator: "; ")
        }
        prediction.append("rationale", rationale)
        return JSON(prediction)
    }

    private static func text(_ probability: Double) -> String {
        ResultWords.format(probability, scale: .probability)
    }

    /// With four decimals at most; `nil` outside 0…1, which no probability can be.
    private static func percent(_ probability: Double) -> ExactDecimal? {
        guard (0...1).contains(probability) else { return nil }
        return ExactDecimal(coefficient: Int128((probability * 1_000_000).rounded()), scale: 4).normalized
    }

    private static func percentQuantity(_ value: ExactDecimal) -> JSON {
        JSON(FHIRQuantity(value: value, unit: "%", system: CodeSystem.ucum, code: "%"))
    }

    /// HL7's risk-probability code where one means the same; the name of the level always.
    static func risk(_ level: RiskLevel) -> CodeableConcept {
        let codes = [
            "negligible": "negligible", "low": "low", "medium": "moderate", "moderate": "moderate", "high": "high",
        ]
        guard let code = codes[level.name] else { return CodeableConcept([], text: level.name) }
        let coding = Coding(system: "http://terminology.hl7.org/CodeSystem/risk-probability", code: code)
        return CodeableConcept(coding, text: level.name)
    }
}

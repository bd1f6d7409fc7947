import Clinical
import FHIR

/// Codes of a score and of its parts.
enum ScoreCode {
    /// The project's own codes: model and part names.
    static let modelSystem = "urn:headwall:models"
    static let partSystem = "urn:headwall:score-parts"
    static let digestSystem = "urn:headwall:model-digests"
    static let decisionSystem = "urn:headwall:decisions"

    /// A published code of the total score, where one is in use: the NHS NEWS2 FHIR guide, "NEWS2 score observation",
    /// codes the total as SNOMED CT (UK) 1104051000000101. LOINC has no code that UK Core recommends.
    private static let published: [String: Code] = [
        "news2": Code(
            system: CodeSystem.snomed, code: "1104051000000101",
            display: "Royal College of Physicians National Early Warning Score 2 - total score")
    ]

    static func published(_ model: ModelReference) -> Code? {
        published[model.name.lowercased()]
    }

    static func concept(_ model: ModelReference) -> CodeableConcept {
        var codings: [Coding] = []
        if let code = published(model) {
            codings.append(Coding(system: code.system, code: code.code, display: code.display))
        }
        codings.append(Coding(system: modelSystem, code: model.name, display: model.title, version: model.version))
        return CodeableConcept(codings, text: model.title)
    }

    static func concept(part: Reason, of model: ModelReference) -> CodeableConcept {
        CodeableConcept(
            Coding(system: partSystem, code: model.name + "." + part.name, display: part.label), text: part.label)
    }
}

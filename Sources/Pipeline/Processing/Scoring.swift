internal import Annotation
internal import Clinical
internal import Inference
internal import Store
internal import Timeline

/// The active models, and where their decisions go.
struct Scoring: Sendable {
    /// Active models; the primary one first.
    let models: [ModelPackage]
    /// How far a sender's clock may run ahead, in seconds.
    let allowedSkewSeconds: Int64
    let destinations: [DeliveryRule]
    /// Tables that a model was trained with and that are not in use, by the name of the model: its decisions say so.
    var otherTables: [String: [String]] = [:]
    private let relevant: Set<String>

    init(models: [ModelPackage], allowedSkewSeconds: Int64, destinations: [DeliveryRule]) {
        self.models = models
        self.allowedSkewSeconds = allowedSkewSeconds
        self.destinations = destinations
        relevant = Set(models.flatMap { $0.requests.flatMap(\.loinc) })
    }

    /// Whether an event can change any score.
    func concerns(_ event: ClinicalEvent) -> Bool {
        switch event {
        case .finding(let finding): relevant.contains(finding.code.code)
        case .merge: true
        case .patient, .encounter: false
        }
    }

    /// Scores a patient as of a moment with every model.
    /// - Parameter trigger: journal number of the message that caused it.
    /// - Returns: decisions that differ from the latest ones, and what is to be delivered.
    func score(
        _ patient: inout LivePatient, at moment: Instant, trigger: Int64, cache: inout PredictionCache
    ) -> (decisions: [Decision], deliveries: [NewDelivery]) {
        let known = max(moment, patient.newestKnown)
        let asOf = AsOf(effective: known.adding(seconds: allowedSkewSeconds), known: known)
        var decisions: [Decision] = []
        var deliveries: [NewDelivery] = []
        for model in models {
            let inputs = patient.timeline.features(model.requests, asOf: asOf)
            let id = decisionID(of: model, patient.key, inputs)
            // The decision speaks of the moment itself; the allowance for clocks only widens what is read.
            let before = patient.latest[model.reference.name]
            guard before?.id != id else { continue }
            var decision = cache.decision(id) {
                evaluate(model, patient.key, AsOf(known), inputs, id: id)
            }
            // Inputs that held before hold again (a result was withdrawn): the answer is known, its moment is now.
            decision.asOf = AsOf(known)
            decisions.append(decision)
            for rule in destinations {
                if let delivery = rule.delivery(of: decision, after: before, patient: patient.record, trigger: trigger) {
                    deliveries.append(delivery)
                }
            }
            patient.remember(decision)
        }
        return (decisions, deliveries)
    }

    /// By other tables the same inputs are another statement.
    private func decisionID(of model: ModelPackage, _ patient: PatientKey, _ inputs: [FeatureValue]) -> String {
        let id = model.decisionID(patient: patient, inputs: inputs)
        guard let others = otherTables[model.reference.name] else { return id }
        return ContentDigest.identifier([id, "other tables"] + others)
    }

    private func evaluate(
        _ model: ModelPackage, _ patient: PatientKey, _ asOf: AsOf, _ inputs: [FeatureValue], id: String
    ) -> Decision {
        var decision = model.evaluate(patient: patient, asOf: asOf, inputs: inputs, id: id)
        if let others = otherTables[model.reference.name] {
            decision.notes.insert(
                "Degraded: the model was trained with other mapping tables than those in use "
                    + "(\(others.joined(separator: ", "))). Its answers may be wrong.", at: 0)
        }
        return decision
    }
}

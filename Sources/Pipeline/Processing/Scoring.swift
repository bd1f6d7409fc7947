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
            let id = model.decisionID(patient: patient.key, inputs: inputs)
            // The decision speaks of the moment itself; the allowance for clocks only widens what is read.
            let before = patient.latest[model.reference.name]
            guard before?.id != id else { continue }
            var decision = cache.decision(id) {
                model.evaluate(patient: patient.key, asOf: AsOf(known), inputs: inputs, id: id)
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
}

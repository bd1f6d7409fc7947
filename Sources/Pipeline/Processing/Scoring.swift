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
    ) -> (decisions: [NewDecision], deliveries: [NewDelivery]) {
        let known = max(moment, patient.newestKnown)
        let asOf = AsOf(effective: known.adding(seconds: allowedSkewSeconds), known: known)
        var decisions: [NewDecision] = []
        var deliveries: [NewDelivery] = []
        for model in models {
            let inputs = patient.timeline.features(model.requests, asOf: asOf)
            let query = Self.query(model, patient: patient.key, inputs: inputs)
            // The decision speaks of the moment itself; the allowance for clocks only widens what is read.
            var decision = cache.decision(query) {
                model.evaluate(patient: patient.key, asOf: AsOf(known), inputs: inputs)
            }
            let before = patient.latest[model.reference.name]
            guard before?.id != decision.id else { continue }
            // Inputs that held before hold again (a result was withdrawn): the answer is known, its moment is now.
            decision.asOf = AsOf(known)
            decisions.append(NewDecision(decision, inputKey: query.inputKey))
            for rule in destinations {
                if let delivery = rule.delivery(of: decision, after: before, patient: patient.record, trigger: trigger) {
                    deliveries.append(delivery)
                }
            }
            patient.remember(decision)
        }
        return (decisions, deliveries)
    }

    /// The key of the prediction cache: the model, the patient, and the exact inputs with their times.
    static func query(_ model: ModelPackage, patient: PatientKey, inputs: [FeatureValue]) -> PredictionQuery {
        let parts =
            model.cacheKey(inputs: inputs).bytes + Array(patient.system.utf8) + [0] + Array(patient.value.exposed.utf8)
        return PredictionQuery(modelDigest: model.reference.digest, inputKey: PredictionKey(ContentDigest(of: parts)))
    }
}

internal import Annotation
internal import Clinical
internal import FHIR
internal import Store

/// What a destination is sent, and in which rendering.
struct DeliveryRule: Sendable {
    let destination: String
    let kind: Configuration.Destination.Kind
    let policy: AlertPolicy
    private let models: Set<String>

    /// - Parameter primary: the model that is delivered when the destination names none.
    init(_ configuration: Configuration.Destination, primary: String) {
        destination = configuration.name
        kind = configuration.kind
        models = configuration.models.isEmpty ? [primary] : Set(configuration.models)
        let trigger: AlertPolicy.Trigger =
            switch configuration.deliver {
            case .every: .every
            case .change: .onChange
            case .escalation: .onEscalation
            }
        policy = AlertPolicy(fallback: .init(trigger: trigger, minimumRank: configuration.minimumLevel))
    }

    func delivery(of decision: Decision, after previous: Decision?, patient: PatientRecord, trigger: Int64) -> NewDelivery?
    {
        guard models.contains(decision.model.name), policy.delivers(decision, after: previous) else { return nil }
        let payload: [UInt8]
        switch kind {
        // No decision leads to an error here; if one did, the courier puts the empty message among the dead letters.
        case .mllp: payload = (try? ORUResultRendering.render(decision, patient: patient)) ?? []
        case .fhir: payload = DecisionBundleRendering.render(decision).write()
        }
        return NewDelivery(
            destination: destination, patient: decision.patient, kind: kind == .mllp ? .oru : .riskAssessment,
            payload: payload,
            decisionID: decision.id, dedupeKey: "\(decision.id):\(trigger)")
    }
}

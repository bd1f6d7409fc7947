public import Clinical
public import Inference
internal import Store

/// The decisions of a trained model in the store with the labels that came later.
public struct LabelledDecisions: Sendable {
    /// What became of a patient.
    public struct Outcome: Sendable {
        public var patient: PatientKey
        /// When events began; none where the patient had none.
        public var events: [Instant]

        public init(patient: PatientKey, events: [Instant]) {
            self.patient = patient
            self.events = events
        }
    }

    public private(set) var hours: [Recalibration.Hour] = []

    /// At most one decision an hour of each patient counts, the first, so that busy hours do not weigh more.
    ///
    /// - Parameters:
    ///   - before: Seconds before an event from which on a decision should have foreseen it.
    ///   - after: Seconds after an event until which it still counts. Later decisions of that patient are left out: what the
    ///     model should have said then, no label tells.
    public init(
        _ configuration: Configuration, model: ModelPackage, outcomes: [Outcome], before: Int64, after: Int64
    ) async throws(PipelineError) {
        let store = try ServiceParts.open(configuration.store)
        do {
            for (number, outcome) in outcomes.enumerated() {
                let stored = try await store.decisions(of: outcome.patient, model: model.reference.name, limit: .max)
                    .filter { $0.model.digest == model.reference.digest }
                    .sorted { $0.asOf.effective < $1.asOf.effective }
                var last: Int64?
                for decision in stored {
                    let hour = decision.asOf.effective.microseconds / 3_600_000_000
                    guard hour != last, let label = outcome.label(decision.asOf.effective, before: before, after: after),
                        let found = model.hour(decision.inputs, label: label, patient: number)
                    else { continue }
                    last = hour
                    hours.append(found)
                }
            }
            try await store.close()
        } catch {
            throw PipelineError(.io, place: error.operation, error.reason)
        }
    }
}

extension LabelledDecisions.Outcome {
    /// Whether an event is near; `nil` where no label tells.
    func label(_ moment: Instant, before: Int64, after: Int64) -> Bool? {
        for event in events {
            let distance = event.seconds(since: moment)
            if distance <= Double(before), distance >= -Double(after) { return true }
        }
        return events.contains { $0 < moment } ? nil : false
    }
}

extension ModelPackage {
    /// A labelled hour of what the model answers; `nil` where it does not.
    public func hour(_ inputs: [FeatureValue], label: Bool, patient: Int) -> Recalibration.Hour? {
        switch applicability(inputs: inputs) {
        case .applies?, .unusual?: break
        case .insufficient?, .unlike?, nil: return nil
        }
        return answer(inputs: inputs).map { Recalibration.Hour(answer: $0, label: label, patient: patient) }
    }
}

internal import Clinical
public import Inference
internal import Store

/// How often a trained model had business answering, over every decision in the store, and why not.
///
/// Each is assessed again from the inputs that the decision keeps; that the answers come out as they are stored is checked
/// on the way.
public struct ApplicabilityReport: Sendable {
    public var decisions = 0
    public var patients = 0
    public var answered = 0
    /// Answered, but unlike most of the training population.
    public var unusual = 0
    /// Not answered: not like the training population.
    public var unlike = 0
    /// Not answered: too few inputs.
    public var insufficient = 0
    /// The input to blame, by how often, of the unusual and the unlike.
    public var blamed: [String: Int] = [:]
    /// Inputs outside the range of 99.9 % of the training values.
    public var outside: [String: Int] = [:]
    /// Needed inputs without a value, of the insufficient.
    public var missing: [String: Int] = [:]
    /// Answers that the package does not give again from the inputs that they name; 0 unless something is wrong.
    public var notReproduced = 0

    public init(_ configuration: Configuration, model: ModelPackage) async throws(PipelineError) {
        let store = try ServiceParts.open(configuration.store)
        do {
            for patient in try await store.patients() {
                let stored = try await store.decisions(of: patient.key, model: model.reference.name, limit: .max)
                    .filter { $0.model.digest == model.reference.digest }
                if !stored.isEmpty { patients += 1 }
                for decision in stored { add(decision, model) }
            }
            try await store.close()
        } catch {
            throw PipelineError(.io, place: error.operation, error.reason)
        }
    }

    private mutating func add(_ decision: Decision, _ model: ModelPackage) {
        guard let found = model.applicability(inputs: decision.inputs) else { return }
        decisions += 1
        switch found {
        case .applies: answered += 1
        case .unusual(let outlier):
            answered += 1
            unusual += 1
            blame(outlier)
        case .unlike(let outlier):
            unlike += 1
            blame(outlier)
        case .insufficient(let names):
            insufficient += 1
            for name in names { missing[name, default: 0] += 1 }
        }
        // Said again later, a decision keeps the moment at which it was made.
        let made = decision.numbers.map { AsOf($0.moment) } ?? decision.asOf
        let again = model.evaluate(patient: decision.patient, asOf: made, inputs: decision.inputs, id: decision.id)
        if again.result != decision.result || again.level != decision.level || again.reasons != decision.reasons
            || again.notes != decision.notes || again.inputs != decision.inputs
        {
            notReproduced += 1
        }
    }

    private mutating func blame(_ outlier: ModelAnswer.Outlier) {
        blamed[outlier.farthest ?? "combination", default: 0] += 1
        for name in outlier.outside { outside[name, default: 0] += 1 }
    }
}

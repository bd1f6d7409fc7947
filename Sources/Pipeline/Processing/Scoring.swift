internal import Annotation
internal import Clinical
internal import Inference
internal import Store
internal import Timeline

/// The active models, and where their decisions go.
///
/// A class, so that handing it on counts one reference and not those of everything in it.
final class Scoring: Sendable {
    /// Active models; the primary one first.
    let models: [ModelPackage]
    /// How far a sender's clock may run ahead, in seconds.
    let allowedSkewSeconds: Int64
    let destinations: [DeliveryRule]
    private let conversion: AnalyteConverting
    /// Tables that a model was trained with and that are not in use, by the name of the model: its decisions say so.
    let otherTables: [String: [String]]
    private let relevant: Set<String>
    /// How far back each series is looked at, in seconds.
    private let reach: [String: Int64]
    /// The inputs of each trained model, in the form that is read fastest; `nil` for a score.
    private let plans: [FeaturePlan?]

    init(
        models: [ModelPackage], allowedSkewSeconds: Int64, destinations: [DeliveryRule], conversion: AnalyteConverting
    ) {
        self.models = models
        self.allowedSkewSeconds = allowedSkewSeconds
        self.destinations = destinations
        self.conversion = conversion
        otherTables = [:]
        relevant = Set(models.flatMap { $0.requests.flatMap(\.loinc) })
        var reach: [String: Int64] = [:]
        for request in models.flatMap(\.requests) {
            let seconds = request.horizonSeconds + max(0, request.lagSeconds)
            for key in request.loinc { reach[key] = max(reach[key] ?? 0, seconds) }
        }
        self.reach = reach
        plans = models.map { $0.kind == .ensemble ? FeaturePlan($0.requests) : nil }
    }

    /// The same models beside other tables.
    init(_ scoring: Scoring, otherTables: [String: [String]]) {
        models = scoring.models
        allowedSkewSeconds = scoring.allowedSkewSeconds
        destinations = scoring.destinations
        conversion = scoring.conversion
        relevant = scoring.relevant
        reach = scoring.reach
        plans = scoring.plans
        self.otherTables = otherTables
    }

    /// What a model is asked about a patient: inputs as of a moment, which differ from those of its last decision.
    struct Question: Sendable {
        let model: Int
        let patient: PatientKey
        /// The decision speaks of this moment; the allowance for clocks only widens what is read.
        let moment: Instant
        /// Id of the decision that the inputs lead to.
        let id: String
        fileprivate let inputs: Inputs

        fileprivate enum Inputs: Sendable {
            case row(FeatureRow)
            case values([FeatureValue])
        }
    }

    /// Whether an event can change any score.
    func concerns(_ event: ClinicalEvent) -> Bool {
        switch event {
        case .finding(let finding): relevant.contains(finding.code.code)
        case .merge: true
        case .patient, .encounter: false
        }
    }

    /// Findings of a series that were true before this change nothing that is read as of a moment or later: no model's window
    /// reaches them, and the ward page draws a day.
    func cutoff(_ series: String, asOf moment: Instant) -> Instant {
        moment.adding(seconds: -max(reach[series] ?? 0, Self.drawnSeconds))
    }

    private static let drawnSeconds: Int64 = 24 * 3600

    /// What each model is to be asked about a patient as of a moment, in their order; their answers are awaited from then on.
    func questions(_ patient: inout LivePatient, at moment: Instant) -> [Question] {
        let known = max(moment, patient.newestKnown)
        let asOf = AsOf(effective: known.adding(seconds: allowedSkewSeconds), known: known)
        var questions: [Question] = []
        for (index, model) in models.enumerated() {
            let inputs: Question.Inputs
            var id: String
            if let plan = plans[index] {
                let row = patient.timeline.row(plan, asOf: asOf, conversion: conversion)
                (inputs, id) = (.row(row), model.decisionID(patient: patient.key, row: row))
            } else {
                let values = patient.timeline.features(model.requests, asOf: asOf, conversion: conversion)
                (inputs, id) = (.values(values), model.decisionID(patient: patient.key, inputs: values))
            }
            // By other tables the same inputs are another statement.
            if let others = otherTables[model.reference.name] {
                id = ContentDigest.identifier([id, "other tables"] + others)
            }
            guard patient.lastID(of: model.reference.name) != id else { continue }
            patient.awaited[model.reference.name] = id
            questions.append(Question(model: index, patient: patient.key, moment: known, id: id, inputs: inputs))
        }
        return questions
    }

    /// The answers, in the order of the questions; each depends on its question alone.
    func answers(_ questions: ArraySlice<Question>) -> [Decision] {
        var decisions: [Decision?] = Array(repeating: nil, count: questions.count)
        for (index, model) in models.enumerated() {
            var (places, asked): ([Int], [ModelPackage.Question]) = ([], [])
            for (place, question) in questions.enumerated() where question.model == index {
                let asOf = AsOf(question.moment)
                switch question.inputs {
                case .row(let row):
                    places.append(place)
                    asked.append(.init(patient: question.patient, asOf: asOf, row: row, id: question.id))
                case .values(let values):
                    decisions[place] = model.evaluate(
                        patient: question.patient, asOf: asOf, inputs: values, id: question.id)
                }
            }
            for (place, decision) in zip(places, model.evaluate(asked)) { decisions[place] = decision }
        }
        return decisions.compactMap { $0.map(marked) }
    }

    /// What is to be sent of a decision.
    func deliveries(of decision: Decision, after before: Decision?, patient: PatientRecord, trigger: Int64) -> [NewDelivery]
    {
        destinations.compactMap { $0.delivery(of: decision, after: before, patient: patient, trigger: trigger) }
    }

    /// With a warning, where the model was trained with other tables than those in use.
    private func marked(_ decision: Decision) -> Decision {
        guard let others = otherTables[decision.model.name] else { return decision }
        var decision = decision
        decision.notes.insert(
            "Degraded: the model was trained with other mapping tables than those in use "
                + "(\(others.joined(separator: ", "))). Its answers may be wrong.", at: 0)
        return decision
    }
}

internal import Annotation
internal import Clinical
internal import FHIR
internal import Logging
internal import Store
internal import Web

/// Decisions for the FHIR and CDS Hooks endpoints, and the feedback that comes back.
struct DecisionDesk: DecisionReading, CDSFeedbackSink {
    let ward: LiveWard
    let store: any PersistentStore
    let primary: String
    let logger: Logger

    func riskAssessment(id: String) async -> JSON? {
        await decision(id).map(RiskAssessmentRendering.render)
    }

    func observation(id: String) async -> JSON? {
        await decision(id).flatMap(ScoreObservationRendering.render)
    }

    /// The resources of a decision share its id.
    private func decision(_ id: String) async -> Decision? {
        do {
            return try await store.decision(id: id)
        } catch {
            logger.error("decision cannot be read", metadata: ["code": "\(error.code)"])
            return nil
        }
    }

    func decisions(patient: PHI<String>) async -> [Decision] {
        let matches = await ward.patients.values.filter {
            $0.key.resourceID == patient.exposed || $0.key.value == patient
        }
        // The same number at two assigners is two patients: no card is better than the wrong one.
        guard matches.count == 1, let found = matches.first else { return [] }
        return found.latest.values.sorted {
            ($0.model.name == primary ? 0 : 1, -$0.level.rank, $0.model.name)
                < ($1.model.name == primary ? 0 : 1, -$1.level.rank, $1.model.name)
        }
    }

    func receive(_ feedback: [CDSFeedback]) async -> Bool {
        do {
            for item in feedback {
                try await store.appendFeedback(
                    NewFeedback(service: "headwall-risk", received: ServiceClock.wallNow, body: Self.json(item).write()))
            }
            return true
        } catch {
            logger.error("feedback cannot be stored", metadata: ["code": "\(error.code)"])
            return false
        }
    }

    private static func json(_ feedback: CDSFeedback) -> JSON {
        var object: JSONObject = [
            "card": .string(feedback.card), "outcome": .string(feedback.outcome.rawValue),
            "outcomeTimestamp": .string(feedback.outcomeTime.description),
            "acceptedSuggestions": .array(feedback.acceptedSuggestions.map { ["id": .string($0)] }),
        ]
        if let reason = feedback.overrideReason {
            object["overrideReason"] = ["reason": ["system": .string(reason.system), "code": .string(reason.code)]]
        }
        if let comment = feedback.userComment { object["userComment"] = .string(comment.exposed) }
        return .object(object)
    }
}

public import Clinical
public import FHIR

/// Decisions as resources and for CDS Hooks. Implemented by the pipeline.
public protocol DecisionReading: Sendable {
    /// The RiskAssessment with this logical id, `nil` when there is none.
    func riskAssessment(id: String) async -> JSON?
    /// The Observation (a score, or a normalised finding) with this logical id, `nil` when there is none.
    func observation(id: String) async -> JSON?
    /// The current decisions for a patient, most important first; empty when the patient is unknown.
    ///
    /// - Parameter patient: `context.patientId` of the hook: a logical id in the EHR's FHIR server or in this one.
    func decisions(patient: PHI<String>) async -> [Decision]
}

/// Receives what users did with cards. Implemented by the pipeline.
public protocol CDSFeedbackSink: Sendable {
    /// Returns whether the feedback was committed.
    func receive(_ feedback: [CDSFeedback]) async -> Bool
}

/// What a user did with a card (CDS Hooks 2.0, "Feedback").
public struct CDSFeedback: Sendable, Hashable {
    public enum Outcome: String, Sendable, Hashable {
        case accepted, overridden
    }

    /// The card's uuid.
    public var card: String
    public var outcome: Outcome
    public var acceptedSuggestions: [String]
    public var overrideReason: Code?
    public var userComment: PHI<String>?
    public var outcomeTime: ClinicalTime

    public init(
        card: String, outcome: Outcome, acceptedSuggestions: [String] = [], overrideReason: Code? = nil,
        userComment: PHI<String>? = nil, outcomeTime: ClinicalTime
    ) {
        self.card = card
        self.outcome = outcome
        self.acceptedSuggestions = acceptedSuggestions
        self.overrideReason = overrideReason
        self.userComment = userComment
        self.outcomeTime = outcomeTime
    }
}

public import Clinical

/// What clinicians answered to cards (CDS Hooks 2.0, section "Feedback").
public protocol FeedbackStore: Sendable {
    /// Returns the number of the stored row.
    @discardableResult
    func appendFeedback(_ feedback: NewFeedback) async throws(StoreError) -> Int64

    /// Feedback by number, starting after `id`.
    func feedback(after id: Int64, limit: Int) async throws(StoreError) -> [Feedback]
}

/// Feedback on its way into the store.
public struct NewFeedback: Sendable, Hashable {
    /// Name of the CDS service.
    public var service: String
    public var received: Instant
    /// The JSON as it came.
    public var body: [UInt8]

    public init(service: String, received: Instant, body: [UInt8]) {
        self.service = service
        self.received = received
        self.body = body
    }
}

extension NewFeedback: CustomStringConvertible, CustomReflectable {
    /// The service only: the body may hold patient data.
    public var description: String { "feedback on \(service)" }
    public var customMirror: Mirror { Mirror(self, children: ["service": service]) }
}

/// Stored feedback.
public struct Feedback: Sendable, Hashable {
    public var id: Int64
    public var feedback: NewFeedback

    public init(id: Int64, feedback: NewFeedback) {
        self.id = id
        self.feedback = feedback
    }
}

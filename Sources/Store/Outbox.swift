public import Clinical

/// What is to be delivered, at least once, in the order of each patient at each destination.
public protocol Outbox: Sendable {
    /// Deliveries whose turn it is: the earliest unfinished one of each patient at the destination, if its next attempt
    /// is at `now` or before. Reading does not claim: the caller keeps track of what it has in flight.
    func due(now: Instant, destination: String, limit: Int) async throws(StoreError) -> [Delivery]

    /// When the next delivery to the destination is due; `nil` when none waits.
    func nextDue(destination: String) async throws(StoreError) -> Instant?

    /// The patient's next delivery becomes due.
    func markDelivered(_ ids: [Int64], at time: Instant) async throws(StoreError)

    /// Keeps it at the head of its patient's line for another attempt.
    ///
    /// - Parameters:
    ///   - attempts: how often it has been tried by now.
    ///   - reason: a sentence without patient data.
    func markFailed(_ id: Int64, attempts: Int, nextAttempt: Instant, reason: String) async throws(StoreError)

    /// Gives it up: it joins the dead letters, and the patient's next delivery becomes due.
    func markDead(_ id: Int64, attempts: Int, reason: String) async throws(StoreError)

    /// Deliveries given up, by number, starting after `id`.
    func deadLetters(after id: Int64, limit: Int) async throws(StoreError) -> [Delivery]

    /// Deliveries not yet finished, by number, starting after `id`; all destinations.
    func waitingDeliveries(after id: Int64, limit: Int) async throws(StoreError) -> [Delivery]

    /// Puts a dead letter back in its place in the patient's line, due at `time`. `false` if it is not dead.
    @discardableResult
    func requeue(_ id: Int64, at time: Instant) async throws(StoreError) -> Bool

    func outboxCounts() async throws(StoreError) -> [OutboxCounts]
}

/// What a delivery carries.
public enum DeliveryKind: String, Sendable, Hashable, Codable {
    /// An HL7v2 ORU^R01 message.
    case oru
    /// A FHIR RiskAssessment.
    case riskAssessment
}

/// A rendering on its way to a destination.
public struct NewDelivery: Sendable, Hashable {
    /// Name of the configured destination.
    public var destination: String
    public var patient: PatientKey
    public var kind: DeliveryKind
    public var payload: [UInt8]
    public var decisionID: String
    /// The same key is enqueued once for a destination.
    public var dedupeKey: String
    /// Not to be tried before.
    public var notBefore: Instant

    public init(
        destination: String, patient: PatientKey, kind: DeliveryKind, payload: [UInt8], decisionID: String,
        dedupeKey: String, notBefore: Instant = .distantPast
    ) {
        self.destination = destination
        self.patient = patient
        self.kind = kind
        self.payload = payload
        self.decisionID = decisionID
        self.dedupeKey = dedupeKey
        self.notBefore = notBefore
    }
}

extension NewDelivery: CustomStringConvertible, CustomReflectable {
    /// Destination and kind only: the payload holds patient data.
    public var description: String { "new delivery (\(kind.rawValue))" }
    public var customMirror: Mirror { Mirror(self, children: ["destination": destination, "kind": kind]) }
}

/// A delivery in the outbox.
public struct Delivery: Sendable, Hashable {
    public enum State: Int, Sendable, Hashable {
        /// Behind an earlier delivery for the same patient.
        case queued = 2
        /// At the head of its patient's line.
        case ready = 3
        case delivered = 4
        case dead = 5
    }

    /// Number in the outbox, ascending in the order of enqueueing.
    public var id: Int64
    public var destination: String
    public var patient: PatientKey
    public var kind: DeliveryKind
    public var payload: [UInt8]
    public var decisionID: String
    public var dedupeKey: String
    public var state: State
    public var attempts: Int
    public var nextAttempt: Instant
    /// Why the last attempt failed.
    public var reason: String?

    public init(
        id: Int64, destination: String, patient: PatientKey, kind: DeliveryKind, payload: [UInt8], decisionID: String,
        dedupeKey: String, state: State, attempts: Int, nextAttempt: Instant, reason: String?
    ) {
        self.id = id
        self.destination = destination
        self.patient = patient
        self.kind = kind
        self.payload = payload
        self.decisionID = decisionID
        self.dedupeKey = dedupeKey
        self.state = state
        self.attempts = attempts
        self.nextAttempt = nextAttempt
        self.reason = reason
    }
}

extension Delivery: CustomStringConvertible, CustomReflectable {
    /// Number and state only: the payload holds patient data.
    public var description: String { "delivery \(id) (\(kind.rawValue))" }
    public var customMirror: Mirror { Mirror(self, children: ["id": id, "state": state, "attempts": attempts]) }
}

/// How full the outbox is for a destination.
public struct OutboxCounts: Sendable, Hashable, Codable {
    public var destination: String
    public var waiting: Int64
    public var delivered: Int64
    public var dead: Int64

    public init(destination: String, waiting: Int64, delivered: Int64, dead: Int64) {
        self.destination = destination
        self.waiting = waiting
        self.delivered = delivered
        self.dead = dead
    }
}

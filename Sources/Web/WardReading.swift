public import Clinical

/// What the ward page shows. Implemented by the pipeline.
public protocol WardReading: Sendable {
    /// All patients of a ward, or of all wards. The order does not matter: the page sorts by urgency.
    func snapshot(ward: String?) async -> WardSnapshot
    /// One row, for `GET /ward/rows/{id}`; `nil` when the patient is not on any ward.
    func row(patient id: String) async -> WardRow?
    /// A patient in full, and what every model would say had these inputs just been measured; `nil` when the patient is
    /// not on any ward. Nothing of it is stored.
    ///
    /// - Parameter assuming: what was typed, by ``PatientView/Input/field``.
    func patient(id: String, assuming: [String: String]) async -> PatientView?
    /// What changes from now on. Called once by the server, which renders a change once and passes it on to every open
    /// page.
    ///
    /// - Parameter isWatched: asked before changes are drawn; while it says no they need not be.
    func changes(while isWatched: @escaping @Sendable () -> Bool) -> AsyncStream<WardChange>
}

extension WardReading {
    public func patient(id: String, assuming: [String: String]) async -> PatientView? { nil }

    public func row(patient id: String) async -> WardRow? {
        await snapshot(ward: nil).patients.first { $0.id == id }
    }
}

/// A change of the ward since the last one.
public struct WardChange: Sendable, Hashable {
    public enum Content: Sendable, Hashable {
        /// A row is new or looks different.
        case updated(WardRow)
        /// The patient left (resource id).
        case removed(patient: String)
        /// Only the clock or the counters moved.
        case counters
    }

    public var content: Content
    public var clock: Instant
    public var counters: WardCounters

    public init(_ content: Content, clock: Instant, counters: WardCounters) {
        self.content = content
        self.clock = clock
        self.counters = counters
    }
}

/// What the page says about the flow of messages.
public struct WardCounters: Sendable, Hashable {
    public var messages: Int
    public var quarantined: Int
    /// Distinct local codes that wait for a mapping.
    public var unmapped: Int

    public init(messages: Int, quarantined: Int, unmapped: Int) {
        self.messages = messages
        self.quarantined = quarantined
        self.unmapped = unmapped
    }
}

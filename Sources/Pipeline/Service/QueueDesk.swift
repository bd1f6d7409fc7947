internal import Clinical
public import Store

/// The work queues of a site's store, for the command line. Works beside a running service.
public struct QueueDesk: Sendable {
    private let store: any PersistentStore

    public init(_ configuration: Configuration) throws(PipelineError) {
        store = try ServiceParts.open(configuration.store)
    }

    public func quarantine(limit: Int) async throws(PipelineError) -> [QuarantinedEntry] {
        try await reading { () async throws(StoreError) in try await store.quarantine(after: 0, limit: limit) }
    }

    public func outbox(dead: Bool, limit: Int) async throws(PipelineError) -> [Delivery] {
        try await reading { () async throws(StoreError) in
            dead
                ? try await store.deadLetters(after: 0, limit: limit)
                : try await store.waitingDeliveries(after: 0, limit: limit)
        }
    }

    /// Returns `false` when the number is not in the queue.
    public func requeue(_ id: Int64, dead: Bool) async throws(PipelineError) -> Bool {
        try await reading { () async throws(StoreError) in
            if dead { return try await store.requeue(id, at: ServiceClock.wallNow) }
            // A cut frame might parse and yet hold half a number: only the sender can repeat it.
            if let entry = try await store.quarantined(id), Intake.cutFrameCodes.contains(entry.issue.code) { return false }
            // A change of tables has its place in the journal; made later it would not be what a replay does. Approve again.
            if let entry = try await store.entry(id), entry.format == .mappings { return false }
            return try await store.requeueQuarantined(id)
        }
    }

    public func close() async throws(PipelineError) {
        try await reading { () async throws(StoreError) in try await store.close() }
    }

    private func reading<Value>(_ body: () async throws(StoreError) -> Value) async throws(PipelineError) -> Value {
        do {
            return try await body()
        } catch {
            throw PipelineError(.io, place: error.operation, error.reason)
        }
    }
}

/// All that a service keeps, behind one value. Implemented by ``SQLiteStore``.
public protocol PersistentStore: Journal, ClinicalStore, DecisionStore, WorkQueues, Outbox, CursorStore, FeedbackStore {
    /// Whether writes are taken.
    var health: StoreHealth { get }

    /// Tries a durable write of no consequence; when it succeeds after a failure, writes are taken again.
    func probe() async throws(StoreError)

    /// Finishes the writes under way, refuses new ones, and closes the file.
    func close() async throws(StoreError)
}

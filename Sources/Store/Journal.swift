/// The record of every message as it came in. Nothing is acknowledged before it is here.
public protocol Journal: Sendable {
    /// Writes messages and returns once they are durably on disk, with one receipt a message, in order.
    ///
    /// Callers that arrive together share a transaction; the order of calls is kept. All messages of one call are
    /// stored or none. A message that was stored before is counted, not stored again: same source, control id and
    /// body; without control id, same source and body.
    func append(_ entries: [NewEntry]) async throws(StoreError) -> [JournalReceipt]

    /// Entries that are not yet processed, by number, starting after `id`.
    ///
    /// Requeued entries keep their number, so a reader that only moves forward must also look from 0 after a requeue.
    func pending(after id: Int64, limit: Int) async throws(StoreError) -> [JournalEntry]

    func entry(_ id: Int64) async throws(StoreError) -> JournalEntry?

    /// Entries that match the filter, by number, starting after `id`.
    func entries(_ filter: JournalFilter, after id: Int64, limit: Int) async throws(StoreError) -> [JournalEntry]

    /// The entries that change mapping tables, whatever their state, by number.
    func tableChanges() async throws(StoreError) -> [JournalEntry]

    func counts() async throws(StoreError) -> JournalCounts
}

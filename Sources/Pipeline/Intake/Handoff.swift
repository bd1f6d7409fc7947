internal import NIOConcurrencyHelpers

/// Normalised messages on their way from the doors to the processor, so that none is parsed twice.
///
/// Only a shortcut: what is not here (after a restart, or beyond the bound) the processor reads from the journal and
/// normalises itself.
final class Handoff: Sendable {
    private let entries = NIOLockedValueBox<[Int64: NormalizedEntry]>([:])
    private let capacity: Int

    init(capacity: Int) {
        self.capacity = capacity
    }

    func put(_ entry: NormalizedEntry, journalID: Int64) {
        entries.withLockedValue { entries in
            if entries.count < capacity { entries[journalID] = entry }
        }
    }

    func take(_ journalID: Int64) -> NormalizedEntry? {
        entries.withLockedValue { $0.removeValue(forKey: journalID) }
    }
}

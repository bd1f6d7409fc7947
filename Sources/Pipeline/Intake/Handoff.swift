internal import NIOConcurrencyHelpers

/// Normalised messages on their way from the doors to the processor, so that none is parsed twice.
///
/// Only a shortcut: what is not here (after a restart, or beyond the bound) the processor reads from the journal and
/// normalises itself.
final class Handoff: Sendable {
    private struct Contents {
        var entries: [Int64: NormalizedEntry] = [:]
        var size = 0
    }

    private let contents = NIOLockedValueBox(Contents())
    private let capacity: Int

    /// - Parameter capacity: most events and issues it holds, the measure of its memory: one message may carry one result
    ///   or ten thousand.
    init(capacity: Int) {
        self.capacity = capacity
    }

    func put(_ entry: NormalizedEntry, journalID: Int64) {
        let size = Self.size(of: entry)
        contents.withLockedValue { contents in
            guard size <= capacity - contents.size else { return }
            if let replaced = contents.entries.updateValue(entry, forKey: journalID) {
                contents.size -= Self.size(of: replaced)
            }
            contents.size += size
        }
    }

    func take(_ journalID: Int64) -> NormalizedEntry? {
        contents.withLockedValue { contents in
            guard let entry = contents.entries.removeValue(forKey: journalID) else { return nil }
            contents.size -= Self.size(of: entry)
            return entry
        }
    }

    private static func size(of entry: NormalizedEntry) -> Int {
        1 + entry.events.count + entry.unmapped.count + entry.issues.count
    }
}

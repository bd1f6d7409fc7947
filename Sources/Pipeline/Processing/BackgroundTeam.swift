internal import Dispatch
internal import Foundation
internal import NIOConcurrencyHelpers

/// Background threads that share out the items of a batch; the caller's own thread works along.
///
/// For pure functions only: which thread takes which item is not determined, the results and their order are.
final class BackgroundTeam: Sendable {
    /// Items that a thread takes at a time: so many that the tables of a model come into the cache for all of them, so few
    /// that the threads end together.
    private static let share = 16

    private let helpers: [BackgroundThread]

    /// - Parameter threads: how many work, the caller's among them; 0 is one for each processor.
    init(threads: Int = 0) {
        let count = threads > 0 ? threads : ProcessInfo.processInfo.activeProcessorCount
        helpers = (1..<max(1, count)).map { BackgroundThread(name: "scoring-\($0)") }
    }

    private struct Progress<Value: Sendable> {
        var next = 0
        var open: Int
        var parts: [[Value]]
    }

    /// The values of all items, in their order, made a share of the items at a time. Blocks until they are there; not to be
    /// called from a thread that others wait for.
    func map<Item: Sendable, Value: Sendable>(
        _ items: [Item], _ transform: @escaping @Sendable (ArraySlice<Item>) -> [Value]
    ) -> [Value] {
        let count = (items.count + Self.share - 1) / Self.share
        guard count > 1, !helpers.isEmpty else { return transform(items[...]) }
        let progress = NIOLockedValueBox(Progress<Value>(open: count, parts: Array(repeating: [], count: count)))
        let isDone = DispatchSemaphore(value: 0)
        let work: @Sendable () -> Void = {
            while let part = progress.withLockedValue({ progress -> Int? in
                guard progress.next < count else { return nil }
                progress.next += 1
                return progress.next - 1
            }) {
                let range = part * Self.share..<min(items.count, (part + 1) * Self.share)
                let values = transform(items[range])
                let isLast = progress.withLockedValue { progress in
                    progress.parts[part] = values
                    progress.open -= 1
                    return progress.open == 0
                }
                if isLast { isDone.signal() }
            }
        }
        for helper in helpers.prefix(count - 1) { helper.call(work) }
        work()
        isDone.wait()
        return progress.withLockedValue { $0.parts.flatMap { $0 } }
    }
}

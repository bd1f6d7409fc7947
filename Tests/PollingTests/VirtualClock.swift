import Clinical
import Foundation
import Polling

/// A clock that stands still until someone sleeps; sleeping takes no real time.
///
/// Sendable because what is shared is touched under the lock only.
final class VirtualClock: PollClock, @unchecked Sendable {
    private let lock = NSLock()
    private var time: Instant
    private var recorded: [Duration] = []

    init(_ time: Instant = Instant(seconds: 1_767_600_000)) {
        self.time = time
    }

    var sleeps: [Duration] { lock.withLock { recorded } }

    func now() -> Instant { lock.withLock { time } }

    func sleep(for duration: Duration) async throws {
        try Task.checkCancellation()
        lock.withLock {
            recorded.append(duration)
            let (seconds, attoseconds) = duration.components
            time = Instant(microseconds: time.microseconds + seconds * 1_000_000 + attoseconds / 1_000_000_000_000)
        }
        await Task.yield()
    }
}

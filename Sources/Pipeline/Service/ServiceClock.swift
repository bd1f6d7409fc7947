internal import Clinical
internal import Foundation
internal import NIOConcurrencyHelpers

/// What the service takes for "now".
///
/// On the wall clock it is the machine's time. When recorded traffic is replayed it is the sending time of the newest
/// message so far, so that the ages and horizons of a recorded day are those of that day.
final class ServiceClock: Sendable {
    let kind: Configuration.Clock
    private let newest = NIOLockedValueBox<Instant?>(nil)

    init(_ kind: Configuration.Clock) {
        self.kind = kind
    }

    static var wallNow: Instant {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Instant(microseconds: Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000)
    }

    var now: Instant {
        switch kind {
        case .wall: Self.wallNow
        case .recorded: newest.withLockedValue { $0 } ?? Self.wallNow
        }
    }

    /// When a message counts as received.
    /// - Parameter sent: when its sender says it was sent.
    func received(sent: Instant?) -> Instant {
        switch kind {
        case .wall: return Self.wallNow
        case .recorded:
            guard let sent else { return now }
            newest.withLockedValue { $0 = max($0 ?? sent, sent) }
            return sent
        }
    }

    /// Moves a recorded clock forward to what the store already knows.
    func resume(at moment: Instant) {
        newest.withLockedValue { $0 = max($0 ?? moment, moment) }
    }
}

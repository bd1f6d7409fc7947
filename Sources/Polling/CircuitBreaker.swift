public import Clinical

/// Stops asking a server that fails again and again, and tries it with one request after a pause.
///
/// Source: M. Nygard, "Release It!", 2007, chapter "Stability Patterns". A value that does no waiting itself.
public struct CircuitBreaker: Hashable, Sendable {
    public enum Action: Hashable, Sendable {
        case go
        /// Nothing may be sent before this moment.
        case refuse(until: Instant)
    }

    private enum State: Hashable {
        case closed(failures: Int)
        case open(until: Instant)
        /// One trial request is on its way; if its outcome never comes, another may go after the pause.
        case halfOpen(until: Instant)
    }

    private let threshold: Int
    private let pause: Duration
    private var state = State.closed(failures: 0)

    /// - Parameters:
    ///   - threshold: failures in a row that open the circuit; at least 1.
    ///   - pause: time for which nothing is sent then.
    public init(threshold: Int = 5, pause: Duration = .seconds(30)) {
        self.threshold = max(1, threshold)
        self.pause = pause
    }

    public var isOpen: Bool {
        if case .closed = state { false } else { true }
    }

    /// Whether a request may be sent now.
    public mutating func permit(now: Instant) -> Action {
        switch state {
        case .closed:
            return .go
        case .open(let until), .halfOpen(let until):
            guard now >= until else { return .refuse(until: until) }
            state = .halfOpen(until: now.adding(pause))
            return .go
        }
    }

    public mutating func succeeded() {
        state = .closed(failures: 0)
    }

    public mutating func failed(now: Instant) {
        switch state {
        case .closed(let failures) where failures + 1 < threshold:
            state = .closed(failures: failures + 1)
        case .closed, .halfOpen, .open:
            state = .open(until: now.adding(pause))
        }
    }
}

internal import NIOConcurrencyHelpers

/// Tells whoever listens that there is something to do. Announcements that come while a listener works are folded into
/// one.
final class Announcements: Sendable {
    private let listeners = NIOLockedValueBox<[AsyncStream<Void>.Continuation]>([])

    /// A stream that yields after each announcement, and at least once every `interval` for work that was put into the
    /// store by another process.
    func listen(atLeastEvery interval: Duration) -> AsyncStream<Void> {
        AsyncStream(bufferingPolicy: .bufferingNewest(1)) { continuation in
            listeners.withLockedValue { $0.append(continuation) }
            let ticking = Task {
                while !Task.isCancelled {
                    try? await Task.sleep(for: interval)
                    continuation.yield()
                }
            }
            continuation.onTermination = { _ in ticking.cancel() }
        }
    }

    func announce() {
        for listener in listeners.withLockedValue({ $0 }) { listener.yield() }
    }
}

import Clinical
import Hummingbird
import Logging
import NIOConcurrencyHelpers
import NIOCore
import ServiceLifecycle

/// Passes changes of the ward on to every open page: a change is rendered once, kept for a while so that a page that
/// lost its connection can resume, and never waits for a slow page.
struct WardFeed: Service {
    /// A change as the pages receive it. The same change differs by what a page shows: a row that is not on its ward is
    /// a removal there.
    struct Event: Sendable {
        let number: UInt64
        let ward: String?
        let frame: ByteBuffer
        /// For pages of another ward; `nil` when the event concerns all of them alike.
        let removal: ByteBuffer?

        func frame(for ward: String?) -> ByteBuffer {
            guard let removal, let ward, ward != self.ward else { return frame }
            return removal
        }
    }

    private struct Client {
        let ward: String?
        let continuation: AsyncStream<ByteBuffer>.Continuation
        let disconnect: @Sendable () -> Void
    }

    private struct State {
        var next: UInt64 = 1
        var history: [Event] = []
        var clients: [Int: Client] = [:]
        var nextClient = 0
        /// When a page was last connected; changes are drawn for as long as it may come back.
        var lastConnected: ContinuousClock.Instant?
        var isOpen = true
    }

    private let ward: any WardReading
    private let page: WardPage
    private let maximumClients: Int
    private let buffer: Int
    private let heartbeat: Duration
    private let logger: Logger
    /// Differs between runs of the service, so that an id from an earlier run is recognised as such.
    private let epoch: String
    private let state = NIOLockedValueBox(State())
    private static let historyLimit = 256

    init(ward: any WardReading, page: WardPage, configuration: WebConfiguration, logger: Logger) {
        self.ward = ward
        self.page = page
        maximumClients = configuration.maximumEventClients
        buffer = max(1, configuration.eventBuffer)
        heartbeat = .seconds(max(1, configuration.heartbeatSeconds))
        self.logger = logger
        epoch = String(UInt64.random(in: .min ... .max), radix: 36)
    }

    func run() async throws {
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                for await change in ward.changes(while: isWatched).cancelOnGracefulShutdown() { publish(change) }
            }
            group.addTask {
                let comment = ByteBuffer(string: ": heartbeat\n\n")
                while !Task.isShuttingDownGracefully, !Task.isCancelled {
                    try? await cancelWhenGracefulShutdown { try await Task.sleep(for: heartbeat) }
                    send { _ in comment }
                }
            }
            try? await gracefulShutdown()
            group.cancelAll()
        }
        close()
    }

    /// The id of the last event, for a page that is about to be rendered.
    var lastEventID: String {
        epoch + "-" + String(state.withLockedValue { $0.next - 1 })
    }

    /// The frames for one page, from the first one after `lastEventID`; `nil` when there are too many pages.
    ///
    /// - Parameter disconnect: Closes the page's connection; called when it does not keep up.
    func subscribe(
        ward: String?, after lastEventID: String?, disconnect: @escaping @Sendable () -> Void
    ) -> AsyncStream<ByteBuffer>? {
        let (stream, continuation) = AsyncStream.makeStream(
            of: ByteBuffer.self, bufferingPolicy: .bufferingOldest(buffer + Self.historyLimit))
        let id: Int? = state.withLockedValue { state in
            guard state.isOpen, state.clients.count < maximumClients else { return nil }
            let id = state.nextClient
            state.nextClient += 1
            continuation.yield(EventFrame.opening(id: epoch + "-" + String(state.next - 1)))
            if let lastEventID {
                if let missed = missed(since: lastEventID, in: state) {
                    for event in missed { continuation.yield(event.frame(for: ward)) }
                } else {
                    continuation.yield(EventFrame.reset(id: epoch + "-" + String(state.next - 1)))
                }
            }
            state.clients[id] = Client(ward: ward, continuation: continuation, disconnect: disconnect)
            state.lastConnected = .now
            return id
        }
        guard let id else { return nil }
        continuation.onTermination = { _ in
            state.withLockedValue { state in
                state.clients.removeValue(forKey: id)
                state.lastConnected = .now
            }
        }
        return stream
    }

    private func missed(since id: String, in state: State) -> ArraySlice<Event>? {
        let parts = id.split(separator: "-")
        guard parts.count == 2, parts[0] == epoch, let number = UInt64(parts[1]), number < state.next else { return nil }
        if number == state.next - 1 { return [] }
        guard let first = state.history.first, first.number <= number + 1 else { return nil }
        return state.history[Int(number + 1 - first.number)...]
    }

    /// Whether a page is open or was within the last minute. Without one nothing is drawn: only a number is passed over,
    /// and a page that comes back later reloads its rows.
    @Sendable private func isWatched() -> Bool {
        state.withLockedValue { state in
            if !state.clients.isEmpty { return true }
            if let last = state.lastConnected, ContinuousClock.now - last < .seconds(60) { return true }
            state.next += 1
            state.history = []
            return false
        }
    }

    private func publish(_ change: WardChange) {
        // Rendering happens outside the lock; changes arrive one after the other, so the numbers stay in order.
        let number = state.withLockedValue { $0.next }
        let id = epoch + "-" + String(number)
        let event: Event
        switch change.content {
        case .updated(let row):
            event = Event(
                number: number, ward: row.ward,
                frame: EventFrame.row(id: id, row: row, html: page.row(row, clock: change.clock), change: change),
                removal: EventFrame.removal(id: id, patient: row.id, change: change))
        case .removed(let patient):
            event = Event(
                number: number, ward: nil, frame: EventFrame.removal(id: id, patient: patient, change: change), removal: nil
            )
        case .counters:
            event = Event(number: number, ward: nil, frame: EventFrame.counters(id: id, change: change), removal: nil)
        }
        state.withLockedValue { state in
            state.next = number + 1
            state.history.append(event)
            if state.history.count > Self.historyLimit { state.history.removeFirst() }
        }
        send { event.frame(for: $0) }
    }

    private func send(_ frame: (_ ward: String?) -> ByteBuffer) {
        let clients = state.withLockedValue { $0.clients }
        for (id, client) in clients {
            if case .dropped = client.continuation.yield(frame(client.ward)) {
                // A gap would show a wrong score. The page reconnects by itself and resumes after what it has.
                logger.notice("slow page disconnected")
                state.withLockedValue { state in
                    state.clients.removeValue(forKey: id)
                    state.lastConnected = .now
                }
                client.continuation.finish()
                client.disconnect()
            }
        }
    }

    private func close() {
        let clients = state.withLockedValue { state in
            state.isOpen = false
            return state.clients.values.map(\.continuation)
        }
        for continuation in clients { continuation.finish() }
    }
}

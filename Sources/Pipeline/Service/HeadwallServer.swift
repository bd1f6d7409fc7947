internal import Doors
internal import Foundation
internal import Inference
public import Logging
internal import NIOConcurrencyHelpers
internal import Normalization
internal import Polling
internal import ServiceLifecycle
public import Store
internal import UnixSignals
public import Web

/// The whole service: doors, journal, processing, page and outbox, with their life cycle.
public struct HeadwallServer: Sendable {
    /// Ports in use, known once everything listens.
    public struct Addresses: Sendable {
        public var http: Int?
        /// By the name of the listener.
        public var mllp: [String: Int] = [:]
    }

    private let group: ServiceGroup
    private let addresses: BoundAddresses
    /// What the ward page shows.
    public let ward: any WardReading
    private let store: any PersistentStore

    /// Reads tables and models, opens the store, and prepares every service; nothing listens yet.
    /// - Parameter handlesSignals: whether SIGTERM and SIGINT begin the graceful shutdown.
    public init(_ configuration: Configuration, logger: Logger, handlesSignals: Bool) throws(PipelineError) {
        let files = SiteFiles(configuration)
        let site = try Site(files, models: configuration.models.active)
        let parts = try ServiceParts(configuration, site: site, logger: logger)
        addresses = parts.addresses
        ward = parts.board
        store = parts.store
        // Shut down from the last to the first: doors close, then what they took is processed and delivered, then the
        // store closes.
        group = ServiceGroup(
            configuration: .init(
                services: parts.services.map { .init(service: $0) },
                gracefulShutdownSignals: handlesSignals ? [.sigterm, .sigint] : [], logger: logger))
    }

    /// Runs until shut down.
    public func run() async throws {
        // What ends before it listens is not waited for.
        defer { addresses.end() }
        do {
            try await group.run()
        } catch let error as DoorError {
            throw PipelineError(.unavailable, place: error.place, error.reason)
        } catch let error as WebListenError {
            throw PipelineError(.unavailable, place: error.place, error.reason)
        }
    }

    /// Waits until every door listens; `nil` when ``run()`` ended before.
    public func listening() async -> Addresses? {
        await addresses.all()
    }

    /// How much is in the journal and in the outbox.
    public func progress() async throws -> (journal: JournalCounts, outbox: [OutboxCounts]) {
        (try await store.counts(), try await store.outboxCounts())
    }

    public func shutDown() async {
        await group.triggerGracefulShutdown()
    }
}

/// Collects the ports as the doors report them.
final class BoundAddresses: Sendable {
    private struct State {
        var expected: Int
        var hasEnded = false
        var addresses = HeadwallServer.Addresses()
        var waiting: [CheckedContinuation<HeadwallServer.Addresses?, Never>] = []

        /// What whoever waits is told; the inner `nil` when nothing is to come any more.
        var answer: HeadwallServer.Addresses?? {
            if expected <= 0 { return .some(addresses) }
            return hasEnded ? .some(nil) : nil
        }
    }

    private let state: NIOLockedValueBox<State>

    init(expected: Int) {
        state = NIOLockedValueBox(State(expected: expected))
    }

    func report(_ change: (inout HeadwallServer.Addresses) -> Void) {
        answer { state in
            change(&state.addresses)
            state.expected -= 1
        }
    }

    /// Nothing more will be reported.
    func end() {
        answer { $0.hasEnded = true }
    }

    private func answer(after change: (inout State) -> Void) {
        let (waiting, answer) = state.withLockedValue {
            state -> ([CheckedContinuation<HeadwallServer.Addresses?, Never>], HeadwallServer.Addresses?) in
            change(&state)
            guard let answer = state.answer else { return ([], nil) }
            defer { state.waiting = [] }
            return (state.waiting, answer)
        }
        for continuation in waiting { continuation.resume(returning: answer) }
    }

    func all() async -> HeadwallServer.Addresses? {
        await withCheckedContinuation { continuation in
            let known = state.withLockedValue { state -> HeadwallServer.Addresses?? in
                if let answer = state.answer { return .some(answer) }
                state.waiting.append(continuation)
                return nil
            }
            if let known { continuation.resume(returning: known) }
        }
    }
}

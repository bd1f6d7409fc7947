internal import Clinical
internal import Logging
internal import ServiceLifecycle
internal import Store

/// Sends what waits in the outbox for one destination: at least once, in the order of each patient.
struct DeliveryService: Service {
    let destination: Configuration.Destination
    let store: any PersistentStore
    let courier: any Courier
    let decided: Announcements
    let logger: Logger

    func run() async throws {
        let wakes = decided.listen(atLeastEvery: .milliseconds(500))
        for await _ in wakes.cancelOnGracefulShutdown() {
            do {
                while try await deliverDue() {}
            } catch {
                logger.error("outbox cannot be read or written", metadata: ["code": "\(error.code)"])
            }
        }
        await courier.close()
    }

    /// Returns whether anything was delivered, so that there may be more.
    private func deliverDue() async throws(StoreError) -> Bool {
        guard !Task.isShuttingDownGracefully else { return false }
        let due = try await store.due(
            now: ServiceClock.wallNow, destination: destination.name, limit: destination.window * 8)
        guard !due.isEmpty else { return false }
        let results = await courier.deliver(due)
        var delivered: [Int64] = []
        for (delivery, result) in zip(due, results) {
            switch result {
            case .delivered: delivered.append(delivery.id)
            case .refused(let reason): try await giveUp(delivery, reason)
            case .failed(let reason): try await retryLater(delivery, reason)
            }
        }
        if !delivered.isEmpty { try await store.markDelivered(delivered, at: ServiceClock.wallNow) }
        return !delivered.isEmpty
    }

    private func retryLater(_ delivery: Delivery, _ reason: String) async throws(StoreError) {
        let attempts = delivery.attempts + 1
        guard attempts < destination.maximumAttempts else { return try await giveUp(delivery, reason) }
        let wait = Self.backoff(attempts: attempts, first: destination.firstRetry, longest: destination.longestRetry)
        try await store.markFailed(
            delivery.id, attempts: attempts, nextAttempt: ServiceClock.wallNow.adding(milliseconds: wait), reason: reason)
        logger.warning(
            "delivery failed",
            metadata: [
                "destination": "\(destination.name)", "delivery": "\(delivery.id)", "attempts": "\(attempts)",
                "reason": "\(reason)",
            ])
    }

    private func giveUp(_ delivery: Delivery, _ reason: String) async throws(StoreError) {
        try await store.markDead(delivery.id, attempts: delivery.attempts + 1, reason: reason)
        logger.error(
            "delivery given up",
            metadata: ["destination": "\(destination.name)", "delivery": "\(delivery.id)", "reason": "\(reason)"])
    }

    /// Doubles from the first wait to the longest, in milliseconds.
    static func backoff(attempts: Int, first: Duration, longest: Duration) -> Int64 {
        let doublings = min(max(attempts - 1, 0), 30)
        let (product, overflow) = first.milliseconds.multipliedReportingOverflow(by: 1 << Int64(doublings))
        return overflow ? longest.milliseconds : min(product, longest.milliseconds)
    }
}

/// Carries deliveries to a destination.
protocol Courier: Sendable {
    /// One result a delivery, in order. Each is for another patient.
    func deliver(_ deliveries: [Delivery]) async -> [CourierResult]
    func close() async
}

enum CourierResult: Sendable, Equatable {
    case delivered
    /// Worth another attempt; the reason holds no patient data.
    case failed(String)
    /// The destination will never take it.
    case refused(String)
}

extension Duration {
    /// Whole milliseconds.
    var milliseconds: Int64 {
        components.seconds &* 1000 &+ components.attoseconds / 1_000_000_000_000_000
    }
}

extension Instant {
    func adding(milliseconds: Int64) -> Instant {
        let (sum, overflow) = microseconds.addingReportingOverflow(
            milliseconds.multipliedReportingOverflow(by: 1000).partialValue)
        return overflow ? .distantFuture : Instant(microseconds: sum)
    }
}

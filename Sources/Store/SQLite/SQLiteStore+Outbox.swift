public import Clinical

extension SQLiteStore {
    public func due(now: Instant, destination: String, limit: Int) async throws(StoreError) -> [Delivery] {
        try await read("outbox.due") { reader in
            guard let id = try reader.findTerm(destination) else { return [] }
            return try reader.statement(.due).bind(id).bind(now.microseconds).bind(limit)
                .all { try OutboxRows.delivery($0, reader) }
        }
    }

    public func nextDue(destination: String) async throws(StoreError) -> Instant? {
        try await read("outbox.next") { reader in
            guard let id = try reader.findTerm(destination) else { return nil }
            let next = try reader.statement(.nextDue).bind(id).first { $0.optionalInt64(0) } ?? nil
            return next.map { Instant(microseconds: $0) }
        }
    }

    public func markDelivered(_ ids: [Int64], at time: Instant) async throws(StoreError) {
        if ids.isEmpty { return }
        try await writer.write("outbox.delivered", messages: ids.count) { writer in
            for id in ids { try OutboxRows.finish(id, at: time, writer) }
        }
    }

    public func markFailed(
        _ id: Int64, attempts: Int, nextAttempt: Instant, reason: String
    ) async throws(StoreError) {
        try await writer.write("outbox.failed") { writer in
            try writer.statement(.delayDelivery).bind(attempts).bind(nextAttempt.microseconds).bind(reason).bind(id).run()
        }
    }

    public func markDead(_ id: Int64, attempts: Int, reason: String) async throws(StoreError) {
        try await writer.write("outbox.dead") { try OutboxRows.giveUp(id, attempts: attempts, reason: reason, $0) }
    }

    public func deadLetters(after id: Int64, limit: Int) async throws(StoreError) -> [Delivery] {
        try await read("outbox.dead") { reader in
            try reader.statement(.deadLetters).bind(id).bind(limit).all { try OutboxRows.delivery($0, reader) }
        }
    }

    public func waitingDeliveries(after id: Int64, limit: Int) async throws(StoreError) -> [Delivery] {
        try await read("outbox.waiting") { reader in
            try reader.statement(.waitingDeliveries).bind(id).bind(limit).all { try OutboxRows.delivery($0, reader) }
        }
    }

    @discardableResult
    public func requeue(_ id: Int64, at time: Instant) async throws(StoreError) -> Bool {
        try await writer.write("outbox.requeue") { try OutboxRows.revive(id, at: time, $0) }
    }

    public func outboxCounts() async throws(StoreError) -> [OutboxCounts] {
        try await read("outbox.counts") { try OutboxRows.counts($0) }
    }
}

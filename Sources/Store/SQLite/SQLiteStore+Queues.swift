public import Clinical

extension SQLiteStore {
    public func unmappedQueue(limit: Int) async throws(StoreError) -> [UnmappedItem] {
        try await read("queue.unmapped") { reader in
            try reader.statement(.unmapped).bind(limit).all { try QueueRows.unmapped($0, reader) }
        }
    }

    public func unmappedItem(_ id: Int64) async throws(StoreError) -> UnmappedItem? {
        try await read("queue.unmapped") { reader in
            try reader.statement(.unmappedItem).bind(id).first { try QueueRows.unmapped($0, reader) }
        }
    }

    public func waiting(source: String, code: Code) async throws(StoreError) -> WaitingMessages {
        let limit = configuration.unmappedWaiting
        return try await read("queue.waiting") { try QueueRows.waiting(source, code, limit: limit, $0) }
    }

    public func unmappedOverflow() async throws(StoreError) -> Int64 {
        try await read("queue.unmapped") { reader in
            try reader.statement(.tally).bind(Tally.unmappedOverflow.rawValue).bind(0).first { $0.int64(0) } ?? 0
        }
    }

    public func quarantine(after id: Int64, limit: Int) async throws(StoreError) -> [QuarantinedEntry] {
        try await read("queue.quarantine") { reader in
            try reader.statement(.quarantine).bind(id).bind(limit).all { try QueueRows.quarantined($0, reader) }
        }
    }

    public func quarantined(_ id: Int64) async throws(StoreError) -> QuarantinedEntry? {
        guard id > .min else { return nil }
        let next = try await quarantine(after: id - 1, limit: 1).first
        return next?.journalID == id ? next : nil
    }

    @discardableResult
    public func requeueQuarantined(_ id: Int64) async throws(StoreError) -> Bool {
        try await writer.write("queue.requeue") { try QueueRows.requeue(id, $0) }
    }

    public func issues(of id: Int64) async throws(StoreError) -> [Issue] {
        try await read("queue.issues") { reader in
            try reader.statement(.issues).bind(id).all { try QueueRows.issue($0, from: 0) }
        }
    }

    public func cursor(_ name: String) async throws(StoreError) -> String? {
        try await read("cursor.get") { try $0.statement(.cursor).bind(name).first { $0.text(0) } }
    }

    public func cursors(withPrefix prefix: String) async throws(StoreError) -> [String: String] {
        let rows = try await read("cursor.list") { reader in
            // U+10FFFF sorts after everything that a name holds.
            try reader.statement(.cursors).bind(prefix).bind(prefix + "\u{10FFFF}").all { ($0.text(0), $0.text(1)) }
        }
        return Dictionary(rows) { first, _ in first }
    }

    public func setCursor(_ name: String, to value: String) async throws(StoreError) {
        try await writer.write("cursor.set") { try $0.statement(.setCursor).bind(name).bind(value).run() }
    }

    @discardableResult
    public func appendFeedback(_ feedback: NewFeedback) async throws(StoreError) -> Int64 {
        try await writer.write("feedback.append") { writer in
            try writer.statement(.insertFeedback).bind(feedback.service).bind(feedback.received.microseconds)
                .bind(feedback.body).run()
            return writer.lastInsertedID
        }
    }

    public func feedback(after id: Int64, limit: Int) async throws(StoreError) -> [Feedback] {
        try await read("feedback.list") { reader in
            try reader.statement(.feedback).bind(id).bind(limit).all { row in
                Feedback(
                    id: row.int64(0),
                    feedback: NewFeedback(
                        service: row.text(1), received: Instant(microseconds: row.int64(2)), body: row.bytes(3)))
            }
        }
    }
}

extension SQLiteStore {
    public func append(_ entries: [NewEntry]) async throws(StoreError) -> [JournalReceipt] {
        if entries.isEmpty { return [] }
        return try await writer.write("journal.append", messages: entries.count, isCritical: true) { writer in
            try entries.map { try JournalRows.append($0, writer) }
        }
    }

    public func pending(after id: Int64, limit: Int) async throws(StoreError) -> [JournalEntry] {
        try await read("journal.pending") { reader in
            try reader.statement(.pendingEntries).bind(id).bind(limit).all { try JournalRows.entry($0, reader) }
        }
    }

    public func entry(_ id: Int64) async throws(StoreError) -> JournalEntry? {
        try await read("journal.entry") { reader in
            try reader.statement(.entry).bind(id).first { try JournalRows.entry($0, reader) }
        }
    }

    public func entries(
        _ filter: JournalFilter, after id: Int64, limit: Int
    ) async throws(StoreError) -> [JournalEntry] {
        try await read("journal.entries") { try JournalRows.entries(filter, after: id, limit: limit, $0) }
    }

    public func tableChanges() async throws(StoreError) -> [JournalEntry] {
        try await read("journal.tables") { reader in
            try reader.statement(.tableChanges).all { try JournalRows.entry($0, reader) }
        }
    }

    public func counts() async throws(StoreError) -> JournalCounts {
        try await read("journal.counts") { try JournalRows.counts($0) }
    }
}

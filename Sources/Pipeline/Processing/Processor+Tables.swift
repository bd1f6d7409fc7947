internal import Clinical
internal import Logging
internal import Normalization
internal import Store
internal import Terminology

extension Processor {
    /// Issue of a change of tables that is not carried out.
    static let refusedChange = 1506

    /// Entries up to a change of tables, or the change alone: what follows it is read by other tables.
    static func untilTablesChange(_ pending: [JournalEntry]) -> [JournalEntry] {
        if let first = pending.first, first.format == .mappings { return [first] }
        return Array(pending.prefix { $0.format != .mappings })
    }

    /// Puts the tables to use that the journal says, up to the last change that was processed.
    func restoreTables() async throws(StoreError) {
        do {
            try tables.use(try await changes())
        } catch let refusal as TablesInUse.Refusal {
            // Reading on by other tables would give values that the journal does not say.
            logger.critical("approved tables cannot be read", metadata: ["reason": "\(refusal.reason)"])
            throw StoreError(.unreadableRow, operation: "tables.restore", reason: refusal.reason)
        } catch let error as StoreError {
            throw error
        } catch {
            throw StoreError(.other, operation: "tables.restore")
        }
        await adopt(tables.current)
        for title in tables.current.terminology.idleReleases {
            logger.warning("approved table not in use: it supersedes another version", metadata: ["table": "\(title)"])
        }
    }

    /// What else depends on the tables in use.
    private func adopt(_ current: TablesInUse.Current) async {
        drift.watch(current.terminology)
        let others = current.otherTables(than: models)
        await ward.use(otherTables: others)
        for (model, names) in others.sorted(by: { $0.key < $1.key }) {
            logger.warning(
                "model scored with other tables than it was trained with",
                metadata: ["model": "\(model)", "tables": "\(names.joined(separator: ", "))"])
        }
    }

    private func changes() async throws(StoreError) -> [TableChange] {
        try await store.tableChanges().filter { $0.state == .processed }.compactMap { TableChange($0.bytes) }
    }

    /// Puts an approved table to use and reads what waited for it.
    func changeTables(_ entry: JournalEntry) async throws(StoreError) -> ([ProcessedEntry], Set<PatientKey>) {
        let before = tables.current
        func refused(_ reason: String) -> ([ProcessedEntry], Set<PatientKey>) {
            logger.error("change of tables refused", metadata: ["journal": "\(entry.id)", "reason": "\(reason)"])
            let issue = Issue(.error, code: Self.refusedChange, place: "table", reason)
            return ([ProcessedEntry(journalID: entry.id, outcome: .quarantined(issue), issues: [issue])], [])
        }
        guard let change = TableChange(entry.bytes) else { return refused("The entry does not say which table is meant.") }
        do throws(TablesInUse.Refusal) {
            try tables.add(change, after: try await earlierChanges())
        } catch {
            return refused(error.reason)
        }
        var late = LateResults(
            change, known: entry.received, before: before.normalizer, after: tables.current.normalizer,
            directory: directory)
        try await readWaiting(change, before: entry.id, into: &late)
        late.finish()
        await adopt(tables.current)
        let normalized = NormalizedEntry(events: late.events, tables: tables.current.generation)
        for key in await ward.absent([normalized]) { try await load(key) }
        var (processed, changed) = await ward.apply([(entry.id, entry.received, normalized)])
        for index in processed.indices {
            processed[index].resolved = late.resolved
            processed[index].restated = late.restated
        }
        logger.notice(
            "tables changed",
            metadata: [
                "journal": "\(entry.id)", "table": "\(change.table)", "messages": "\(late.messages)",
                "values": "\(late.events.count)",
            ])
        return (processed, changed)
    }

    private func earlierChanges() async throws(TablesInUse.Refusal) -> [TableChange] {
        do {
            return try await changes()
        } catch {
            throw TablesInUse.Refusal("The journal cannot be read.")
        }
    }

    private func readWaiting(_ change: TableChange, before id: Int64, into late: inout LateResults) async throws(StoreError)
    {
        let waiting = try await store.waiting(source: change.source, code: change.code)
        guard let first = waiting.journalIDs.first else { return }
        guard !waiting.isComplete else {
            for number in waiting.journalIDs {
                if let entry = try await store.entry(number), entry.state == .processed { late.read(entry) }
            }
            return
        }
        var last = first - 1
        while true {
            let page = try await store.entries(
                JournalFilter(ids: first...max(first, id - 1), source: change.source, state: .processed), after: last,
                limit: 500)
            guard let newest = page.last else { return }
            last = newest.id
            for entry in page where entry.format != .mappings { late.read(entry) }
        }
    }
}

internal import Clinical
internal import Inference
internal import Logging
internal import Normalization
internal import ServiceLifecycle
internal import Store
internal import Timeline

/// Takes entries from the journal in order and turns them into findings, decisions and deliveries.
///
/// The journal is its queue: an entry leaves the pending state in the same transaction that stores what came of it, so
/// a crash at any moment repeats work but never its effect.
struct Processor: Service {
    let store: any PersistentStore
    let tables: TablesInUse
    let directory: PatientDirectory
    let handoff: Handoff
    /// Something was put into the journal.
    let arrived: Announcements
    /// Something was put into the outbox.
    let decided: Announcements
    let ward: LiveWard
    let models: [ModelPackage]
    let board: WardBoard
    let clock: ServiceClock
    let drift: DriftWatch
    /// How often inputs that grow old are looked at.
    let rescoreInterval: Duration
    let logger: Logger
    /// Entries taken at once.
    var batchSize = 256

    func run() async throws {
        try await restore()
        let wakes = arrived.listen(atLeastEvery: .seconds(1))
        await drain()
        var rescored = ContinuousClock.now
        for await _ in wakes.cancelOnGracefulShutdown() {
            await drain()
            // Recorded traffic has no common now: its ages are those of each message's own time.
            if clock.kind == .wall, ContinuousClock.now - rescored >= rescoreInterval {
                rescored = .now
                await rescore()
            }
        }
        // Doors are closed by now; what they committed last is still to be processed.
        await drain()
    }

    /// Brings the memory to what the store holds.
    private func restore() async throws(StoreError) {
        try await restoreTables()
        try await directory.load(from: store)
        let patients = try await store.patients()
        let merges = try await store.merges()
        await ward.reset(stored: Set(patients.map(\.key) + merges.map(\.retired)), merges: merges)
        for encounter in try await store.currentEncounters() {
            let key = try await store.resolve(encounter.patient)
            try await load(key)
            await ward.letGo(key)
        }
        for patient in await ward.patients.values { clock.resume(at: patient.newestKnown) }
        await board.publish(Set(ward.patients.keys))
    }

    func load(_ key: PatientKey) async throws(StoreError) {
        var patient = LivePatient(key: key)
        if let record = try await store.patient(key) { patient.update(record) }
        for encounter in try await store.encounters(of: key).sorted(by: { $0.known < $1.known }) {
            patient.update(encounter)
        }
        for finding in try await store.findings(of: key) {
            patient.timeline.record(finding)
            patient.newestKnown = max(patient.newestKnown, finding.known)
        }
        var predictions: [Decision] = []
        for decision in try await store.decisions(of: key, model: nil, limit: 40).reversed() {
            patient.remember(decision)
            if models.contains(where: { $0.reference.digest == decision.model.digest }) { predictions.append(decision) }
        }
        await ward.install(patient, predictions: predictions)
    }

    /// Entries that are read and normalised, on their way to the patients.
    private struct Batch: Sendable {
        /// Number of the last entry.
        var newest: Int64
        /// Set where the batch is a change of tables and nothing else.
        var change: JournalEntry?
        var ready: [(id: Int64, received: Instant, entry: NormalizedEntry)] = []
        var refused: [ProcessedEntry] = []
    }

    /// Batches whose results may wait for the store while the next ones are scored.
    private static let mostCommitting = 3

    /// Processes until nothing is pending. While a batch is scored the next one is read and normalised, and what came of the
    /// last ones is committed: each of them alone would leave a processor idle, and so would waiting for a disk.
    private func drain() async {
        var reading = read(after: 0)
        var committing: [Task<Bool, Never>] = []
        do throws(StoreError) {
            while let batch = try await reading.value.get() {
                // What follows a change of tables is read by other tables.
                if batch.change == nil { reading = read(after: batch.newest) }
                let (processed, changed): ([ProcessedEntry], Set<PatientKey>)
                if let change = batch.change {
                    // What waits for the change is read from the store: everything before it must be there.
                    try await finish(&committing)
                    (processed, changed) = try await changeTables(change)
                    reading = read(after: batch.newest)
                } else {
                    (processed, changed) = try await apply(batch, &committing)
                }
                committing.append(
                    Task { [before = committing.last] in
                        if await before?.value == false { return false }
                        return await commit(processed, changed)
                    })
                try await finish(&committing, downTo: Self.mostCommitting - 1)
            }
            try await finish(&committing)
        } catch {
            for task in committing { _ = await task.value }
            _ = await reading.value
            await recover(from: error)
        }
    }

    /// Waits until no more than `count` batches are on their way to the store.
    private func finish(_ committing: inout [Task<Bool, Never>], downTo count: Int = 0) async throws(StoreError) {
        while committing.count > count {
            guard await committing.removeFirst().value else { throw StoreError(.refused, operation: "clinical.commit") }
        }
    }

    /// Reads and normalises the entries after one, up to a change of tables; `nil` when none is pending.
    private func read(after last: Int64) -> Task<Result<Batch?, StoreError>, Never> {
        Task {
            do throws(StoreError) {
                let pending = Self.untilTablesChange(try await store.pending(after: last, limit: batchSize))
                guard let newest = pending.last else { return .success(nil) }
                if newest.format == .mappings { return .success(Batch(newest: newest.id, change: newest)) }
                return .success(await batch(pending, newest: newest.id))
            } catch {
                return .failure(error)
            }
        }
    }

    private func batch(_ pending: [JournalEntry], newest: Int64) async -> Batch {
        var batch = Batch(newest: newest)
        batch.ready.reserveCapacity(pending.count)
        for (entry, result) in zip(pending, await normalized(pending)) {
            switch result {
            case .success(let normalized):
                batch.ready.append((entry.id, entry.received, normalized))
            case .failure(let error):
                let cause =
                    error.issues.first ?? Issue(.error, code: 207, place: "message", "The message cannot be processed.")
                batch.refused.append(
                    ProcessedEntry(journalID: entry.id, outcome: .quarantined(cause), issues: error.issues))
                logger.notice(
                    "message quarantined",
                    metadata: ["journal": "\(entry.id)", "code": "\(cause.code)", "place": "\(cause.place)"])
            }
        }
        return batch
    }

    private func rescore() async {
        let (decisions, deliveries, changed) = await ward.rescore(at: clock.now)
        guard !decisions.isEmpty || !deliveries.isEmpty else { return }
        do {
            try await store.record(decisions: decisions, deliveries: deliveries)
            if !deliveries.isEmpty { decided.announce() }
            await board.publish(changed)
        } catch {
            await recover(from: error)
        }
    }

    /// - Parameter committing: what came of the entries before, which may not be in the store yet.
    private func apply(
        _ batch: Batch, _ committing: inout [Task<Bool, Never>]
    ) async throws(StoreError) -> ([ProcessedEntry], Set<PatientKey>) {
        let absent = await ward.absent(batch.ready.map(\.entry))
        if !absent.isEmpty {
            // What was said of them last may still be on its way to the store.
            try await finish(&committing)
            for key in absent { try await load(key) }
        }
        var (processed, changed) = await ward.apply(batch.ready)
        processed.append(contentsOf: batch.refused)
        return (processed, changed)
    }

    /// Entries of a share that is normalised by one task.
    private static let share = 16

    /// The entries in their form for the timeline: from the doors where they are still there, otherwise made again, on all
    /// processors.
    private func normalized(_ entries: [JournalEntry]) async -> [Result<NormalizedEntry, NormalizationError>] {
        let tables = tables.current
        return await withTaskGroup(of: (Int, [Result<NormalizedEntry, NormalizationError>]).self) { group in
            var parts: [[Result<NormalizedEntry, NormalizationError>]] = []
            for start in stride(from: 0, to: entries.count, by: Self.share) {
                let (part, place) = (entries[start..<min(entries.count, start + Self.share)], parts.count)
                parts.append([])
                group.addTask { (place, part.map { normalized($0, by: tables) }) }
            }
            for await (place, part) in group { parts[place] = part }
            return parts.flatMap { $0 }
        }
    }

    private func normalized(
        _ entry: JournalEntry, by tables: TablesInUse.Current
    ) -> Result<NormalizedEntry, NormalizationError> {
        var ready: NormalizedEntry
        // A door may have read it by tables that are not in use any more.
        if let taken = handoff.take(entry.id), taken.tables == tables.generation {
            ready = taken
        } else {
            do {
                ready = NormalizedEntry(
                    try tables.normalizer.normalize(
                        entry.message, knownPatient: directory.lookup(source: entry.source), writesBundle: false))
            } catch {
                return .failure(error)
            }
        }
        ready.stamp(journalID: entry.id, received: entry.received)
        return .success(ready)
    }

    private func commit(_ processed: [ProcessedEntry], _ changed: Set<PatientKey>) async -> Bool {
        do {
            try await store.commit(processed)
            for entry in processed { drift.add(entry.events) }
            if processed.contains(where: { !$0.deliveries.isEmpty }) { decided.announce() }
            await board.publish(changed)
            return true
        } catch {
            logger.error("results cannot be stored", metadata: ["code": "\(error.code)", "entries": "\(processed.count)"])
            return false
        }
    }

    /// After a failed commit the memory is ahead of the store: start again from what is stored.
    private func recover(from error: StoreError) async {
        logger.error("processing stopped, will be tried again", metadata: ["code": "\(error.code)"])
        try? await Task.sleep(for: .seconds(1))
        do {
            try await store.probe()
            try await restore()
        } catch {
            logger.error("store still failing", metadata: ["code": "\(error.code)"])
        }
    }
}

/// The service group describes its services when it starts, and would go through every table and tree.
extension Processor: CustomStringConvertible {
    var description: String { "Processor" }
}

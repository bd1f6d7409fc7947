internal import Clinical
internal import Inference
internal import Store
internal import Timeline

/// The patients in memory. Only the processor changes them; the ward page reads them.
actor LiveWard {
    private(set) var patients: [PatientKey: LivePatient] = [:]
    /// Surviving key by retired key.
    private var survivors: [PatientKey: PatientKey] = [:]
    /// Keys that the store has rows for.
    private var stored: Set<PatientKey> = []
    private var cache: PredictionCache
    private var step: UInt64 = 0
    private var scoring: Scoring
    private let capacity: Int
    private let cachedPredictions: Int
    private static let thread = BackgroundThread(name: "scoring")

    nonisolated var unownedExecutor: UnownedSerialExecutor { Self.thread.asUnownedSerialExecutor() }

    init(scoring: Scoring, capacity: Int, cachedPredictions: Int) {
        self.scoring = scoring
        self.capacity = capacity
        self.cachedPredictions = cachedPredictions
        cache = PredictionCache(capacity: cachedPredictions)
    }

    var cacheStatistics: (hits: Int, misses: Int) { (cache.hits, cache.misses) }

    /// How much is in memory.
    var size: (patients: Int, findings: Int) {
        (patients.count, patients.values.reduce(0) { $0 + $1.timeline.findingCount })
    }

    /// How many present patients a trained model answers for, and which inputs are to blame where it does not or where the
    /// patient is unlike those it was trained on.
    func applicability() -> [ApplicabilityKey: Int] {
        var counts: [ApplicabilityKey: Int] = [:]
        for patient in patients.values where !patient.isDischarged {
            for model in scoring.models {
                guard let decision = patient.latest[model.reference.name],
                    let found = model.applicability(inputs: decision.inputs)
                else { continue }
                counts[ApplicabilityKey(model: model.reference.name, found), default: 0] += 1
            }
        }
        return counts
    }

    /// - Parameter otherTables: names of models, with the pinned tables that are not in use.
    func use(otherTables: [String: [String]]) {
        scoring.otherTables = otherTables
    }

    /// Starts from what the store holds; forgets everything in memory.
    func reset(stored: Set<PatientKey>, merges: [PatientMerge]) {
        patients = [:]
        survivors = [:]
        cache = PredictionCache(capacity: cachedPredictions)
        self.stored = stored
        for merge in merges { survivors[merge.retired] = merge.surviving }
    }

    /// The key that stands for a patient after all merges.
    func survivor(of key: PatientKey) -> PatientKey {
        var current = key
        // A chain of merges is short; the bound only guards against a cycle in the data.
        for _ in 0..<64 {
            guard let next = survivors[current] else { return current }
            current = next
        }
        return current
    }

    /// Patients of these entries that are in the store and not in memory.
    func absent(_ entries: [NormalizedEntry]) -> Set<PatientKey> {
        var absent: Set<PatientKey> = []
        for event in entries.lazy.flatMap(\.events) {
            var keys = [event.patient]
            if case .merge(let retired, _, _) = event { keys.append(retired) }
            for key in keys.map(survivor) where patients[key] == nil && stored.contains(key) { absent.insert(key) }
        }
        return absent
    }

    func install(_ patient: LivePatient, predictions: [Decision]) {
        patients[patient.key] = patient
        for decision in predictions { cache.insert(decision, for: decision.id) }
    }

    /// Applies entries in order and scores the patients they concern.
    func apply(_ entries: [(id: Int64, received: Instant, entry: NormalizedEntry)]) -> (
        processed: [ProcessedEntry], changed: Set<PatientKey>
    ) {
        var processed: [ProcessedEntry] = []
        processed.reserveCapacity(entries.count)
        var changed: Set<PatientKey> = []
        for (id, received, entry) in entries {
            var result = ProcessedEntry(journalID: id, events: entry.events, unmapped: entry.unmapped, issues: entry.issues)
            var concerned: [PatientKey] = []
            for event in entry.events {
                let key = apply(event, received: received)
                changed.insert(key)
                if scoring.concerns(event), !concerned.contains(key) { concerned.append(key) }
            }
            for key in concerned {
                guard var patient = patients.removeValue(forKey: key) else { continue }
                let (decisions, deliveries) = scoring.score(&patient, at: received, trigger: id, cache: &cache)
                result.decisions += decisions
                result.deliveries += deliveries
                patients[key] = patient
            }
            processed.append(result)
        }
        evict()
        return (processed, changed)
    }

    /// Scores every present patient again as of a moment: inputs grow old without any message saying so.
    func rescore(at moment: Instant) -> (decisions: [Decision], deliveries: [NewDelivery], changed: Set<PatientKey>) {
        var decisions: [Decision] = []
        var deliveries: [NewDelivery] = []
        var changed: Set<PatientKey> = []
        for (key, before) in patients where !before.isDischarged && !before.latest.isEmpty {
            var patient = before
            let (made, sent) = scoring.score(&patient, at: moment, trigger: 0, cache: &cache)
            guard patient.latest != before.latest else { continue }
            decisions += made
            deliveries += sent
            changed.insert(key)
            patients[key] = patient
        }
        return (decisions, deliveries, changed)
    }

    /// Returns the patient that the event is about.
    private func apply(_ event: ClinicalEvent, received: Instant) -> PatientKey {
        step += 1
        if case .merge(let retired, let surviving, let known) = event {
            merge(survivor(of: retired), into: survivor(of: surviving), known: known)
        }
        let key = survivor(of: event.patient)
        stored.insert(key)
        patients[key, default: LivePatient(key: key)].receive(event, at: received, step: step)
        return key
    }

    private func merge(_ retired: PatientKey, into surviving: PatientKey, known: Instant) {
        guard retired != surviving else { return }
        survivors[retired] = surviving
        stored.insert(retired)
        if let old = patients.removeValue(forKey: retired) {
            patients[surviving, default: LivePatient(key: surviving)].absorb(old, known: known)
        }
    }

    /// Keeps memory bounded: discharged patients go first, then those not heard of for longest.
    private func evict() {
        guard patients.count > capacity else { return }
        let order = patients.values.sorted {
            ($0.isDischarged ? 0 : 1, $0.touched) < ($1.isDischarged ? 0 : 1, $1.touched)
        }
        for patient in order.prefix(patients.count - capacity + capacity / 10) { patients[patient.key] = nil }
    }
}

extension LivePatient {
    mutating func receive(_ event: ClinicalEvent, at received: Instant, step: UInt64) {
        touched = step
        newestKnown = max(newestKnown, received)
        switch event {
        case .patient(let newer): update(newer)
        case .encounter(let newer): update(newer)
        case .finding(let finding): timeline.record(finding)
        case .merge: break
        }
    }
}

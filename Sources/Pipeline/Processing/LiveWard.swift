internal import Clinical
internal import Inference
internal import Store
internal import Timeline

/// The patients in memory. Only the processor changes them; the ward page reads them.
actor LiveWard {
    private(set) var patients = PatientTable()
    /// Surviving key by retired key.
    private var survivors: [PatientKey: PatientKey] = [:]
    /// Keys that the store has rows for.
    private var stored: Set<PatientKey> = []
    private var cache: PredictionCache
    private var step: UInt64 = 0
    private var scoring: Scoring
    private let limits: WardLimits
    /// Versions of findings in memory.
    private var findings = 0
    private let team: BackgroundTeam
    private static let thread = BackgroundThread(name: "scoring")

    nonisolated var unownedExecutor: UnownedSerialExecutor { Self.thread.asUnownedSerialExecutor() }

    init(scoring: Scoring, limits: WardLimits, team: BackgroundTeam = BackgroundTeam()) {
        self.scoring = scoring
        self.limits = limits
        self.team = team
        cache = PredictionCache(capacity: limits.cachedPredictions)
    }

    var cacheStatistics: (hits: Int, misses: Int) { (cache.hits, cache.misses) }

    func patient(_ key: PatientKey) -> LivePatient? { patients[key] }

    /// How much is in memory.
    var size: (patients: Int, findings: Int) {
        (patients.count, patients.values.reduce(0) { $0 + $1.timeline.findingCount })
    }

    /// How many present patients a trained model answers for, and which inputs are to blame where it does not or where the
    /// patient is unlike those it was trained on.
    func applicability() -> [ApplicabilityKey: Int] {
        var counts: [ApplicabilityKey: Int] = [:]
        for place in patients.values.indices where !patients[place: place].isDischarged {
            for model in scoring.models where model.kind == .ensemble {
                guard let decision = patients[place: place].latest[model.reference.name],
                    let found = model.applicability(of: decision)
                else { continue }
                counts[ApplicabilityKey(model: model.reference.name, found), default: 0] += 1
            }
        }
        return counts
    }

    /// - Parameter otherTables: names of models, with the pinned tables that are not in use.
    func use(otherTables: [String: [String]]) {
        scoring = Scoring(scoring, otherTables: otherTables)
    }

    /// Starts from what the store holds; forgets everything in memory.
    func reset(stored: Set<PatientKey>, merges: [PatientMerge]) {
        patients = PatientTable()
        survivors = [:]
        cache = PredictionCache(capacity: limits.cachedPredictions)
        findings = 0
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

    /// Patients that have to be read from the store before these entries are applied: they are not in memory, or not all
    /// that the entries are about is.
    func absent(_ entries: [NormalizedEntry]) -> Set<PatientKey> {
        var absent: Set<PatientKey> = []
        // Most events of an entry are about one patient.
        var settled: PatientKey?
        for entry in entries {
            for index in entry.events.indices where entry.events[index].patient != settled || entry.events[index].isMerge {
                switch entry.events[index] {
                case .finding(let finding):
                    if require(finding.patient, &absent, { !$0.needsWhole(for: finding) }) { settled = finding.patient }
                case .merge(let retired, let surviving, _):
                    for key in [retired, surviving] { require(key, &absent) { $0.isWhole } }
                case .patient(let record): require(record.key, &absent) { _ in true }
                case .encounter(let record): require(record.patient, &absent) { _ in true }
                }
            }
        }
        return absent
    }

    /// - Returns: whether nothing more can be required of the patient.
    @discardableResult
    private func require(
        _ key: PatientKey, _ absent: inout Set<PatientKey>, _ isEnough: (PatientTimeline) -> Bool
    ) -> Bool {
        let key = survivor(of: key)
        guard let place = patients.place(of: key) else {
            if stored.contains(key) { absent.insert(key) }
            return true
        }
        if !isEnough(patients[place: place].timeline) { absent.insert(key) }
        return patients[place: place].timeline.isWhole
    }

    func install(_ patient: LivePatient, predictions: [Decision]) {
        var patient = patient
        if let known = patients[patient.key] {
            findings -= known.timeline.versionCount
            patient.touched = known.touched
        }
        findings += patient.timeline.versionCount
        patients.insert(patient)
        for decision in predictions { cache.insert(decision, for: decision.id) }
    }

    /// A question of an entry, with what its answer needs of the patient as they were then.
    private struct Asked {
        let question: Scoring.Question
        /// Position of the entry among those that are applied.
        let entry: Int
        /// Who it is, for what is delivered.
        let record: PatientRecord
        let trigger: Int64
    }

    /// Applies entries in order and scores the patients they concern.
    ///
    /// Inputs are read one entry after the other, each as of its own moment; the models answer for many of them at once, on
    /// all processors; what follows from the answers is again in the order of the entries. The result is that of one after
    /// the other.
    func apply(_ entries: [(id: Int64, received: Instant, entry: NormalizedEntry)]) -> (
        processed: [ProcessedEntry], changed: Set<PatientKey>
    ) {
        var processed: [ProcessedEntry] = []
        processed.reserveCapacity(entries.count)
        var changed: Set<PatientKey> = []
        var asked: [Asked] = []
        for (id, received, entry) in entries {
            var concerned: [PatientKey] = []
            var (last, place): (PatientKey?, Place?) = (nil, nil)
            for event in entry.events {
                // A merge takes a patient away: what was asked about them is answered first.
                if event.isMerge { answer(&asked, &processed) }
                let key = apply(event, received: received, &place)
                if key != last { changed.insert(key) }
                last = key
                if scoring.concerns(event), !concerned.contains(key) { concerned.append(key) }
            }
            processed.append(
                ProcessedEntry(journalID: id, events: entry.events, unmapped: entry.unmapped, issues: entry.issues))
            for key in concerned { ask(key, at: received, entry: processed.count - 1, trigger: id, &asked) }
        }
        answer(&asked, &processed)
        for key in changed { letGo(key) }
        evict()
        return (processed, changed)
    }

    private func ask(_ key: PatientKey, at moment: Instant, entry: Int, trigger: Int64, _ asked: inout [Asked]) {
        guard let place = patients.place(of: key) else { return }
        let record = patients[place: place].record
        for question in scoring.questions(&patients[place: place], at: moment) {
            asked.append(Asked(question: question, entry: entry, record: record, trigger: trigger))
        }
    }

    /// Answers all that was asked, each id once, and lets the answers follow in the order of the questions.
    private func answer(_ asked: inout [Asked], _ processed: inout [ProcessedEntry]) {
        guard !asked.isEmpty else { return }
        var known: [String: Decision] = [:]
        known.reserveCapacity(asked.count)
        /// How often each open question was asked again.
        var repeats: [String: Int] = [:]
        repeats.reserveCapacity(asked.count)
        var open: [Scoring.Question] = []
        for question in asked.lazy.map(\.question) where known[question.id] == nil {
            if let count = repeats[question.id] {
                repeats[question.id] = count + 1
            } else if let found = cache.find(question.id) {
                known[question.id] = found
            } else {
                repeats[question.id] = 0
                open.append(question)
            }
        }
        for decision in team.map(open, { [scoring] in scoring.answers($0) }) {
            cache.made(decision, askedAgain: repeats[decision.id] ?? 0)
            known[decision.id] = decision
        }
        for asked in asked {
            guard var decision = known[asked.question.id], let place = patients.place(of: asked.question.patient) else {
                continue
            }
            // Inputs that held before hold again (a result was withdrawn): the answer is known, its moment is now.
            decision.asOf = AsOf(asked.question.moment)
            let before = patients[place: place].remember(decision)
            processed[asked.entry].deliveries += scoring.deliveries(
                of: decision, after: before, patient: asked.record, trigger: asked.trigger)
            processed[asked.entry].decisions.append(decision)
        }
        asked = []
    }

    /// Scores every present patient again as of a moment: inputs grow old without any message saying so.
    func rescore(at moment: Instant) -> (decisions: [Decision], deliveries: [NewDelivery], changed: Set<PatientKey>) {
        var asked: [Asked] = []
        let present = patients.values.filter { !$0.isDischarged && !$0.latest.isEmpty }.map(\.key)
        for key in present {
            ask(key, at: moment, entry: 0, trigger: 0, &asked)
        }
        let changed = Set(asked.map(\.question.patient))
        var processed = [ProcessedEntry(journalID: 0)]
        answer(&asked, &processed)
        return (processed[0].decisions, processed[0].deliveries, changed)
    }

    /// Where the patient of the last event is, who is mostly that of the next one too.
    private struct Place {
        let patient: PatientKey
        let survivor: PatientKey
        let place: Int
    }

    /// Returns the patient that the event is about.
    private func apply(_ event: ClinicalEvent, received: Instant, _ place: inout Place?) -> PatientKey {
        step += 1
        if let place, place.patient == event.patient, !event.isMerge {
            findings += patients[place: place.place].receive(event, at: received, step: step)
            return place.survivor
        }
        place = nil
        if case .merge(let retired, let surviving, let known) = event {
            merge(survivor(of: retired), into: survivor(of: surviving), known: known)
        }
        let key = survivor(of: event.patient)
        let known = patients.place(of: key)
        if known == nil { stored.insert(key) }
        let found = known ?? patients.insert(LivePatient(key: key))
        findings += patients[place: found].receive(event, at: received, step: step)
        place = Place(patient: event.patient, survivor: key, place: found)
        return key
    }

    private func merge(_ retired: PatientKey, into surviving: PatientKey, known: Instant) {
        guard retired != surviving else { return }
        survivors[retired] = surviving
        stored.insert(retired)
        stored.insert(surviving)
        guard let old = patients.remove(retired) else { return }
        findings -= old.timeline.versionCount
        let place = patients.place(of: surviving) ?? patients.insert(LivePatient(key: surviving))
        findings += patients[place: place].absorb(old, known: known)
    }

    // MARK: - Memory

    /// Findings that no window reaches leave memory. Looked at again when there are twice as many.
    func letGo(_ key: PatientKey) {
        guard let place = patients.place(of: key) else { return }
        let count = patients[place: place].timeline.versionCount
        guard count > max(limits.patientFindings, patients[place: place].lookAt) else { return }
        let now = patients[place: place].newestKnown
        findings -= patients[place: place].timeline.forget { [scoring] in scoring.cutoff($0, asOf: now) }
        patients[place: place].lookAt = 2 * patients[place: place].timeline.versionCount
    }

    /// Keeps memory bounded: discharged patients go first, then those not heard of for longest.
    private func evict() {
        guard patients.count > limits.patients || findings > limits.findings else { return }
        let order = patients.values.map { ($0.isDischarged ? 0 : 1, $0.touched, $0.key) }
            .sorted { ($0.0, $0.1) < ($1.0, $1.1) }
        for (_, _, key) in order {
            guard
                patients.count > limits.patients - limits.patients / 10
                    || findings > limits.findings - limits.findings / 10
            else { return }
            if let gone = patients.remove(key) { findings -= gone.timeline.versionCount }
        }
    }
}

extension ClinicalEvent {
    fileprivate var isMerge: Bool {
        if case .merge = self { true } else { false }
    }
}

extension LivePatient {
    /// Returns how many versions of findings came.
    mutating func receive(_ event: ClinicalEvent, at received: Instant, step: UInt64) -> Int {
        let count = timeline.versionCount
        touched = step
        newestKnown = max(newestKnown, received)
        switch event {
        case .patient(let newer): update(newer)
        case .encounter(let newer): update(newer)
        case .finding(let finding): timeline.record(finding)
        case .merge: break
        }
        return timeline.versionCount - count
    }
}

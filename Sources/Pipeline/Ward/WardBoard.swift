internal import Clinical
internal import NIOConcurrencyHelpers
internal import Store
internal import Timeline
internal import Web

/// Builds the rows of the ward page from the patients in memory, and tells the page what changed.
actor WardBoard: WardReading {
    let ward: LiveWard
    private let store: any PersistentStore
    let clock: ServiceClock
    let whatIf: WhatIf
    private let title: String
    let primary: String
    /// Most rows of one page, the most urgent first.
    private let maximumRows: Int
    private var counters = WardCounters(messages: 0, quarantined: 0, unmapped: 0)
    private var changed: Set<PatientKey> = []
    private var isGathering = false
    private var countersRead = ContinuousClock.now - .seconds(60)
    private nonisolated let listeners = NIOLockedValueBox<[Listener]>([])

    private struct Listener {
        let isWatched: @Sendable () -> Bool
        let changes: AsyncStream<WardChange>.Continuation
    }

    init(
        ward: LiveWard, store: any PersistentStore, clock: ServiceClock, title: String, primary: String,
        maximumRows: Int, whatIf: WhatIf
    ) {
        self.whatIf = whatIf
        self.ward = ward
        self.store = store
        self.clock = clock
        self.title = title
        self.primary = primary
        self.maximumRows = maximumRows
    }

    func snapshot(ward name: String?) async -> WardSnapshot {
        await readCounters()
        let present = await ward.patients.values.filter { !$0.isDischarged }
        let wards = Set(present.compactMap { $0.encounter?.ward }).sorted()
        let shown = present.filter { name == nil || $0.encounter?.ward == name }
            .sorted { urgency($0) > urgency($1) }
            .prefix(maximumRows)
        return WardSnapshot(
            title: title, clock: clock.now, isRecordedClock: clock.kind == .recorded,
            wards: wards,
            ward: name, patients: shown.map(row), counters: counters)
    }

    func row(patient id: String) async -> WardRow? {
        await ward.patients.values.first { $0.key.resourceID == id && !$0.isDischarged }.map(row)
    }

    nonisolated func changes(while isWatched: @escaping @Sendable () -> Bool) -> AsyncStream<WardChange> {
        AsyncStream(bufferingPolicy: .bufferingNewest(1024)) { continuation in
            listeners.withLockedValue { $0.append(Listener(isWatched: isWatched, changes: continuation)) }
        }
    }

    /// These patients look different now. Changes are gathered for a fifth of a second, so that a burst of messages costs
    /// one drawing a patient.
    func publish(_ keys: Set<PatientKey>) {
        guard !keys.isEmpty else { return }
        changed.formUnion(keys)
        guard !isGathering else { return }
        isGathering = true
        Task {
            try? await Task.sleep(for: .milliseconds(200))
            await send()
        }
    }

    private func send() async {
        let keys = changed
        changed = []
        isGathering = false
        let current = listeners.withLockedValue { $0 }.filter { $0.isWatched() }
        guard !current.isEmpty else { return }
        await readCounters()
        for key in keys.sorted(by: { $0.resourceID < $1.resourceID }) {
            let content: WardChange.Content
            if let patient = await ward.patient(key), !patient.isDischarged {
                content = .updated(row(patient))
            } else {
                content = .removed(patient: key.resourceID)
            }
            let change = WardChange(content, clock: clock.now, counters: counters)
            for listener in current { listener.changes.yield(change) }
        }
    }

    private func urgency(_ patient: LivePatient) -> Double {
        guard let decision = patient.latest[primary] else { return -1 }
        guard case .estimate(let estimate) = decision.result else { return 0 }
        return Double(decision.level.rank) * 1000 + estimate.high * 10 + estimate.low
    }

    /// The counts change with every message; a second is fresh enough for a page.
    private func readCounters() async {
        guard ContinuousClock.now - countersRead > .seconds(1) else { return }
        countersRead = .now
        guard let journal = try? await store.counts(), let unmapped = try? await store.unmappedQueue(limit: 1000) else {
            return
        }
        counters = WardCounters(
            messages: Int(clamping: journal.entries), quarantined: Int(clamping: journal.quarantined),
            unmapped: unmapped.count)
    }

    func row(_ patient: LivePatient) -> WardRow {
        let moment = max(clock.now, patient.newestKnown)
        let decision = patient.latest[primary]
        let birth = patient.record.birthDate?.exposed
        return WardRow(
            id: patient.key.resourceID, name: patient.record.name, birthYear: birth?.date.year,
            age: birth.map { Self.age(born: $0.date, at: moment) }, sex: patient.record.sex,
            recordNumber: patient.key.value,
            ward: patient.encounter?.ward, bed: patient.encounter?.bed,
            vitals: VitalColumn.all.map { vital($0, of: patient, at: moment, decision) }, scores: scores(patient),
            lastChange: patient.newestKnown == .distantPast ? nil : patient.newestKnown)
    }

    private func scores(_ patient: LivePatient) -> [ScoreView] {
        patient.latest.values
            .sorted {
                ($0.model.name == primary ? 0 : 1, $0.model.title) < ($1.model.name == primary ? 0 : 1, $1.model.title)
            }
            .map { ScoreView($0, previous: patient.previous[$0.model.name], isPrimary: $0.model.name == primary) }
    }

    private func vital(_ column: VitalColumn, of patient: LivePatient, at moment: Instant, _ decision: Decision?)
        -> VitalView
    {
        let asOf = AsOf(effective: moment.adding(seconds: 300), known: moment)
        let feature = patient.timeline.features([column.request], asOf: asOf).first
        var view = VitalView(
            name: column.name, label: column.label, shortLabel: column.shortLabel, valueText: nil, unit: column.unitText,
            effective: feature?.effective)
        switch feature?.content {
        case .number(let value): view.valueText = Self.text(value, digits: column.digits)
        case .bound(let value, let comparator):
            view.valueText = comparator.rawValue + Self.text(value, digits: column.digits)
        case .coded(let code): view.valueText = code.display ?? code.code
        case .missing(.stale):
            view.isStale = true
            view.valueText = lastText(column, of: patient, asOf)
        case .missing(let reason): view.missing = Self.words(reason)
        case nil: view.missing = Self.words(.notMeasured)
        }
        if column.unit != nil { view.points = points(column, of: patient, until: asOf) }
        view.band = column.name == "spo2" && Self.usesScale2(decision) ? VitalColumn.scale2Band : column.band
        if view.missing == nil, !view.isStale {
            view.contribution = decision?.reasons.first { $0.inputs.contains(column.name) }.map { Int($0.low) }
        }
        return view
    }

    /// Whether the SpO₂ scale for hypercapnic respiratory failure was chosen for the patient.
    private static func usesScale2(_ decision: Decision?) -> Bool {
        decision?.inputs.contains { $0.name == "spo2-scale" && $0.content == .number(2) } ?? false
    }

    private func lastText(_ column: VitalColumn, of patient: LivePatient, _ asOf: AsOf) -> String? {
        switch patient.timeline.latest(loinc: column.loinc, asOf: asOf)?.value {
        case .quantity(let quantity): Self.text(quantity.value.doubleValue, digits: column.digits)
        case .coded(let code): code.display ?? code.code
        default: nil
        }
    }

    /// The last day of the vital sign for its sparkline.
    private func points(_ column: VitalColumn, of patient: LivePatient, until asOf: AsOf) -> [VitalView.Point] {
        let day = asOf.known.adding(seconds: -24 * 3600)
        return patient.timeline.series(loinc: column.loinc, from: day, asOf: asOf).compactMap { finding in
            guard case .quantity(let quantity) = finding.value else { return nil }
            return VitalView.Point(time: finding.effective.instant, value: quantity.value.doubleValue)
        }
    }

    private static func text(_ value: Double, digits: Int) -> String {
        let scale = digits == 0 ? 1.0 : 10.0
        guard value.isFinite, abs(value) < 1e12 else { return "?" }
        return ExactDecimal(coefficient: Int128(Int((value * scale).rounded())), scale: digits).description
    }

    private static func age(born: CivilDate, at moment: Instant) -> Int {
        let today = ClinicalTime(moment).date
        let birthdayPassed = (today.month, today.day) >= (born.month, born.day)
        return max(0, today.year - born.year - (birthdayPassed ? 0 : 1))
    }

    static func words(_ reason: MissingReason) -> String {
        switch reason {
        case .notMeasured: "not measured"
        case .stale: "too old"
        case .unmappedCode: "code not mapped"
        case .noMap: "no LOINC code"
        case .ambiguous: "ambiguous code or unit"
        case .unit: "unit cannot be converted"
        case .noValue: "no value sent"
        case .notUsable: "value not usable"
        case .implausible: "implausible value"
        }
    }
}

public import Clinical
internal import Inference
internal import Logging
internal import Normalization
internal import Store

/// Runs a stretch of the journal again, through the tables and models given, and compares with what is stored.
public struct ReplayRun: Sendable {
    /// One difference between what is stored and what the replay says.
    public enum Change: Sendable {
        /// A finding that only one side has, or whose code, value, unit or status differs.
        case finding(stored: Finding?, replayed: Finding?)
        case decision(stored: Decision?, replayed: Decision?)
        /// A message that is in quarantine on one side only.
        case outcome(journalID: Int64, isQuarantined: Bool)
    }

    public struct Summary: Sendable {
        public var messages = 0
        public var findings = 0
        public var decisions = 0
        public var changedFindings = 0
        public var changedDecisions = 0
        public var changedOutcomes = 0
    }

    /// Journal numbers whose effects are compared; earlier entries are replayed for the state that they leave.
    public var range: ClosedRange<Int64>
    private let store: any PersistentStore
    private let tables: TablesInUse
    private let directory = PatientDirectory()
    private let ward: LiveWard
    private let packages: [ModelPackage]
    private let models: Set<String>

    /// - Parameter site: the tables and models to replay with.
    public init(_ configuration: Configuration, site: Site, range: ClosedRange<Int64>) throws(PipelineError) {
        store = try ServiceParts.open(configuration.store)
        tables = TablesInUse(site, configuration)
        packages = site.models
        models = Set(site.models.map(\.reference.name))
        ward = LiveWard(
            scoring: Scoring(
                models: site.models, allowedSkewSeconds: configuration.timeline.allowedClockSkew.milliseconds / 1000,
                destinations: [], conversion: AnalyteConverting(site.terminology)),
            limits: .unlimited)
        self.range = range
    }

    public func run(_ report: (Change) -> Void) async throws(PipelineError) -> Summary {
        do {
            let summary = try await replay(report)
            try await store.close()
            return summary
        } catch {
            throw PipelineError(.io, place: error.operation, error.reason)
        }
    }

    private func replay(_ report: (Change) -> Void) async throws(StoreError) -> Summary {
        var run = Run()
        var last: Int64 = 0
        await ward.use(otherTables: tables.current.otherTables(than: packages))
        while true {
            let page = try await store.entries(JournalFilter(ids: 1...range.upperBound), after: last, limit: 500)
            guard let newest = page.last else { break }
            last = newest.id
            var rest = page[...]
            while !rest.isEmpty {
                let entries = Processor.untilTablesChange(Array(rest))
                rest = rest.dropFirst(entries.count)
                if let change = entries.first, change.format == .mappings {
                    try await replay(change: change, &run, report)
                } else {
                    await replay(messages: entries, &run, report)
                }
            }
        }
        let stored = try await storedEffects(of: run.replayed.patients)
        compare(stored, run.replayed, &run.summary, report)
        return run.summary
    }

    /// A replay under way.
    private struct Run {
        var summary = Summary()
        var replayed = Effects()
        /// Changes of tables so far.
        var changes: [TableChange] = []
        /// Messages that wait for a mapping, by source and code.
        var waiting: [WaitingKey: [Int64]] = [:]
    }

    private struct WaitingKey: Hashable {
        var source: String
        var system: String
        var code: String
    }

    private func replay(messages: [JournalEntry], _ run: inout Run, _ report: (Change) -> Void) async {
        var ready: [(id: Int64, received: Instant, entry: NormalizedEntry)] = []
        let tables = tables.current
        for entry in messages where entry.state != .pending {
            let isCompared = range.contains(entry.id)
            if isCompared { run.summary.messages += 1 }
            do {
                let message = try tables.normalizer.normalize(
                    entry.message, knownPatient: directory.lookup(source: entry.source), writesBundle: false)
                directory.learn(message.serverPatients, source: entry.source)
                // A door's own refusal (a cut frame) is not undone by tables or models.
                guard entry.state != .quarantined else { continue }
                for code in message.unmapped {
                    let key = WaitingKey(source: code.source, system: code.code.system, code: code.code.code)
                    if run.waiting[key]?.last != entry.id { run.waiting[key, default: []].append(entry.id) }
                }
                var normalized = NormalizedEntry(message, tables: tables.generation)
                normalized.stamp(journalID: entry.id, received: entry.received)
                ready.append((entry.id, entry.received, normalized))
            } catch {
                if isCompared, entry.state == .processed {
                    run.summary.changedOutcomes += 1
                    report(.outcome(journalID: entry.id, isQuarantined: true))
                }
            }
        }
        for processed in await ward.apply(ready).processed where range.contains(processed.journalID) {
            run.replayed.add(processed, of: range)
        }
    }

    /// Approved tables are put to use where the service did so, and what waited is read again.
    private func replay(change entry: JournalEntry, _ run: inout Run, _ report: (Change) -> Void) async throws(StoreError) {
        guard entry.state == .processed, let change = TableChange(entry.bytes) else { return }
        let isCompared = range.contains(entry.id)
        if isCompared { run.summary.messages += 1 }
        let before = tables.current
        do throws(TablesInUse.Refusal) {
            try tables.add(change, after: run.changes)
        } catch {
            // Replayed by tables that have another version already, or without the folder of approved tables.
            guard isCompared else { return }
            run.summary.changedOutcomes += 1
            return report(.outcome(journalID: entry.id, isQuarantined: true))
        }
        run.changes.append(change)
        await ward.use(otherTables: tables.current.otherTables(than: packages))
        var late = LateResults(
            change, known: entry.received, before: before.normalizer, after: tables.current.normalizer,
            directory: directory)
        let key = WaitingKey(source: change.source, system: change.code.system, code: change.code.code)
        for number in run.waiting[key] ?? [] {
            if let waiting = try await store.entry(number) { late.read(waiting) }
        }
        let normalized = NormalizedEntry(events: late.events, tables: tables.current.generation)
        for processed in await ward.apply([(entry.id, entry.received, normalized)]).processed where isCompared {
            run.replayed.add(processed, of: range)
        }
    }

    /// Findings and decisions by identity.
    private struct Effects {
        struct FindingKey: Hashable {
            var id: String
            var journalID: Int64
            /// Later than the message where its code was mapped later.
            var known: Instant
        }
        struct DecisionKey: Hashable {
            var patient: PatientKey
            var model: String
            var known: Instant
        }
        var findings: [FindingKey: Finding] = [:]
        /// More than one where messages were received at the same moment.
        var decisions: [DecisionKey: [Decision]] = [:]
        private var decisionIDs: Set<String> = []
        var patients: Set<PatientKey> = []

        mutating func add(_ processed: ProcessedEntry, of messages: ClosedRange<Int64>) {
            for case .finding(let finding) in processed.events
            where messages.contains(finding.origin.address.messageID) { add(finding) }
            for decision in processed.decisions { add(decision) }
        }

        mutating func add(_ finding: Finding) {
            findings[
                FindingKey(id: finding.id, journalID: finding.origin.address.messageID, known: finding.known)] = finding
            patients.insert(finding.patient)
        }

        mutating func add(_ decision: Decision) {
            // The store keeps the first statement of the same inputs; a repetition is no other decision.
            guard decisionIDs.insert(decision.id).inserted else { return }
            let key = DecisionKey(patient: decision.patient, model: decision.model.name, known: decision.asOf.known)
            decisions[key, default: []].append(decision)
            patients.insert(decision.patient)
        }
    }

    private func storedEffects(of patients: Set<PatientKey>) async throws(StoreError) -> Effects {
        var effects = Effects()
        var moments: ClosedRange<Instant>?
        for entry in try await boundaries() {
            moments =
                moments.map { min($0.lowerBound, entry.received)...max($0.upperBound, entry.received) } ?? entry
                .received...entry.received
        }
        for patient in patients {
            for finding in try await store.findings(of: patient)
            where finding.patient == patient && range.contains(finding.origin.address.messageID)
                && moments?.contains(finding.known) == true
            {
                effects.add(finding)
            }
            // The first statement of the same inputs counts, as in the replay.
            for decision in try await store.decisions(of: patient, model: nil, limit: .max).reversed()
            where decision.patient == patient && models.contains(decision.model.name)
                && moments?.contains(decision.asOf.known) == true
            {
                effects.add(decision)
            }
        }
        return effects
    }

    /// Times of receipt in the range, for the decisions that fall into it.
    private func boundaries() async throws(StoreError) -> [JournalEntry] {
        var found: [JournalEntry] = []
        var last = range.lowerBound - 1
        while true {
            let page = try await store.entries(JournalFilter(ids: range), after: last, limit: 1000)
            guard let newest = page.last else { return found }
            last = newest.id
            let ordered = page.sorted { $0.received < $1.received }
            found += [ordered.first, ordered.last].compactMap { $0 }
        }
    }

    private func compare(_ stored: Effects, _ replayed: Effects, _ summary: inout Summary, _ report: (Change) -> Void) {
        summary.findings = replayed.findings.count
        summary.decisions = replayed.decisions.count
        let findingKeys = Set(stored.findings.keys).union(replayed.findings.keys)
        for key in findingKeys.sorted(by: { ($0.journalID, $0.id, $0.known) < ($1.journalID, $1.id, $1.known) }) {
            let (old, new) = (stored.findings[key], replayed.findings[key])
            guard old.map(FindingFace.init) != new.map(FindingFace.init) else { continue }
            summary.changedFindings += 1
            report(.finding(stored: old, replayed: new))
        }
        let decisionKeys = Set(stored.decisions.keys).union(replayed.decisions.keys)
        for key in decisionKeys.sorted(by: {
            ($0.known, $0.model, $0.patient.resourceID) < ($1.known, $1.model, $1.patient.resourceID)
        }) {
            let (old, new) = (stored.decisions[key] ?? [], replayed.decisions[key] ?? [])
            let isSameModel = Set(old.map(\.model.digest)) == Set(new.map(\.model.digest))
            let faces = { (decisions: [Decision]) in Set(decisions.map { DecisionFace($0, isWhole: isSameModel) }) }
            guard faces(old) != faces(new) else { continue }
            summary.changedDecisions += 1
            report(.decision(stored: old.last, replayed: new.last))
        }
    }

    /// What of a decision counts as a change: from the same model everything, bit for bit, reasons and inputs too; from
    /// another one what it says.
    private struct DecisionFace: Hashable {
        let result: Decision.Result
        let level: String
        let whole: Decision?

        init(_ decision: Decision, isWhole: Bool) {
            result = decision.result
            level = decision.level.name
            whole = isWhole ? decision : nil
        }
    }

    /// What of a finding counts as a change.
    private struct FindingFace: Equatable {
        let code: Code
        let value: Finding.Value
        let status: Finding.Status
        let effective: Instant

        init(_ finding: Finding) {
            code = Code(system: finding.code.system, code: finding.code.code)
            value = finding.value
            status = finding.status
            effective = finding.effective.instant
        }
    }
}

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
    private let normalizer: Normalizer
    private let directory = PatientDirectory()
    private let ward: LiveWard
    private let models: Set<String>

    /// - Parameter site: the tables and models to replay with.
    public init(_ configuration: Configuration, site: Site, range: ClosedRange<Int64>) throws(PipelineError) {
        store = try ServiceParts.open(configuration.store)
        normalizer = site.normalizer(configuration.sources)
        models = Set(site.models.map(\.reference.name))
        ward = LiveWard(
            scoring: Scoring(
                models: site.models, allowedSkewSeconds: configuration.timeline.allowedClockSkew.milliseconds / 1000,
                destinations: []),
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
        var summary = Summary()
        var replayed = Effects()
        var last: Int64 = 0
        while true {
            let entries = try await store.entries(JournalFilter(ids: 1...range.upperBound), after: last, limit: 500)
            guard let newest = entries.last else { break }
            last = newest.id
            var ready: [(id: Int64, received: Instant, entry: NormalizedEntry)] = []
            for entry in entries where entry.state != .pending {
                let isCompared = range.contains(entry.id)
                if isCompared { summary.messages += 1 }
                do {
                    let message = try normalizer.normalize(
                        entry.message, knownPatient: directory.lookup(source: entry.source), writesBundle: false)
                    directory.learn(message.serverPatients, source: entry.source)
                    var normalized = NormalizedEntry(message)
                    normalized.stamp(journalID: entry.id, received: entry.received)
                    ready.append((entry.id, entry.received, normalized))
                    // A door's own refusal (a cut frame) is not undone by tables or models.
                } catch {
                    if isCompared, entry.state == .processed {
                        summary.changedOutcomes += 1
                        report(.outcome(journalID: entry.id, isQuarantined: true))
                    }
                }
            }
            let quarantined = Set(entries.filter { $0.state == .quarantined }.map(\.id))
            for processed in await ward.apply(ready.filter { !quarantined.contains($0.id) }).processed
            where range.contains(processed.journalID) {
                replayed.add(processed)
            }
        }
        let stored = try await storedEffects(of: replayed.patients)
        compare(stored, replayed, &summary, report)
        return summary
    }

    /// Findings and decisions by identity.
    private struct Effects {
        struct FindingKey: Hashable {
            var id: String
            var journalID: Int64
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

        mutating func add(_ processed: ProcessedEntry) {
            for case .finding(let finding) in processed.events { add(finding) }
            for decision in processed.decisions { add(decision) }
        }

        mutating func add(_ finding: Finding) {
            findings[FindingKey(id: finding.id, journalID: finding.origin.address.messageID)] = finding
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
            where finding.patient == patient && range.contains(finding.origin.address.messageID) {
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
        for key in findingKeys.sorted(by: { ($0.journalID, $0.id) < ($1.journalID, $1.id) }) {
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

internal import Clinical
internal import Timeline

/// A patient as kept in memory: the timeline and what was last said about it.
struct LivePatient: Sendable {
    let key: PatientKey
    var record: PatientRecord
    var encounter: EncounterRecord?
    var timeline = PatientTimeline()
    /// Latest decision of each model, by model name.
    var latest: [String: Decision] = [:]
    /// Ids of decisions that are being made, by model name; they will be the latest.
    var awaited: [String: String] = [:]
    /// The last decision before it whose result or level differs.
    var previous: [String: Decision] = [:]
    /// Newest moment at which something about the patient was learned.
    var newestKnown = Instant.distantPast
    /// When it was last used, in processing steps.
    var touched: UInt64 = 0
    /// Number of findings at which the next look is worth it for those that no window reaches.
    var lookAt = 0

    init(key: PatientKey) {
        self.key = key
        record = PatientRecord(key: key, name: nil, birthDate: nil, sex: nil, known: .distantPast)
    }

    /// Takes over what a message said; silence does not erase.
    mutating func update(_ newer: PatientRecord) {
        record.name = newer.name ?? record.name
        record.birthDate = newer.birthDate ?? record.birthDate
        timeline.birthDate = record.birthDate?.exposed.date
        record.sex = newer.sex ?? record.sex
        record.known = max(record.known, newer.known)
    }

    /// An encounter replaces another when it is the same one or the later one.
    mutating func update(_ newer: EncounterRecord) {
        guard let current = encounter, current.id != newer.id else {
            merge(newer)
            return
        }
        if newer.known >= current.known, newer.status == .inProgress || current.status != .inProgress { encounter = newer }
    }

    private mutating func merge(_ newer: EncounterRecord) {
        guard var current = encounter else {
            encounter = newer
            return
        }
        guard newer.known >= current.known else { return }
        current.status = newer.status
        current.ward = newer.ward ?? current.ward
        current.room = newer.room ?? current.room
        current.bed = newer.bed ?? current.bed
        current.start = newer.start ?? current.start
        current.end = newer.end ?? current.end
        current.known = newer.known
        encounter = current
    }

    /// Joins another patient's data after a merge.
    /// - Parameter known: when the merge was learned; earlier as-of reads do not see the other patient's findings.
    /// - Returns: how many versions of findings came.
    mutating func absorb(_ retired: LivePatient, known: Instant) -> Int {
        let count = timeline.versionCount
        timeline.absorb(retired.timeline, known: known)
        record.name = record.name ?? retired.record.name
        record.birthDate = record.birthDate ?? retired.record.birthDate
        record.sex = record.sex ?? retired.record.sex
        encounter = encounter ?? retired.encounter
        newestKnown = max(newestKnown, retired.newestKnown)
        return timeline.versionCount - count
    }

    /// Id of the last decision of a model, one that is being made included.
    func lastID(of model: String) -> String? {
        awaited[model] ?? latest[model]?.id
    }

    /// - Returns: the decision of its model before it.
    @discardableResult
    mutating func remember(_ decision: Decision) -> Decision? {
        let last = latest.updateValue(decision, forKey: decision.model.name)
        if let last, last.result != decision.result || last.level != decision.level {
            previous[decision.model.name] = last
        }
        awaited[decision.model.name] = nil
        return last
    }

    var isDischarged: Bool {
        encounter?.status == .finished || encounter?.status == .cancelled
    }
}

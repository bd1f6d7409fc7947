public import Clinical

/// What is known of patients: findings, encounters, merges.
public protocol ClinicalStore: Sendable {
    /// Stores what came of journal entries and marks them processed: each entry in one transaction with its change of
    /// state, in their order. A batch may take several transactions; after a failure the later entries are not stored.
    ///
    /// An entry that is no longer pending is skipped, so each takes effect exactly once.
    @discardableResult
    func commit(_ batch: [ProcessedEntry]) async throws(StoreError) -> CommitResult

    /// Every version of every finding of the patient and of the keys that were merged into it, transitively.
    ///
    /// Ordered by effective time, then by when it was known, then by journal number and place in the message. Each
    /// finding keeps the patient key that it came with.
    func findings(of key: PatientKey) async throws(StoreError) -> [Finding]

    /// Every version of one result, by the logical id of its Observation. Looks at every finding: for a person who asks.
    func findings(id: String) async throws(StoreError) -> [Finding]

    /// Surviving patients, in the order in which they were first seen, starting after `key`.
    func patients(after key: PatientKey?, limit: Int) async throws(StoreError) -> [PatientRecord]

    /// Demographics under exactly this key; `nil` if it was never seen.
    func patient(_ key: PatientKey) async throws(StoreError) -> PatientRecord?

    /// The key that survives after all merges; the key itself if it was never retired or never seen.
    func resolve(_ key: PatientKey) async throws(StoreError) -> PatientKey

    /// All merges in the order in which they were committed.
    func merges() async throws(StoreError) -> [PatientMerge]

    /// Encounters in progress.
    func currentEncounters() async throws(StoreError) -> [EncounterRecord]

    /// All encounters of the patient and of the keys merged into it.
    func encounters(of key: PatientKey) async throws(StoreError) -> [EncounterRecord]
}

/// One patient merge (ADT^A40) as it was committed.
public struct PatientMerge: Sendable, Hashable {
    public var retired: PatientKey
    public var surviving: PatientKey
    public var known: Instant

    public init(retired: PatientKey, surviving: PatientKey, known: Instant) {
        self.retired = retired
        self.surviving = surviving
        self.known = known
    }
}

extension ClinicalStore {
    /// All surviving patients, in the order in which they were first seen.
    public func patients() async throws(StoreError) -> [PatientRecord] {
        try await patients(after: nil, limit: .max)
    }
}

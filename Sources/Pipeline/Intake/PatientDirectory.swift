internal import Clinical
internal import NIOConcurrencyHelpers
internal import Store

/// Which patient a reference such as `Patient/123` means on the server of a source.
///
/// FHIR servers hand out observations in other pages than the patients they refer to, so what one message says of an id
/// is kept for the next. Kept in the store before the message is acknowledged.
final class PatientDirectory: Sendable {
    private static let prefix = "patient-reference:"
    private let patients: NIOLockedValueBox<[String: PatientKey]>

    /// An empty directory, for a replay that fills it from the journal.
    init() {
        patients = NIOLockedValueBox([:])
    }

    /// Reads what is stored.
    func load(from store: any PersistentStore) async throws(StoreError) {
        for (name, value) in try await store.cursors(withPrefix: Self.prefix) {
            let parts = value.split(separator: "|", maxSplits: 1).map(String.init)
            guard parts.count == 2 else { continue }
            insert(PatientKey(system: parts[0], value: parts[1]), String(name.dropFirst(Self.prefix.count)))
        }
    }

    /// The lookup for messages of a source.
    func lookup(source: String) -> @Sendable (String) -> PatientKey? {
        { [patients] reference in patients.withLockedValue { $0[Self.name(source, reference)] } }
    }

    /// Takes what a message says, in memory only.
    func learn(_ references: [String: PatientKey], source: String) {
        for (reference, key) in references { insert(key, Self.name(source, reference)) }
    }

    /// Takes what a message says and returns when it is on disk.
    func learn(_ references: [String: PatientKey], source: String, store: any PersistentStore) async throws(StoreError) {
        for (reference, key) in references {
            let name = Self.name(source, reference)
            guard patients.withLockedValue({ $0[name] }) != key else { continue }
            try await store.setCursor(Self.prefix + name, to: "\(key.system)|\(key.value.exposed)")
            insert(key, name)
        }
    }

    private func insert(_ key: PatientKey, _ name: String) {
        patients.withLockedValue { $0[name] = key }
    }

    private static func name(_ source: String, _ reference: String) -> String {
        "\(source)/\(reference)"
    }
}

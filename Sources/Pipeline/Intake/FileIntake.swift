internal import Clinical
internal import Doors
internal import HL7v2
internal import Polling
internal import Store

extension Intake {
    /// Takes a file of a watched folder. An HL7v2 file may hold many messages or a batch.
    ///
    /// The file counts as accepted once everything in it is in the journal, quarantined messages included.
    func receive(file bytes: [UInt8], source: String, format: MessageFormat) async -> FileOutcome {
        var bodies = [bytes]
        if format == .hl7v2, let batch = try? BatchReader(bytes), !batch.messages.isEmpty {
            bodies = batch.messages.map { Array(bytes[$0]) }
        }
        do {
            var refused = 0
            for start in stride(from: 0, to: bodies.count, by: 200) {
                let part = bodies[start..<min(start + 200, bodies.count)]
                let outcomes = try await receive(part.map { Arrival(source: source, format: format, bytes: $0) })
                refused += outcomes.count { if case .quarantined = $0.fate { true } else { false } }
            }
            return refused == bodies.count
                ? .refused("No message in the file could be used; see the quarantine.") : .accepted
        } catch {
            return .retryLater
        }
    }

    /// Takes a page that was fetched from a FHIR server; throws when it is not in the journal.
    func receive(page bytes: [UInt8], source: String) async throws {
        _ = try await receive([Arrival(source: source, format: .fhir, bytes: bytes)])
    }
}

/// Poll cursors in the store.
struct PollCursors: PollCursorStore {
    let store: any PersistentStore

    func cursor(_ key: String) async throws -> String? {
        try await store.cursor(key)
    }

    func setCursor(_ key: String, to text: String) async throws {
        try await store.setCursor(key, to: text)
    }
}

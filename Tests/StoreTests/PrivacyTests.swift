import Clinical
import Foundation
import GRDB
import Store
import Testing

@Suite("Patient data stays out of errors and descriptions")
struct PrivacyTests {
    private let canary = "CANARY-7f3a"

    private func texts(_ value: Any) -> String {
        var dumped = ""
        dump(value, to: &dumped)
        return "\(value) " + String(reflecting: value) + dumped
    }

    @Test("Errors of every kind hold codes and sentences only", arguments: ["ABORT", "FAIL", "ROLLBACK"])
    func errors(resolution: String) async throws {
        let folder = try TemporaryFolder()
        let store = try folder.open { $0.probeMilliseconds = 0 }
        let ids = try await Samples.journal(store, 2)
        let tables = ["journal", "findings", "patient", "decision", "delivery", "cursor", "unmapped", "feedback"]
        let canary = canary
        try await folder.database().write { database in
            for table in tables {
                // The trigger's own text holds the canary, too: it must not come through.
                try database.execute(
                    sql: """
                        CREATE TRIGGER broken_\(table) BEFORE INSERT ON \(table)
                        BEGIN SELECT RAISE(\(resolution), '\(canary)'); END
                        """)
            }
        }
        let patient = Samples.patient(canary, system: canary)
        var unmapped = Samples.unmapped
        unmapped.code = Code(system: canary, code: canary)
        let entries = [
            ProcessedEntry(journalID: ids[0], events: [.finding(Samples.finding(canary, patient))]),
            ProcessedEntry(journalID: ids[0], unmapped: [unmapped]),
            ProcessedEntry(journalID: ids[0], deliveries: [Samples.delivery(canary, patient, to: canary)]),
        ]
        var errors: [StoreError?] = []
        for entry in entries {
            errors.append(await storeError { () async throws(StoreError) in try await store.commit([entry]) })
        }
        errors.append(
            await storeError { () async throws(StoreError) in
                try await store.record(decisions: [Samples.decision(canary, patient)], deliveries: [])
            })
        errors.append(await storeError { () async throws(StoreError) in try await store.setCursor(canary, to: canary) })
        errors.append(
            await storeError { () async throws(StoreError) in
                _ = try await store.append([Samples.entry(canary, controlID: canary, source: canary)])
            })
        for error in errors {
            let error = try #require(error)
            #expect(error.code >= 5001)
            #expect(!error.reason.isEmpty)
            #expect(!texts(error).contains("CANARY"))
            #expect(!texts(error).contains("INSERT"))
        }
        #expect(!texts(store.health).contains("CANARY"))
    }

    @Test("Values that carry messages or payloads do not describe them")
    func descriptions() async throws {
        let folder = try TemporaryFolder()
        let store = try folder.open()
        let bytes = Array(canary.utf8)
        let entry = Samples.entry(bytes, controlID: "1")
        _ = try await store.append([entry])
        let patient = Samples.patient(canary)
        try await store.record(decisions: [], deliveries: [Samples.delivery(canary, patient)])
        let values: [Any] = [
            entry, try #require(try await store.entry(1)), Samples.delivery(canary, patient),
            try await store.due(now: Samples.start, destination: "engine", limit: 1),
            NewFeedback(service: "news2", received: Samples.start, body: bytes),
        ]
        // An array of bytes prints its numbers.
        let numbers = bytes.prefix(4).map(String.init)
        for value in values {
            #expect(!texts(value).contains("CANARY"))
            #expect(!texts(value).contains(numbers.joined(separator: ", ")))
        }
    }

    @Test("An error says its code, what was being done, and what to do")
    func wording() {
        let error = StoreError(.full, operation: "journal.append", databaseCode: 13)
        #expect(
            error.description
                == "store error 5005 in journal.append: No space is left for the database; free space or raise its "
                + "configured size. (SQLite code 13)")
    }
}

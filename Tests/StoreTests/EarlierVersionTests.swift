import Clinical
import Foundation
import GRDB
import Store
import Testing

/// Stores of version 3 held a row for each finding, with a column for each of its parts.
@Suite("Stores of earlier versions")
struct EarlierVersionTests {
    let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    @Test("Findings of version 3 are all there, as they were")
    func findings() async throws {
        let store = try folder.open()
        let ids = try await Samples.journal(store, 3)
        let (first, second) = (Samples.patient("1"), Samples.patient("2"))
        let loinc = Code(system: CodeSystem.loinc, code: "14682-9", display: "Creatinine")
        func finding(
            _ id: String, _ patient: PatientKey, _ value: Finding.Value, at effective: Int64, journal: Int64,
            message: Int64,
            status: Finding.Status = .final, rawUnit: String? = "mg/dL", mapping: MappingRecord? = Samples.mapping
        ) -> Finding {
            Finding(
                id: id, patient: patient, code: loinc, value: value, status: status,
                effective: ClinicalTime(Samples.start.adding(seconds: effective)),
                known: Samples.start.adding(seconds: journal),
                origin: Finding.Origin(
                    source: "labA", address: SourceAddress(messageID: message, path: "OBX[1]-5"), rawCode: loinc,
                    rawValue: PHI("1.00"), rawUnit: rawUnit, mapping: mapping))
        }
        let long = try #require(ExactDecimal("-9223372036854775809.5"))
        let digest = ContentDigest.identifier("a result")
        // The later entry brings an earlier result, so that the order of time is not that of arrival.
        let entries: [[Finding]] = [
            [
                finding(
                    digest, first, .quantity(Quantity(value: ExactDecimal(7), unit: "umol/L", comparator: .greater)),
                    at: 500,
                    journal: ids[0], message: ids[0]),
                finding("text", second, .text(PHI("trace")), at: 0, journal: ids[0], message: ids[0], status: .preliminary),
                finding(
                    "coded", first, .coded(loinc), at: 500, journal: ids[0], message: ids[0], status: .corrected,
                    rawUnit: nil, mapping: nil),
            ],
            [
                finding(
                    "long", first, .quantity(Quantity(value: long, unit: nil)), at: 100, journal: ids[1], message: ids[0],
                    rawUnit: nil
                )
            ],
            [
                finding(
                    digest, first, .missing(.implausible), at: 500, journal: ids[2], message: ids[2],
                    status: .enteredInError)
            ],
        ]
        // Numbers of version 3, by the dictionaries of the file.
        let quantities = [digest + "1": (7, "(SELECT id FROM term WHERE text = 'umol/L')", 4)]
        try await store.commit(
            zip(ids, entries).map { ProcessedEntry(journalID: $0, events: $1.map(ClinicalEvent.finding)) })
        let before = (try await store.findings(of: first), try await store.findings(of: second))
        #expect(before.0.map(\.id) == ["long", digest, "coded", digest])
        try await store.close()

        let database = try folder.database()
        try await database.write { database in
            try database.execute(sql: "DROP TABLE findings; DELETE FROM grdb_migrations WHERE identifier = '4'")
            try database.execute(sql: Self.table)
            for (journal, findings) in zip(ids, entries) {
                for (ordinal, finding) in findings.enumerated() {
                    var (kind, value, scale, unit, comparator) = (0, "NULL", "NULL", "NULL", "NULL")
                    switch finding.value {
                    case .quantity:
                        kind = 1
                        if let known = quantities[finding.id + "\(journal)"] {
                            (value, scale, unit, comparator) = ("\(known.0)", "0", known.1, "\(known.2)")
                        } else {
                            (value, scale) = ("'-92233720368547758095'", "1")
                        }
                    case .coded: (kind, value) = (2, "(SELECT id FROM code WHERE code = '14682-9')")
                    case .text: (kind, value) = (3, "'trace'")
                    case .missing: (kind, value) = (4, "'implausible'")
                    }
                    let statuses: [Finding.Status] = [.preliminary, .final, .corrected, .enteredInError]
                    let time = finding.effective
                    let form =
                        Int64(time.precision.rawValue) | Int64(time.offsetOrigin.rawValue) << 3 | 1439 << 5
                        | Int64(time.fractionDigits) << 17
                    let unitRead = finding.origin.rawUnit.map { "(SELECT id FROM term WHERE text = '\($0)')" } ?? "NULL"
                    try database.execute(
                        sql: """
                            INSERT INTO finding VALUES (
                            (SELECT id FROM patient WHERE value = ?), ?, ?, ?, ?, ?,
                            (SELECT id FROM code WHERE code = '14682-9'), ?, ?, \(kind), \(value), \(scale), \(unit),
                            \(comparator), (SELECT id FROM term WHERE text = 'labA'), ?, 'OBX[1]-5',
                            (SELECT id FROM code WHERE code = '14682-9'), '1.00', \(unitRead),
                            \(finding.origin.mapping == nil ? "NULL" : "(SELECT id FROM mapping)"))
                            """,
                        arguments: [
                            finding.patient.value.exposed, time.instant.microseconds, finding.known.microseconds, journal,
                            ordinal, finding.id == digest ? Self.bytes(ofHexadecimal: digest) : finding.id,
                            (statuses.firstIndex(of: finding.status) ?? 0) + 1, form,
                            finding.origin.address.messageID == journal ? nil : finding.origin.address.messageID,
                        ])
                }
            }
        }
        try database.close()

        let reopened = try folder.open()
        #expect(try await reopened.findings(of: first) == before.0)
        #expect(try await reopened.findings(of: second) == before.1)
        #expect(try await reopened.findings(id: digest) == before.0.filter { $0.id == digest })
        #expect(try await reopened.findings(id: "text") == before.1)
        try await reopened.close()
        let tables = try await folder.database().read { try String.fetchAll($0, sql: "SELECT name FROM sqlite_schema") }
        #expect(!tables.contains("finding"))
    }

    @Test("A store whose findings cannot be read is left as it is")
    func unreadable() async throws {
        let store = try folder.open()
        _ = try await Samples.journal(store, 1)
        try await store.close()
        let database = try folder.database()
        try await database.write { database in
            try database.execute(sql: "DROP TABLE findings; DELETE FROM grdb_migrations WHERE identifier = '4'")
            try database.execute(sql: Self.table)
            // There is no kind 9.
            try database.execute(
                sql:
                    "INSERT INTO finding VALUES (1, 0, 0, 1, 0, 'x', 1, 2, 0, 9, 1, 0, NULL, NULL, 1, NULL, 'p', 1, '', NULL, NULL)"
            )
        }
        try database.close()
        let error = await storeError { () async throws(StoreError) in _ = try SQLiteStore(folder.configuration()) }
        #expect(error?.kind == .unreadableRow)
        let rows = try await folder.database().read { try Int.fetchOne($0, sql: "SELECT count(*) FROM finding") }
        #expect(rows == 1)
    }

    /// As version 1 of the schema made it.
    private static let table = """
        CREATE TABLE finding (
            patient INTEGER NOT NULL, effective INTEGER NOT NULL, known INTEGER NOT NULL, journal INTEGER NOT NULL,
            ordinal INTEGER NOT NULL, id ANY NOT NULL, code INTEGER NOT NULL, status INTEGER NOT NULL,
            effective_form INTEGER NOT NULL, kind INTEGER NOT NULL, value ANY, scale INTEGER, unit INTEGER,
            comparator INTEGER, source INTEGER NOT NULL, message INTEGER, path TEXT NOT NULL, raw_code INTEGER NOT NULL,
            raw_value TEXT NOT NULL, raw_unit INTEGER, mapping INTEGER,
            PRIMARY KEY (patient, effective, known, journal, ordinal)) STRICT, WITHOUT ROWID;
        """

    private static func bytes(ofHexadecimal text: String) -> Data {
        var digits = Array(text.utf8)[...]
        var bytes = Data()
        while let pair = Optional(digits.prefix(2)), pair.count == 2 {
            bytes.append(UInt8(String(decoding: pair, as: UTF8.self), radix: 16) ?? 0)
            digits = digits.dropFirst(2)
        }
        return bytes
    }
}

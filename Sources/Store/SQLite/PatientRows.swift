import Clinical
import GRDB

/// Rows of patients, merges and encounters.
enum PatientRows {
    // MARK: Writing

    static func write(_ record: PatientRecord, _ writer: WriterConnection) throws {
        let patient = try writer.patient(record.key, known: record.known)
        let birth = record.birthDate.map { StoredTime($0.exposed) }
        try writer.statement(.updatePatient).bind(record.known.microseconds).bind(record.name?.exposed)
            .bind(birth?.instant).bind(birth?.form).bind(record.sex?.rawValue).bind(patient).run()
    }

    static func write(_ record: EncounterRecord, _ writer: WriterConnection) throws {
        let patient = try writer.patient(record.patient, known: record.known)
        let start = record.start.map { StoredTime($0) }
        let end = record.end.map { StoredTime($0) }
        try writer.statement(.upsertEncounter).bind(StoredIdentifier(record.id)).bind(patient).bind(record.status.rawValue)
            .bind(record.ward).bind(record.room).bind(record.bed).bind(start?.instant).bind(start?.form).bind(end?.instant)
            .bind(end?.form).bind(record.known.microseconds).run()
    }

    static func merge(
        _ retired: PatientKey, into surviving: PatientKey, known: Instant, journal: Int64, ordinal: Int,
        _ writer: WriterConnection
    ) throws {
        guard retired != surviving else { return }
        let from = try writer.patient(retired, known: known)
        let to = try writer.patient(surviving, known: known)
        try writer.statement(.insertMerge).bind(journal).bind(ordinal).bind(from).bind(to).bind(known.microseconds).run()
        try writer.link(retired: from, to: to)
        // What still waits to be delivered under either key is one line from now on.
        try OutboxRows.join(line: from, into: try writer.survivor(of: to), writer)
    }

    // MARK: Reading

    /// Reads the columns that the patient queries select in the same order.
    static func record(_ row: SQLStatement, _ reader: ReaderConnection) throws -> PatientRecord {
        PatientRecord(
            key: try reader.patientKey(row.int64(0)), name: row.optionalText(1).map { PHI($0) },
            birthDate: try time(row, 2, 3).map { PHI($0) },
            sex: row.optionalText(4).flatMap { PatientRecord.Sex(rawValue: $0) },
            known: Instant(microseconds: row.int64(5)))
    }

    /// Reads the columns that the encounter queries select in the same order.
    static func encounter(_ row: SQLStatement, _ reader: ReaderConnection) throws -> EncounterRecord {
        guard let status = EncounterRecord.Status(rawValue: row.text(2)) else { throw unreadable }
        return EncounterRecord(
            id: row.identifier(0), patient: try reader.patientKey(row.int64(1)), status: status, ward: row.optionalText(3),
            room: row.optionalText(4), bed: row.optionalText(5), start: try time(row, 6, 7), end: try time(row, 8, 9),
            known: Instant(microseconds: row.int64(10)))
    }

    private static func time(_ row: SQLStatement, _ instant: Int32, _ form: Int32) throws -> ClinicalTime? {
        guard let form = row.optionalInt64(form) else { return nil }
        guard let time = StoredTime(instant: row.int64(instant), form: form).time else { throw unreadable }
        return time
    }

    private static let unreadable = StoreError(.unreadableRow, operation: "clinical.patients")
}

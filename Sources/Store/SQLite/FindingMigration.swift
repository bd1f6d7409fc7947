import Clinical
import GRDB

/// Brings findings of the first schema, a row for each with a column for each part, into the rows of their messages.
enum FindingMigration {
    static func run(_ database: Database) throws {
        let patients = try Int64.fetchAll(database, sql: "SELECT DISTINCT patient FROM finding")
        let insert = try SQLStatement(database, "INSERT INTO findings (id, body) VALUES (?, ?)")
        let select = try SQLStatement(
            database,
            """
            SELECT journal, id, code, status, effective, effective_form, known, kind, value, scale, unit, comparator, source,
            message, path, raw_code, raw_value, raw_unit, mapping FROM finding WHERE patient = ? ORDER BY journal, ordinal
            """)
        for patient in patients {
            let findings = try select.bind(patient).all { (journal: $0.int64(0), finding: try StoredFinding($0)) }
            for message in findings.chunked(by: \.journal) {
                try insert.bind(try FindingKey(patient: patient, journal: message.key).rowID)
                    .bind(StoredFinding.body(message.elements.map(\.finding))).run()
            }
        }
    }
}

extension Array {
    /// Runs of neighbours with the same key.
    fileprivate func chunked<Key: Equatable>(by key: (Element) -> Key) -> [(key: Key, elements: [Element])] {
        reduce(into: []) { chunks, element in
            if chunks.last?.key == key(element) {
                chunks[chunks.count - 1].elements.append(element)
            } else {
                chunks.append((key(element), [element]))
            }
        }
    }
}

extension StoredFinding {
    /// Reads the columns that the migration selects.
    fileprivate init(_ row: SQLStatement) throws {
        // Its column counted the same list from 1.
        let place = row.int(3) - 1
        guard Self.statuses.indices.contains(place) else {
            throw BodyReader.unreadable
        }
        self.init(
            id: FindingID(row.identifier(1)), code: row.int64(2), status: Self.statuses[place],
            effective: StoredTime(instant: row.int64(4), form: row.int64(5)), known: row.int64(6),
            value: try StoredValue(row, kind: 7), source: row.int64(12), message: row.optionalInt64(13), path: row.text(14),
            rawCode: row.int64(15), rawValue: row.text(16), rawUnit: row.optionalInt64(17), mapping: row.optionalInt64(18))
    }
}

extension StoredValue {
    /// Kind, value, scale, unit and comparator from `kind` on.
    fileprivate init(_ row: SQLStatement, kind: Int32) throws {
        switch Kind(rawValue: UInt64(bitPattern: row.int64(kind))) {
        case .quantity:
            let coefficient: Int128? = row.isInteger(kind + 1) ? Int128(row.int64(kind + 1)) : Int128(row.text(kind + 1))
            let comparator = row.optionalInt64(kind + 4)
            guard let coefficient, comparator.map({ 1...Int64(Self.comparators.count) ~= $0 }) ?? true else {
                throw BodyReader.unreadable
            }
            self = .quantity(
                ExactDecimal(coefficient: coefficient, scale: row.int(kind + 2)), unit: row.optionalInt64(kind + 3),
                comparator: comparator.map { Self.comparators[Int($0) - 1] })
        case .coded: self = .coded(row.int64(kind + 1))
        case .text: self = .text(row.text(kind + 1))
        case .missing:
            guard let reason = MissingReason(rawValue: row.text(kind + 1)) else { throw BodyReader.unreadable }
            self = .missing(reason)
        case nil, .longQuantity: throw BodyReader.unreadable
        }
    }
}

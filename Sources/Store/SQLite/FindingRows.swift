import Clinical
import GRDB

/// Rows of the timeline.
enum FindingRows {
    // MARK: Writing

    /// - Parameter ordinal: place of the event in its entry; with the entry's number it makes the row unique.
    static func insert(_ finding: Finding, journal: Int64, ordinal: Int, _ writer: WriterConnection) throws {
        let patient = try writer.patient(finding.patient, known: finding.known)
        let origin = finding.origin
        let code = try writer.code(finding.code)
        let value = try StoredValue(finding.value, writer)
        let source: Int64 = try writer.term(origin.source)
        let rawCode = try writer.code(origin.rawCode)
        let rawUnit = try writer.term(origin.rawUnit)
        let mapping = try writer.mapping(origin.mapping)
        let effective = StoredTime(finding.effective)
        let row = try writer.statement(.insertFinding)
        row.bind(patient).bind(effective.instant).bind(finding.known.microseconds).bind(journal).bind(ordinal)
            .bind(StoredIdentifier(finding.id)).bind(code).bind(number(of: finding.status)).bind(effective.form)
        row.bind(value.kind)
        switch value.content {
        case .none: row.bindNull()
        case .number(let number): row.bind(number)
        case .text(let text): row.bind(text)
        }
        row.bind(value.scale).bind(value.unit).bind(value.comparator)
        row.bind(source).bind(origin.address.messageID == journal ? nil : origin.address.messageID)
            .bind(origin.address.path).bind(rawCode).bind(origin.rawValue.exposed).bind(rawUnit).bind(mapping)
        try row.run()
    }

    // MARK: Reading

    /// Findings of one patient number, with what orders them among those of merged keys.
    static func findings(of patient: Int64, _ reader: ReaderConnection) throws -> [OrderedFinding] {
        let key = try reader.patientKey(patient)
        return try reader.statement(.findings).bind(patient).all { row in
            let effective = StoredTime(instant: row.int64(0), form: row.int64(7))
            guard let time = effective.time, let status = status(row.int64(6)) else { throw unreadable }
            let journal = row.int64(2)
            let finding = Finding(
                id: row.identifier(4), patient: key, code: try reader.code(row.int64(5)),
                value: try value(row, reader), status: status, effective: time,
                known: Instant(microseconds: row.int64(1)),
                origin: Finding.Origin(
                    source: try reader.term(row.int64(13)),
                    address: SourceAddress(messageID: row.optionalInt64(14) ?? journal, path: row.text(15)),
                    rawCode: try reader.code(row.int64(16)), rawValue: PHI(row.text(17)),
                    rawUnit: try reader.term(row.optionalInt64(18)), mapping: try reader.mapping(row.optionalInt64(19))))
            return OrderedFinding(
                effective: effective.instant, known: row.int64(1), journal: journal, ordinal: row.int64(3), finding: finding
            )
        }
    }

    struct OrderedFinding {
        var effective: Int64
        var known: Int64
        var journal: Int64
        var ordinal: Int64
        var finding: Finding

        var order: (Int64, Int64, Int64, Int64) { (effective, known, journal, ordinal) }
    }

    private static func value(_ row: SQLStatement, _ reader: ReaderConnection) throws -> Finding.Value {
        switch row.int64(8) {
        case StoredValue.quantity:
            let coefficient: Int128? = row.isInteger(9) ? Int128(row.int64(9)) : Int128(row.text(9))
            guard let coefficient else { throw unreadable }
            var comparator: Quantity.Comparator?
            if let number = row.optionalInt64(12) {
                guard let known = StoredValue.comparator(number) else { throw unreadable }
                comparator = known
            }
            return .quantity(
                Quantity(
                    value: ExactDecimal(coefficient: coefficient, scale: row.int(10)),
                    unit: try reader.term(row.optionalInt64(11)), comparator: comparator))
        case StoredValue.coded: return .coded(try reader.code(row.int64(9)))
        case StoredValue.text: return .text(PHI(row.text(9)))
        case StoredValue.missing:
            guard let reason = MissingReason(rawValue: row.text(9)) else { throw unreadable }
            return .missing(reason)
        default: throw unreadable
        }
    }

    private static let unreadable = StoreError(.unreadableRow, operation: "clinical.findings")

    // Numbers are stored and never change.
    private static func status(_ number: Int64) -> Finding.Status? {
        switch number {
        case 1: .preliminary
        case 2: .final
        case 3: .corrected
        case 4: .enteredInError
        default: nil
        }
    }

    private static func number(of status: Finding.Status) -> Int {
        switch status {
        case .preliminary: 1
        case .final: 2
        case .corrected: 3
        case .enteredInError: 4
        }
    }
}

/// The value of a finding as its columns hold it.
struct StoredValue {
    enum Content {
        case none
        case number(Int64)
        case text(String)
    }

    // Numbers are stored and never change.
    static let quantity: Int64 = 1
    static let coded: Int64 = 2
    static let text: Int64 = 3
    static let missing: Int64 = 4

    var kind: Int64
    var content = Content.none
    var scale: Int64?
    var unit: Int64?
    var comparator: Int64?

    init(_ value: Finding.Value, _ writer: WriterConnection) throws {
        switch value {
        case .quantity(let quantity):
            kind = Self.quantity
            // All but freak numbers fit in an SQLite integer; digits beyond it are kept as text.
            if let small = Int64(exactly: quantity.value.coefficient) {
                content = .number(small)
            } else {
                content = .text(String(quantity.value.coefficient))
            }
            scale = Int64(quantity.value.scale)
            unit = try writer.term(quantity.unit)
            comparator = quantity.comparator.map(Self.number(of:))
        case .coded(let code):
            kind = Self.coded
            content = .number(try writer.code(code))
        case .text(let text):
            kind = Self.text
            content = .text(text.exposed)
        case .missing(let reason):
            kind = Self.missing
            content = .text(reason.rawValue)
        }
    }

    static func comparator(_ number: Int64) -> Quantity.Comparator? {
        switch number {
        case 1: .less
        case 2: .lessOrEqual
        case 3: .greaterOrEqual
        case 4: .greater
        default: nil
        }
    }

    private static func number(of comparator: Quantity.Comparator) -> Int64 {
        switch comparator {
        case .less: 1
        case .lessOrEqual: 2
        case .greaterOrEqual: 3
        case .greater: 4
        }
    }
}

internal import Clinical

/// One row of `map.tsv`.
struct MappingRow: Sendable {
    enum Status: String, Sendable {
        case proposed, reviewed, approved, retired
    }

    /// What a request must state for the row to apply; `nil` asks nothing.
    struct Conditions: Hashable, Sendable {
        var unit: String?
        var specimen: String?
        var method: String?
        var device: String?

        var isEmpty: Bool { self == Conditions() }

        /// Whether one request could satisfy both.
        func overlaps(_ other: Conditions) -> Bool {
            func compatible(_ left: String?, _ right: String?) -> Bool { left == nil || right == nil || left == right }
            return compatible(unit, other.unit) && compatible(specimen, other.specimen)
                && compatible(method, other.method) && compatible(device, other.device)
        }
    }

    var line: Int
    /// Prefix and local code, as in `subject_id`.
    var subject: String
    var system: String
    var code: String
    var relationship: String
    /// LOINC code; `nil` for a row that says there is none.
    var target: String?
    var conditions: Conditions
    /// Whole days, UTC: first day, and the day after the last.
    var validFrom: Instant?
    var validUntil: Instant?
    var unit: String?
    var unitIfAbsent: String?
    /// Raw unit → UCUM where this code's unit text means something else than in the rest of the source.
    var unitAliases: [String: String] = [:]
    var status: Status
    var digest: String

    static let required = [
        "subject_id", "subject_label", "predicate_id", "object_id", "object_label", "mapping_justification", "author_id",
        "reviewer_id", "mapping_date", "confidence", "comment", "subject_unit", "subject_specimen", "subject_method",
        "subject_device", "valid_from", "valid_to", "unit", "unit_if_absent", "unit_aliases", "status",
    ]

    /// Rows stand in the order of these columns, byte by byte.
    static let sortColumns = [
        "subject_id", "subject_unit", "subject_specimen", "subject_method", "subject_device", "valid_from", "object_id",
    ]

    /// SSSOM's object for "there is no such term".
    static let noTerm = "sssom:NoTermFound"

    /// SSSOM predicate → FHIR R4 concept map equivalence, as seen from the local code.
    static let relationships = [
        "skos:exactMatch": "equivalent", "skos:closeMatch": "inexact", "skos:broadMatch": "wider",
        "skos:narrowMatch": "narrower",
    ]

    /// Whether the row holds at a moment; with none, whether it holds without an end.
    func isValid(at moment: Instant?) -> Bool {
        guard let moment else { return validUntil == nil }
        return (validFrom.map { $0 <= moment } ?? true) && (validUntil.map { moment < $0 } ?? true)
    }

    func overlaps(_ other: MappingRow) -> Bool {
        let startsBefore = (validFrom ?? .distantPast) < (other.validUntil ?? .distantFuture)
        let endsAfter = (other.validFrom ?? .distantPast) < (validUntil ?? .distantFuture)
        return startsBefore && endsAfter && conditions.overlaps(other.conditions)
    }
}

extension MappingRow {
    /// Reads a row; what is wrong with it goes to the reader.
    init?(_ row: TableReader.Row, _ reader: inout TableReader, prefixes: [String: String]) {
        guard let subject = reader.required("subject_id", of: row),
            let predicate = reader.required("predicate_id", of: row),
            let object = reader.required("object_id", of: row), let statusText = reader.required("status", of: row)
        else { return nil }
        line = row.line
        self.subject = subject
        guard let colon = subject.utf8.firstIndex(of: UInt8(ascii: ":")), let system = prefixes[String(subject[..<colon])],
            subject.utf8.index(after: colon) < subject.utf8.endIndex
        else {
            reader.report(.invalidValue, row.line, "The column subject_id has no prefix that the manifest declares.")
            return nil
        }
        self.system = system
        code = String(subject[subject.utf8.index(after: colon)...])
        guard let relationship = Self.relationships[predicate] else {
            let known = Self.relationships.keys.sorted().joined(separator: ", ")
            reader.report(.invalidValue, row.line, "The column predicate_id is one of \(known).")
            return nil
        }
        self.relationship = relationship
        guard let status = Status(rawValue: statusText) else {
            reader.report(.invalidValue, row.line, "The column status is proposed, reviewed, approved or retired.")
            return nil
        }
        self.status = status
        if object == Self.noTerm {
            target = nil
        } else if object.hasPrefix("LOINC:"), LOINCCode.isWellFormed(String(object.dropFirst(6))) {
            target = String(object.dropFirst(6))
        } else {
            reader.report(.invalidValue, row.line, "The column object_id is LOINC: and a LOINC code, or \(Self.noTerm).")
            return nil
        }
        conditions = Conditions(
            unit: reader.value("subject_unit", of: row), specimen: reader.value("subject_specimen", of: row),
            method: reader.value("subject_method", of: row), device: reader.value("subject_device", of: row))
        validFrom = Self.day("valid_from", row, &reader)
        validUntil = Self.day("valid_to", row, &reader)?.adding(seconds: 86_400)
        if let validFrom, let validUntil, validFrom >= validUntil {
            reader.report(.invalidValue, row.line, "The column valid_to is before valid_from.")
        }
        unit = reader.value("unit", of: row)
        unitIfAbsent = reader.value("unit_if_absent", of: row)
        for pair in reader.value("unit_aliases", of: row)?.split(separator: ";") ?? [] {
            let sides = pair.split(separator: "=", maxSplits: 1).map { $0.drop { $0 == " " } }
            if sides.count == 2, !sides[0].isEmpty, !sides[1].isEmpty {
                unitAliases[String(sides[0])] = String(sides[1])
            } else {
                reader.report(.invalidValue, row.line, "The column unit_aliases is raw=ucum, several with ; between.")
            }
        }
        if let text = reader.value("confidence", of: row) {
            if let value = ExactDecimal(text), value >= ExactDecimal(0), value <= ExactDecimal(1) {
            } else {
                reader.report(.invalidValue, row.line, "The column confidence is a number from 0 to 1.")
            }
        }
        if status == .approved, reader.value("reviewer_id", of: row) == nil {
            reader.report(.missingValue, row.line, "An approved row names its reviewer.")
        }
        digest = ContentDigest.identifier(row.fields)
    }

    private static func day(_ column: String, _ row: TableReader.Row, _ reader: inout TableReader) -> Instant? {
        guard let text = reader.value(column, of: row) else { return nil }
        let parts = text.utf8.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false).map {
            Int(String(Substring($0)))
        }
        if text.utf8.count == 10, parts.count == 3, let year = parts[0], let month = parts[1], let day = parts[2],
            let date = CivilDate(year: year, month: month, day: day)
        {
            return Instant(seconds: Int64(date.daysSinceEpoch) * 86_400)
        }
        reader.report(.invalidValue, row.line, "The column \(column) is a date, YYYY-MM-DD.")
        return nil
    }
}

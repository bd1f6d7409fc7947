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

        var isEmpty: Bool { unit == nil && specimen == nil && method == nil && device == nil }

        /// Whether one request could satisfy both.
        func overlaps(_ other: Conditions) -> Bool {
            func compatible(_ left: String?, _ right: String?) -> Bool { left == nil || right == nil || left == right }
            return compatible(unit, other.unit) && compatible(specimen, other.specimen)
                && compatible(method, other.method) && compatible(device, other.device)
        }

        /// `nil` when the request does not state what a condition asks for.
        func matches(_ request: TranslationRequest) -> Bool? {
            var decided = true
            /// Whether the request may still match.
            func allows(_ wanted: String?, _ given: String?) -> Bool {
                guard let wanted else { return true }
                guard let given, !given.isEmpty else {
                    decided = false
                    return true
                }
                return given == wanted
            }
            guard allows(unit, request.unit), allows(specimen, request.specimen), allows(method, request.method),
                allows(device, request.device)
            else { return false }
            return decided ? true : nil
        }
    }

    /// Who said so, why, and how sure.
    struct Evidence: Hashable, Sendable {
        var author: String?
        /// Names with `|` between (SSSOM).
        var reviewer: String?
        var date: String?
        var justification: String?
        var confidence: String?
        var comment: String?
        /// Identifier of the row that this one replaces.
        var supersedes: String?
        var loincVersion: String?
        /// Deciles of the values, for the drift guard.
        var fingerprint: String?

        init(
            author: String? = nil, reviewer: String? = nil, date: String? = nil, justification: String? = nil,
            confidence: String? = nil, comment: String? = nil, supersedes: String? = nil, loincVersion: String? = nil,
            fingerprint: String? = nil
        ) {
            self.author = author
            self.reviewer = reviewer
            self.date = date
            self.justification = justification
            self.confidence = confidence
            self.comment = comment
            self.supersedes = supersedes
            self.loincVersion = loincVersion
            self.fingerprint = fingerprint
        }
    }

    /// In its table, from 0; -1 for a row that no table has.
    var number: Int
    /// Prefix and local code, as in `subject_id`.
    var subject: String
    var label: String?
    var system: String
    var code: String
    var relationship: String
    /// LOINC code; `nil` for a row that says there is none.
    var target: String?
    var display: String?
    var conditions: Conditions
    /// Whole days, UTC: first day, and the day after the last.
    var validFrom: Instant?
    var validUntil: Instant?
    var unit: String?
    var unitIfAbsent: String?
    /// Raw unit → UCUM where this code's unit text means something else than in the rest of the source.
    var unitAliases: [String: String] = [:]
    var status: Status
    var evidence: Evidence
    var digest: String

    enum Column: Int, CaseIterable, Sendable {
        case subject, subjectLabel, predicate, object, objectLabel, justification, author, reviewer, date, confidence,
            comment
        case subjectUnit, subjectSpecimen, subjectMethod, subjectDevice, validFrom, validTo, unit, unitIfAbsent, unitAliases
        case status, supersedes, loincVersion, fingerprint

        var name: String { MappingRow.names[rawValue] }
    }

    private static let names = required + optional

    static let required = [
        "subject_id", "subject_label", "predicate_id", "object_id", "object_label", "mapping_justification", "author_id",
        "reviewer_id", "mapping_date", "confidence", "comment", "subject_unit", "subject_specimen", "subject_method",
        "subject_device", "valid_from", "valid_to", "unit", "unit_if_absent", "unit_aliases", "status",
    ]

    static let optional = ["supersedes", "object_source_version", "fingerprint"]

    /// Rows stand in the order of these columns, byte by byte.
    static let sortColumns: [Column] = [
        .subject, .subjectUnit, .subjectSpecimen, .subjectMethod, .subjectDevice, .validFrom, .object,
    ]

    /// Content hash of a row: of its required columns in their order, and of the optional ones that say something, so that
    /// a further column of the table changes no row.
    static func identifier(_ value: (Column) -> String) -> String {
        var parts: [String] = []
        for column in Column.allCases {
            let text = value(column)
            if column.rawValue < required.count {
                parts.append(text)
            } else if !text.isEmpty {
                parts.append(column.name + "=" + text)
            }
        }
        return ContentDigest.identifier(parts)
    }

    /// SSSOM's object for "there is no such term".
    static let noTerm = "sssom:NoTermFound"

    /// SSSOM predicates, and the FHIR R4 concept map equivalences they are, as seen from the local code.
    static let predicates = ["skos:exactMatch", "skos:closeMatch", "skos:broadMatch", "skos:narrowMatch"]
    static let relationshipNames = ["equivalent", "inexact", "wider", "narrower"]

    /// Whether the row holds at a moment; with none, whether it holds without an end.
    static func isValid(_ from: Instant?, _ until: Instant?, at moment: Instant?) -> Bool {
        guard let moment else { return until == nil }
        return (from.map { $0 <= moment } ?? true) && (until.map { moment < $0 } ?? true)
    }

    /// `2026-01-31` as the instant it begins, UTC.
    static func day(_ text: String) -> Instant? {
        let parts = text.utf8.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false).map {
            Int(String(Substring($0)))
        }
        guard text.utf8.count == 10, parts.count == 3, let year = parts[0], let month = parts[1], let day = parts[2],
            let date = CivilDate(year: year, month: month, day: day)
        else { return nil }
        return Instant(seconds: Int64(date.daysSinceEpoch) * 86_400)
    }
}

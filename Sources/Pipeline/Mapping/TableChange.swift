internal import Clinical
internal import FHIR

/// The journal entry that puts another version of a table to use: from its number on messages are read by it, and what
/// waited for it is read again.
///
/// The table itself lies in the folder of approved tables; the entry names it by its digest, so that a replay is the same
/// or says that it cannot be.
struct TableChange: Hashable, Sendable {
    /// Name and version.
    var table: String
    /// SHA-256 of `map.tsv`, hexadecimal.
    var digest: String
    /// The version whose place it takes.
    var supersedes: String?
    var source: String
    /// The code that was approved.
    var code: Code
    /// Content hash of the approved row.
    var row: String
    /// LOINC code; `nil` where it was decided that none fits.
    var target: String?
    var reviewers: [String]
    var justification: String

    /// Body of the entry.
    var body: [UInt8] {
        JSON(present: [
            "table": .string(table), "sha256": .string(digest), "supersedes": supersedes.map { .string($0) },
            "source": .string(source), "system": .string(code.system), "code": .string(code.code),
            "display": code.display.map { .string($0) }, "row": .string(row), "target": target.map { .string($0) },
            "reviewers": .array(reviewers.map { .string($0) }), "justification": .string(justification),
        ]).write()
    }

    /// `nil` for what is no such body.
    init?(_ body: [UInt8]) {
        guard let json = try? JSON(parsing: body), let table = json["table"]?.stringValue,
            let digest = json["sha256"]?.stringValue, let source = json["source"]?.stringValue,
            let system = json["system"]?.stringValue, let code = json["code"]?.stringValue,
            let row = json["row"]?.stringValue
        else { return nil }
        self.table = table
        self.digest = digest
        supersedes = json["supersedes"]?.stringValue
        self.source = source
        self.code = Code(system: system, code: code, display: json["display"]?.stringValue)
        self.row = row
        target = json["target"]?.stringValue
        reviewers = (json["reviewers"]?.arrayValue ?? []).compactMap(\.stringValue)
        justification = json["justification"]?.stringValue ?? ""
    }

    init(
        table: String, digest: String, supersedes: String?, source: String, code: Code, row: String, target: String?,
        reviewers: [String], justification: String
    ) {
        self.table = table
        self.digest = digest
        self.supersedes = supersedes
        self.source = source
        self.code = code
        self.row = row
        self.target = target
        self.reviewers = reviewers
        self.justification = justification
    }
}

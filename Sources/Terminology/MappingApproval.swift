public import Clinical
internal import UCUM

/// A person's decision on what a local code means.
public struct MappingApproval: Hashable, Sendable {
    public var source: String
    /// As the sender writes it, with its name.
    public var code: Code
    /// What the row asks of a value; nothing unless the code means different things.
    public var conditions: CodeMapping.Conditions
    /// LOINC code; `nil` decides that none fits.
    public var target: String?
    /// FHIR R4 equivalence: `equivalent`, `inexact`, `wider`, `narrower`.
    public var relationship: String
    /// Unit text of the sender → UCUM code it means under this code.
    public var unitAliases: [String: String]
    /// UCUM unit of values that come without one.
    public var unitIfAbsent: String?
    /// Names of those who approve, each once, the first being the author.
    public var reviewers: [String]
    /// Day of the approval, `YYYY-MM-DD`.
    public var date: String
    public var justification: String
    public var comment: String?

    public init(
        source: String, code: Code, conditions: CodeMapping.Conditions = CodeMapping.Conditions(), target: String?,
        relationship: String = "equivalent", unitAliases: [String: String] = [:], unitIfAbsent: String? = nil,
        reviewers: [String], date: String, justification: String = "semapv:ManualMappingCuration", comment: String? = nil
    ) {
        self.source = source
        self.code = code
        self.conditions = conditions
        self.target = target
        self.relationship = relationship
        self.unitAliases = unitAliases
        self.unitIfAbsent = unitIfAbsent
        self.reviewers = reviewers
        self.date = date
        self.justification = justification
        self.comment = comment
    }
}

/// A version of a table that a person's approval made: the version before with one row more, or one row replaced.
public struct TableRelease: Hashable, Sendable {
    public var manifest: TableManifest
    /// Content of `manifest.json` and of `map.tsv`.
    public var manifestFile: [UInt8]
    public var mapFile: [UInt8]
    /// Content hash of the row that was approved.
    public var row: String
    /// The row whose place it takes.
    public var replaced: CodeMapping?
    /// Models whose inputs the row touches, ascending.
    public var models: [String]

    /// Name and version.
    public var title: String { manifest.tableTitle }

    public var files: [TerminologyFile] {
        [
            TerminologyFile(path: "codes/\(title)/manifest.json", content: manifestFile),
            TerminologyFile(path: "codes/\(title)/map.tsv", content: mapFile),
        ]
    }
}

/// Why an approval makes no table: one sentence that its author can act on.
public struct ApprovalRefusal: Error, Hashable, Sendable {
    public var reason: String

    init(_ reason: String) {
        self.reason = reason
    }
}

extension Terminology {
    /// The next version of the table that decides on a code, with the approved row. Nothing is changed here; whether the
    /// table is sound is found out by loading it.
    ///
    /// - Parameters:
    ///   - taken: titles of versions that exist already, whether loaded or not.
    ///   - modelInputs: model name → LOINC codes it reads.
    public func release(
        _ approval: MappingApproval, taken: Set<String> = [], modelInputs: [String: Set<String>] = [:]
    ) throws(ApprovalRefusal) -> TableRelease {
        let names = Self.distinct(approval.reviewers)
        guard let author = names.first else { throw ApprovalRefusal("An approval needs the name of who gives it.") }
        guard names.allSatisfy({ $0.utf8.count <= 100 && !$0.contains("|") && !$0.utf8.contains { $0 < 32 } }) else {
            throw ApprovalRefusal("A name has at most 100 bytes, no line break and no |.")
        }
        guard !approval.code.code.isEmpty, !approval.code.system.isEmpty,
            !approval.code.code.utf8.contains(where: { $0 < 32 })
        else { throw ApprovalRefusal("The code has no text or no code system, so that no table can have it.") }
        guard MappingRow.relationshipNames.contains(approval.relationship) else {
            throw ApprovalRefusal("The relationship is one of \(MappingRow.relationshipNames.joined(separator: ", ")).")
        }
        let concept = approval.target.flatMap { concepts[$0] }
        if let target = approval.target, concept == nil {
            throw ApprovalRefusal(
                LOINCCode.isWellFormed(target)
                    ? "The LOINC code has no row in units/canonical.tsv; add one with its display and unit first."
                    : "This is not a LOINC code: its form or check digit is wrong.")
        }
        var draft = draft(for: approval)
        let replaced = draft.replaced(by: approval)
        let models = modelInputs.filter { model in
            [approval.target, replaced?.target?.code].contains { $0.map(model.value.contains) ?? false }
        }.map(\.key).sorted()
        if let replaced, replaced.target?.code != approval.target, !models.isEmpty, names.count < 2 {
            throw ApprovalRefusal(
                "The row gives an input of \(models.joined(separator: ", ")) another meaning: two names are needed.")
        }
        let line = draft.line(approval, names: names, author: author, concept: concept, replaced: replaced, self)
        draft.insert(line, replaced: replaced)
        return draft.release(
            row: line, replaced: replaced, models: models, taken: taken.union(tables.map(\.manifest.tableTitle)))
    }

    private static func distinct(_ names: [String]) -> [String] {
        var seen: Set<String> = []
        return names.map { $0.trimmed }.filter { !$0.isEmpty && seen.insert($0.lowercased()).inserted }
    }

    private func draft(for approval: MappingApproval) -> TableDraft {
        guard let route = index.route(system: approval.code.system, source: approval.source), let number = route.table
        else {
            return TableDraft(newFor: approval, versions: tables.first?.manifest)
        }
        return TableDraft(index.tables[number].table)
    }
}

/// The lines of a table while a row is put into them.
private struct TableDraft {
    private var manifest: TableManifest
    private let earlier: MappingTable?
    private var header: [String]
    private var comments: [String] = []
    private var rows: [[String]] = []
    private let prefix: String

    init(_ table: MappingTable) {
        earlier = table
        manifest = table.manifest
        prefix = ""
        header = table.text.header
        comments = String(decoding: table.text.content, as: UTF8.self).split(separator: "\n")
            .prefix { $0.hasPrefix("#") }.map(String.init)
        rows = table.entries.indices.map { table.text.texts($0) }
        for name in MappingRow.optional where name != "fingerprint" && !header.contains(name) {
            header.append(name)
            for row in rows.indices { rows[row].append("") }
        }
    }

    /// The first table of a source for a code system.
    init(newFor approval: MappingApproval, versions: TableManifest?) {
        earlier = nil
        prefix = "local"
        header = MappingRow.Column.allCases.map(\.name)
        let name = approval.source.utf8.map { byte -> Character in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"):
                Character(Unicode.Scalar(byte))
            default: "-"
            }
        }
        let digest = ContentDigest.identifier(approval.source, approval.code.system).prefix(8)
        manifest = TableManifest(
            name: "\(String(name).lowercased())-\(digest)", version: "1.0.0", status: .released,
            title: "Approved codes of one source", sources: [approval.source], codeSystems: [prefix: approval.code.system],
            sha256: "", loincVersion: versions?.loincVersion ?? "", ucumVersion: versions?.ucumVersion ?? "",
            supersedes: nil)
    }

    /// The approved row with the same key.
    func replaced(by approval: MappingApproval) -> CodeMapping? {
        guard let earlier, let system = earlier.systems.firstIndex(of: approval.code.system) else { return nil }
        for number in earlier.approved(approval.code.code, system: UInt8(clamping: system)) {
            let row = earlier.row(number)
            if CodeMapping(row, [:]).conditions == approval.conditions, row.validFrom == nil, row.validUntil == nil {
                return CodeMapping(row, [:])
            }
        }
        return nil
    }

    func line(
        _ approval: MappingApproval, names: [String], author: String, concept: Concept?, replaced: CodeMapping?,
        _ terminology: Terminology
    ) -> [String] {
        let system = manifest.codeSystems.filter { $0.value == approval.code.system }.keys.min() ?? prefix
        let before =
            replaced?.row.flatMap { identifier in
                earlier.flatMap { table in table.entries.indices.first { table.identifier($0) == identifier } }
            }.map { earlier?.row($0) } ?? nil
        // Aliases of the row before hold for the same target only.
        let isSameTarget = before?.target == approval.target
        let aliases = (isSameTarget ? before?.unitAliases ?? [:] : [:]).merging(approval.unitAliases) { $1 }
        let predicate = MappingRow.relationshipNames.firstIndex(of: approval.relationship) ?? 0
        return header.map { name in
            guard let column = MappingRow.Column.allCases.first(where: { $0.name == name }) else { return "" }
            let text: String? =
                switch column {
                case .subject: "\(system):\(approval.code.code)"
                case .subjectLabel: approval.code.display
                case .predicate: MappingRow.predicates[predicate]
                case .object: approval.target.map { "LOINC:" + $0 } ?? MappingRow.noTerm
                case .objectLabel: concept?.display
                case .justification: approval.justification
                case .author: author
                case .reviewer: names.joined(separator: "|")
                case .date: approval.date
                case .confidence: "1"
                case .comment: approval.comment
                case .subjectUnit: approval.conditions.unit
                case .subjectSpecimen: approval.conditions.specimen
                case .subjectMethod: approval.conditions.method
                case .subjectDevice: approval.conditions.device
                case .validFrom, .validTo: nil
                case .unit: concept?.unit
                case .unitIfAbsent: approval.unitIfAbsent ?? (isSameTarget ? before?.unitIfAbsent : nil)
                case .unitAliases:
                    aliases.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: ";")
                case .status: "approved"
                case .supersedes: replaced?.row
                case .loincVersion: terminology.tables.first?.manifest.loincVersion
                case .fingerprint: isSameTarget ? before?.evidence.fingerprint : nil
                }
            return (text ?? "").withoutControls
        }
    }

    mutating func insert(_ line: [String], replaced: CodeMapping?) {
        if let identifier = replaced?.row, let earlier,
            let number = earlier.entries.indices.first(where: { earlier.identifier($0) == identifier })
        {
            rows.remove(at: number)
        }
        rows.append(line)
        let order = MappingRow.sortColumns.compactMap { header.firstIndex(of: $0.name) }
        rows.sort { left, right in
            for column in order where left[column] != right[column] {
                return left[column].utf8.lexicographicallyPrecedes(right[column].utf8)
            }
            return false
        }
    }

    func release(row: [String], replaced: CodeMapping?, models: [String], taken: Set<String>) -> TableRelease {
        var manifest = manifest
        manifest.status = .released
        manifest.supersedes = earlier?.title
        if earlier != nil || taken.contains(manifest.tableTitle) {
            repeat { manifest.version = Self.version(after: manifest.version) } while taken.contains(manifest.tableTitle)
        }
        let lines = comments + [header.joined(separator: "\t")] + rows.map { $0.joined(separator: "\t") }
        let map = Array((lines.joined(separator: "\n") + "\n").utf8)
        manifest.sha256 = ContentDigest(of: map).hex
        return TableRelease(
            manifest: manifest, manifestFile: manifest.fileContent, mapFile: map, row: identifier(of: row),
            replaced: replaced, models: models)
    }

    /// As ``MappingTable/identifier(_:)`` will have it.
    private func identifier(of line: [String]) -> String {
        MappingRow.identifier { column in header.firstIndex(of: column.name).map { line[$0] } ?? "" }
    }

    /// `1.0.0` → `1.0.1`; a version that ends otherwise gets a further part.
    private static func version(after version: String) -> String {
        var parts = version.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        guard let last = parts.last.flatMap({ Int($0) }), last < .max else { return version + ".1" }
        parts[parts.count - 1] = String(last + 1)
        return parts.joined(separator: ".")
    }
}

extension String {
    fileprivate var trimmed: String {
        let bytes = utf8.drop { $0 <= 32 }
        let end = bytes.lastIndex { $0 > 32 }.map { bytes.index(after: $0) } ?? bytes.startIndex
        return String(decoding: bytes[bytes.startIndex..<end], as: UTF8.self)
    }

    /// With spaces for control characters: a field ends at a tab, a row at a line feed.
    fileprivate var withoutControls: String {
        guard utf8.contains(where: { $0 < 32 }) else { return trimmed }
        return String(decoding: utf8.map { $0 < 32 ? UInt8(ascii: " ") : $0 }, as: UTF8.self).trimmed
    }
}

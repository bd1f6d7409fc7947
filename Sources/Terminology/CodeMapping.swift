public import Clinical

/// One mapping as tables, imports, checks, differences and exports see it.
public struct CodeMapping: Hashable, Sendable {
    public enum Status: String, Sendable, CaseIterable {
        case proposed, reviewed, approved, retired
    }

    /// What a request must state for the mapping to apply; `nil` asks nothing.
    public struct Conditions: Hashable, Sendable {
        public var unit: String?
        public var specimen: String?
        public var method: String?
        public var device: String?

        public init(unit: String? = nil, specimen: String? = nil, method: String? = nil, device: String? = nil) {
            self.unit = unit
            self.specimen = specimen
            self.method = method
            self.device = device
        }

        public var isEmpty: Bool { unit == nil && specimen == nil && method == nil && device == nil }
    }

    /// What one mapping of a table is the only one for.
    public struct Key: Hashable, Sendable {
        public var system: String
        public var code: String
        public var conditions: Conditions
        /// Whole days, `YYYY-MM-DD`.
        public var validFrom: String?
        public var validTo: String?
    }

    public var system: String
    public var code: String
    public var label: String?
    public var conditions: Conditions
    public var validFrom: String?
    public var validTo: String?
    /// `nil` where it is decided that no code fits.
    public var target: Code?
    /// FHIR R4 equivalence as seen from the local code: `equivalent`, `wider`, `narrower`, `inexact`.
    public var relationship: String
    /// The unit that the source sends, as written.
    public var unit: String?
    /// UCUM unit of values that come without one.
    public var unitIfAbsent: String?
    /// Unit text → the UCUM code it means under this code.
    public var unitAliases: [String: String] = [:]
    public var status: Status
    public var author: String?
    /// Names of those who reviewed.
    public var reviewers: [String]
    public var date: String?
    public var justification: String?
    public var confidence: String?
    public var comment: String?
    /// Number of values in the source.
    public var frequency: Int?
    /// Deciles of the values, ascending; eleven, or as many as are known.
    public var deciles: [Double]
    /// Content hash of the row; `nil` for what is not yet a row.
    public var row: String?
    /// Content hash of the row whose place it takes.
    public var supersedes: String?
    /// The LOINC version it was checked against.
    public var targetVersion: String?

    public init(
        system: String, code: String, label: String? = nil, conditions: Conditions = Conditions(), validFrom: String? = nil,
        validTo: String? = nil, target: Code?, relationship: String = "equivalent", unit: String? = nil,
        status: Status = .proposed, author: String? = nil, reviewers: [String] = [], date: String? = nil,
        justification: String? = nil, confidence: String? = nil, comment: String? = nil, frequency: Int? = nil,
        deciles: [Double] = [], row: String? = nil
    ) {
        self.system = system
        self.code = code
        self.label = label
        self.conditions = conditions
        self.validFrom = validFrom
        self.validTo = validTo
        self.target = target
        self.relationship = relationship
        self.unit = unit
        self.status = status
        self.author = author
        self.reviewers = reviewers
        self.date = date
        self.justification = justification
        self.confidence = confidence
        self.comment = comment
        self.frequency = frequency
        self.deciles = deciles
        self.row = row
    }

    public var key: Key {
        Key(system: system, code: code, conditions: conditions, validFrom: validFrom, validTo: validTo)
    }
}

extension Terminology {
    /// The mappings of a table by name and version (`mimic/1.0.0`), in its order; `nil` for a table that is not loaded.
    public func mappings(of title: String) -> [CodeMapping]? {
        guard let table = mappingTables.first(where: { $0.title == title }) else { return nil }
        return table.entries.indices.map { CodeMapping(table.row($0), concepts) }
    }
}

extension CodeMapping {
    init(_ row: MappingRow, _ concepts: [String: Concept]) {
        self.init(
            system: row.system, code: row.code, label: row.label,
            conditions: Conditions(
                unit: row.conditions.unit, specimen: row.conditions.specimen, method: row.conditions.method,
                device: row.conditions.device),
            validFrom: row.validFrom.map { Self.day($0) },
            validTo: row.validUntil.map { Self.day($0.adding(seconds: -86_400)) },
            target: row.target.map {
                Code(system: CodeSystem.loinc, code: $0, display: row.display ?? concepts[$0]?.display)
            }, relationship: row.relationship, unit: row.unit, status: Status(rawValue: row.status.rawValue) ?? .proposed,
            author: row.evidence.author,
            reviewers: row.evidence.reviewer?.split(separator: "|").map(String.init) ?? [], date: row.evidence.date,
            justification: row.evidence.justification, confidence: row.evidence.confidence, comment: row.evidence.comment,
            deciles: row.evidence.fingerprint?.split(separator: " ").compactMap { Double($0) } ?? [], row: row.digest)
        unitIfAbsent = row.unitIfAbsent
        unitAliases = row.unitAliases
        supersedes = row.evidence.supersedes
        targetVersion = row.evidence.loincVersion
    }

    private static func day(_ instant: Instant) -> String {
        CivilDate(daysSinceEpoch: Int(instant.microseconds / 86_400_000_000)).description
    }
}

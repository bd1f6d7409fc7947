public import Clinical

/// Which columns of a foreign table mean what; with it any CSV or TSV becomes mappings.
public struct ColumnMap: Sendable {
    public enum Field: String, Sendable, CaseIterable {
        case code, label, unit, specimen, method, device, target, display, relationship, status, author, reviewer, date
        case confidence, comment, frequency, deciles, justification
        case conditionUnit = "condition-unit"
        case validFrom = "valid-from"
        case validTo = "valid-to"
        case unitIfAbsent = "unit-if-absent"
        case unitAliases = "unit-aliases"
    }

    public var columns: [Field: String]
    /// URI of the local code system.
    public var system: String
    /// URI of the code system of the targets.
    public var targetSystem: String
    /// Text of the status column → status; what is not named is proposed.
    public var statuses: [String: CodeMapping.Status]
    /// Text of the relationship column → FHIR R4 equivalence; what is not named is `equivalent`.
    public var relationships: [String: String]
    /// Targets that mean there is none.
    public var noTargets: Set<String>
    public var separator: UInt8
    /// Taken off the front of every code: `mimic:` in SSSOM.
    public var prefix = ""

    public init(
        _ columns: [Field: String], system: String, targetSystem: String = CodeSystem.loinc,
        statuses: [String: CodeMapping.Status] = ["approved": .approved, "reviewed": .reviewed, "retired": .retired],
        relationships: [String: String] = [:], noTargets: Set<String> = ["", "0", "sssom:NoTermFound"],
        separator: UInt8 = UInt8(ascii: ",")
    ) {
        self.columns = columns
        self.system = system
        self.targetSystem = targetSystem
        self.statuses = statuses
        self.relationships = relationships
        self.noTargets = noTargets
        self.separator = separator
    }

    /// The export of Usagi (OHDSI). Its targets are OMOP concept ids; `unit` and `deciles` stand in columns of the project.
    public static func usagi(system: String, unit: String? = nil, deciles: String? = nil) -> ColumnMap {
        var columns: [Field: String] = [
            .code: "sourceCode", .label: "sourceName", .target: "conceptId", .display: "conceptName",
            .relationship: "equivalence", .status: "mappingStatus", .author: "createdBy", .reviewer: "statusSetBy",
            .comment: "comment", .confidence: "matchScore", .frequency: "sourceFrequency",
        ]
        columns[.unit] = unit
        columns[.deciles] = deciles
        return ColumnMap(
            columns, system: system, targetSystem: "https://fhir-terminology.ohdsi.org",
            statuses: ["APPROVED": .approved, "SEMI_APPROVED": .reviewed, "INVALID_TARGET": .retired],
            relationships: [
                "EQUAL": "equivalent", "EQUIVALENT": "equivalent", "WIDER": "wider", "NARROWER": "narrower",
                "INEXACT": "inexact",
            ])
    }

    /// SSSOM/TSV, or the `map.tsv` of a table with its conditions.
    ///
    /// - Parameter prefix: of the local codes, with its colon.
    public static func sssom(system: String, prefix: String) -> ColumnMap {
        var map = ColumnMap(
            [
                .code: "subject_id", .label: "subject_label", .target: "object_id", .display: "object_label",
                .relationship: "predicate_id", .author: "author_id", .reviewer: "reviewer_id", .date: "mapping_date",
                .confidence: "confidence", .comment: "comment", .unit: "unit", .specimen: "subject_specimen",
                .method: "subject_method", .device: "subject_device", .status: "status", .conditionUnit: "subject_unit",
                .validFrom: "valid_from", .validTo: "valid_to", .unitIfAbsent: "unit_if_absent",
                .unitAliases: "unit_aliases", .justification: "mapping_justification", .deciles: "fingerprint",
            ], system: system,
            relationships: Dictionary(
                zip(MappingRow.predicates, MappingRow.relationshipNames), uniquingKeysWith: { first, _ in first }),
            separator: UInt8(ascii: "\t"))
        map.prefix = prefix
        return map
    }

    /// A LIVD catalogue (LOINC mapping for in vitro diagnostics) as a sheet: one row a vendor result and specimen. The
    /// device is the vendor's model, because the same analyte code means other tests on other devices.
    public static func livd(system: String) -> ColumnMap {
        ColumnMap(
            [
                .code: "Vendor Analyte Code", .label: "Vendor Analyte Name", .specimen: "Vendor Specimen Description",
                .device: "Model", .target: "Test Performed LOINC Code", .display: "Test Performed LOINC Long Name",
                .author: "Manufacturer", .comment: "Vendor Comment",
            ], system: system)
    }
}

/// What an import made of a file.
public struct MappingImport: Sendable {
    public var mappings: [CodeMapping]
    /// Rows that are no mapping, with their position among the data rows and the reason; never their content.
    public var skipped: [(row: Int, reason: String)]

    init(mappings: [CodeMapping], skipped: [(row: Int, reason: String)]) {
        self.mappings = mappings
        self.skipped = skipped
    }

    /// Reads CSV or TSV by a column map. Everything imported that is not marked otherwise is `proposed`.
    public init(_ content: [UInt8], _ map: ColumnMap, file: String = "import") throws(TerminologyError) {
        let table = try DelimitedText(content, separator: map.separator, file: file)
        for field in [ColumnMap.Field.code, .target] {
            guard let name = map.columns[field], table.hasColumn(name) else {
                throw TerminologyError(
                    problems: [
                        .init(
                            cause: .missingColumn, file: file, line: 1,
                            reason: "There is no column for the \(field.rawValue).")
                    ])
            }
        }
        mappings = []
        skipped = []
        for (number, row) in table.rows.enumerated() {
            func value(_ field: ColumnMap.Field) -> String? {
                map.columns[field].flatMap { table.value($0, of: row) }
            }
            guard let written = value(.code) ?? value(.label) else {
                skipped.append((number, "The row has no code and no name."))
                continue
            }
            let code = written.hasPrefix(map.prefix) ? String(written.dropFirst(map.prefix.count)) : written
            let target = value(.target) ?? ""
            let isNone = map.noTargets.contains(target)
            // SSSOM writes the target as a prefixed name.
            let bare = target.hasPrefix("LOINC:") || target.hasPrefix("loinc:") ? String(target.dropFirst(6)) : target
            let stated = value(.status) ?? ""
            let status = map.statuses[stated] ?? map.statuses[stated.lowercased()] ?? .proposed
            if isNone, status != .approved {
                skipped.append((number, "The row has no target and is not approved as one without."))
                continue
            }
            let deciles = value(.deciles).map { text in
                text.split { !"0123456789.-+eE".contains($0) }.compactMap { Double($0) }
            }
            mappings.append(
                CodeMapping(
                    system: map.system, code: code, label: value(.label),
                    conditions: CodeMapping.Conditions(
                        unit: value(.conditionUnit), specimen: value(.specimen), method: value(.method),
                        device: value(.device)),
                    validFrom: value(.validFrom), validTo: value(.validTo),
                    target: isNone ? nil : Code(system: map.targetSystem, code: bare, display: value(.display)),
                    relationship: value(.relationship).flatMap { map.relationships[$0] } ?? "equivalent",
                    unit: value(.unit), status: status, author: value(.author),
                    reviewers: value(.reviewer)?.split(separator: "|").map(String.init) ?? [], date: value(.date),
                    justification: value(.justification), confidence: value(.confidence), comment: value(.comment),
                    frequency: value(.frequency).flatMap(Int.init),
                    deciles: deciles ?? []))
            mappings[mappings.count - 1].unitIfAbsent = value(.unitIfAbsent)
            for pair in value(.unitAliases)?.split(separator: ";") ?? [] {
                let parts = pair.split(separator: "=", maxSplits: 1).map(String.init)
                if parts.count == 2 { mappings[mappings.count - 1].unitAliases[parts[0]] = parts[1] }
            }
        }
    }
}

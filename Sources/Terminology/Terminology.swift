public import Clinical
internal import UCUM

/// Turns local codes and units into LOINC and UCUM by versioned tables.
///
/// Everything is compiled when the tables are loaded; a translation is a few dictionary reads and one multiplication.
/// Immutable: another version of the tables is another value.
public struct Terminology: CodeTranslator, Sendable {
    public struct Limits: Sendable, Hashable {
        public var maximumFileBytes: Int
        public var maximumRows: Int
        /// Longest raw unit that is looked at, in bytes.
        public var maximumUnitBytes: Int

        public init(maximumFileBytes: Int = 1 << 30, maximumRows: Int = 4_000_000, maximumUnitBytes: Int = 64) {
            self.maximumFileBytes = maximumFileBytes
            self.maximumRows = maximumRows
            self.maximumUnitBytes = maximumUnitBytes
        }
    }

    /// A table as it was loaded.
    public struct TableSummary: Hashable, Sendable {
        public var manifest: TableManifest
        public var rows: Int
        public var approvedRows: Int
        public var unmappableRows: Int
        /// Whether values are translated by it.
        public var isInUse: Bool
    }

    /// Table and version (`lab-a/1.0.0`, `units/1.0.0`) → SHA-256 of its file, hexadecimal.
    public internal(set) var digests: [String: String]
    public internal(set) var tables: [TableSummary] = []
    /// Released tables that should be in use and are not, because another version than the one they supersede is active.
    public internal(set) var idleReleases: [String] = []
    let concepts: [String: Concept]
    /// Codes whose values can stand for those of another code.
    public let analytes: AnalyteCodes
    let clinical: ClinicalRules
    let aliases: UnitAliases
    private(set) var index: TranslationIndex
    /// In the order of names and versions, drafts and retired ones too.
    private(set) var mappingTables: [MappingTable]
    let limits: Limits
    let suggestionWords: SuggestionWords
    /// `units/names.tsv`
    let names: [Suggester.Candidate]

    /// Reads and checks a set of mapping files; those with other names are ignored.
    ///
    /// - Parameter releases: name and version of the released tables that are in use, in the order of their approval.
    /// - Throws: ``TerminologyError`` with everything that is wrong, file by file and line by line.
    public init(
        files: [TerminologyFile], releases: [String] = [], limits: Limits = Limits()
    ) throws(TerminologyError) {
        var problems: [TerminologyError.Problem] = []
        let byPath = Dictionary(files.map { ($0.path, $0) }) { first, _ in first }
        func file(_ path: String) -> TerminologyFile {
            if let file = byPath[path] { return file }
            problems.append(
                TerminologyError.Problem(cause: .missingFile, file: path, line: nil, reason: "The file is missing."))
            return TerminologyFile(path: path, content: [])
        }
        let unitFiles = ["canonical.tsv", "aliases.tsv", "homographs.tsv"].map { file("units/" + $0) }
        let (suspectFile, clinicalFile) = (byPath["units/suspects.tsv"], byPath["units/clinical.tsv"])
        let (synonymFile, nameFile) = (byPath["units/synonyms.tsv"], byPath["units/names.tsv"])
        let unitsManifest = file("units/manifest.json")
        guard problems.isEmpty else { throw TerminologyError(problems: problems) }

        var digests: [String: String] = [:]
        let optionalFiles = [suspectFile, clinicalFile, synonymFile, nameFile].compactMap { $0 }
        let version = Self.checkUnits(unitsManifest, unitFiles + optionalFiles, &digests, &problems)
        let clinical =
            clinicalFile.map { ClinicalRules($0, limits: limits, problems: &problems) } ?? ClinicalRules()
        let conceptTable = ConceptTable(unitFiles[0], clinical: clinical, limits: limits, problems: &problems)
        let aliases = UnitAliases(
            aliases: unitFiles[1], homographs: unitFiles[2], suspects: suspectFile, limits: limits, problems: &problems)
        let words =
            synonymFile.map { SuggestionWords($0, limits: limits, problems: &problems) } ?? SuggestionWords()
        let names = nameFile.map { Self.names($0, limits, &problems) } ?? []
        var tables: [MappingTable] = []
        for path in byPath.keys.sorted() where path.hasPrefix("codes/") && path.hasSuffix("/manifest.json") {
            guard let manifest = byPath[path] else { continue }
            let map = byPath[String(path.dropLast("manifest.json".count)) + "map.tsv"]
            if let table = MappingTable(
                manifest: manifest, map: map, concepts: conceptTable, limits: limits, problems: &problems)
            {
                tables.append(table)
                digests[table.title] = table.manifest.sha256
            }
        }
        let (inUse, idle) = Self.inUse(tables, releases)
        let index = TranslationIndex(
            tables: tables.filter { inUse.contains($0.title) }, concepts: conceptTable, aliases: aliases,
            unitsTable: "units/" + version, unitsDigest: digests["units/" + version] ?? "", problems: &problems)
        guard problems.isEmpty else { throw TerminologyError(problems: problems) }

        self.digests = digests
        self.aliases = aliases
        self.clinical = clinical
        suggestionWords = words
        self.names = names
        mappingTables = tables
        self.index = index
        self.limits = limits
        concepts = conceptTable.concepts
        analytes = conceptTable.analytes
        idleReleases = idle
        self.tables = tables.map { TableSummary($0, isInUse: inUse.contains($0.title)) }
    }

    /// The same tables with another choice of released ones in use, and with further tables.
    ///
    /// - Parameters:
    ///   - files: `codes/…/manifest.json` and `map.tsv` of tables that are not there yet.
    ///   - releases: as for ``init(files:releases:limits:)``.
    public func adding(_ files: [TerminologyFile] = [], releases: [String]) throws(TerminologyError) -> Terminology {
        var problems: [TerminologyError.Problem] = []
        let byPath = Dictionary(files.map { ($0.path, $0) }) { first, _ in first }
        var result = self
        for path in byPath.keys.sorted() where path.hasPrefix("codes/") && path.hasSuffix("/manifest.json") {
            guard let manifest = byPath[path] else { continue }
            let map = byPath[String(path.dropLast("manifest.json".count)) + "map.tsv"]
            guard
                let table = MappingTable(
                    manifest: manifest, map: map, concepts: index.concepts, limits: limits, problems: &problems)
            else { continue }
            result.mappingTables.removeAll { $0.title == table.title }
            result.mappingTables.append(table)
            result.digests[table.title] = table.manifest.sha256
        }
        result.mappingTables.sort { ($0.manifest.name, $0.manifest.version) < ($1.manifest.name, $1.manifest.version) }
        let (inUse, idle) = Self.inUse(result.mappingTables, releases)
        result.index = TranslationIndex(
            tables: result.mappingTables.filter { inUse.contains($0.title) }, concepts: index.concepts, aliases: aliases,
            unitsTable: index.unitsTable, unitsDigest: index.unitsDigest, problems: &problems)
        guard problems.isEmpty else { throw TerminologyError(problems: problems) }
        result.idleReleases = idle
        result.tables = result.mappingTables.map { TableSummary($0, isInUse: inUse.contains($0.title)) }
        return result
    }

    /// The same tables with one version in use instead of whichever of its name is.
    ///
    /// - Parameter files: `manifest.json` and `map.tsv` of the version, where it is not there yet.
    public func using(_ title: String, files: [TerminologyFile] = []) throws(TerminologyError) -> Terminology {
        var result = self
        var problems: [TerminologyError.Problem] = []
        if let manifest = files.first(where: { $0.path.hasSuffix("/manifest.json") }),
            let table = MappingTable(
                manifest: manifest, map: files.first { $0.path.hasSuffix("/map.tsv") }, concepts: index.concepts,
                limits: limits, problems: &problems)
        {
            result.mappingTables.removeAll { $0.title == title }
            result.mappingTables.append(table)
            result.digests[title] = table.manifest.sha256
        }
        guard let wanted = result.mappingTables.first(where: { $0.title == title }) else {
            problems.append(
                TerminologyError.Problem(
                    cause: .missingFile, file: "codes/\(title)/manifest.json", line: nil, reason: "There is no such table.")
            )
            throw TerminologyError(problems: problems)
        }
        var inUse = Set(tables.filter { $0.isInUse && $0.manifest.name != wanted.manifest.name }.map(\.manifest.tableTitle))
        inUse.insert(title)
        result.index = TranslationIndex(
            tables: result.mappingTables.filter { inUse.contains($0.title) }, concepts: index.concepts, aliases: aliases,
            unitsTable: index.unitsTable, unitsDigest: index.unitsDigest, problems: &problems)
        guard problems.isEmpty else { throw TerminologyError(problems: problems) }
        result.tables = result.mappingTables.map { TableSummary($0, isInUse: inUse.contains($0.title)) }
        return result
    }

    /// Titles of the tables that translate: the active ones, each replaced by the released one that supersedes it, and so on.
    private static func inUse(_ tables: [MappingTable], _ releases: [String]) -> (inUse: Set<String>, idle: [String]) {
        let manifests = Dictionary(tables.map { ($0.title, $0.manifest) }) { first, _ in first }
        var inUse = Set(tables.filter { $0.manifest.status == .active }.map(\.title))
        var idle: [String] = []
        for title in releases {
            guard let manifest = manifests[title], manifest.status == .released else {
                idle.append(title)
                continue
            }
            if let earlier = manifest.supersedes {
                guard inUse.remove(earlier) != nil else {
                    idle.append(title)
                    continue
                }
            } else if inUse.contains(where: { manifests[$0]?.name == manifest.name }) {
                idle.append(title)
                continue
            }
            inUse.insert(title)
        }
        return (inUse, idle)
    }

    /// The version of the unit tables; their common digest is that of the manifest, which names each file's own.
    private static func checkUnits(
        _ manifest: TerminologyFile, _ files: [TerminologyFile], _ digests: inout [String: String],
        _ problems: inout [TerminologyError.Problem]
    ) -> String {
        do throws(ManifestFault) {
            let units = try UnitsManifest(parsing: manifest.content)
            for file in files {
                let name = String(file.path.dropFirst("units/".count))
                if units.sha256[name] != ContentDigest(of: file.content).hex {
                    problems.append(
                        TerminologyError.Problem(
                            cause: .digestMismatch, file: file.path, line: nil,
                            reason: "The SHA-256 of the file is not the one in units/manifest.json."))
                }
            }
            digests["units/" + units.version] = ContentDigest(of: manifest.content).hex
            return units.version
        } catch {
            problems.append(
                TerminologyError.Problem(
                    cause: .invalidManifest, file: manifest.path, line: nil, reason: error.reason))
            return ""
        }
    }

    private static func names(
        _ file: TerminologyFile, _ limits: Limits, _ problems: inout [TerminologyError.Problem]
    ) -> [Suggester.Candidate] {
        var reader = TableReader(file, required: ["loinc", "display"], optional: [], limits: limits)
        var found: [Suggester.Candidate] = []
        for row in reader.rows {
            guard let loinc = reader.required("loinc", of: row), let display = reader.required("display", of: row) else {
                continue
            }
            if !LOINCCode.isWellFormed(loinc) {
                reader.report(.invalidValue, row.line, "The column loinc is not a LOINC code (form or check digit).")
            }
            found.append(Suggester.Candidate(loinc: loinc, display: display))
        }
        problems += reader.problems
        return found
    }

    /// What is known of a LOINC code; `nil` for codes without a row in `units/canonical.tsv`.
    public func concept(_ loinc: String) -> Concept? {
        concepts[loinc]
    }

    /// The tables that are not those a model was trained with.
    ///
    /// - Parameter pins: table and version → SHA-256, as a model package names them.
    /// - Returns: names of tables that are not in use, or have another digest; ascending.
    public func mismatches(with pins: [String: String]) -> [String] {
        let idle = Set(tables.filter { !$0.isInUse }.map(\.manifest.tableTitle))
        return pins.filter { idle.contains($0.key) || digests[$0.key] != $0.value.lowercased() }.map(\.key).sorted()
    }

    public func translate(_ request: TranslationRequest) -> TranslationOutcome {
        guard let route = index.route(system: request.code.system, source: request.source) else {
            return .unmapped(
                .unmappedCode, explanation: "No mapping table serves this source and code system.", candidates: [])
        }
        if let number = route.table {
            let table = index.tables[number]
            switch Self.select(table.table, request, system: route.system) {
            case .row(let row): return translate(request, by: row, of: table, route: route)
            case .refused(let outcome): return outcome
            case .none: break
            }
        }
        guard route.isLOINC else {
            return .unmapped(
                .unmappedCode, explanation: "The mapping table has no approved row for this code.", candidates: [])
        }
        guard let known = index.identity[request.code.code] else { return passLOINC(request) }
        let row = AppliedRow(
            title: index.unitsTable, digest: index.unitsDigest, row: known.row, relationship: "equal")
        return translate(request, to: known.target, special: nil, row, route: route)
    }

    /// What of a row is written into the record of a value.
    struct AppliedRow {
        var title: String
        var digest: String
        var row: String
        var relationship: String
        var reviewer: String?
    }

    private enum Selection {
        case row(Int)
        case refused(TranslationOutcome)
        /// The table has no approved row for the code.
        case none
    }

    /// The one row whose conditions the request meets; never the likeliest of several.
    private static func select(_ table: MappingTable, _ request: TranslationRequest, system: UInt8) -> Selection {
        guard let first = table.first(request.code.code, system: system) else { return .none }
        var hasApproved = false
        var isUndecided = false
        var isValid = false
        for row in table.group(first) where table.entries[row].status == .approved {
            let entry = table.entries[row]
            hasApproved = true
            if entry.validity != 0 {
                let (from, until) = table.validities[Int(entry.validity)]
                guard MappingRow.isValid(from, until, at: request.effective) else { continue }
            }
            isValid = true
            if entry.conditions == 0 { return .row(row) }
            switch table.conditions[Int(entry.conditions)].matches(request) {
            case true?: return .row(row)
            case nil: isUndecided = true
            case false?: break
            }
        }
        guard hasApproved else { return .none }
        return .refused(refusal(table, request, system, isValid: isValid, isUndecided: isUndecided))
    }

    private static func refusal(
        _ table: MappingTable, _ request: TranslationRequest, _ system: UInt8, isValid: Bool, isUndecided: Bool
    ) -> TranslationOutcome {
        let rows = table.approved(request.code.code, system: system)
        func candidates(_ rows: [Int]) -> [String] {
            var seen: [String] = []
            for row in rows {
                let target = table.entries[row].target
                if target >= 0, !seen.contains(table.targets[Int(target)]) { seen.append(table.targets[Int(target)]) }
            }
            return seen
        }
        guard isValid else {
            return .unmapped(
                .unmappedCode, explanation: "No approved row for this code is valid at the time of the value.",
                candidates: candidates(rows))
        }
        let valid = rows.filter {
            let (from, until) = table.validities[Int(table.entries[$0].validity)]
            return MappingRow.isValid(from, until, at: request.effective)
        }
        guard isUndecided else {
            return .unmapped(
                .unmappedCode, explanation: "The conditions of every row for this code exclude this value.",
                candidates: candidates(valid))
        }
        let open = valid.filter { table.conditions[Int(table.entries[$0].conditions)].matches(request) == nil }
        let asked = open.map { table.conditions[Int(table.entries[$0].conditions)] }
        var names: [String] = []
        if asked.contains(where: { $0.unit != nil }) { names.append("unit") }
        if asked.contains(where: { $0.specimen != nil }) { names.append("specimen") }
        if asked.contains(where: { $0.method != nil }) { names.append("method") }
        if asked.contains(where: { $0.device != nil }) { names.append("device") }
        return .unmapped(
            .ambiguous,
            explanation: "The code means different things by \(names.joined(separator: ", ")), which is not stated.",
            candidates: candidates(open))
    }

    private func translate(
        _ request: TranslationRequest, by number: Int, of table: CompiledTable, route: TranslationIndex.Route
    ) -> TranslationOutcome {
        let entry = table.table.entries[number]
        guard entry.target >= 0 else {
            return .unmapped(
                .noMap, explanation: "The mapping table says that no LOINC code fits this code.", candidates: [])
        }
        let row = AppliedRow(
            title: table.title, digest: table.digest, row: table.table.identifier(number),
            relationship: MappingRow.relationshipNames[Int(entry.relationship)],
            reviewer: table.table.reviewer(number))
        return translate(
            request, to: table.targets[Int(entry.target)], special: table.special(entry), row, route: route)
    }

    private func translate(
        _ request: TranslationRequest, to target: CompiledTable.Target, special: CompiledTable.Special?,
        _ row: AppliedRow, route: TranslationIndex.Route
    ) -> TranslationOutcome {
        guard let raw = trimmedUnit(request.unit) else {
            if let binding = special?.ifAbsent ?? target.ifAbsent { return outcome(request, target.code, row, binding) }
            guard request.value != nil else { return .mapped(Translation(target: target.code, quantity: nil, row)) }
            return .unmapped(
                .unit, explanation: "The value has no unit, and the mapping does not say which one is meant.",
                candidates: [target.code.code])
        }
        if let binding = special?.own[raw] { return outcome(request, target.code, row, binding) }
        if let binding = index.binding(target.bindings, scope: route.scope, raw: raw) {
            return outcome(request, target.code, row, binding)
        }
        return outcome(request, target.code, row, bind(raw, source: request.source, concept: target.code.code))
    }

    /// A unit string that was not foreseen, read now; bounded by ``Limits/maximumUnitBytes``.
    private func bind(_ raw: String, source: String, concept: String) -> UnitBinding {
        guard raw.utf8.count <= limits.maximumUnitBytes else {
            return .refused(.unit, explanation: "The unit is longer than any unit.")
        }
        let target = concepts[concept].map { index.concepts.target($0) } ?? UnitBinding.Target(unit: nil)
        return index.bind(raw, source: source, target: target, aliases: aliases)
    }

    private func outcome(
        _ request: TranslationRequest, _ target: Code, _ row: AppliedRow, _ binding: UnitBinding
    ) -> TranslationOutcome {
        switch binding {
        case .refused(let reason, let explanation):
            return .unmapped(reason, explanation: explanation, candidates: [target.code])
        case .converts(let conversion):
            var quantity: Quantity?
            if let value = request.value {
                guard let converted = conversion.arithmetic.apply(value) else {
                    return .unmapped(
                        .notUsable, explanation: "The value has no equivalent in the canonical unit.",
                        candidates: [target.code])
                }
                quantity = Quantity(value: converted, unit: conversion.unit)
            }
            return .mapped(
                Translation(target: target, quantity: quantity, row, conversion))
        }
    }

    /// A LOINC code outside the canonical table keeps its code and, in UCUM, its unit.
    private func passLOINC(_ request: TranslationRequest) -> TranslationOutcome {
        let code = request.code.code
        guard LOINCCode.isWellFormed(code) else {
            return .unmapped(
                .unmappedCode, explanation: "This is not a LOINC code: its form or check digit is wrong.", candidates: [])
        }
        let target = Code(system: CodeSystem.loinc, code: code, display: request.code.display)
        let row = AppliedRow(
            title: index.unitsTable, digest: index.unitsDigest, row: ContentDigest.identifier("LOINC", code),
            relationship: "equal")
        guard let raw = trimmedUnit(request.unit) else {
            let quantity = request.value.map { Quantity(value: $0, unit: nil) }
            return .mapped(Translation(target: target, quantity: quantity, row))
        }
        return outcome(request, target, row, bind(raw, source: request.source, concept: code))
    }

    /// Without spaces around it; `nil` when nothing is left.
    private func trimmedUnit(_ unit: String?) -> String? {
        guard let unit, let first = unit.utf8.first, let last = unit.utf8.last else { return nil }
        guard first <= 32 || last <= 32 else { return unit }
        let utf8 = unit.utf8
        guard let start = utf8.firstIndex(where: { $0 > 32 }), let end = utf8.lastIndex(where: { $0 > 32 }) else {
            return nil
        }
        return String(unit[start..<utf8.index(after: end)])
    }
}

extension Translation {
    fileprivate init(
        target: Code, quantity: Quantity?, _ row: Terminology.AppliedRow, _ conversion: UnitBinding.Conversion? = nil
    ) {
        self.init(
            target: target, quantity: quantity,
            record: MappingRecord(
                table: row.title, tableDigest: row.digest, row: row.row, relationship: row.relationship,
                unitRead: conversion?.unitRead, conversion: conversion?.description ?? "none", factor: conversion?.factor,
                reviewer: row.reviewer))
    }
}

extension Terminology.TableSummary {
    init(_ table: MappingTable, isInUse: Bool) {
        self.init(
            manifest: table.manifest, rows: table.entries.count,
            approvedRows: table.entries.count { $0.status == .approved },
            unmappableRows: table.entries.count { $0.target < 0 }, isInUse: isInUse)
    }
}

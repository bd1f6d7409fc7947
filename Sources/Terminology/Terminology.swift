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

        public init(maximumFileBytes: Int = 64 << 20, maximumRows: Int = 1_000_000, maximumUnitBytes: Int = 64) {
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
    }

    /// Table and version (`lab-a/1.0.0`, `units/1.0.0`) → SHA-256 of its file, hexadecimal.
    public let digests: [String: String]
    public let tables: [TableSummary]
    let concepts: [String: Concept]
    let aliases: UnitAliases
    let index: TranslationIndex
    let limits: Limits

    /// Reads and checks a set of mapping files; those with other names are ignored.
    ///
    /// - Throws: ``TerminologyError`` with everything that is wrong, file by file and line by line.
    public init(files: [TerminologyFile], limits: Limits = Limits()) throws(TerminologyError) {
        var problems: [TerminologyError.Problem] = []
        let byPath = Dictionary(files.map { ($0.path, $0) }) { first, _ in first }
        func file(_ path: String) -> TerminologyFile {
            if let file = byPath[path] { return file }
            problems.append(
                TerminologyError.Problem(cause: .missingFile, file: path, line: nil, reason: "The file is missing."))
            return TerminologyFile(path: path, content: [])
        }
        let unitFiles = ["canonical.tsv", "aliases.tsv", "homographs.tsv"].map { file("units/" + $0) }
        let unitsManifest = file("units/manifest.json")
        guard problems.isEmpty else { throw TerminologyError(problems: problems) }

        var digests: [String: String] = [:]
        let version = Self.checkUnits(unitsManifest, unitFiles, &digests, &problems)
        let conceptTable = ConceptTable(unitFiles[0], limits: limits, problems: &problems)
        let aliases = UnitAliases(
            aliases: unitFiles[1], homographs: unitFiles[2], limits: limits, problems: &problems)
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
        let index = TranslationIndex(
            tables: tables, concepts: conceptTable, aliases: aliases, unitsTable: "units/" + version,
            unitsDigest: digests["units/" + version] ?? "", problems: &problems)
        guard problems.isEmpty else { throw TerminologyError(problems: problems) }

        self.digests = digests
        self.aliases = aliases
        self.index = index
        self.limits = limits
        concepts = conceptTable.concepts
        self.tables = tables.map { table in
            TableSummary(
                manifest: table.manifest, rows: table.rows.count,
                approvedRows: table.rows.count { $0.status == .approved },
                unmappableRows: table.rows.count { $0.target == nil })
        }
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

    /// What is known of a LOINC code; `nil` for codes without a row in `units/canonical.tsv`.
    public func concept(_ loinc: String) -> Concept? {
        concepts[loinc]
    }

    public func translate(_ request: TranslationRequest) -> TranslationOutcome {
        guard let route = index.route(system: request.code.system, source: request.source) else {
            return .unmapped(
                .unmappedCode, explanation: "No mapping table serves this source and code system.", candidates: [])
        }
        if let number = route.table, let rows = index.tables[number][request.code.code] {
            switch Self.select(rows, request) {
            case .row(let row): return translate(request, by: row, route: route)
            case .outcome(let outcome): return outcome
            }
        }
        guard route.isLOINC else {
            return .unmapped(
                .unmappedCode, explanation: "The mapping table has no approved row for this code.", candidates: [])
        }
        if let row = index.identity[request.code.code] { return translate(request, by: row, route: route) }
        return passLOINC(request)
    }

    // Suggestions for unmapped codes (`suggest`) belong here, beside `translate`, over the same concepts and tables.

    private enum Selection {
        case row(CompiledRow)
        case outcome(TranslationOutcome)
    }

    /// The one row whose conditions the request meets; never the likeliest of several.
    private static func select(_ rows: [CompiledRow], _ request: TranslationRequest) -> Selection {
        if rows.count == 1, rows[0].isUnconditional { return .row(rows[0]) }
        let valid = rows.filter { $0.row.isValid(at: request.effective) }
        guard !valid.isEmpty else {
            return .outcome(
                .unmapped(
                    .unmappedCode, explanation: "No approved row for this code is valid at the time of the value.",
                    candidates: candidates(rows)))
        }
        var undecided: [CompiledRow] = []
        for row in valid {
            switch row.matches(request) {
            case true?: return .row(row)
            case nil: undecided.append(row)
            case false?: break
            }
        }
        if undecided.isEmpty {
            return .outcome(
                .unmapped(
                    .unmappedCode, explanation: "The conditions of every row for this code exclude this value.",
                    candidates: candidates(valid)))
        }
        return .outcome(
            .unmapped(
                .ambiguous,
                explanation:
                    "The code means different things by \(CompiledRow.conditionNames(undecided)), which is not stated.",
                candidates: candidates(undecided)))
    }

    private static func candidates(_ rows: [CompiledRow]) -> [String] {
        var seen: [String] = []
        for code in rows.compactMap(\.row.target) where !seen.contains(code) { seen.append(code) }
        return seen
    }

    private func translate(
        _ request: TranslationRequest, by row: CompiledRow, route: TranslationIndex.Route
    ) -> TranslationOutcome {
        guard let target = row.target else {
            return .unmapped(
                .unmappedCode, explanation: "The mapping table says that no LOINC code fits this code.", candidates: [])
        }
        let raw = trimmedUnit(request.unit)
        guard let raw else {
            if let binding = row.bindingIfAbsent { return outcome(request, target, row, binding) }
            guard request.value != nil else { return .mapped(row.coded) }
            return .unmapped(
                .unit, explanation: "The value has no unit, and the mapping does not say which one is meant.",
                candidates: [target.code])
        }
        if !row.ownBindings.isEmpty, let binding = row.ownBindings[raw] { return outcome(request, target, row, binding) }
        if let binding = index.bindings[row.bindings][route.scope][raw] { return outcome(request, target, row, binding) }
        return outcome(request, target, row, bind(raw, source: request.source, concept: target.code))
    }

    /// A unit string that was not foreseen, read now; bounded by ``Limits/maximumUnitBytes``.
    private func bind(_ raw: String, source: String, concept: String) -> UnitBinding {
        guard raw.utf8.count <= limits.maximumUnitBytes else {
            return .refused(.unit, explanation: "The unit is longer than any unit.")
        }
        let target = concepts[concept].map { UnitBinding.Target($0) } ?? UnitBinding.Target(unit: nil)
        return index.bind(raw, source: source, target: target, aliases: aliases)
    }

    private func outcome(
        _ request: TranslationRequest, _ target: Code, _ row: CompiledRow, _ binding: UnitBinding
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
                Translation(
                    target: target, quantity: quantity,
                    record: MappingRecord(
                        table: row.tableTitle, tableDigest: row.tableDigest, row: row.row.digest,
                        relationship: row.row.relationship, unitRead: conversion.unitRead,
                        conversion: conversion.description, factor: conversion.factor)))
        }
    }

    /// A LOINC code outside the canonical table keeps its code and, in UCUM, its unit.
    private func passLOINC(_ request: TranslationRequest) -> TranslationOutcome {
        let code = request.code.code
        guard LOINCCode.isWellFormed(code) else {
            return .unmapped(
                .unmappedCode, explanation: "This is not a LOINC code: its form or check digit is wrong.", candidates: [])
        }
        let row = index.passed(request.code)
        guard let raw = trimmedUnit(request.unit) else {
            guard let value = request.value else { return .mapped(row.coded) }
            var translation = row.coded
            translation.quantity = Quantity(value: value, unit: nil)
            return .mapped(translation)
        }
        return outcome(
            request, Code(system: CodeSystem.loinc, code: code, display: request.code.display), row,
            bind(raw, source: request.source, concept: code))
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

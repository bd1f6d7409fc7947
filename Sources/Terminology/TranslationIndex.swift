internal import Clinical
internal import UCUM

/// An approved row with everything that translating by it needs.
struct CompiledRow: Sendable {
    var row: MappingRow
    /// LOINC with its display; `nil` where the row says there is none.
    var target: Code?
    var tableTitle: String
    var tableDigest: String
    /// Number of the bindings of its concept.
    var bindings: Int
    /// For a value without a unit.
    var bindingIfAbsent: UnitBinding?
    /// For the raw units that mean something of their own in this row; wins over every other reading.
    var ownBindings: [String: UnitBinding] = [:]
    /// The outcome for a value that is no number.
    var coded: Translation

    var isUnconditional: Bool { row.conditions.isEmpty && row.validFrom == nil && row.validUntil == nil }

    /// `nil` when the request does not state what a condition asks for.
    func matches(_ request: TranslationRequest) -> Bool? {
        var decided = true
        for (wanted, given) in [
            (row.conditions.unit, request.unit), (row.conditions.specimen, request.specimen),
            (row.conditions.method, request.method), (row.conditions.device, request.device),
        ] {
            guard let wanted else { continue }
            guard let given, !given.isEmpty else {
                decided = false
                continue
            }
            if given != wanted { return false }
        }
        return decided ? true : nil
    }

    static func conditionNames(_ rows: [CompiledRow]) -> String {
        var names: [String] = []
        if rows.contains(where: { $0.row.conditions.unit != nil }) { names.append("unit") }
        if rows.contains(where: { $0.row.conditions.specimen != nil }) { names.append("specimen") }
        if rows.contains(where: { $0.row.conditions.method != nil }) { names.append("method") }
        if rows.contains(where: { $0.row.conditions.device != nil }) { names.append("device") }
        return names.joined(separator: ", ")
    }
}

/// The tables, turned round for reading.
struct TranslationIndex: Sendable {
    struct Route: Sendable {
        /// Number of the table; `nil` for LOINC without a table of its own.
        var table: Int?
        /// Number of the source's scope of unit aliases.
        var scope: Int
        var isLOINC: Bool
    }

    /// Code → approved rows, a table each.
    private(set) var tables: [[String: [CompiledRow]]] = []
    /// LOINC code → row that maps it to itself.
    private(set) var identity: [String: CompiledRow] = [:]
    /// Binding set (by ``CompiledRow/bindings``), scope, raw unit → binding, for all units foreseen.
    private(set) var bindings: [[[String: UnitBinding]]] = []
    private var routes: [String: [String: Route]] = [:]
    private var units: [String: Unit] = [:]
    private let unitsTable: String
    private let unitsDigest: String

    init(
        tables: [MappingTable], concepts: ConceptTable, aliases: UnitAliases, unitsTable: String, unitsDigest: String,
        problems: inout [TerminologyError.Problem]
    ) {
        self.unitsTable = unitsTable
        self.unitsDigest = unitsDigest
        units = concepts.units
        let active = tables.filter { $0.manifest.status == .active }

        // Scope 0 holds the aliases of every source; each source with aliases of its own has another.
        let scopes = ["*"] + aliases.aliases.keys.filter { $0 != "*" }.sorted()
        let foreseen = Self.foreseen(active, concepts, aliases)
        var numbers: [UnitBinding.Target: Int] = [:]
        func bindingNumber(_ concept: Concept) -> Int {
            let target = UnitBinding.Target(concept)
            if let number = numbers[target] { return number }
            numbers[target] = bindings.count
            bindings.append(
                scopes.map { scope in
                    var set: [String: UnitBinding] = [:]
                    for raw in foreseen { set[raw] = bind(raw, source: scope, target: target, aliases: aliases) }
                    return set
                })
            return bindings.count - 1
        }

        for (loinc, concept) in concepts.concepts {
            let row = MappingRow(
                line: 0, subject: "LOINC:" + loinc, system: CodeSystem.loinc, code: loinc, relationship: "equal",
                target: loinc, conditions: .init(), validFrom: nil, validUntil: nil, unit: concept.unit, unitIfAbsent: nil,
                status: .approved, digest: ContentDigest.identifier("LOINC", loinc))
            identity[loinc] = compile(row, unitsTable, unitsDigest, concept, bindingNumber(concept), aliases)
        }
        for (number, table) in active.enumerated() {
            var rows: [String: [CompiledRow]] = [:]
            for row in table.rows where row.status == .approved {
                let concept = row.target.flatMap { concepts.concepts[$0] }
                rows[row.code, default: []].append(
                    compile(
                        row, table.title, table.manifest.sha256, concept, concept.map { bindingNumber($0) } ?? 0, aliases))
            }
            self.tables.append(rows)
            for system in Set(table.manifest.codeSystems.values) {
                for source in table.manifest.sources {
                    let taken = routes[system, default: [:]].updateValue(
                        Route(table: number, scope: 0, isLOINC: system == CodeSystem.loinc), forKey: source)
                    guard taken != nil else { continue }
                    problems.append(
                        TerminologyError.Problem(
                            cause: .overlappingTables, file: "codes/\(table.title)/manifest.json", line: nil,
                            reason: "Another active table serves the same source and code system."))
                }
            }
        }
        addScopes(scopes)
    }

    /// Routes for sources that have unit aliases of their own.
    private mutating func addScopes(_ scopes: [String]) {
        routes[CodeSystem.loinc, default: [:]]["*", default: Route(table: nil, scope: 0, isLOINC: true)].isLOINC = true
        for system in Array(routes.keys) {
            for (number, scope) in scopes.enumerated() where number > 0 {
                guard var route = routes[system]?[scope] ?? routes[system]?["*"] else { continue }
                route.scope = number
                routes[system]?[scope] = route
            }
        }
    }

    func route(system: String, source: String) -> Route? {
        guard let sources = routes[system] else { return nil }
        return sources[source] ?? sources["*"]
    }

    /// All raw units that the tables name.
    private static func foreseen(_ tables: [MappingTable], _ concepts: ConceptTable, _ aliases: UnitAliases) -> Set<String>
    {
        var raw = Set(concepts.units.keys)
        for (_, entries) in aliases.aliases {
            for (string, reading) in entries {
                raw.insert(string)
                raw.insert(reading.code)
            }
        }
        for row in tables.flatMap(\.rows) {
            for code in [row.unit, row.unitIfAbsent] { if let code { raw.insert(code) } }
        }
        return raw
    }

    func bind(_ raw: String, source: String, target: UnitBinding.Target, aliases: UnitAliases) -> UnitBinding {
        do throws(UnitAliases.Refusal) {
            let reading = try aliases.read(raw, source: source)
            return UnitBinding(reading: reading, target: target, unit: target.unit.flatMap { units[$0] })
        } catch {
            switch error {
            case .homograph(let explanation):
                return .refused(.ambiguous, explanation: "The unit has two meanings: \(explanation)")
            case .invalid(let fault):
                return .refused(.unit, explanation: "The unit is not understood: \(fault.reason)")
            }
        }
    }

    private func compile(
        _ row: MappingRow, _ title: String, _ digest: String, _ concept: Concept?, _ bindings: Int, _ aliases: UnitAliases
    ) -> CompiledRow {
        let target = concept.map { Code(system: CodeSystem.loinc, code: $0.loinc, display: $0.display) }
        let record = MappingRecord(
            table: title, tableDigest: digest, row: row.digest, relationship: row.relationship, unitRead: nil,
            conversion: "none", factor: nil)
        var compiled = CompiledRow(
            row: row, target: target, tableTitle: title, tableDigest: digest, bindings: bindings, bindingIfAbsent: nil,
            coded: Translation(target: target ?? Code(system: CodeSystem.loinc, code: ""), quantity: nil, record: record))
        guard let concept else { return compiled }
        func binding(_ code: String) -> UnitBinding? {
            guard let unit = try? Unit(code) else { return nil }
            return UnitBinding(
                reading: UnitAliases.Reading(code: code, unit: unit), target: UnitBinding.Target(concept),
                unit: concept.unit.flatMap { units[$0] })
        }
        compiled.bindingIfAbsent = (row.unitIfAbsent ?? concept.unitIfAbsent).flatMap { binding($0) }
        compiled.ownBindings = row.unitAliases.compactMapValues { binding($0) }
        return compiled
    }

    /// A row for a LOINC code that the canonical table does not have.
    func passed(_ code: Code) -> CompiledRow {
        let row = MappingRow(
            line: 0, subject: "", system: CodeSystem.loinc, code: code.code, relationship: "equal", target: code.code,
            conditions: .init(), validFrom: nil, validUntil: nil, unit: nil, unitIfAbsent: nil, status: .approved,
            digest: ContentDigest.identifier("LOINC", code.code))
        let target = Code(system: CodeSystem.loinc, code: code.code, display: code.display)
        let record = MappingRecord(
            table: unitsTable, tableDigest: unitsDigest, row: row.digest, relationship: row.relationship, unitRead: nil,
            conversion: "none", factor: nil)
        return CompiledRow(
            row: row, target: target, tableTitle: unitsTable, tableDigest: unitsDigest, bindings: 0, bindingIfAbsent: nil,
            coded: Translation(target: target, quantity: nil, record: record))
    }
}

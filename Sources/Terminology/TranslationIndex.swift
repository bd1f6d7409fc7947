internal import Clinical
internal import UCUM

/// A table in use, with everything that translating by its rows needs.
///
/// A class, so that handing it on counts one reference and not those of everything in it.
final class CompiledTable: Sendable {
    let table: MappingTable
    let title: String
    let digest: String
    /// Of each LOINC code: the code with its display, the number of its bindings, the binding of a value without a unit.
    let targets: [Target]
    /// Of each target and unit set that says more than the concept: what it says.
    let special: [Int64: Special]

    struct Target: Sendable {
        var code: Code
        var bindings: Int
        var ifAbsent: UnitBinding?
    }

    struct Special: Sendable {
        var ifAbsent: UnitBinding?
        /// For the raw units that mean something of their own in this row; wins over every other reading.
        var own: [String: UnitBinding]
    }

    init(_ table: MappingTable, concepts: ConceptTable, bindingNumber: (Concept) -> Int) {
        self.table = table
        title = table.title
        digest = table.manifest.sha256
        var found: [Concept?] = []
        var targets: [Target] = []
        for loinc in table.targets {
            let concept = concepts.concepts[loinc]
            found.append(concept)
            targets.append(
                Target(
                    code: Code(system: CodeSystem.loinc, code: loinc, display: concept?.display),
                    bindings: concept.map { bindingNumber($0) } ?? 0,
                    ifAbsent: concept.flatMap { concept in concept.unitIfAbsent.flatMap { concepts.binding($0, concept) } })
            )
        }
        var special: [Int64: Special] = [:]
        for entry in table.entries where entry.units != 0 && entry.target >= 0 {
            let key = Self.key(entry)
            guard special[key] == nil, let concept = found[Int(entry.target)] else { continue }
            let set = table.unitSets[Int(entry.units)]
            guard set.unitIfAbsent != nil || !set.aliases.isEmpty else { continue }
            special[key] = Special(
                ifAbsent: (set.unitIfAbsent ?? concept.unitIfAbsent).flatMap { concepts.binding($0, concept) },
                own: set.aliases.compactMapValues { concepts.binding($0, concept) })
        }
        self.targets = targets
        self.special = special
    }

    func special(_ entry: MappingTable.Entry) -> Special? {
        entry.units == 0 || special.isEmpty ? nil : special[Self.key(entry)]
    }

    private static func key(_ entry: MappingTable.Entry) -> Int64 { Int64(entry.target) << 32 | Int64(entry.units) }
}

/// The tables, turned round for reading.
struct TranslationIndex: Sendable {
    struct Route: Sendable {
        /// Number of the table; `nil` for LOINC without a table of its own.
        var table: Int?
        /// Number of the code system in that table.
        var system: UInt8 = 0
        /// Number of the source's scope of unit aliases.
        var scope: Int
        var isLOINC: Bool
    }

    /// LOINC codes with a row in the canonical table.
    struct Identity: Sendable {
        var target: CompiledTable.Target
        var row: String
    }

    private(set) var tables: [CompiledTable] = []
    private(set) var identity: [String: Identity] = [:]
    /// Of each scope: raw unit → number of the UCUM code it is read as, for all units foreseen.
    private var readings: [[String: Int]] = []
    /// Binding set (by ``CompiledTable/Target/bindings``) → number of a UCUM code → binding, where it converts.
    private var bindings: [[Int: UnitBinding]] = []
    private var routes: [String: [String: Route]] = [:]
    let concepts: ConceptTable
    let unitsTable: String
    let unitsDigest: String

    /// - Parameter tables: those in use.
    init(
        tables: [MappingTable], concepts: ConceptTable, aliases: UnitAliases, unitsTable: String, unitsDigest: String,
        problems: inout [TerminologyError.Problem]
    ) {
        self.unitsTable = unitsTable
        self.unitsDigest = unitsDigest
        self.concepts = concepts
        let active = tables

        // Scope 0 holds the aliases of every source; each source with aliases of its own has another.
        let scopes = ["*"] + aliases.aliases.keys.filter { $0 != "*" }.sorted()
        let foreseen = Self.foreseen(active, concepts, aliases)
        var codes: [UnitAliases.Reading] = []
        var codeNumbers: [String: Int] = [:]
        for scope in scopes {
            var numbers: [String: Int] = [:]
            for raw in foreseen {
                guard let reading = try? aliases.read(raw, source: scope) else { continue }
                let number = codeNumbers[reading.code] ?? codes.count
                if number == codes.count {
                    codeNumbers[reading.code] = number
                    codes.append(reading)
                }
                numbers[raw] = number
            }
            readings.append(numbers)
        }
        var numbers: [UnitBinding.Target: Int] = [:]
        func bindingNumber(_ concept: Concept) -> Int {
            let target = concepts.target(concept)
            if let number = numbers[target] { return number }
            numbers[target] = bindings.count
            let wanted = target.unit.flatMap { concepts.units[$0] }
            var set: [Int: UnitBinding] = [:]
            for (number, reading) in codes.enumerated() {
                let binding = UnitBinding(reading: reading, target: target, into: wanted)
                if case .converts = binding { set[number] = binding }
            }
            bindings.append(set)
            return bindings.count - 1
        }
        for (loinc, concept) in concepts.concepts {
            identity[loinc] = Identity(
                target: CompiledTable.Target(
                    code: Code(system: CodeSystem.loinc, code: loinc, display: concept.display),
                    bindings: bindingNumber(concept),
                    ifAbsent: concept.unitIfAbsent.flatMap { concepts.binding($0, concept) }),
                row: ContentDigest.identifier("LOINC", loinc))
        }
        for (number, table) in active.enumerated() {
            self.tables.append(CompiledTable(table, concepts: concepts, bindingNumber: bindingNumber))
            for (place, system) in table.systems.enumerated() {
                for source in table.manifest.sources {
                    let route = Route(
                        table: number, system: UInt8(clamping: place), scope: 0, isLOINC: system == CodeSystem.loinc)
                    guard routes[system, default: [:]].updateValue(route, forKey: source) != nil else { continue }
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
        for set in tables.flatMap(\.unitSets) {
            for code in [set.unit, set.unitIfAbsent] { if let code { raw.insert(code) } }
        }
        return raw
    }

    /// A conversion that was made when the tables were loaded; `nil` for units that were not foreseen or do not convert.
    func binding(_ set: Int, scope: Int, raw: String) -> UnitBinding? {
        readings[scope][raw].flatMap { bindings[set][$0] }
    }

    func bind(_ raw: String, source: String, target: UnitBinding.Target, aliases: UnitAliases) -> UnitBinding {
        let reading = Result { () throws(UnitAliases.Refusal) in try aliases.read(raw, source: source) }
        return Self.bind(reading, target: target, into: target.unit.flatMap { concepts.units[$0] })
    }

    private static func bind(
        _ reading: Result<UnitAliases.Reading, UnitAliases.Refusal>, target: UnitBinding.Target,
        into wanted: UnitAliases.Reading?
    ) -> UnitBinding {
        switch reading {
        case .success(let reading): UnitBinding(reading: reading, target: target, into: wanted)
        case .failure(.homograph(let explanation)):
            .refused(.ambiguous, explanation: "The unit has two meanings: \(explanation)")
        case .failure(.invalid(let fault)):
            .refused(.unit, explanation: "The unit is not understood: \(fault.reason)")
        }
    }
}

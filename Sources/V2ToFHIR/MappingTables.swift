public import Clinical

/// The v2-to-FHIR maps, read from their tables and compiled: `Mappings/v2-to-fhir/<version>`.
///
/// Three layers make one set: the published maps (`messages`, `segments`, `datatypes`, `codes`), the reviewed patches
/// beside them (`patches`), and what a site adds or replaces (`site`). Values only; the caller reads the files.
public struct MappingTables: Sendable {
    /// Where a row comes from.
    public enum Origin: String, Sendable { case published, patched, added, site }

    /// What became of a row.
    public struct RowReport: Sendable {
        /// `PID[Patient]:7`, the map and the row of the published table.
        public var row: String
        /// `PID-5`.
        public var source: String
        /// `name[1]`.
        public var target: String
        public var origin: Origin
        /// Why it is not executed; `nil` when it is.
        public var reason: String?
    }

    /// A table file: its path below the version's folder, and its bytes.
    public typealias File = (path: String, bytes: [UInt8])

    /// Every row with a target, executed or not.
    public internal(set) var rows: [RowReport] = []
    /// Identifies the tables: SHA-256 over all files in the order of their paths.
    public let digest: ContentDigest

    var names = NamePool()
    var schema: ElementSchema
    var programs: [Program] = []
    /// ``programs``, as they are run.
    var compiled = CompiledPrograms()
    private(set) var conditions: [Condition] = []
    /// ``conditions``, as they are decided.
    private(set) var conditionTrees = CompiledConditions()
    private var conditionIDs: [Condition: Int32] = [:]

    /// Rows that ask the same share one condition.
    mutating func conditionID(_ condition: Condition) -> Int32 {
        if let known = conditionIDs[condition] { return known }
        let id = Int32(conditions.count)
        conditionIDs[condition] = id
        conditions.append(condition)
        return id
    }

    var templates: [Template] = []
    var codeMaps: [CodeMap] = []
    var codeMapIDs: [String: Int32] = [:]
    var structures: [String: MessageStructure] = [:]
    /// `ADT^A03` to `ADT_A01`.
    var structureNames: [String: String] = [:]
    /// Leaves that carry nothing for a receiver, with the reason: `PID-1`.
    var ignored: [String: String] = [:]
    /// Elements that repeat, of which all segments of a resource write the same one: `MedicationRequest.dosageInstruction`.
    var shared: Set<String> = []
    /// References that a resource type takes from its surroundings: type to (path, target type, element that leads to it).
    var contextLinks: [String: [(path: String, target: String, through: String)]] = [:]
    /// Where local identifiers and codes get their URIs.
    var localSystems = LocalSystems()
    /// Values of required codes that no row gives: `Observation.status` to `unknown`.
    var defaults: [String: String] = [:]
    var symbols: OutputSymbols
    /// Compiled from ``contextLinks``, by type.
    var compiledContext: [[ContextLink]] = []
    /// Those of them that another resource leads to.
    var sharedLinks: [SharedLink] = []
    /// Required elements by type.
    private var required: [[Required]] = []
    private var requiredParts: [Bool] = []
    var ignoredFields: Set<UInt64> = []
    /// `subject` is what a segment names even when it says nothing else of it; `kept` stays in any case.
    enum TypeMark: Sendable { case bundle, subject, kept, other }
    /// What is special about each type.
    var typeMarks: [TypeMark] = []
    /// Types written without quotation marks.
    var valueKinds: [Bool] = []
    var codeSystemMap: Int32 = -1
    var codingType: Int32 = -1
    var extensionType: Int32 = -1

    struct ContextLink: Sendable {
        var steps: [PathStep]
        var target: Int32
    }

    /// What a resource that refers to others (a report to its results) says for each of them.
    struct SharedLink: Sendable {
        /// Of the resource that refers to the others: its type, how it refers to them, and to what they share.
        var holder: Int32
        var members: [PathStep]
        var shared: [PathStep]
        /// Of the others: their type, and the element that takes it over.
        var type: Int32
        var steps: [PathStep]
        var target: Int32
    }

    /// An element that must be there.
    struct Required: Sendable {
        var name: Int32
        var type: Int32
        var isArray: Bool
        var isRequired: Bool
        var isGroupRequired: Bool
        var isFirstOfGroup: Bool
        var group: Int32
        /// Default value, −1 without.
        var constant: Int32
    }

    func requiredElements(_ type: Int32) -> [Required] { type < 0 ? [] : required[Int(type)] }

    /// The type, or something below it, has required elements.
    func isChecked(_ type: Int32) -> Bool { requiredParts[Int(type)] || !required[Int(type)].isEmpty }

    func isUnquoted(_ type: Int32) -> Bool { type >= 0 && valueKinds[Int(type)] }

    private mutating func prepare() {
        codingType = schema.type("Coding") ?? -1
        codeSystemMap = codeMapIDs["CodeSystem"] ?? -1
        typeMarks = schema.types.map { name in
            switch name {
            case "Bundle": .bundle
            case "Patient", "ServiceRequest": .subject
            case "MessageHeader", "Provenance": .kept
            default: .other
            }
        }
        valueKinds = schema.types.map { ["boolean", "decimal", "integer", "positiveInt", "unsignedInt"].contains($0) }
        extensionType = schema.type("Extension") ?? -1
        required = Array(repeating: [], count: schema.types.count)
        requiredParts = Array(repeating: false, count: schema.types.count)
        compiledContext = Array(repeating: [], count: schema.types.count)
        for type in schema.types.indices {
            var seen: Set<Int32> = []
            for element in schema.elements[type] {
                let isFirst = element.group >= 0 && seen.insert(element.group).inserted
                guard element.isRequired || element.isGroupRequired else { continue }
                let constant = defaults["\(schema.types[type]).\(names[element.name])"].map { names.id($0) } ?? -1
                required[type].append(
                    Required(
                        name: element.name, type: element.type, isArray: element.isArray, isRequired: element.isRequired,
                        isGroupRequired: element.isGroupRequired, isFirstOfGroup: isFirst, group: element.group,
                        constant: constant))
            }
            // One element stands for a required group: the one with a default, else one that can hold a reason as an object.
            for group in Set(required[type].map(\.group)) where group >= 0 {
                let members = required[type].indices.filter { required[type][$0].group == group }
                let chosen =
                    members.first { required[type][$0].constant >= 0 }
                    ?? members.first { !schema.isPrimitive(required[type][$0].type) } ?? members[0]
                for member in members { required[type][member].isFirstOfGroup = member == chosen }
            }
            if schema.types[type] == "Extension" { required[type] = [] }
        }
        // A type has required parts when one of its elements has; repeated until nothing changes.
        var changed = true
        while changed {
            changed = false
            for type in schema.types.indices where !requiredParts[type] && !schema.isPrimitive(Int32(type)) {
                let found = schema.elements[type].contains {
                    !required[Int($0.type)].isEmpty || requiredParts[Int($0.type)]
                }
                if found {
                    requiredParts[type] = true
                    changed = true
                }
            }
        }
        for (name, links) in contextLinks {
            guard let type = schema.type(name) else { continue }
            for link in links {
                guard let path = compilePath(link.path, root: type, map: "context"), let target = schema.type(link.target)
                else { continue }
                if link.through.isEmpty {
                    compiledContext[Int(type)].append(ContextLink(steps: path.steps, target: target))
                    continue
                }
                let parts = link.through.split(separator: ".", maxSplits: 1).map(String.init)
                guard parts.count == 2, let holder = schema.type(parts[0]),
                    let members = compilePath(parts[1], root: holder, map: "context"),
                    let shared = compilePath(link.path, root: holder, map: "context")
                else { continue }
                sharedLinks.append(
                    SharedLink(
                        holder: holder, members: members.steps, shared: shared.steps, type: type, steps: path.steps,
                        target: target))
            }
        }
        for source in ignored.keys {
            if let reference = Condition.Reference(source) {
                ignoredFields.insert(UInt64(reference.segment) << 16 | UInt64(reference.field))
            }
        }
    }

    var maps: [String: [MapRow]] = [:]
    var segmentMaps: Set<String> = []
    var messageRows: [String: [MapRow]] = [:]
    var programIDs: [ProgramKey: Int32] = [:]

    struct ProgramKey: Hashable, Sendable {
        var map: String
        var type: Int32
        /// Of a primitive: the element it fills.
        var element: Int32 = -1
    }

    /// Reads and compiles.
    ///
    /// - Throws: ``MappingError`` when a file of the set is missing or a patch names a row that does not exist.
    public init(files: [File]) throws(MappingError) {
        let files = files.sorted { $0.path < $1.path }
        digest = ContentDigest(of: files.flatMap { $0.path.utf8.map { $0 } + $0.bytes })
        guard let elements = files.first(where: { $0.path == "r4-elements.tsv" }) else {
            throw MappingError(place: "r4-elements.tsv", reason: "The table of FHIR elements is missing.")
        }
        schema = ElementSchema(elements.bytes, names: &names)
        symbols = OutputSymbols(&names)
        for file in files { read(file) }
        for file in files where file.path.hasPrefix("patches/") { try patch(file, origin: .added) }
        try addLayer(files.filter { $0.path.hasPrefix("site/") })
        compile()
        conditionTrees = CompiledConditions(conditions)
        prepare()
    }

    /// The map of a file: `segments/PID-Patient.tsv` is `PID[Patient]`.
    static func mapName(_ path: String) -> String {
        let file = path.split(separator: "/").last.map(String.init) ?? path
        let name = file.hasSuffix(".tsv") ? String(file.dropLast(4)) : file
        guard let dash = name.firstIndex(of: "-") else { return name }
        return name[..<dash] + "[" + name[name.index(after: dash)...] + "]"
    }

    private mutating func read(_ file: File) {
        let parts = file.path.split(separator: "/")
        guard parts.count == 2 else {
            switch file.path {
            case "structures.tsv":
                TableText.read(file.bytes, columns: ["message", "structure"]) { row, order in
                    structureNames[row.text(order[0])] = row.text(order[1])
                }
            case "ignored.tsv":
                TableText.read(file.bytes, columns: ["source", "reason"]) { row, order in
                    ignored[row.text(order[0])] = row.text(order[1])
                }
            case "shared.tsv":
                TableText.read(file.bytes, columns: ["element"]) { row, order in shared.insert(row.text(order[0])) }
            case "context.tsv":
                TableText.read(file.bytes, columns: ["type", "path", "target", "through"]) { row, order in
                    contextLinks[row.text(order[0]), default: []].append(
                        (row.text(order[1]), row.text(order[2]), row.text(order[3])))
                }
            case "defaults.tsv":
                TableText.read(file.bytes, columns: ["element", "value"]) { row, order in
                    defaults[row.text(order[0])] = row.text(order[1])
                }
            default: break
            }
            return
        }
        let name = Self.mapName(file.path)
        switch parts[0] {
        case "messages":
            TableText.read(file.bytes, columns: MapRow.columns) { row, order in
                messageRows[name, default: []].append(MapRow(row, order[...]))
            }
        case "segments", "datatypes":
            if maps[name] == nil { maps[name] = [] }
            if parts[0] == "segments" { segmentMaps.insert(name) }
            TableText.read(file.bytes, columns: MapRow.columns) { row, order in
                maps[name, default: []].append(MapRow(row, order[...]))
            }
        case "codes": readCodes(file, name: name)
        default: break
        }
    }

    /// - Parameter replaces: a row of a code that the map has wins over it; else the first one does.
    mutating func readCodes(_ file: File, name: String, replaces: Bool = false) {
        var map = CodeMap(name: name)
        if let id = codeMapIDs[name] { map = codeMaps[Int(id)] }
        TableText.read(file.bytes, columns: ["code", "target", "target system", "display"]) { row, order in
            func constant(_ column: Int) -> Int32 {
                let cell = row.cell(order[column])
                return cell.isEmpty ? -1 : names.id(String(decoding: cell, as: UTF8.self))
            }
            let code = ByteKey(row.cell(order[0]))
            if replaces || map.targets[code] == nil {
                map.targets[code] = CodeMap.Target(code: constant(1), system: constant(2), display: constant(3))
            }
        }
        if let id = codeMapIDs[name] {
            codeMaps[Int(id)] = map
        } else {
            codeMapIDs[name] = Int32(codeMaps.count)
            codeMaps.append(map)
        }
    }

    mutating func patch(_ file: File, origin: Origin) throws(MappingError) {
        let isMessage = file.path.hasSuffix("/messages.tsv")
        let isSegment = file.path.hasSuffix("/segments.tsv")
        var failure: MappingError?
        var rows: [(map: String, action: String, row: MapRow)] = []
        TableText.read(file.bytes, columns: MapRow.patchColumns) { row, order in
            rows.append((row.text(order[0]), row.text(order[1]), MapRow(row, order[2...])))
        }
        for entry in rows {
            var list = (isMessage ? messageRows[entry.map] : maps[entry.map]) ?? []
            if isSegment { segmentMaps.insert(entry.map) }
            let existing = list.firstIndex { $0.id == entry.row.id }
            var row = entry.row
            switch entry.action {
            case "drop":
                guard let existing else {
                    failure = MappingError(place: "\(file.path): \(entry.map):\(row.id)", reason: "No such row to drop.")
                    continue
                }
                list[existing].origin = origin == .site ? .site : .patched
                list[existing].condition = "!"
            case "replace":
                guard let existing else {
                    failure = MappingError(place: "\(file.path): \(entry.map):\(row.id)", reason: "No such row to replace.")
                    continue
                }
                // A row of our own that a later one changes is still no row of the publication.
                row.origin = origin == .site ? .site : list[existing].origin == .added ? .added : .patched
                list[existing] = row.over(list[existing])
            default:
                row.origin = origin
                list.append(row.cleared)
            }
            if isMessage { messageRows[entry.map] = list } else { maps[entry.map] = list }
        }
        if let failure { throw failure }
    }
}

/// A table that cannot be used.
public struct MappingError: Error, Sendable, Hashable {
    /// File and row.
    public let place: String
    public let reason: String
}

extension MappingError: CustomStringConvertible {
    public var description: String { "\(place): \(reason)" }
}

/// Names the code itself writes.
struct OutputSymbols: Sendable {
    let `extension`: Int32
    let url: Int32
    let reference: Int32
    let code: Int32
    let system: Int32
    let display: Int32
    let coding: Int32
    let value: Int32
    let valueCode: Int32
    let valueString: Int32
    let identifier: Int32
    let type: Int32
    let name: Int32
    let family: Int32
    let dataAbsentReason: Int32
    let unknown: Int32
    let sourceField: Int32
    let sourceSegment: Int32
    let assumedOffset: Int32
    let sourceCode: Int32
    let recorded: Int32
    let valueBoolean: Int32
    let dataAbsentURL = "http://hl7.org/fhir/StructureDefinition/data-absent-reason"

    init(_ names: inout NamePool) {
        `extension` = names.id("extension")
        url = names.id("url")
        reference = names.id("reference")
        code = names.id("code")
        system = names.id("system")
        display = names.id("display")
        coding = names.id("coding")
        value = names.id("value")
        valueCode = names.id("valueCode")
        valueString = names.id("valueString")
        valueBoolean = names.id("valueBoolean")
        identifier = names.id("identifier")
        type = names.id("type")
        name = names.id("name")
        family = names.id("family")
        dataAbsentReason = names.id("http://hl7.org/fhir/StructureDefinition/data-absent-reason")
        unknown = names.id("unknown")
        sourceField = names.id("https://headwall.dev/fhir/StructureDefinition/v2-field")
        sourceSegment = names.id("https://headwall.dev/fhir/StructureDefinition/v2-segment")
        recorded = names.id("recorded")
        sourceCode = names.id("https://headwall.dev/fhir/StructureDefinition/v2-code")
        assumedOffset = names.id("https://headwall.dev/fhir/StructureDefinition/assumed-offset")
    }
}

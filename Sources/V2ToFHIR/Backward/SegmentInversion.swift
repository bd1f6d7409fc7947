import FHIR
import HL7v2

/// Runs the programs of the tables backwards: fills a segment from the elements that its rows would have written.
///
/// An element of an array belongs to the row whose constants it holds (`type.coding.code = "SS"`), and else to the first row
/// that has none. A condition on an empty place is met by writing what it asks for, which is how `valueQuantity` gives
/// `OBX-2 = "NM"`; one that the segment contradicts keeps its row out.
struct SegmentInversion {
    let tables: MappingTables
    let graph: ResourceGraph
    let codes: InverseCodes
    /// Fields whose elements another field gives back: withdrawn ones (PID-2, PID-4, PID-9, PID-12, OBR-27, ORC-7), and
    /// second places of the same thing (MSH-24, MSH-25, ORC-5).
    static let forwardOnly: Set<String> = [
        "PID-2", "PID-4", "PID-9", "PID-12", "OBR-27", "ORC-7", "MSH-24", "MSH-25", "PV1-6",
    ]

    /// Pointers of elements that reached the message.
    var carried: Set<String> = []
    /// Pointers of array elements that a row has taken.
    private var taken: Set<String> = []
    private(set) var draft = SegmentDraft("")

    init(tables: MappingTables, graph: ResourceGraph, codes: InverseCodes) {
        self.tables = tables
        self.graph = graph
        self.codes = codes
    }

    mutating func begin(_ segment: String, entry: Int) { draft = SegmentDraft(segment, entry: entry) }
    mutating func change(_ body: (inout SegmentDraft) -> Void) { body(&draft) }

    /// Runs one map of the segment on a resource, or on the part of one that the steps lead to.
    mutating func run(_ action: SegmentAction, on root: ResourceSpot) {
        guard action.program >= 0 else { return }
        guard let condition = assumptions(action.condition, cell: nil) else { return }
        var spot = root
        for step in action.steps {
            guard let next = follow(step, from: spot) else { return }
            spot = next
        }
        let before = draft.values.count
        run(Int(action.program), on: spot, cell: nil, vocabulary: -1)
        if draft.values.count > before { assume(condition) }
    }

    private func follow(_ step: PathStep, from spot: ResourceSpot) -> ResourceSpot? {
        switch step.kind {
        case .member: return spot.member(tables.names[step.key])
        case .arrayElement:
            guard let array = spot.member(tables.names[step.key]) else { return nil }
            // Shared elements are the first one; others the next that nothing took.
            let index = (0..<array.count).first { step.isShared || !taken.contains(array.element($0).pointer) }
            return index.map { array.element($0) }
        case .resource: return resource(spot, step)
        }
    }

    private func resource(_ spot: ResourceSpot, _ step: PathStep) -> ResourceSpot? {
        guard let entry = graph.position(of: spot.value) else { return nil }
        let resource = graph.resources[entry]
        guard resource.resourceType == tables.schema.name(step.type) else { return nil }
        return ResourceSpot(value: resource, twin: nil, pointer: "\(entry)")
    }

    // MARK: Programs

    private mutating func run(_ id: Int, on spot: ResourceSpot, cell: LeafPlace?, vocabulary: Int32) {
        let program = tables.programs[id]
        var claims: [String: [Int32: [Int]]] = [:]
        if vocabulary >= 0, program.codeInstruction >= 0, let cell {
            takeCode(program, spot: spot, cell: cell, vocabulary: vocabulary)
        }
        for instruction in program.instructions {
            if cell == nil, Self.forwardOnly.contains("\(draft.name)-\(instruction.field)") { continue }
            guard let condition = assumptions(instruction.condition, cell: cell) else { continue }
            let wantsDecimal = instruction.condition >= 0 && tables.conditions[Int(instruction.condition)].wantsDecimal
            var spots: [(repetition: Int, spot: ResourceSpot)] = [(1, spot)]
            for (depth, step) in instruction.steps.enumerated() {
                spots = spots.flatMap { repetition, spot -> [(repetition: Int, spot: ResourceSpot)] in
                    switch step.kind {
                    case .member:
                        guard let next = spot.member(tables.names[step.key]) else { return [] }
                        // Without its comparator the number would say something else.
                        if wantsDecimal, next.member("comparator") != nil { return [] }
                        return [(repetition, next)]
                    case .resource: return resource(spot, step).map { [(repetition, $0)] } ?? []
                    case .arrayElement:
                        guard let array = spot.member(tables.names[step.key]) else { return [] }
                        let key = array.pointer
                        if claims[key] == nil {
                            claims[key] = claim(array, program, instruction, depth: depth, isSegment: cell == nil)
                        }
                        let indices = claims[key]?[step.label] ?? []
                        if step.byRepetition, cell == nil {
                            return indices.enumerated().map { ($0.offset + 1, array.element($0.element)) }
                        }
                        return indices.first.map { [(repetition, array.element($0))] } ?? []
                    }
                }
            }
            for (repetition, spot) in spots {
                var place: LeafPlace?
                if let cell {
                    place = cell.part(instruction.field)
                } else if instruction.field > 0 {
                    place = LeafPlace(field: instruction.field, repetition: repetition)
                }
                if instruction.component > 0 { place = place?.part(instruction.component) }
                let wasSet = draft.values.count
                invert(instruction, spot: spot, place: place, cell: cell, vocabulary: vocabulary)
                if draft.values.count > wasSet { assume(condition) }
                if instruction.action == .constant, spot.text == tables.names[instruction.constant] {
                    carried.insert(spot.pointer)
                    // The element says what the condition asked for.
                    if instruction.condition >= 0, tables.names[instruction.steps.last?.key ?? 0] != "url",
                        instruction.steps.count == 1
                    {
                        assume(condition)
                    }
                }
            }
        }
        // What one segment says of a resource no other one says again; ORC and OBR both name the order.
        guard cell == nil, draft.name != "ORC" else { return }
        for (key, labels) in claims where key.split(separator: ".").count == 2 {
            for index in labels.values.joined() { taken.insert("\(key)[\(index)]") }
        }
    }

    private mutating func invert(
        _ instruction: Instruction, spot: ResourceSpot, place: LeafPlace?, cell: LeafPlace?, vocabulary: Int32
    ) {
        switch instruction.action {
        case .constant: return
        case .template:
            guard let text = spot.text else { return }
            takeTemplate(tables.templates[Int(instruction.template)], text, spot: spot, cell: cell, place: place)
        case .map:
            guard let place, suits(Int(instruction.program), spot) else { return }
            run(Int(instruction.program), on: spot, cell: place, vocabulary: instruction.vocabulary)
        case .primitive:
            guard let place, draft[place] == nil else { return }
            let codeMap = instruction.vocabulary >= 0 ? instruction.vocabulary : vocabulary
            guard let value = codes.value(spot, instruction.primitive, vocabulary: codeMap, tables) else { return }
            draft.fill(place, value)
            carried.insert(spot.pointer)
        }
    }

    /// The code of a concept that a vocabulary gave: its source, and nothing for what the vocabulary added.
    private mutating func takeCode(
        _ program: Program, spot: ResourceSpot, cell: LeafPlace, vocabulary: Int32
    ) {
        let isCoding = tables.schema.name(program.rootType) == "Coding"
        let instruction = program.instructions[program.codeInstruction]
        guard let array = isCoding ? spot : spot.member("coding"), let place = cell.part(instruction.field) else { return }
        let codings = isCoding ? [spot] : (0..<array.count).map { array.element($0) }
        for (index, coding) in codings.enumerated() {
            guard let code = coding.member("code"), let text = code.text,
                let found = codes.source(
                    of: text, system: coding.member("system")?.text, vocabulary: vocabulary, tables)
            else { continue }
            // The sent code stands beside it as a coding of its own, or in an extension.
            let sent =
                code.extensionText(tables.names[tables.symbols.sourceCode])
                ?? codings.enumerated().first {
                    $0.offset != index && found.sources.contains($0.element.member("code")?.text ?? "")
                }?.element.member("code")?.text
            let isBeside = codings.count > 1 && code.extensionText(tables.names[tables.symbols.sourceCode]) == nil
            draft.fill(place, .text(sent ?? found.best))
            for key in ["code", "system", "display"] {
                guard let member = coding.member(key) else { continue }
                if key == "display", member.text != found.display, !isBeside { continue }
                carried.insert(member.pointer)
            }
            if isBeside { taken.insert(coding.pointer) }
            return
        }
    }

    /// The element does not contradict a code that the map always writes, such as the kind of a location.
    private func suits(_ program: Int, _ spot: ResourceSpot) -> Bool {
        // A ward and a floor are of the same kind; PL-1 is the one that is sent.
        if tables.programs[program].map == "PL[Location-Floor]" { return false }
        for instruction in tables.programs[program].instructions
        where instruction.action == .constant && instruction.condition < 0 && instruction.primitive == .code {
            let path = path(instruction.steps[...])
            let found = texts(spot, path.split(separator: "/")[...])
            if !found.isEmpty, !found.contains(tables.names[instruction.constant]),
                !tables.programs[program].instructions.contains(where: {
                    $0.action != .constant && $0.steps.first?.key == instruction.steps.first?.key
                })
            {
                return false
            }
        }
        return true
    }

    // MARK: Arrays

    /// Which elements of an array each label of a program means.
    private func claim(
        _ array: ResourceSpot, _ program: Program, _ asking: Instruction, depth: Int, isSegment: Bool
    ) -> [Int32: [Int]] {
        let prefix = asking.steps[..<depth].map { [$0.key, $0.label] }
        let key = asking.steps[depth].key
        var labels: [Int32] = []
        var repeats: Set<Int32> = []
        var wanted: [Int32: [String: Set<String>]] = [:]
        for instruction in program.instructions where instruction.steps.count > depth {
            if isSegment, Self.forwardOnly.contains("\(draft.name)-\(instruction.field)") { continue }
            guard instruction.steps[depth].key == key, instruction.steps[..<depth].map({ [$0.key, $0.label] }) == prefix
            else { continue }
            let label = instruction.steps[depth].label
            if !labels.contains(label) { labels.append(label) }
            if instruction.steps[depth].byRepetition, isSegment { repeats.insert(label) }
            if instruction.action == .constant {
                let rest = path(instruction.steps[(depth + 1)...])
                // An extension is known by its URL; one within the element says nothing about which element it is.
                if key == tables.symbols.extension ? rest != "url" : rest.contains("extension*") { continue }
                wanted[label, default: [:]][rest, default: []].insert(tables.names[instruction.constant])
            }
        }
        var free = (0..<array.count).filter { !taken.contains(array.element($0).pointer) }
        var claims: [Int32: [Int]] = [:]
        for label in labels {
            guard let constants = wanted[label] else { continue }
            let matching = free.filter { index in
                constants.allSatisfy { path, values in
                    texts(array.element(index), path.split(separator: "/")[...]).contains { values.contains($0) }
                }
            }
            claims[label] = repeats.contains(label) ? matching : Array(matching.prefix(1))
            free.removeAll { claims[label]?.contains($0) == true }
        }
        for label in labels where wanted[label] == nil {
            claims[label] = repeats.contains(label) ? free : Array(free.prefix(1))
            free.removeAll { claims[label]?.contains($0) == true }
        }
        return claims
    }

    private func path(_ steps: ArraySlice<PathStep>) -> String {
        steps.map { $0.kind == .resource ? ">" : tables.names[$0.key] + ($0.kind == .arrayElement ? "*" : "") }
            .joined(separator: "/")
    }

    /// The texts a path leads to, through every element of an array.
    private func texts(_ spot: ResourceSpot, _ path: ArraySlice<Substring>) -> [String] {
        guard let step = path.first else { return spot.text.map { [$0] } ?? [] }
        if step == ">" {
            guard let entry = graph.position(of: spot.value) else { return [] }
            return texts(
                ResourceSpot(value: graph.resources[entry], twin: nil, pointer: "\(entry)"), path.dropFirst())
        }
        if step.hasSuffix("*") {
            guard let array = spot.member(String(step.dropLast())) else { return [] }
            return (0..<array.count).flatMap { texts(array.element($0), path.dropFirst()) }
        }
        return spot.member(String(step)).map { texts($0, path.dropFirst()) } ?? []
    }

    // MARK: Templates and conditions

    /// A template with one field, or with fields between fixed texts, read back.
    private mutating func takeTemplate(
        _ template: Template, _ text: String, spot: ResourceSpot, cell: LeafPlace?, place: LeafPlace?
    ) {
        var rest = text[...]
        var found: [(LeafPlace, String)] = []
        for (index, part) in template.parts.enumerated() {
            switch part {
            case .text(let bytes):
                let fixed = String(decoding: bytes, as: UTF8.self)
                guard rest.hasPrefix(fixed) else { return }
                rest = rest.dropFirst(fixed.count)
            case .joined: return
            case .reference(let reference, let piece):
                guard piece == .whole else { return takeSide(piece, text, spot: spot, place: place) }
                guard let target = self.place(reference, cell: cell) else { return }
                var value = rest
                if index + 1 < template.parts.count {
                    guard case .text(let bytes) = template.parts[index + 1],
                        let end = rest.firstRange(of: String(decoding: bytes, as: UTF8.self))
                    else { return }
                    value = rest[..<end.lowerBound]
                }
                rest = rest[value.endIndex...]
                if !value.isEmpty { found.append((target, String(value))) }
            }
        }
        guard rest.isEmpty else { return }
        carried.insert(spot.pointer)
        // What the fields of their own rows gave is nearer to what was sent.
        guard found.count == 1 || found.allSatisfy({ draft[$0.0] == nil }) else { return }
        for (target, value) in found { draft.fill(target, .text(value)) }
    }

    /// One side of `<15`: the row of the comparator comes first, and the number joins it.
    private mutating func takeSide(_ piece: Template.Piece, _ text: String, spot: ResourceSpot, place: LeafPlace?) {
        guard let place else { return }
        switch (piece, draft[place]) {
        case (.comparator, nil): draft.fill(place, .text(text))
        case (.magnitude, .text(let comparator)?) where comparator.first == "<" || comparator.first == ">":
            draft.replace(place, .text(comparator + text))
        default: return
        }
        carried.insert(spot.pointer)
    }

    private func place(_ reference: Condition.Reference, cell: LeafPlace?) -> LeafPlace? {
        let name = SourceTape.unpack(reference.segment)
        var place: LeafPlace?
        if name == draft.name {
            place = reference.field == 0 ? nil : LeafPlace(field: reference.field)
        } else if let cell, isDatatype(reference.segment) {
            place = cell.part(reference.field)
        }
        if reference.component > 0 { place = place?.part(reference.component) }
        if reference.subcomponent > 0 { place = place?.part(reference.subcomponent) }
        return place
    }

    /// Datatypes have two letters, or three that no segment has.
    private func isDatatype(_ packed: UInt32) -> Bool {
        packed < 1 << 16
            || ["CWE", "CNE", "XPN", "XCN", "XAD", "XTN", "XON", "EIP", "NDL", "CNN", "SPS", "TQ", "RPT", "MSG"]
                .contains(SourceTape.unpack(packed))
    }

    private typealias Assumption = (place: LeafPlace, text: String)

    /// What has to be written for a condition to hold; `nil` when the segment contradicts it.
    private func assumptions(_ id: Int32, cell: LeafPlace?) -> [(place: LeafPlace, text: String)]? {
        id < 0 ? [] : assumptions(tables.conditions[Int(id)], cell: cell)
    }

    private func assumptions(_ condition: Condition, cell: LeafPlace?) -> [(place: LeafPlace, text: String)]? {
        switch condition {
        case .equals(let reference, let values):
            guard let place = place(reference, cell: cell), let first = values.first else { return [] }
            guard let value = draft[place] else { return [(place, String(decoding: first, as: UTF8.self))] }
            guard case .text(let text) = value, values.contains(Array(text.utf8)) else { return nil }
            return []
        case .not(.equals(let reference, let values)):
            guard let place = place(reference, cell: cell), case .text(let text) = draft[place] else { return [] }
            return values.contains(Array(text.utf8)) ? nil : []
        case .not(.present(let reference)):
            guard let place = place(reference, cell: cell) else { return [] }
            return draft.isSent(place) ? nil : []
        case .all(let parts):
            var all: [Assumption] = []
            for part in parts {
                guard let inner = assumptions(part, cell: cell) else { return nil }
                all += inner
            }
            return all
        case .any(let parts):
            for part in parts { if let inner = assumptions(part, cell: cell) { return inner } }
            return nil
        case .not, .present, .same, .count, .length, .decimal, .compared: return []
        }
    }

    private mutating func assume(_ assumptions: [(place: LeafPlace, text: String)]) {
        for assumption in assumptions { draft.fill(assumption.place, .text(assumption.text)) }
    }

    /// Marks an array element as used up by the segment it made.
    mutating func take(_ pointer: String) { taken.insert(pointer) }
}

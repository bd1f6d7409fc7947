import Clinical
import HL7v2

/// One message on its way through the maps: the machine that runs the programs.
struct Conversion {
    let shared: SharedTables
    /// Read in place: the tables are many arrays, and a copy would count every one.
    var tables: MappingTables { _read { yield shared.tables } }
    let tape: SourceTape
    let structure: MessageStructure
    let fallback: MessageStructure
    let walk: StructureWalk
    let settings: V2ToFHIRSettings
    var tree = OutputTree()
    var times = PrimitiveText.Context()
    /// Leaves read by a template or a condition's choice, beside those that made a node.
    var consumed: [Bool]
    /// First resource each segment went to; −1 without.
    var segmentResource: [Int]
    var issues: [Issue] = []

    var currentSegment = 0
    var scope: Int64 = 0
    /// Per instance: label, type, resource.
    var registered: [[(label: Int, type: Int32, resource: Int)]]
    var madeHere: [(label: Int, resource: Int)] = []
    var scratch: [UInt8] = []
    /// For each condition: the segment it was last decided for, and how.
    var decided: [(segment: Int32, holds: Bool)]

    init(_ shared: SharedTables, _ message: Message, _ structure: MessageStructure, _ settings: V2ToFHIRSettings) {
        self.shared = shared
        let tables = shared.tables
        self.settings = settings
        tape = SourceTape(message)
        self.structure = structure
        fallback = tables.structures["ANY"] ?? structure
        walk = StructureWalk(tape, structure)
        consumed = Array(repeating: false, count: tape.leaves.count)
        segmentResource = Array(repeating: -1, count: tape.segments.count)
        tree.reserve(leaves: tape.leaves.count, bytes: tape.bytes.count)
        decided = Array(repeating: (-1, false), count: tables.conditions.count)
        registered = Array(repeating: [], count: walk.instances.count)
        times.zone = settings.zone
        if let time = TimeParts(headerTime) { times.messageOffset = time.offset }
    }

    var headerTime: ArraySlice<UInt8> {
        guard !tape.segments.isEmpty else { return [] }
        let field = tape.repetitions(segment: 0, field: 7)
        guard field.count > 0 else { return [] }
        let leaf = tape.leaves[tape.leaf(SourceTape.Cell(level: 0, index: field.first))]
        return tape.bytes[Int(leaf.start)..<Int(leaf.end)]
    }

    /// Runs every segment through the rows of its place.
    mutating func runSegments() {
        for index in tape.segments.indices {
            currentSegment = index
            madeHere.removeAll(keepingCapacity: true)
            let placement = walk.placements[index]
            if placement.isMisordered {
                issues.append(
                    Issue(
                        .warning, code: 100, place: String(decoding: segmentPath(index), as: UTF8.self),
                        "The segment is out of the order of \(structure.name); it was read where it stands."))
            }
            var didAct = false
            if placement.position >= 0 {
                for action in structure.positions[placement.position].actions {
                    didAct = perform(action, in: placement.instance, labelBase: 0) || didAct
                }
            }
            if !didAct, let position = fallback.bySegment[tape.segments[index].name]?.first {
                for action in fallback.positions[position].actions {
                    _ = perform(action, in: placement.instance, labelBase: Self.fallbackLabels)
                }
            }
        }
    }

    func segmentPath(_ index: Int) -> [UInt8] {
        var path: [UInt8] = []
        tape.appendPath(segment: index, to: &path)
        return path
    }

    /// Labels of the fallback stand behind those of the structure.
    private static let fallbackLabels = 100_000

    mutating func perform(_ action: SegmentAction, in instance: Int, labelBase: Int) -> Bool {
        if action.condition >= 0, !holds(action.condition, cell: nil, repetition: 0, field: 0) {
            return false
        }
        if action.program >= 0 {
            let resource = resolve(action, in: instance, labelBase: labelBase)
            if segmentResource[currentSegment] < 0 { segmentResource[currentSegment] = resource }
            scope += 1
            guard
                let node = descend(
                    tree.resources[resource].root, action.steps, scope: scope, repetition: 1, instance: instance)
            else { return true }
            run(action.program, cell: nil, node: node, vocabulary: -1, instance: instance)
        }
        for link in action.links { set(link, in: instance, labelBase: labelBase) }
        return true
    }

    mutating func resolve(_ action: SegmentAction, in instance: Int, labelBase: Int) -> Int {
        let label = action.label + labelBase
        if let made = madeHere.last(where: { $0.label == label }) { return made.resource }
        let isFallback = labelBase > 0
        let type = isFallback ? fallback.labelTypes[action.label] : structure.labelTypes[action.label]
        let creator = isFallback ? fallback.creator[action.label] : structure.creator[action.label]
        let name = tape.segments[currentSegment].name
        let isCreator = creator == name
        // Each RXA is a dose given, also where the ORC of the order has begun the first.
        let isDose = name == SourceTape.pack("RXA".utf8)
        if !isFallback {
            let home = structure.home[action.label]
            var current = instance
            while current >= 0 {
                if let found = registered[current].last(where: { $0.label == label }) {
                    // An ORC after the OBR of its order joins it; the OBR of the next order makes its own.
                    if isCreator, tree.resources[found.resource].hasCreator { break }
                    if isDose, tree.resources[found.resource].hasDose { break }
                    if isCreator { tree.resources[found.resource].hasCreator = true }
                    if isDose { tree.resources[found.resource].hasDose = true }
                    madeHere.append((label, found.resource))
                    return found.resource
                }
                if walk.instances[current].group == home { break }
                current = walk.instances[current].parent
            }
        } else if !isCreator, let found = find(type, in: instance) {
            return found
        }
        let resource = tree.addResource(type, instance: instance, segment: currentSegment, isSecondary: false)
        tree.resources[resource].hasCreator = isCreator
        tree.resources[resource].hasDose = isDose
        register(resource, label: label, type: type, in: instance)
        madeHere.append((label, resource))
        return resource
    }

    mutating func register(_ resource: Int, label: Int, type: Int32, in instance: Int) {
        var current = instance
        while current >= 0 {
            if let known = registered[current].firstIndex(where: { $0.label == label }) {
                registered[current].remove(at: known)
            }
            registered[current].append((label, type, resource))
            current = walk.instances[current].parent
        }
    }

    /// The latest resource of a type in the open groups.
    ///
    /// - Parameter asSubject: For a reference that no row gives: the patient record that an MRG retires is nobody's subject.
    func find(_ type: Int32, in instance: Int, asSubject: Bool = false) -> Int? {
        var current = instance
        while current >= 0 {
            let found = registered[current].last { $0.type == type && !(asSubject && isRetired($0.resource)) }
            if let found { return found.resource }
            current = walk.instances[current].parent
        }
        return nil
    }

    private func isRetired(_ resource: Int) -> Bool {
        tape.segments[tree.resources[resource].segment].name == SourceTape.pack("MRG".utf8)
    }

    /// The resource a link means: the one of that label in the open groups, else one of its type.
    func find(_ index: Int, type: Int32, in instance: Int) -> Int? {
        if index >= 0 {
            if let made = madeHere.last(where: { $0.label == index }) { return made.resource }
            var current = instance
            while current >= 0 {
                if let found = registered[current].last(where: { $0.label == index }) { return found.resource }
                current = walk.instances[current].parent
            }
        }
        if let made = madeHere.last(where: { tree.resources[$0.resource].type == type }) { return made.resource }
        return find(type, in: instance)
    }

    mutating func set(_ link: SegmentAction.Link, in instance: Int, labelBase: Int) {
        guard
            let owner = find(link.ownerIndex < 0 ? -1 : link.ownerIndex + labelBase, type: link.owner.type, in: instance),
            let target = find(
                link.targetIndex < 0 ? -1 : link.targetIndex + labelBase, type: link.target.type, in: instance),
            owner != target
        else { return }
        setReference(owner: owner, link.steps, target: target, instance: instance)
    }

    /// Sets a reference; an element that repeats gets another one, unless the last is the same.
    mutating func setReference(owner: Int, _ steps: [PathStep], target: Int, instance: Int) {
        scope += 1
        guard let last = steps.last,
            let parent = descend(
                tree.resources[owner].root, steps.dropLast(), scope: scope, repetition: 1, instance: instance)
        else { return }
        var node: Int32
        if last.kind == .arrayElement {
            guard let array = tree.member(parent, last.key, type: last.type, group: -1, kind: .array) else { return }
            let previous = tree.nodes[Int(array)].last
            if previous >= 0, let reference = tree.child(previous, tables.symbols.reference),
                tree.nodes[Int(reference)].start == Int32(target)
            {
                return
            }
            node = tree.append(OutputTree.Node(key: -1, type: last.type, kind: .object), to: array)
        } else {
            guard let member = tree.member(parent, last.key, type: last.type, group: last.group, kind: .object) else {
                return
            }
            node = member
            if tree.child(node, tables.symbols.reference) != nil { return }
        }
        var reference = OutputTree.Node(key: tables.symbols.reference, type: -1, kind: .reference)
        reference.start = Int32(target)
        node = tree.append(reference, to: node)
    }

    // MARK: Programs

    /// Runs a program on the current segment (`cell` nil) or on a cell.
    mutating func run(_ id: Int32, cell: SourceTape.Cell?, node: Int32, vocabulary: Int32, instance: Int) {
        let program = tables.compiled.programs[Int(id)]
        scope += 1
        let scope = scope
        var isBeside = false
        if vocabulary >= 0, program.codeInstruction >= 0, let cell {
            switch translate(program, cell: cell, node: node, vocabulary: vocabulary, scope: scope, instance: instance) {
            case .whole: return
            // The code that was sent stays as it is, in the system it came from.
            case .beside: isBeside = true
            case .unknown: break
            }
        }
        guard let cell else {
            for index in program.first..<program.end {
                let field = Int(tables.compiled.neededFields[Int(index)])
                if field > 0, !tape.repetitions(segment: currentSegment, field: field).isSent { continue }
                let instruction = tables.compiled.instructions[Int(index)]
                runOnSegment(instruction, program, node: node, scope: scope, instance: instance)
            }
            return
        }
        for index in program.first..<program.end {
            let field = Int(tables.compiled.neededFields[Int(index)])
            if field > 0, tape.part(cell, field) == nil { continue }
            let instruction = tables.compiled.instructions[Int(index)]
            let part = tape.part(cell, Int(instruction.field), Int(instruction.component))
            // A vocabulary is about codes: a display or a version that happens to spell one stays as sent, and so does an
            // alternate code with a system of its own.
            let isTranslated =
                vocabulary >= 0 && instruction.isCodingCode && !hasOwnSystem(instruction, in: cell)
                && !(isBeside && index == program.codeInstruction)
            execute(
                instruction, cell: part, whole: cell, node: node, scope: scope, repetition: 1,
                vocabulary: isTranslated ? vocabulary : -1, instance: instance)
        }
    }

    mutating func runOnSegment(
        _ instruction: CompiledInstruction, _ program: CompiledProgram, node: Int32, scope: Int64, instance: Int
    ) {
        let field = tape.repetitions(segment: currentSegment, field: Int(instruction.field))
        if instruction.isEach, !instruction.repeats {
            let count = Int(tape.repetitions(segment: currentSegment, field: Int(program.eachField)).count)
            for repetition in 0..<count {
                let cell = field.count > 0 ? SourceTape.Cell(level: 0, index: field.first) : nil
                execute(
                    instruction, cell: cell, whole: nil, node: node, scope: scope, repetition: repetition + 1,
                    vocabulary: -1,
                    instance: instance)
            }
            return
        }
        guard instruction.field > 0 else {
            execute(
                instruction, cell: nil, whole: nil, node: node, scope: scope, repetition: 1, vocabulary: -1,
                instance: instance)
            return
        }
        guard field.count > 0 else {
            if instruction.runsWhenAbsent {
                execute(
                    instruction, cell: nil, whole: nil, node: node, scope: scope, repetition: 1, vocabulary: -1,
                    instance: instance)
            }
            return
        }
        let takesAll = instruction.takesAll
        for repetition in 0..<(takesAll ? Int(field.count) : 1) {
            var cell: SourceTape.Cell? = SourceTape.Cell(level: 0, index: field.first + Int32(repetition))
            if instruction.component > 0, let whole = cell { cell = tape.part(whole, Int(instruction.component)) }
            execute(
                instruction, cell: cell, whole: nil, node: node, scope: scope, repetition: repetition + 1, vocabulary: -1,
                instance: instance)
        }
    }

    mutating func execute(
        _ instruction: CompiledInstruction, cell: SourceTape.Cell?, whole: SourceTape.Cell?, node: Int32, scope: Int64,
        repetition: Int,
        vocabulary: Int32, instance: Int
    ) {
        let isSent = cell.map { tape.isSent($0) } ?? false
        if instruction.field > 0, !isSent, !instruction.runsWhenAbsent { return }
        if instruction.condition >= 0,
            !holds(instruction.condition, cell: whole, repetition: repetition - 1, field: Int(instruction.field))
        {
            return
        }
        switch instruction.action {
        case .constant:
            if instruction.field > 0, !instruction.runsWhenAbsent, let cell, !tape.isValued(cell) { return }
            guard let target = leafNode(instruction, node, scope: scope, repetition: repetition, instance: instance) else {
                return
            }
            setConstant(target, instruction)
        case .template:
            runTemplate(
                instruction, writing: instruction, whole: whole, node: node, scope: scope, repetition: repetition,
                instance: instance)
        case .primitive:
            guard let cell, isSent else { return }
            let leaf = tape.leaf(cell)
            let codes = instruction.vocabulary >= 0 ? instruction.vocabulary : vocabulary
            if tape.isNull(cell) || tape.isNull(leaf: leaf) {
                markRemoved(instruction, leaf: leaf, node, scope: scope, repetition: repetition, instance: instance)
                return
            }
            setText(
                leaf: leaf, instruction, node, scope: scope, repetition: repetition, vocabulary: codes, instance: instance)
        case .map:
            guard let cell, isSent else { return }
            let program = tables.compiled.programs[Int(instruction.program)]
            if tape.isNull(cell) {
                markRemoved(
                    instruction, leaf: tape.leaf(cell), node, scope: scope, repetition: repetition, instance: instance)
                return
            }
            guard tape.isValued(cell) else { return }
            if program.isValue {
                runValue(
                    program, instruction, cell: cell, node: node, scope: scope, repetition: repetition, instance: instance)
            } else if let target = leafNode(
                instruction, node, scope: scope, repetition: repetition, instance: instance)
            {
                run(instruction.program, cell: cell, node: target, vocabulary: instruction.vocabulary, instance: instance)
            }
        }
    }

    /// A datatype map onto a primitive: the first of its components that is valued.
    mutating func runValue(
        _ program: CompiledProgram, _ outer: CompiledInstruction, cell: SourceTape.Cell, node: Int32, scope: Int64,
        repetition: Int,
        instance: Int
    ) {
        for index in program.first..<program.end {
            let inner = tables.compiled.instructions[Int(index)]
            let part = tape.part(cell, Int(inner.field), Int(inner.component))
            if inner.field > 0, !(part.map { tape.isSent($0) } ?? false) { continue }
            if inner.condition >= 0,
                !holds(inner.condition, cell: cell, repetition: 0, field: Int(inner.field))
            {
                continue
            }
            switch inner.action {
            case .template:
                runTemplate(
                    inner, writing: outer, whole: cell, node: node, scope: scope, repetition: repetition, instance: instance
                )
                return
            case .constant: continue
            case .map:
                let nested = tables.compiled.programs[Int(inner.program)]
                if let part, tape.isValued(part), nested.isValue {
                    runValue(
                        nested, outer, cell: part, node: node, scope: scope, repetition: repetition, instance: instance)
                    return
                }
            case .primitive:
                guard let part, tape.isValued(part) else { continue }
                let vocabulary = outer.vocabulary >= 0 ? outer.vocabulary : inner.vocabulary
                setText(
                    leaf: tape.leaf(part), outer, node, scope: scope, repetition: repetition, vocabulary: vocabulary,
                    instance: instance)
                return
            }
        }
    }

    /// - Parameter outer: the row whose element the text goes to; a template of a datatype map has that of its user.
    mutating func runTemplate(
        _ instruction: CompiledInstruction, writing outer: CompiledInstruction, whole: SourceTape.Cell?, node: Int32,
        scope: Int64, repetition: Int, instance: Int
    ) {
        var text: [UInt8] = []
        var leaf = -1
        var isFound = false
        var read: [Int] = []
        for part in tables.templates[Int(instruction.template)].parts {
            switch part {
            case .text(let bytes): text.append(contentsOf: bytes)
            case .reference(let reference, let piece):
                let field = Int(instruction.field)
                guard let cell = self.cell(reference, whole: whole, repetition: repetition - 1, field: field),
                    tape.isValued(cell)
                else { continue }
                let index = tape.leaf(cell)
                if leaf < 0 { leaf = index }
                isFound = true
                read.append(index)
                let before = text.count
                tape.appendText(leaf: index, to: &text)
                if piece != .whole { keep(piece, of: &text, from: before) }
            case .joined(let reference, let separator):
                // No leaf counts as read: once joined they cannot be told apart.
                let field = Int(instruction.field)
                guard let cell = self.cell(reference, whole: whole, repetition: repetition - 1, field: field) else {
                    continue
                }
                let before = text.count
                for index in tape.leafRange(cell) where tape.isValued(SourceTape.Cell(level: 2, index: Int32(index))) {
                    if text.count > before { text.append(contentsOf: separator) }
                    tape.appendText(leaf: index, to: &text)
                }
                isFound = isFound || text.count > before
            }
        }
        guard isFound, let target = leafNode(outer, node, scope: scope, repetition: repetition, instance: instance)
        else { return }
        // Parts that are missing leave no space at the ends.
        while text.last == 0x20 { text.removeLast() }
        let shown = text.drop { $0 == 0x20 }
        let start = tree.pool.count
        guard convert(shown, outer.primitive, codes: outer.codes, repetition: repetition) else {
            tree.pool.removeSubrange(start...)
            return
        }
        for index in read { consumed[index] = true }
        write(target, from: start, leaf: leaf, outer)
    }

    /// Leaves of what stands behind `start` one side of a comparison, or whole minutes, or its base64, or nothing.
    private func keep(_ piece: Template.Piece, of text: inout [UInt8], from start: Int) {
        if piece == .encoded {
            var encoded: [UInt8] = []
            PrimitiveText.encodeBase64(Array(text[start...]), to: &encoded)
            text.replaceSubrange(start..., with: encoded)
            return
        }
        if let unit = piece.minutes {
            let minutes = PrimitiveText.minutes(text[start...], perMinute: unit.perMinute, each: unit.each)
            text.replaceSubrange(start..., with: minutes.map { Array(String($0).utf8) } ?? [])
            return
        }
        let sides = PrimitiveText.comparison(text[start...])
        let kept = (piece == .comparator ? sides?.comparator : sides?.magnitude).map(Array.init) ?? []
        text.replaceSubrange(start..., with: kept)
    }
}

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
    private var scope: Int64 = 0
    /// Per instance: label, type, resource.
    private var registered: [[(label: Int, type: Int32, resource: Int)]]
    private var madeHere: [(label: Int, resource: Int)] = []
    private var scratch: [UInt8] = []

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
        registered = Array(repeating: [], count: walk.instances.count)
        times.zone = settings.zone
        if let time = TimeParts(headerTime) { times.messageOffset = time.offset }
    }

    private var headerTime: ArraySlice<UInt8> {
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
                        .warning, code: 100, place: segmentPath(index),
                        "The segment is out of the order of \(structure.name); it was read where it stands."))
            }
            var didAct = false
            if placement.position >= 0 {
                for action in structure.positions[placement.position].actions {
                    didAct = perform(action, of: structure, in: placement.instance, labelBase: 0) || didAct
                }
            }
            if !didAct, let position = fallback.bySegment[tape.segments[index].name]?.first {
                for action in fallback.positions[position].actions {
                    _ = perform(action, of: fallback, in: placement.instance, labelBase: 100_000)
                }
            }
        }
    }

    func segmentPath(_ index: Int) -> String {
        "\(SourceTape.unpack(tape.segments[index].name))[\(tape.segments[index].occurrence)]"
    }

    private mutating func perform(
        _ action: SegmentAction, of structure: MessageStructure, in instance: Int, labelBase: Int
    ) -> Bool {
        if action.condition >= 0, !holds(tables.conditions[Int(action.condition)], cell: nil, repetition: 0, field: 0) {
            return false
        }
        if action.program >= 0 {
            let resource = resolve(action, of: structure, in: instance, labelBase: labelBase)
            if segmentResource[currentSegment] < 0 { segmentResource[currentSegment] = resource }
            scope += 1
            guard
                let node = descend(
                    tree.resources[resource].root, action.steps[...], scope: scope, repetition: 1, instance: instance)
            else { return true }
            run(action.program, cell: nil, node: node, vocabulary: -1, instance: instance)
        }
        for link in action.links { set(link, in: instance, labelBase: labelBase) }
        return true
    }

    private mutating func resolve(
        _ action: SegmentAction, of structure: MessageStructure, in instance: Int, labelBase: Int
    ) -> Int {
        let label = action.label + labelBase
        if let made = madeHere.last(where: { $0.label == label }) { return made.resource }
        let type = structure.labelTypes[action.label]
        let isCreator = structure.creator[action.label] == tape.segments[currentSegment].name
        if !isCreator {
            if labelBase == 0 {
                let home = structure.home[action.label]
                var current = instance
                while current >= 0 {
                    if let found = registered[current].last(where: { $0.label == label }) {
                        madeHere.append((label, found.resource))
                        return found.resource
                    }
                    if walk.instances[current].group == home { break }
                    current = walk.instances[current].parent
                }
            } else if let found = find(type, in: instance) {
                return found
            }
        }
        let resource = tree.addResource(type, instance: instance, segment: currentSegment, isSecondary: false)
        register(resource, label: label, type: type, in: instance)
        madeHere.append((label, resource))
        return resource
    }

    private mutating func register(_ resource: Int, label: Int, type: Int32, in instance: Int) {
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
    func find(_ type: Int32, in instance: Int) -> Int? {
        var current = instance
        while current >= 0 {
            if let found = registered[current].last(where: { $0.type == type }) { return found.resource }
            current = walk.instances[current].parent
        }
        return nil
    }

    /// The resource a link means: the one of that label in the open groups, else one of its type.
    private func find(_ index: Int, type: Int32, in instance: Int) -> Int? {
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

    private mutating func set(_ link: SegmentAction.Link, in instance: Int, labelBase: Int) {
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
        let program = tables.finished[Int(id)]
        scope += 1
        let scope = scope
        if vocabulary >= 0, program.codeInstruction >= 0, let cell {
            if translate(program, cell: cell, node: node, vocabulary: vocabulary, scope: scope, instance: instance) {
                return
            }
        }
        for instruction in program.instructions {
            guard let cell else {
                runOnSegment(instruction, program, node: node, scope: scope, instance: instance)
                continue
            }
            var part: SourceTape.Cell?
            if instruction.field == 0 {
                part = cell
            } else {
                part = tape.part(cell, instruction.field)
                if instruction.component > 0, let inner = part { part = tape.part(inner, instruction.component) }
            }
            execute(
                instruction, cell: part, whole: cell, node: node, scope: scope, repetition: 1, vocabulary: vocabulary,
                instance: instance)
        }
    }

    private mutating func runOnSegment(
        _ instruction: CompiledInstruction, _ program: CompiledProgram, node: Int32, scope: Int64, instance: Int
    ) {
        if instruction.isEach, !instruction.repeats {
            let count = Int(tape.repetitions(segment: currentSegment, field: program.eachField).count)
            for repetition in 0..<count {
                let field = tape.repetitions(segment: currentSegment, field: instruction.field)
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
        let field = tape.repetitions(segment: currentSegment, field: instruction.field)
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
            if instruction.component > 0, let whole = cell { cell = tape.part(whole, instruction.component) }
            execute(
                instruction, cell: cell, whole: nil, node: node, scope: scope, repetition: repetition + 1, vocabulary: -1,
                instance: instance)
        }
    }

    private mutating func execute(
        _ instruction: CompiledInstruction, cell: SourceTape.Cell?, whole: SourceTape.Cell?, node: Int32, scope: Int64,
        repetition: Int,
        vocabulary: Int32, instance: Int
    ) {
        let isSent = cell.map { tape.isSent($0) } ?? false
        if instruction.field > 0, !isSent, !instruction.runsWhenAbsent { return }
        if instruction.condition >= 0,
            !holds(
                tables.conditions[Int(instruction.condition)], cell: whole, repetition: repetition - 1,
                field: instruction.field)
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
            runTemplate(instruction, whole: whole, node: node, scope: scope, repetition: repetition, instance: instance)
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
            let program = tables.finished[Int(instruction.program)]
            if tape.isNull(cell) {
                markRemoved(
                    instruction, leaf: tape.leaf(cell), node, scope: scope, repetition: repetition, instance: instance)
                return
            }
            guard tape.isValued(cell) else { return }
            if program.isValue {
                runValue(
                    program, instruction, cell: cell, node: node, scope: scope, repetition: repetition, instance: instance)
            } else if let target = descend(
                node, instruction.steps[...], scope: scope, repetition: repetition, instance: instance)
            {
                run(instruction.program, cell: cell, node: target, vocabulary: instruction.vocabulary, instance: instance)
            }
        }
    }

    /// A datatype map onto a primitive: the first of its components that is valued.
    private mutating func runValue(
        _ program: CompiledProgram, _ outer: CompiledInstruction, cell: SourceTape.Cell, node: Int32, scope: Int64,
        repetition: Int,
        instance: Int
    ) {
        for inner in program.instructions {
            var part: SourceTape.Cell? = inner.field == 0 ? cell : tape.part(cell, inner.field)
            if inner.component > 0, let deeper = part { part = tape.part(deeper, inner.component) }
            if inner.field > 0, !(part.map { tape.isSent($0) } ?? false) { continue }
            if inner.condition >= 0,
                !holds(tables.conditions[Int(inner.condition)], cell: cell, repetition: 0, field: inner.field)
            {
                continue
            }
            switch inner.action {
            case .template:
                let merged = CompiledInstruction(inner, in: outer)
                runTemplate(merged, whole: cell, node: node, scope: scope, repetition: repetition, instance: instance)
                return
            case .constant: continue
            case .map:
                let nested = tables.finished[Int(inner.program)]
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

    private mutating func runTemplate(
        _ instruction: CompiledInstruction, whole: SourceTape.Cell?, node: Int32, scope: Int64, repetition: Int,
        instance: Int
    ) {
        var text: [UInt8] = []
        var leaf = -1
        for part in tables.templates[Int(instruction.template)].parts {
            switch part {
            case .text(let bytes): text.append(contentsOf: bytes)
            case .reference(let reference):
                guard let cell = self.cell(reference, whole: whole, repetition: repetition - 1, field: instruction.field),
                    tape.isValued(cell)
                else { continue }
                let index = tape.leaf(cell)
                if leaf < 0 { leaf = index }
                consumed[index] = true
                tape.appendText(leaf: index, to: &text)
            }
        }
        guard leaf >= 0, let target = leafNode(instruction, node, scope: scope, repetition: repetition, instance: instance)
        else { return }
        // Parts that are missing leave no space at the ends.
        while text.last == 0x20 { text.removeLast() }
        let shown = text.drop { $0 == 0x20 }
        let start = tree.pool.count
        guard convert(shown, instruction.primitive, codes: instruction.codes, repetition: repetition) else {
            tree.pool.removeSubrange(start...)
            return
        }
        write(target, from: start, leaf: leaf, instruction)
    }

    // MARK: Nodes

    /// Walks the steps, making what is missing; `nil` when another choice stands in the way.
    mutating func descend(
        _ node: Int32, _ steps: ArraySlice<PathStep>, scope: Int64, repetition: Int, instance: Int
    ) -> Int32? {
        var current = node
        for step in steps {
            switch step.kind {
            case .member:
                let kind: OutputTree.Kind = tables.schema.isPrimitive(step.type) ? .empty : .object
                guard let next = tree.member(current, step.key, type: step.type, group: step.group, kind: kind) else {
                    return nil
                }
                current = next
            case .arrayElement:
                guard let array = tree.member(current, step.key, type: step.type, group: step.group, kind: .array) else {
                    return nil
                }
                current = element(
                    of: array, step, isRoot: tree.nodes[Int(current)].key < 0, scope: scope, repetition: repetition)
            case .resource:
                if let reference = tree.child(current, tables.symbols.reference) {
                    guard tree.nodes[Int(reference)].kind == .reference else { return nil }
                    let resource = Int(tree.nodes[Int(reference)].start)
                    guard tree.resources[resource].type == step.type else { return nil }
                    current = tree.resources[resource].root
                } else {
                    let resource = tree.addResource(
                        step.type, instance: instance, segment: currentSegment, isSecondary: true)
                    var reference = OutputTree.Node(key: tables.symbols.reference, type: -1, kind: .reference)
                    reference.start = Int32(resource)
                    // Marks the reference as made by a row, not by a link: it is content.
                    reference.segment = Int32(currentSegment)
                    _ = tree.append(reference, to: current)
                    current = tree.resources[resource].root
                }
            }
        }
        return current
    }

    private mutating func element(
        of array: Int32, _ step: PathStep, isRoot: Bool, scope: Int64, repetition: Int
    ) -> Int32 {
        let kind: OutputTree.Kind = tables.schema.isPrimitive(step.type) ? .empty : .object
        let tag = scope << 24 | Int64(step.label & 0xFF) << 16 | Int64(step.byRepetition ? repetition & 0xFFFF : 1)
        if step.isShared, let first = tree.first(array) { return first }
        if step.label >= 0 {
            var current = tree.nodes[Int(array)].first
            while current >= 0 {
                if tree.nodes[Int(current)].tag == tag { return current }
                current = tree.nodes[Int(current)].next
            }
            if !isRoot, !step.byRepetition, step.label == 1, let first = tree.first(array) { return first }
        }
        return tree.append(OutputTree.Node(key: -1, type: step.type, kind: kind, tag: tag), to: array)
    }

    private mutating func leafNode(
        _ instruction: CompiledInstruction, _ node: Int32, scope: Int64, repetition: Int, instance: Int
    ) -> Int32? {
        descend(node, instruction.steps[...], scope: scope, repetition: repetition, instance: instance)
    }

    private func mayWrite(_ target: Int32) -> Bool {
        let node = tree.nodes[Int(target)]
        return node.kind == .empty || node.segment == Int32(currentSegment)
    }

    private mutating func setConstant(_ target: Int32, _ instruction: CompiledInstruction) {
        guard mayWrite(target) else { return }
        tree.nodes[Int(target)].kind = .constant
        tree.nodes[Int(target)].start = instruction.constant
        tree.nodes[Int(target)].row = instruction.row
        tree.nodes[Int(target)].leaf = -1
        tree.nodes[Int(target)].segment = Int32(currentSegment)
    }

    private mutating func setConstant(
        _ parent: Int32, _ key: Int32, _ constant: Int32, row: Int32, leaf: Int32, onlyIfEmpty: Bool
    ) {
        guard let target = tree.member(parent, key, type: -1, group: -1, kind: .empty) else { return }
        if onlyIfEmpty, tree.nodes[Int(target)].kind != .empty { return }
        tree.nodes[Int(target)].kind = .constant
        tree.nodes[Int(target)].start = constant
        tree.nodes[Int(target)].row = row
        tree.nodes[Int(target)].leaf = leaf
        tree.nodes[Int(target)].segment = Int32(currentSegment)
    }

    private mutating func write(_ target: Int32, from start: Int, leaf: Int, _ instruction: CompiledInstruction) {
        guard mayWrite(target) else {
            tree.pool.removeSubrange(start...)
            return
        }
        let isLiteral: Bool
        switch instruction.primitive {
        case .decimal, .integer, .positiveInt, .unsignedInt, .boolean: isLiteral = true
        default: isLiteral = false
        }
        tree.nodes[Int(target)].kind = isLiteral ? .literal : .text
        tree.nodes[Int(target)].start = Int32(start)
        tree.nodes[Int(target)].end = Int32(tree.pool.count)
        tree.nodes[Int(target)].row = instruction.row
        tree.nodes[Int(target)].leaf = Int32(leaf)
        tree.nodes[Int(target)].segment = Int32(currentSegment)
    }

    /// The null value: the element is there, without a value, and says so.
    private mutating func markRemoved(
        _ instruction: CompiledInstruction, leaf: Int, _ node: Int32, scope: Int64, repetition: Int, instance: Int
    ) {
        guard let target = leafNode(instruction, node, scope: scope, repetition: repetition, instance: instance),
            tree.nodes[Int(target)].kind == .empty || tree.nodes[Int(target)].kind == .object,
            tree.nodes[Int(target)].key >= -1
        else { return }
        // A reference to another resource cannot be marked; the leaf is preserved instead.
        if instruction.steps.last?.kind == .resource { return }
        if instruction.isExtensionValue { return }
        tree.nodes[Int(target)].leaf = Int32(leaf)
        tree.nodes[Int(target)].row = instruction.row
        addDataAbsentReason(target, tables.symbols.unknown)
    }

    mutating func addDataAbsentReason(_ node: Int32, _ reason: Int32) {
        guard let array = tree.member(node, tables.symbols.extension, type: -1, group: -1, kind: .array),
            tree.nodes[Int(array)].first < 0
        else { return }
        let element = tree.append(OutputTree.Node(key: -1, type: -1, kind: .object), to: array)
        var url = OutputTree.Node(key: tables.symbols.url, type: -1, kind: .constant)
        url.start = tables.symbols.dataAbsentReason
        _ = tree.append(url, to: element)
        var value = OutputTree.Node(key: tables.symbols.valueCode, type: -1, kind: .constant)
        value.start = reason
        _ = tree.append(value, to: element)
    }

    private mutating func setText(
        leaf: Int, _ instruction: CompiledInstruction, _ node: Int32, scope: Int64, repetition: Int, vocabulary: Int32,
        instance: Int
    ) {
        scratch.removeAll(keepingCapacity: true)
        tape.appendText(leaf: leaf, to: &scratch)
        let text = scratch
        if vocabulary >= 0, let found = tables.codeMaps[Int(vocabulary)].targets[text] {
            guard isAllowed(tables.names.names[Int(found.code)][...], instruction.codes) else { return }
            if instruction.isCodingCode {
                guard
                    let parent = descend(
                        node, instruction.steps.dropLast(), scope: scope, repetition: repetition, instance: instance)
                else { return }
                setConstant(
                    parent, tables.symbols.code, found.code, row: instruction.row, leaf: Int32(leaf), onlyIfEmpty: false)
                if found.system >= 0 {
                    setConstant(
                        parent, tables.symbols.system, found.system, row: instruction.row, leaf: -1, onlyIfEmpty: true)
                }
                if found.display >= 0 {
                    setConstant(
                        parent, tables.symbols.display, found.display, row: instruction.row, leaf: -1, onlyIfEmpty: true)
                }
                if let node = tree.child(parent, tables.symbols.code) { keepOriginal(text, of: found.code, on: node) }
                return
            }
            let isLiteral = instruction.primitive == .boolean
            guard let target = leafNode(instruction, node, scope: scope, repetition: repetition, instance: instance),
                mayWrite(target)
            else { return }
            if isLiteral {
                let start = tree.pool.count
                tree.pool.append(contentsOf: tables.names.names[Int(found.code)])
                write(target, from: start, leaf: leaf, instruction)
            } else {
                tree.nodes[Int(target)].kind = .constant
                tree.nodes[Int(target)].start = found.code
                tree.nodes[Int(target)].row = instruction.row
                tree.nodes[Int(target)].leaf = Int32(leaf)
                tree.nodes[Int(target)].segment = Int32(currentSegment)
            }
            if !instruction.isExtensionValue {
                keepOriginal(text, of: found.code, on: target)
            }
            return
        }
        let start = tree.pool.count
        times.usedDefaultOffset = false
        times.lostTimeOfDay = false
        guard convert(text[...], instruction.primitive, codes: instruction.codes, repetition: repetition) else {
            tree.pool.removeSubrange(start...)
            return
        }
        guard let target = leafNode(instruction, node, scope: scope, repetition: repetition, instance: instance) else {
            tree.pool.removeSubrange(start...)
            return
        }
        write(target, from: start, leaf: times.lostTimeOfDay ? -1 : leaf, instruction)
        // Values of extensions carry no further extension: not every reader takes one.
        if instruction.isExtensionValue { return }
        if times.usedDefaultOffset { flagAssumedOffset(target) }
        if instruction.primitive == .codeSystem, !tree.pool[start...].elementsEqual(text) { addOriginal(text, on: target) }
    }

    /// A code that was translated keeps the one it came from: what is written can be read back.
    private mutating func keepOriginal(_ text: [UInt8], of code: Int32, on node: Int32) {
        if tables.names.names[Int(code)] != text { addOriginal(text, on: node) }
    }

    private mutating func addOriginal(_ text: [UInt8], on node: Int32) {
        guard let array = tree.member(node, tables.symbols.extension, type: -1, group: -1, kind: .array),
            tree.first(array) == nil
        else { return }
        let element = tree.append(OutputTree.Node(key: -1, type: -1, kind: .object), to: array)
        var url = OutputTree.Node(key: tables.symbols.url, type: -1, kind: .constant)
        url.start = tables.symbols.sourceCode
        _ = tree.append(url, to: element)
        var value = OutputTree.Node(key: tables.symbols.valueString, type: -1, kind: .text)
        value.start = Int32(tree.pool.count)
        tree.pool.append(contentsOf: text)
        value.end = Int32(tree.pool.count)
        _ = tree.append(value, to: element)
    }

    private mutating func flagAssumedOffset(_ node: Int32) {
        guard let array = tree.member(node, tables.symbols.extension, type: -1, group: -1, kind: .array) else { return }
        let element = tree.append(OutputTree.Node(key: -1, type: -1, kind: .object), to: array)
        var url = OutputTree.Node(key: tables.symbols.url, type: -1, kind: .constant)
        url.start = tables.symbols.assumedOffset
        _ = tree.append(url, to: element)
        var value = OutputTree.Node(key: tables.symbols.valueBoolean, type: -1, kind: .literal)
        value.start = Int32(tree.pool.count)
        tree.pool.append(contentsOf: "true".utf8)
        value.end = Int32(tree.pool.count)
        _ = tree.append(value, to: element)
    }

    private func isAllowed(_ code: ArraySlice<UInt8>, _ codes: Int32) -> Bool {
        codes < 0 || tables.schema.codeSets[Int(codes)].contains(Array(code))
    }

    /// Appends the converted text to the pool.
    private mutating func convert(_ text: ArraySlice<UInt8>, _ primitive: Primitive, codes: Int32, repetition: Int) -> Bool
    {
        switch primitive {
        case .string, .markdown, .none: return PrimitiveText.string(text, to: &tree.pool)
        case .code:
            guard codes < 0 || isAllowed(text, codes) else {
                let folded = Array(String(decoding: text, as: UTF8.self).lowercased().utf8)
                guard isAllowed(folded[...], codes) else { return false }
                return PrimitiveText.code(folded[...], to: &tree.pool)
            }
            return PrimitiveText.code(text, to: &tree.pool)
        case .uri: return PrimitiveText.uri(text, to: &tree.pool)
        case .codeSystem:
            writeCodeSystem(text)
            return true
        case .identifierSystem:
            PrimitiveText.system(text, prefix: "urn:headwall:assigner:", to: &tree.pool)
            return true
        case .date: return PrimitiveText.date(text, to: &tree.pool)
        case .dateTime: return PrimitiveText.dateTime(text, &times, to: &tree.pool)
        case .instant: return PrimitiveText.instant(text, &times, to: &tree.pool)
        case .time: return PrimitiveText.time(text, to: &tree.pool)
        case .decimal: return PrimitiveText.decimal(text, to: &tree.pool)
        case .integer: return PrimitiveText.integer(text, minimum: -2_147_483_648, to: &tree.pool)
        case .positiveInt: return PrimitiveText.integer(text, minimum: 1, to: &tree.pool)
        case .unsignedInt: return PrimitiveText.integer(text, minimum: 0, to: &tree.pool)
        case .boolean: return PrimitiveText.boolean(text, to: &tree.pool)
        case .base64: return PrimitiveText.base64(text, to: &tree.pool)
        }
    }

    /// HL7 table 0396 and table numbers to URIs.
    private mutating func writeCodeSystem(_ text: ArraySlice<UInt8>) {
        if tables.codeSystemMap >= 0, let found = tables.codeMaps[Int(tables.codeSystemMap)].targets[Array(text)] {
            tree.pool.append(contentsOf: tables.names.names[Int(found.code)])
            return
        }
        if text.count == 7, text.starts(with: "HL7".utf8), text.dropFirst(3).allSatisfy(PrimitiveText.isDigit) {
            tree.pool.append(contentsOf: "http://terminology.hl7.org/CodeSystem/v2-".utf8)
            tree.pool.append(contentsOf: text.dropFirst(3))
            return
        }
        PrimitiveText.system(text, prefix: "urn:headwall:codes:", to: &tree.pool)
    }

    /// Gives the coding of the vocabulary. Returns `true` when nothing is left for the map's own rows.
    private mutating func translate(
        _ program: CompiledProgram, cell: SourceTape.Cell, node: Int32, vocabulary: Int32, scope: Int64, instance: Int
    ) -> Bool {
        let instruction = program.instructions[program.codeInstruction]
        guard let part = instruction.field == 0 ? cell : tape.part(cell, instruction.field), tape.isValued(part) else {
            return false
        }
        let leaf = tape.leaf(part)
        scratch.removeAll(keepingCapacity: true)
        tape.appendText(leaf: leaf, to: &scratch)
        guard let found = tables.codeMaps[Int(vocabulary)].targets[scratch] else { return false }
        let isSameCode = tables.names.names[Int(found.code)] == scratch
        let isCoding = tables.schema.name(program.rootType) == "Coding"
        var isSameSystem = true
        if let system = tape.part(cell, 3), tape.isValued(system) {
            var text: [UInt8] = []
            tape.appendText(leaf: tape.leaf(system), to: &text)
            let start = tree.pool.count
            writeCodeSystem(text[...])
            isSameSystem = found.system >= 0 && Array(tree.pool[start...]) == tables.names.names[Int(found.system)]
            tree.pool.removeSubrange(start...)
        }
        var coding = node
        if !isCoding {
            guard let element = tables.schema.element("coding", of: program.rootType) else { return false }
            let step = PathStep(
                kind: .arrayElement, key: element.name, type: element.type, label: isSameCode && isSameSystem ? 1 : 99,
                byRepetition: false, group: -1)
            guard let array = tree.member(node, step.key, type: step.type, group: -1, kind: .array) else { return false }
            coding = self.element(of: array, step, isRoot: true, scope: scope, repetition: 1)
        }
        setConstant(coding, tables.symbols.system, found.system >= 0 ? found.system : -1, leaf: leaf, instruction)
        setConstant(coding, tables.symbols.code, found.code, row: instruction.row, leaf: Int32(leaf), onlyIfEmpty: false)
        if isCoding || isSameSystem, let node = tree.child(coding, tables.symbols.code) {
            keepOriginal(scratch, of: found.code, on: node)
        }
        if found.display >= 0 {
            setConstant(coding, tables.symbols.display, found.display, row: instruction.row, leaf: -1, onlyIfEmpty: true)
        }
        return isCoding
    }

    private mutating func setConstant(
        _ parent: Int32, _ key: Int32, _ constant: Int32, leaf: Int, _ instruction: CompiledInstruction
    ) {
        guard constant >= 0 else { return }
        setConstant(parent, key, constant, row: instruction.row, leaf: -1, onlyIfEmpty: true)
    }

    // MARK: Conditions

    private func holds(_ condition: Condition, cell: SourceTape.Cell?, repetition: Int, field: Int) -> Bool {
        switch condition {
        case .present(let reference):
            if reference.field == 0, cell == nil { return segment(reference) != nil }
            return self.cell(reference, whole: cell, repetition: repetition, field: field).map { tape.isValued($0) }
                ?? false
        case .equals(let reference, let values):
            guard let found = self.cell(reference, whole: cell, repetition: repetition, field: field) else { return false }
            let leaf = tape.leaf(found)
            return values.contains { tape.equals(leaf, $0) }
        case .same(let first, let second):
            guard let a = self.cell(first, whole: cell, repetition: repetition, field: field),
                let b = self.cell(second, whole: cell, repetition: 0, field: 0)
            else { return false }
            let (left, right) = (tape.range(a), tape.range(b))
            return tape.bytes[Int(left.start)..<Int(left.end)] == tape.bytes[Int(right.start)..<Int(right.end)]
        case .count(let reference, let comparison, let number):
            var count = 0
            if let segment = segment(reference) {
                let field = tape.repetitions(segment: segment, field: reference.field)
                for index in 0..<field.count where tape.isSent(SourceTape.Cell(level: 0, index: field.first + index)) {
                    count += 1
                }
            }
            return compare(count, comparison, number)
        case .length(let reference, let comparison, let number):
            guard let found = self.cell(reference, whole: cell, repetition: repetition, field: field) else { return false }
            let range = tape.range(SourceTape.Cell(level: 2, index: Int32(tape.leaf(found))))
            return compare(Int(range.end - range.start), comparison, number)
        case .not(let inner): return !holds(inner, cell: cell, repetition: repetition, field: field)
        case .all(let parts): return parts.allSatisfy { holds($0, cell: cell, repetition: repetition, field: field) }
        case .any(let parts): return parts.contains { holds($0, cell: cell, repetition: repetition, field: field) }
        }
    }

    private func compare(_ value: Int, _ comparison: Condition.Comparison, _ number: Int) -> Bool {
        switch comparison {
        case .equal: value == number
        case .greater: value > number
        case .less: value < number
        case .atMost: value <= number
        case .atLeast: value >= number
        }
    }

    /// The segment a reference means: the current one, or the nearest of that name in the open groups.
    private func segment(_ reference: Condition.Reference) -> Int? {
        if tape.segments[currentSegment].name == reference.segment { return currentSegment }
        var current = walk.placements[currentSegment].instance
        while current >= 0 {
            let instance = walk.instances[current]
            var index = instance.firstSegment
            while index < instance.endSegment {
                if tape.segments[index].name == reference.segment { return index }
                index += 1
            }
            current = instance.parent
        }
        return nil
    }

    private func cell(
        _ reference: Condition.Reference, whole: SourceTape.Cell?, repetition: Int, field: Int
    ) -> SourceTape.Cell? {
        var found: SourceTape.Cell
        var depth = [reference.component, reference.subcomponent][...]
        if let whole {
            guard reference.field > 0 else { return whole }
            guard let part = tape.part(whole, reference.field) else { return nil }
            found = part
        } else {
            guard let segment = segment(reference), reference.field > 0 else { return nil }
            let range = tape.repetitions(segment: segment, field: reference.field)
            let wanted = segment == currentSegment && reference.field == field ? Int32(repetition) : 0
            guard range.count > wanted else { return nil }
            found = SourceTape.Cell(level: 0, index: range.first + wanted)
        }
        while let number = depth.popFirst(), number > 0 {
            guard let part = tape.part(found, number) else { return nil }
            found = part
        }
        return found
    }
}

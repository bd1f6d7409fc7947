import Clinical
import HL7v2

/// Elements and their values: what an instruction writes into the tree.
extension Conversion {
    /// Walks the steps, making what is missing; `nil` when another choice stands in the way.
    mutating func descend(
        _ node: Int32, _ steps: some Sequence<PathStep>, scope: Int64, repetition: Int, instance: Int
    ) -> Int32? {
        var current = node
        for step in steps {
            guard let next = advance(current, step, scope: scope, repetition: repetition, instance: instance) else {
                return nil
            }
            current = next
        }
        return current
    }

    /// The same by steps of the compiled programs.
    private mutating func descend(
        _ steps: Range<Int32>, _ node: Int32, scope: Int64, repetition: Int, instance: Int
    ) -> Int32? {
        var current = node
        for index in steps {
            let step = tables.compiled.steps[Int(index)]
            guard let next = advance(current, step, scope: scope, repetition: repetition, instance: instance) else {
                return nil
            }
            current = next
        }
        return current
    }

    /// Goes one step down.
    private mutating func advance(
        _ node: Int32, _ step: PathStep, scope: Int64, repetition: Int, instance: Int
    ) -> Int32? {
        switch step.kind {
        case .member:
            let kind: OutputTree.Kind = tables.schema.isPrimitive(step.type) ? .empty : .object
            return tree.member(node, step.key, type: step.type, group: step.group, kind: kind)
        case .arrayElement:
            guard let array = tree.member(node, step.key, type: step.type, group: step.group, kind: .array) else {
                return nil
            }
            return element(
                of: array, step, isRoot: tree.nodes[Int(node)].key < 0, scope: scope, repetition: repetition)
        case .resource:
            if let reference = tree.child(node, tables.symbols.reference) {
                guard tree.nodes[Int(reference)].kind == .reference else { return nil }
                let resource = Int(tree.nodes[Int(reference)].start)
                guard tree.resources[resource].type == step.type else { return nil }
                return tree.resources[resource].root
            }
            let resource = tree.addResource(step.type, instance: instance, segment: currentSegment, isSecondary: true)
            var reference = OutputTree.Node(key: tables.symbols.reference, type: -1, kind: .reference)
            reference.start = Int32(resource)
            // Marks the reference as made by a row, not by a link: it is content.
            reference.segment = Int32(currentSegment)
            _ = tree.append(reference, to: node)
            return tree.resources[resource].root
        }
    }

    mutating func element(
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

    /// The node an instruction writes to; `nil` when another choice stands in the way.
    mutating func leafNode(
        _ instruction: CompiledInstruction, _ node: Int32, scope: Int64, repetition: Int, instance: Int
    ) -> Int32? {
        descend(instruction.steps, node, scope: scope, repetition: repetition, instance: instance)
    }

    /// The node around the one an instruction writes to.
    private mutating func parentNode(
        _ instruction: CompiledInstruction, _ node: Int32, scope: Int64, repetition: Int, instance: Int
    ) -> Int32? {
        descend(instruction.steps.dropLast(), node, scope: scope, repetition: repetition, instance: instance)
    }

    func mayWrite(_ target: Int32) -> Bool {
        let node = tree.nodes[Int(target)]
        return node.kind == .empty || node.segment == Int32(currentSegment)
    }

    mutating func setConstant(_ target: Int32, _ instruction: CompiledInstruction) {
        guard mayWrite(target) else { return }
        tree.nodes[Int(target)].kind = .constant
        tree.nodes[Int(target)].start = instruction.constant
        tree.nodes[Int(target)].row = instruction.row
        tree.nodes[Int(target)].leaf = -1
        tree.nodes[Int(target)].segment = Int32(currentSegment)
    }

    mutating func setConstant(
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

    mutating func write(_ target: Int32, from start: Int, leaf: Int, _ instruction: CompiledInstruction) {
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
    mutating func markRemoved(
        _ instruction: CompiledInstruction, leaf: Int, _ node: Int32, scope: Int64, repetition: Int, instance: Int
    ) {
        guard let target = leafNode(instruction, node, scope: scope, repetition: repetition, instance: instance),
            tree.nodes[Int(target)].kind == .empty || tree.nodes[Int(target)].kind == .object,
            tree.nodes[Int(target)].key >= -1
        else { return }
        // A reference to another resource cannot be marked; the leaf is preserved instead.
        if instruction.leadsToResource { return }
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

    mutating func setText(
        leaf: Int, _ instruction: CompiledInstruction, _ node: Int32, scope: Int64, repetition: Int, vocabulary: Int32,
        instance: Int
    ) {
        scratch.removeAll(keepingCapacity: true)
        tape.appendText(leaf: leaf, to: &scratch)
        let text = scratch
        if vocabulary >= 0, let found = tables.codeMaps[Int(vocabulary)].targets[ByteKey(text)] {
            guard isAllowed(tables.names.names[Int(found.code)][...], instruction.codes) else { return }
            if instruction.isCodingCode {
                guard
                    let parent = parentNode(instruction, node, scope: scope, repetition: repetition, instance: instance)
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
                tables.names.append(found.code, to: &tree.pool)
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
    mutating func keepOriginal(_ text: [UInt8], of code: Int32, on node: Int32) {
        if tables.names.names[Int(code)] != text { addOriginal(text, on: node) }
    }

    mutating func addOriginal(_ text: [UInt8], on node: Int32) {
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

    mutating func flagAssumedOffset(_ node: Int32) {
        guard let array = tree.member(node, tables.symbols.extension, type: -1, group: -1, kind: .array) else { return }
        let element = tree.append(OutputTree.Node(key: -1, type: -1, kind: .object), to: array)
        var url = OutputTree.Node(key: tables.symbols.url, type: -1, kind: .constant)
        url.start = tables.symbols.assumedOffset
        _ = tree.append(url, to: element)
        var value = OutputTree.Node(key: tables.symbols.valueBoolean, type: -1, kind: .literal)
        value.start = Int32(tree.pool.count)
        tree.pool.append("true")
        value.end = Int32(tree.pool.count)
        _ = tree.append(value, to: element)
    }

    func isAllowed(_ code: ArraySlice<UInt8>, _ codes: Int32) -> Bool {
        codes < 0 || tables.schema.codeSets[Int(codes)].contains(ByteKey(code))
    }

    /// Appends the converted text to the pool.
    mutating func convert(_ text: ArraySlice<UInt8>, _ primitive: Primitive, codes: Int32, repetition: Int) -> Bool {
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
            PrimitiveText.system(text, prefix: tables.localSystems.identifiers, to: &tree.pool)
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
    mutating func writeCodeSystem(_ text: ArraySlice<UInt8>) {
        if tables.codeSystemMap >= 0, let found = tables.codeMaps[Int(tables.codeSystemMap)].targets[ByteKey(text)] {
            tables.names.append(found.code, to: &tree.pool)
            return
        }
        if text.count == 7, text.starts(with: "HL7".utf8), text.dropFirst(3).allSatisfy(PrimitiveText.isDigit) {
            tree.pool.append("http://terminology.hl7.org/CodeSystem/v2-")
            tree.pool.append(text.dropFirst(3))
            return
        }
        PrimitiveText.system(text, prefix: tables.localSystems.codes, to: &tree.pool)
    }

    /// The system of a code within a coded datatype stands two components on (HL7 v2.8.2 sections 2A.2.3 and 2A.2.13).
    func hasOwnSystem(_ instruction: CompiledInstruction, in cell: SourceTape.Cell) -> Bool {
        instruction.field > 0 && (tape.part(cell, Int(instruction.field) + 2).map { tape.isValued($0) } ?? false)
    }

    /// What a concept map made of a coded value.
    enum Translation {
        /// The code is not in the map.
        case unknown
        /// A coding of its own; the map's rows write the code that was sent.
        case beside
        /// All there is to write.
        case whole
    }

    /// Gives the coding of the vocabulary.
    mutating func translate(
        _ program: CompiledProgram, cell: SourceTape.Cell, node: Int32, vocabulary: Int32, scope: Int64, instance: Int
    ) -> Translation {
        let instruction = tables.compiled.instructions[Int(program.codeInstruction)]
        guard let part = tape.part(cell, Int(instruction.field), 0), tape.isValued(part) else { return .unknown }
        let leaf = tape.leaf(part)
        scratch.removeAll(keepingCapacity: true)
        tape.appendText(leaf: leaf, to: &scratch)
        guard let found = tables.codeMaps[Int(vocabulary)].targets[ByteKey(scratch)] else { return .unknown }
        let isSameCode = tables.names.names[Int(found.code)] == scratch
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
        if !program.isCoding {
            guard let element = program.codings else { return .unknown }
            let step = PathStep(
                kind: .arrayElement, key: element.name, type: element.type, label: isSameCode && isSameSystem ? 1 : 99,
                byRepetition: false, group: -1)
            guard let array = tree.member(node, step.key, type: step.type, group: -1, kind: .array) else { return .unknown }
            coding = self.element(of: array, step, isRoot: true, scope: scope, repetition: 1)
        }
        setConstant(coding, tables.symbols.system, found.system >= 0 ? found.system : -1, leaf: leaf, instruction)
        setConstant(coding, tables.symbols.code, found.code, row: instruction.row, leaf: Int32(leaf), onlyIfEmpty: false)
        if program.isCoding || isSameSystem, let node = tree.child(coding, tables.symbols.code) {
            keepOriginal(scratch, of: found.code, on: node)
        }
        if found.display >= 0 {
            setConstant(coding, tables.symbols.display, found.display, row: instruction.row, leaf: -1, onlyIfEmpty: true)
        }
        return program.isCoding ? .whole : .beside
    }

    mutating func setConstant(
        _ parent: Int32, _ key: Int32, _ constant: Int32, leaf: Int, _ instruction: CompiledInstruction
    ) {
        guard constant >= 0 else { return }
        setConstant(parent, key, constant, row: instruction.row, leaf: -1, onlyIfEmpty: true)
    }
}

/// Turns rows into programs. What cannot be compiled is reported with its reason, never executed half.
extension MappingTables {
    mutating func compile() {
        for name in messageRows.keys.sorted() {
            structures[name] = compileStructure(name)
        }
        addGrammarStructures()
        // Rows of maps that no message reaches are still checked against the type their name declares.
        for name in maps.keys.sorted() where !programIDs.keys.contains(where: { $0.map == name }) {
            let declared = Self.declaredType(name)
            if let type = schema.type(declared) { _ = program(name, type: type) } else { reportUnreached(name) }
        }
        compiled = CompiledPrograms(programs, schema)
        maps = [:]
        messageRows = [:]
    }

    private mutating func reportUnreached(_ name: String) {
        for row in maps[name] ?? [] {
            _ = report(row, map: name, reason: "the target type of the map is not a FHIR type")
        }
    }

    /// `Identifier` in `CX[Identifier-Extension]`.
    static func declaredType(_ map: String) -> String {
        guard let open = map.firstIndex(of: "["), let close = map.lastIndex(of: "]"), open < close else { return "" }
        return String(map[map.index(after: open)..<close].prefix { $0 != "-" && $0 != "." })
    }

    mutating func report(_ row: MapRow, map: String, reason: String?) -> Int32 {
        if row.index >= 0 {
            // A row compiled for several types counts once; one failure is a failure only if nothing succeeds.
            if reason == nil { rows[Int(row.index)].reason = nil }
            return row.index
        }
        rows.append(
            RowReport(row: "\(map):\(row.id)", source: row.source, target: row.target, origin: row.origin, reason: reason))
        return Int32(rows.count - 1)
    }

    /// The program of a map for a type, compiled when first asked for; `nil` when there is no such map.
    mutating func program(_ name: String, type: Int32, element: Int32 = -1) -> Int32? {
        let isValue = schema.isPrimitive(type)
        let key = ProgramKey(map: name, type: type, element: isValue ? element : -1)
        if let id = programIDs[key] { return id }
        guard let source = maps[name] else { return nil }
        let id = Int32(programs.count)
        let prefix = name.prefix { $0 != "[" }
        let isSegment = structuresOwn(String(prefix), name)
        programs.append(
            Program(map: name, segment: isSegment ? SourceTape.pack(prefix.utf8) : 0, rootType: type))
        programIDs[key] = id
        var program = programs[Int(id)]
        program.isValue = isValue
        // On a primitive, rows for other elements of the same type do not count, where there are rows that name it.
        let elementName = element >= 0 ? names[element] : ""
        let hasNamed = source.contains { $0.target == elementName || $0.target == "$value" || $0.target == "$this" }
        for (position, row) in source.enumerated() {
            if isValue, hasNamed, ![elementName, "$value", "$this"].contains(row.target) { continue }
            let compiled = compile(row, map: name, program: &program, rootType: type)
            maps[name]?[position].index = compiled
        }
        programs[Int(id)] = program
        return id
    }

    /// Segment maps name their target resource; a datatype map is recognised by its components in `source`.
    private func structuresOwn(_ prefix: String, _ name: String) -> Bool { segmentMaps.contains(name) }

    private mutating func compile(_ row: MapRow, map: String, program: inout Program, rootType: Int32) -> Int32 {
        if row.condition == "!" { return report(row, map: map, reason: "dropped by patch") }
        if row.condition == "?" { return report(row, map: map, reason: "condition is words only") }
        if row.value == "?" { return report(row, map: map, reason: "value is words only") }
        guard let source = Condition.Reference(row.source) else {
            return report(row, map: map, reason: "source is not a field")
        }
        var condition: Int32 = -1
        var runsWhenAbsent = false
        if !row.condition.isEmpty {
            guard let parsed = Condition.parse(row.condition) else {
                return report(row, map: map, reason: "condition is not computable")
            }
            condition = conditionID(parsed)
            runsWhenAbsent = source.field > 0 && parsed.mentionsAbsence(of: source)
        }
        var target = row.target
        // `status="finished"` writes a constant in the path's own column.
        var value = row.value
        if let equals = target.firstIndex(of: "=") {
            value = String(target[target.index(after: equals)...])
            target = String(target[..<equals])
        }
        let repeats = row.maximum == "*"
        var path: CompiledPath
        if program.isValue, target.isEmpty || !target.hasPrefix("$") || target == "$value" || target == "$this" {
            path = CompiledPath(steps: [], type: rootType, isEach: false, isSystem: .string)
        } else {
            guard let compiled = compilePath(target, root: rootType, map: map) else {
                return report(row, map: map, reason: "path is not an element of \(schema.name(rootType))")
            }
            path = compiled
        }
        var instruction = Instruction(
            row: 0, field: source.field, component: source.component, condition: condition, runsWhenAbsent: runsWhenAbsent,
            action: .primitive, steps: path.steps, primitive: .none, codes: path.codes, program: -1, vocabulary: -1,
            constant: -1, template: -1, repeats: repeats, isEach: path.isEach, isCodingCode: path.isCodingCode)
        if !row.vocabulary.isEmpty {
            guard let id = codeMapIDs[row.vocabulary] else {
                return report(row, map: map, reason: "no such code map: \(row.vocabulary)")
            }
            instruction.vocabulary = id
        }
        let isPrimitive = schema.isPrimitive(path.type)
        if isPrimitive {
            instruction.primitive = path.isSystem == .string ? Primitive(type: schema.name(path.type)) : path.isSystem
        }
        if value.hasPrefix("\"") {
            guard isPrimitive else { return report(row, map: map, reason: "a constant needs a primitive element") }
            let constant = String(value.dropFirst().dropLast())
            if path.codes >= 0, !schema.codeSets[Int(path.codes)].contains(ByteKey(Array(constant.utf8))) {
                return report(row, map: map, reason: "the constant is not in the value set of the element")
            }
            instruction.action = .constant
            instruction.constant = names.id(constant)
        } else if value.hasPrefix("=") {
            guard isPrimitive, let template = Template(String(value.dropFirst())) else {
                return report(row, map: map, reason: "value is not computable")
            }
            instruction.action = .template
            instruction.template = Int32(templates.count)
            templates.append(template)
        } else if !value.isEmpty {
            return report(row, map: map, reason: "value is not computable")
        } else if !row.map.isEmpty {
            // A map that makes a resource, on a reference, makes what is referred to.
            if schema.name(path.type) == "Reference", let declared = schema.type(Self.declaredType(row.map)),
                isResource(declared)
            {
                instruction.steps.append(resourceStep(declared))
                path.type = declared
            }
            guard let id = self.program(row.map, type: path.type, element: path.steps.last?.key ?? -1) else {
                return report(row, map: map, reason: "no such datatype map: \(row.map)")
            }
            instruction.action = .map
            instruction.program = id
        } else if !isPrimitive {
            // A complex target without a datatype map takes its own text, where it has an element for it.
            guard let inner = implicitText(path.type) else {
                return report(row, map: map, reason: "a complex element needs a datatype map")
            }
            instruction.steps += inner.steps
            instruction.primitive = Primitive(type: schema.name(inner.type))
            instruction.codes = -1
        }
        let index = report(row, map: map, reason: nil)
        instruction.row = index
        if instruction.isEach, repeats, program.eachField == 0 { program.eachField = instruction.field }
        if path.isFirstCode, instruction.action == .primitive, program.codeInstruction < 0 {
            program.codeInstruction = program.instructions.count
        }
        instruction.isExtensionValue =
            instruction.steps.dropLast().last.map { schema.name($0.type) == "Extension" } ?? false
        program.instructions.append(instruction)
        return index
    }

    /// Resources have a `meta`.
    private func isResource(_ type: Int32) -> Bool { schema.element("meta", of: type) != nil }

    private func implicitText(_ type: Int32) -> (steps: [PathStep], type: Int32)? {
        let element: String
        switch schema.name(type) {
        case "CodeableConcept": element = "text"
        case "Identifier", "Quantity", "ContactPoint", "Money": element = "value"
        case "Annotation", "HumanName", "Address": element = "text"
        case "Coding": element = "code"
        case "Reference": element = "display"
        default: return nil
        }
        guard let found = schema.element(element, of: type) else { return nil }
        return (
            [PathStep(kind: .member, key: found.name, type: found.type, label: 0, byRepetition: false, group: -1)],
            found.type
        )
    }
}

/// A target path in steps.
struct CompiledPath {
    var steps: [PathStep]
    var type: Int32
    var isEach: Bool
    var isSystem: Primitive
    var codes: Int32 = -1
    var isCodingCode = false
    var isFirstCode = false
}

extension MappingTables {
    /// Compiles `identifier[2].type.coding.code`, `participant[1].individual(Practitioner)`, `$this`.
    func compilePath(_ text: String, root: Int32, map: String) -> CompiledPath? {
        var type = root
        var steps: [PathStep] = []
        var isEach = false
        var indexed = false
        var system = Primitive.string
        var codes: Int32 = -1
        var isCodingCode = false
        var codingLabel: Int32 = 1
        var tokens = text.split(separator: ".", omittingEmptySubsequences: true).map(String.init)
        if tokens.first == schema.name(root) || tokens.first == "$this" || tokens.first == "[1]" { tokens.removeFirst() }
        if tokens.first == "$value" {
            tokens.removeFirst()
            guard let name = ["value", "text"].first(where: { schema.element($0, of: root) != nil }) else { return nil }
            tokens.insert(name, at: 0)
        }
        for (position, token) in tokens.enumerated() {
            guard let parsed = PathToken(token) else { return nil }
            // `recorder.reference(Practitioner)` and `note(Annotation)` say what the schema knows.
            if parsed.name == "reference", let resource = parsed.resource, schema.name(type) == "Reference" {
                guard let target = schema.type(resource) else { return nil }
                steps.append(resourceStep(target))
                type = target
                continue
            }
            if parsed.name == "reference", schema.name(type) == "Reference" { return nil }
            var name = parsed.name
            if schema.element(name, of: type) == nil, parsed.resource != nil { name += "Reference" }
            guard let element = schema.element(name, of: type) ?? primitiveExtension(name, of: type) else {
                // `note.text` of an annotation map whose row already stands on the note.
                if position == 0, tokens.count > 1, schema.element(PathToken(tokens[1])?.name ?? "", of: type) != nil {
                    continue
                }
                return nil
            }
            isCodingCode = schema.name(type) == "Coding" && name == "code"
            if name == "system" {
                system =
                    schema.name(type) == "Identifier"
                    ? .identifierSystem
                    : ["Coding", "Quantity"].contains(schema.name(type)) ? .codeSystem : .string
            } else {
                system = .string
            }
            if name == "coding" { codingLabel = parsed.label == 0 ? 1 : parsed.label }
            let isLast = position == tokens.count - 1
            if element.isArray {
                isEach = isEach || parsed.isEach
                let label = parsed.isEach ? 1 : parsed.label
                steps.append(
                    PathStep(
                        kind: .arrayElement, key: element.name, type: element.type,
                        label: label == 0 ? (isLast && schema.isPrimitive(element.type) ? -1 : 1) : label,
                        byRepetition: (parsed.label > 0 || parsed.isEach) && !indexed, group: element.group))
                if shared.contains("\(schema.name(steps.count == 1 ? root : -1, or: ""))." + name),
                    let last = steps.indices.last
                {
                    steps[last].isShared = true
                }
                if parsed.label > 0 || parsed.isEach { indexed = true }
            } else {
                steps.append(
                    PathStep(
                        kind: .member, key: element.name, type: element.type, label: 0, byRepetition: false,
                        group: element.group))
            }
            type = element.type
            codes = element.codes
            if let resource = parsed.resource, schema.name(type) == "Reference" {
                guard let target = schema.type(resource) else { return nil }
                steps.append(resourceStep(target))
                type = target
            }
        }
        if !indexed, let last = steps.lastIndex(where: { $0.kind == .arrayElement }), !steps[last].isShared {
            steps[last].byRepetition = true
        }
        return CompiledPath(
            steps: steps, type: type, isEach: isEach, isSystem: system, codes: codes, isCodingCode: isCodingCode,
            isFirstCode: isCodingCode && codingLabel <= 1 && steps.count <= 2)
    }

    /// Primitives have extensions too.
    private func primitiveExtension(_ name: String, of type: Int32) -> ElementSchema.Element? {
        guard name == "extension", schema.isPrimitive(type), let extensionType = schema.type("Extension") else {
            return nil
        }
        return ElementSchema.Element(
            name: symbols.extension, type: extensionType, isArray: true, isRequired: false, group: -1,
            isGroupRequired: false,
            codes: -1)
    }

    func resourceStep(_ type: Int32) -> PathStep {
        PathStep(kind: .resource, key: -1, type: type, label: 0, byRepetition: false, group: -1)
    }
}

/// `identifier[2]`, `who(Organization)`, `component[each]`.
struct PathToken {
    var name: String
    var label: Int32 = 0
    var isEach = false
    var resource: String?

    init?(_ text: String) {
        var rest = text[...]
        if rest.hasSuffix(")"), let open = rest.firstIndex(of: "(") {
            resource = String(rest[rest.index(after: open)...].dropLast())
            rest = rest[..<open]
        }
        if rest.hasSuffix("]"), let open = rest.firstIndex(of: "[") {
            let inner = rest[rest.index(after: open)...].dropLast()
            if inner == "each" || inner == "n" {
                isEach = inner == "each"
            } else {
                guard let number = Int32(inner) else { return nil }
                label = number
            }
            rest = rest[..<open]
        }
        guard !rest.isEmpty,
            rest.utf8.allSatisfy({ (0x30...0x39).contains($0) || (0x41...0x5A).contains($0) || (0x61...0x7A).contains($0) })
        else { return nil }
        name = String(rest)
    }
}

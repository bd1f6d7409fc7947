internal import Clinical
internal import UCUM

/// The checks behind ``Terminology/conflicts(in:source:)-swift.method``.
struct MappingChecks {
    let aliases: UnitAliases
    let concepts: [String: Concept]
    let source: String
    private(set) var conflicts: [MappingConflict] = []
    private var names: [String: LOINCName] = [:]
    private var fits: [String: Bool] = [:]

    init(aliases: UnitAliases, concepts: [String: Concept], source: String) {
        self.aliases = aliases
        self.concepts = concepts
        self.source = source
    }

    mutating func run(_ mappings: [CodeMapping]) {
        let active = mappings.indices.filter { mappings[$0].status == .approved && mappings[$0].target != nil }
        for position in active { checkOne(mappings[position], position) }
        checkSiblings(mappings, active)
        checkKeys(mappings, mappings.indices.filter { mappings[$0].status == .approved })
        checkValues(mappings, active)
    }

    private mutating func report(
        _ kind: MappingConflict.Kind, _ mappings: [CodeMapping], _ positions: [Int], _ text: String
    ) {
        conflicts.append(
            MappingConflict(
                kind: kind, codes: positions.map { mappings[$0].code }, positions: positions, explanation: text))
    }

    private mutating func name(_ mapping: CodeMapping) -> LOINCName? {
        guard let target = mapping.target, let display = target.display ?? official(target) else { return nil }
        if let name = names[display] { return name }
        let name = LOINCName(display)
        names[display] = name
        return name
    }

    private func official(_ target: Code) -> String? {
        target.system == CodeSystem.loinc ? concepts[target.code]?.display : nil
    }

    private mutating func checkOne(_ mapping: CodeMapping, _ position: Int) {
        guard let target = mapping.target else { return }
        func report(_ kind: MappingConflict.Kind, _ text: String) {
            conflicts.append(
                MappingConflict(kind: kind, codes: [mapping.code], positions: [position], explanation: text))
        }
        if target.system == CodeSystem.loinc {
            if !LOINCCode.isWellFormed(target.code) {
                report(.invalidCode, "The form or the check digit of the LOINC code is wrong.")
            } else if let official = concepts[target.code]?.display, let given = target.display, official != given {
                report(.display, "The official display of \(target.code) is \(official).")
            }
        }
        guard let name = name(mapping) else { return }
        if name.isDeprecated { report(.deprecated, "The target is deprecated.") }
        guard let unit = mapping.unit ?? mapping.conditions.unit, !unit.isEmpty else { return }
        if fits(unit, name) == false {
            report(
                .unitAgainstProperty,
                "The unit of the source does not measure what the target is"
                    + (name.property.map { " (\($0))." } ?? " (a fraction)."))
        }
    }

    /// `nil` where the unit is not understood, or the name does not say what it measures.
    private mutating func fits(_ unit: String, _ name: LOINCName) -> Bool? {
        let exemplars = name.exemplars
        guard !exemplars.isEmpty, let reading = try? aliases.read(unit, source: source) else { return nil }
        let key = unit + "\t" + (name.property ?? "%")
        if let known = fits[key] { return known }
        let result = exemplars.contains { code in
            guard let exemplar = try? UnitAliases.Reading(code) else { return false }
            return reading.unit.isCommensurable(with: exemplar.unit) && reading.unit.amount == exemplar.unit.amount
        }
        fits[key] = result
        return result
    }

    /// Rows that differ in the unit only, and in the analyte.
    private mutating func checkSiblings(_ mappings: [CodeMapping], _ active: [Int]) {
        var groups: [String: [Int]] = [:]
        for position in active {
            let mapping = mappings[position]
            // Another specimen or another time is another test; only the unit may differ.
            let parts = [
                mapping.system, Self.stem(mapping.code), mapping.conditions.specimen, mapping.validFrom, mapping.validTo,
            ]
            groups[parts.map { $0 ?? "" }.joined(separator: "\t"), default: []].append(position)
        }
        for (_, positions) in groups.sorted(by: { $0.key < $1.key }) where positions.count > 1 {
            var analytes: [String: Int] = [:]
            for position in positions {
                guard let analyte = name(mappings[position])?.analyte, !analyte.isEmpty else { continue }
                if analytes[analyte] == nil { analytes[analyte] = position }
            }
            guard analytes.count > 1 else { continue }
            let listed = analytes.keys.sorted().joined(separator: ", ")
            report(
                .siblingComponent, mappings, positions, "One test in several units was given several analytes: \(listed).")
        }
    }

    /// The test behind a code that ends in its unit: `b-baso` of `b-baso[%]`.
    static func stem(_ code: String) -> String {
        guard code.utf8.last == UInt8(ascii: "]"), let open = code.lastIndex(of: "["), open > code.startIndex else {
            return code
        }
        return String(code[..<open])
    }

    private mutating func checkKeys(_ mappings: [CodeMapping], _ approved: [Int]) {
        var groups: [String: [Int]] = [:]
        for position in approved {
            groups[mappings[position].system + "\t" + mappings[position].code, default: []].append(position)
        }
        for (_, positions) in groups.sorted(by: { $0.key < $1.key }) where positions.count > 1 {
            for (index, first) in positions.enumerated() {
                for second in positions[(index + 1)...] {
                    let (left, right) = (mappings[first], mappings[second])
                    guard Self.overlap(left, right) else { continue }
                    if left.conditions == right.conditions, left.target?.code != right.target?.code {
                        report(.twoTargets, mappings, [first, second], "One key has two targets.")
                    } else {
                        report(.overlapping, mappings, [first, second], "One value can meet both.")
                    }
                }
            }
        }
    }

    private static func overlap(_ left: CodeMapping, _ right: CodeMapping) -> Bool {
        func compatible(_ one: String?, _ two: String?) -> Bool { one == nil || two == nil || one == two }
        let (one, two) = (left.conditions, right.conditions)
        return compatible(one.unit, two.unit) && compatible(one.specimen, two.specimen)
            && compatible(one.method, two.method) && compatible(one.device, two.device)
            && (left.validFrom ?? "") <= (right.validTo ?? "9999") && (right.validFrom ?? "") <= (left.validTo ?? "9999")
    }

    /// Rows whose middle values lie wholly outside those of the most frequent row with the same target and unit.
    private mutating func checkValues(_ mappings: [CodeMapping], _ active: [Int]) {
        var groups: [String: [Int]] = [:]
        for position in active where mappings[position].deciles.count >= 10 {
            let mapping = mappings[position]
            groups[(mapping.target?.code ?? "") + "\t" + (mapping.unit ?? ""), default: []].append(position)
        }
        for (_, positions) in groups.sorted(by: { $0.key < $1.key }) where positions.count > 1 {
            guard let usual = positions.max(by: { (mappings[$0].frequency ?? 0) < (mappings[$1].frequency ?? 0) }) else {
                continue
            }
            let reference = mappings[usual].deciles
            for position in positions where position != usual {
                let values = mappings[position].deciles
                let (low, high) = (reference[1], reference[9])
                guard low > 0, values[9] > 0 else { continue }
                if values[9] < low / 2 || values[1] > high * 2 {
                    report(
                        .separateValues, mappings, [position, usual],
                        "Eight of ten values lie outside those of the most frequent row with this target and unit.")
                }
            }
        }
    }
}

internal import Clinical
internal import UCUM

/// The rows of a table while it is read: every distinct text is looked at once, however many rows have it.
struct MappingTableReading {
    private(set) var entries: [MappingTable.Entry] = []
    private(set) var targets: [String] = []
    private(set) var conditions: [MappingRow.Conditions] = []
    private(set) var validities: [(from: Instant?, until: Instant?)] = []
    private(set) var unitSets: [MappingTable.UnitSet] = []
    private(set) var problems: [TerminologyError.Problem] = []
    /// Place of each ``MappingRow/Column`` in the lines; -1 where the table has none.
    private(set) var columnNumbers: [Int] = []

    private let systems: [String: UInt8]
    private let concepts: ConceptTable
    private let file: String
    private var prefixes = TextMeanings<UInt8?>()
    private var predicates = TextMeanings<UInt8?>()
    private var statuses = TextMeanings<MappingRow.Status?>()
    private var targetNumbers = TextNumbers()
    /// Number in ``targets``; -1 for none, -2 for what is no LOINC code.
    private var targetPlaces: [Int32] = []
    private var conditionNumbers = TextNumbers()
    private var validityNumbers = TextNumbers()
    private var validityReasons: [String?] = []
    private var unitNumbers = TextNumbers()
    private var unitReasons: [String?] = []
    private var confidences = TextMeanings<Bool>()
    private var labelNumbers = TextNumbers()
    /// Whether a pair of target and label is right.
    private var labels: [Bool] = []
    /// Pairs of target and unit set that were looked at.
    private var checked: Set<Int64> = []
    private var previous: [TableText.Field] = []
    private var groupStart = 0

    init(manifest: TableManifest, systems: [String], concepts: ConceptTable, file: String) {
        let numbers = Dictionary(systems.enumerated().map { ($1, UInt8(clamping: $0)) }) { first, _ in first }
        self.systems = manifest.codeSystems.compactMapValues { numbers[$0] }
        self.concepts = concepts
        self.file = file
        conditions = [MappingRow.Conditions()]
        validities = [(nil, nil)]
        unitSets = [MappingTable.UnitSet()]
        // Number 0 of each is the row that says nothing.
        let empty = TableText.Field.empty
        _ = conditionNumbers.number([], [empty, empty, empty, empty], count: 4)
        _ = validityNumbers.number([], [empty, empty, empty, empty], count: 2)
        validityReasons = [nil]
        _ = unitNumbers.number([], [empty, empty, empty, empty], count: 3)
        unitReasons = [nil]
    }

    mutating func report(_ cause: TerminologyError.Cause, _ line: Int?, _ reason: String) {
        problems.append(TerminologyError.Problem(cause: cause, file: file, line: line, reason: reason))
    }

    /// Reads one row. A row with a problem has no entry, and a table with a problem is not used.
    mutating func read(_ text: borrowing TableText, _ line: Int, _ fields: [TableText.Field]) {
        if columnNumbers.isEmpty {
            columnNumbers = MappingRow.Column.allCases.map { text.column($0.name) ?? -1 }
            entries.reserveCapacity(text.content.count / 160)
        }
        func field(_ column: MappingRow.Column) -> TableText.Field {
            let place = columnNumbers[column.rawValue]
            return place < 0 ? .empty : fields[place]
        }
        let content = text.content
        checkOrder(content, line, fields)
        for column in [MappingRow.Column.subject, .predicate, .object, .status] where field(column).isEmpty {
            report(.missingValue, line, "The column \(column.name) is empty.")
            return
        }
        let subject = field(.subject)
        var colon = subject.start
        while colon < subject.end, content[Int(colon)] != UInt8(ascii: ":") { colon += 1 }
        let systems = systems
        let prefix = prefixes.value(content, TableText.Field(start: subject.start, end: colon)) { systems[$0] }
        guard let system = prefix, colon + 1 < subject.end else {
            report(.invalidValue, line, "The column subject_id has no prefix that the manifest declares.")
            return
        }
        let predicate = predicates.value(content, field(.predicate)) {
            MappingRow.predicates.firstIndex(of: $0).map { UInt8($0) }
        }
        guard let relationship = predicate else {
            let known = MappingRow.predicates.sorted().joined(separator: ", ")
            report(.invalidValue, line, "The column predicate_id is one of \(known).")
            return
        }
        let stated = statuses.value(content, field(.status)) { MappingRow.Status(rawValue: $0) }
        guard let status = stated else {
            report(.invalidValue, line, "The column status is proposed, reviewed, approved or retired.")
            return
        }
        guard let target = target(content, field(.object), line) else { return }
        checkLabel(text, field(.object), field(.objectLabel), target, line)
        let validity = validity(text, [field(.validFrom), field(.validTo), .empty, .empty])
        if let reason = validityReasons[validity] { report(.invalidValue, line, reason) }
        let units = units(text, [field(.unit), field(.unitIfAbsent), field(.unitAliases), .empty])
        if let reason = unitReasons[units] { report(.invalidValue, line, reason) }
        checkEvidence(content, field(.confidence), field(.reviewer), status, line)
        if units != 0, target >= 0, checked.insert(Int64(target) << 32 | Int64(units)).inserted {
            checkUnits(targets[Int(target)], unitSets[units], line)
        }
        let asked = conditions(
            text, [field(.subjectUnit), field(.subjectSpecimen), field(.subjectMethod), field(.subjectDevice)])
        entries.append(
            MappingTable.Entry(
                code: TableText.Field(start: colon + 1, end: subject.end), target: target, conditions: Int32(asked),
                validity: Int32(validity), units: Int32(units), system: system, status: status,
                relationship: relationship))
        checkOverlap(text, line)
    }

    mutating func finish(_ text: borrowing TableText) {
        previous = []
        checked = []
    }

    private mutating func target(_ content: [UInt8], _ field: TableText.Field, _ line: Int) -> Int32? {
        let (number, isNew) = targetNumbers.number(content, field)
        if isNew {
            let object = targetNumbers.texts[number]
            if object == MappingRow.noTerm {
                targetPlaces.append(-1)
            } else if object.hasPrefix("LOINC:"), LOINCCode.isWellFormed(String(object.dropFirst(6))) {
                targetPlaces.append(Int32(targets.count))
                targets.append(String(object.dropFirst(6)))
                if concepts.concepts[String(object.dropFirst(6))] == nil {
                    report(.unknownTarget, line, "The LOINC code has no row in units/canonical.tsv.")
                }
            } else {
                targetPlaces.append(-2)
            }
        }
        guard targetPlaces[number] != -2 else {
            report(
                .invalidValue, line,
                "The column object_id is LOINC: and a LOINC code, or \(MappingRow.noTerm).")
            return nil
        }
        return targetPlaces[number]
    }

    private mutating func checkLabel(
        _ text: borrowing TableText, _ object: TableText.Field, _ label: TableText.Field, _ target: Int32, _ line: Int
    ) {
        guard target >= 0, !label.isEmpty else { return }
        let (number, isNew) = labelNumbers.number(text.content, [object, label, .empty, .empty], count: 2)
        if isNew {
            let official = concepts.concepts[targets[Int(target)]]?.display
            labels.append(official == nil || official == text.text(label))
            if let official, LOINCName(official).isDeprecated {
                report(.deprecatedTarget, line, "LOINC has deprecated the target.")
            }
        }
        if !labels[number] {
            report(.displayDiffers, line, "The column object_label is not the official display of the LOINC code.")
        }
    }

    private mutating func conditions(_ text: borrowing TableText, _ fields: TextNumbers.Fields) -> Int {
        if isEmpty(fields) { return 0 }
        let (number, isNew) = conditionNumbers.number(text.content, fields, count: 4)
        if isNew {
            func asked(_ place: Int) -> String? { fields[place].isEmpty ? nil : text.text(fields[place]) }
            conditions.append(
                MappingRow.Conditions(unit: asked(0), specimen: asked(1), method: asked(2), device: asked(3)))
        }
        return number
    }

    private mutating func validity(_ text: borrowing TableText, _ fields: TextNumbers.Fields) -> Int {
        if isEmpty(fields) { return 0 }
        let (number, isNew) = validityNumbers.number(text.content, fields, count: 2)
        if isNew {
            var reason: String?
            func day(_ field: TableText.Field, _ column: MappingRow.Column) -> Instant? {
                guard !field.isEmpty else { return nil }
                if let day = MappingRow.day(text.text(field)) { return day }
                reason = "The column \(column.name) is a date, YYYY-MM-DD."
                return nil
            }
            let from = day(fields[0], .validFrom)
            let until = day(fields[1], .validTo)?.adding(seconds: 86_400)
            if let from, let until, from >= until { reason = "The column valid_to is before valid_from." }
            validities.append((from, until))
            validityReasons.append(reason)
        }
        return number
    }

    private mutating func units(_ text: borrowing TableText, _ fields: TextNumbers.Fields) -> Int {
        if isEmpty(fields) { return 0 }
        let (number, isNew) = unitNumbers.number(text.content, fields, count: 3)
        if isNew {
            var set = MappingTable.UnitSet()
            var reason: String?
            set.unit = fields[0].isEmpty ? nil : text.text(fields[0])
            set.unitIfAbsent = fields[1].isEmpty ? nil : text.text(fields[1])
            for pair in text.text(fields[2]).split(separator: ";") {
                let sides = pair.split(separator: "=", maxSplits: 1).map { $0.drop { $0 == " " } }
                if sides.count == 2, !sides[0].isEmpty, !sides[1].isEmpty {
                    set.aliases[String(sides[0])] = String(sides[1])
                } else {
                    reason = "The column unit_aliases is raw=ucum, several with ; between."
                }
            }
            unitSets.append(set)
            unitReasons.append(reason)
        }
        return number
    }

    private func isEmpty(_ fields: TextNumbers.Fields) -> Bool {
        fields[0].isEmpty && fields[1].isEmpty && fields[2].isEmpty && fields[3].isEmpty
    }

    private mutating func checkEvidence(
        _ content: [UInt8], _ confidence: TableText.Field, _ reviewer: TableText.Field, _ status: MappingRow.Status,
        _ line: Int
    ) {
        if !confidence.isEmpty {
            let isSound = confidences.value(content, confidence) { text in
                ExactDecimal(text).map { $0 >= ExactDecimal(0) && $0 <= ExactDecimal(1) } ?? false
            }
            if !isSound { report(.invalidValue, line, "The column confidence is a number from 0 to 1.") }
        }
        if status == .approved, reviewer.isEmpty {
            report(.missingValue, line, "An approved row names its reviewer.")
        }
    }

    /// Units are UCUM and convert to the canonical unit of the target.
    private mutating func checkUnits(_ target: String, _ set: MappingTable.UnitSet, _ line: Int) {
        guard let concept = concepts.concepts[target] else { return }
        let own = set.aliases.values.sorted().map { ("unit_aliases", Optional($0)) }
        for (column, code) in [("unit", set.unit), ("unit_if_absent", set.unitIfAbsent)] + own {
            guard let code else { continue }
            do throws(UCUMError) {
                let binding = UnitBinding(
                    reading: try UnitAliases.Reading(code), target: concepts.target(concept),
                    into: concept.unit.flatMap { concepts.units[$0] })
                if case .refused = binding {
                    report(
                        .unitDoesNotFit, line, "The column \(column) does not convert to the unit of the LOINC code.")
                }
            } catch {
                report(.invalidUnit, line, "The column \(column) is not a UCUM unit: \(error.reason)")
            }
        }
    }

    private mutating func checkOrder(_ content: [UInt8], _ line: Int, _ fields: [TableText.Field]) {
        if !previous.isEmpty {
            let bytes = content.span
            compare: for column in MappingRow.sortColumns {
                let place = columnNumbers[column.rawValue]
                let (left, right) = (previous[place], fields[place])
                var (i, j) = (Int(left.start), Int(right.start))
                while i < Int(left.end), j < Int(right.end) {
                    if bytes[i] < bytes[j] { break compare }
                    if bytes[i] > bytes[j] {
                        unsorted(line)
                        break compare
                    }
                    (i, j) = (i + 1, j + 1)
                }
                if j < Int(right.end) { break }
                if i < Int(left.end) {
                    unsorted(line)
                    break
                }
            }
        }
        previous.removeAll(keepingCapacity: true)
        previous.append(contentsOf: fields)
    }

    private mutating func unsorted(_ line: Int) {
        let names = MappingRow.sortColumns.map(\.name).joined(separator: ", ")
        report(.unsorted, line, "Rows are sorted by \(names).")
    }

    /// Two approved rows that one request could both match.
    private mutating func checkOverlap(_ text: borrowing TableText, _ line: Int) {
        let last = entries.count - 1
        if last > 0, !isSameCode(text, groupStart, last) { groupStart = last }
        guard entries[last].status == .approved else { return }
        for other in groupStart..<last where entries[other].status == .approved && overlaps(other, last) {
            let same = entries[other].conditions == entries[last].conditions
            report(
                same ? .duplicateRow : .overlappingRows, line,
                "A request can match this row and the one in line \(text.line(other)); make their conditions exclusive.")
            return
        }
        checkSiblings(last, text, line)
    }

    /// Two units of one test are one analyte.
    private mutating func checkSiblings(_ last: Int, _ text: borrowing TableText, _ line: Int) {
        let own = conditions[Int(entries[last].conditions)]
        guard own.unit != nil, let analyte = analyte(entries[last].target) else { return }
        for other in groupStart..<last where entries[other].status == .approved {
            var asked = conditions[Int(entries[other].conditions)]
            asked.unit = own.unit
            guard asked == own, entries[other].validity == entries[last].validity,
                let sibling = self.analyte(entries[other].target), sibling != analyte
            else { continue }
            report(
                .siblingComponent, line,
                "The row in line \(text.line(other)) maps the same test in another unit to another analyte.")
            return
        }
    }

    private func analyte(_ target: Int32) -> String? {
        guard target >= 0, let display = concepts.concepts[targets[Int(target)]]?.display else { return nil }
        return LOINCName(display).analyte
    }

    private func isSameCode(_ text: borrowing TableText, _ first: Int, _ second: Int) -> Bool {
        MappingTable.isSameCode(entries[first], entries[second], text.content.span)
    }

    private func overlaps(_ first: Int, _ second: Int) -> Bool {
        let (left, right) = (entries[first], entries[second])
        guard conditions[Int(left.conditions)].overlaps(conditions[Int(right.conditions)]) else { return false }
        let (one, two) = (validities[Int(left.validity)], validities[Int(right.validity)])
        return (one.from ?? .distantPast) < (two.until ?? .distantFuture)
            && (two.from ?? .distantPast) < (one.until ?? .distantFuture)
    }
}

internal import Clinical
internal import UCUM

/// One version of a mapping table: manifest and rows, checked, with an index by code.
///
/// A row is a few numbers beside the bytes of the file; see ``row(_:)`` for the row itself.
struct MappingTable: Sendable {
    /// What finding a row needs of it.
    struct Entry: Sendable {
        /// Local code, without its prefix.
        var code: TableText.Field
        /// Number in ``targets``; -1 for a row that says there is none.
        var target: Int32
        /// Numbers in ``conditions``, ``validities`` and ``unitSets``; 0 asks or says nothing.
        var conditions: Int32
        var validity: Int32
        var units: Int32
        var system: UInt8
        var status: MappingRow.Status
        var relationship: UInt8
        /// Whether the row after this one has the same code.
        var hasNext = false
    }

    /// What finding a code needs, in half a cache line: for most codes nothing else is read, and a table of a million rows
    /// costs one wait for memory a lookup.
    private struct Slot: Sendable {
        var first: UInt64 = 0
        var second: UInt64 = 0
        /// Number of the first row of the code, plus one; 0 for a free slot.
        var row: UInt32 = 0
        /// As ``Entry/target``, where ``isPlain``.
        var target: Int32 = 0
        var length: UInt32 = 0
        var system: UInt8 = 0
        /// Whether the code has one row only, which is approved and asks for nothing.
        var isPlain = false

        init() {}

        init(_ packed: PackedCode, _ entry: Entry, row: Int) {
            (first, second) = (packed.first, packed.second)
            self.row = UInt32(row) + 1
            target = entry.target
            length = entry.code.end - entry.code.start
            system = entry.system
            isPlain = entry.status == .approved && entry.conditions == 0 && entry.validity == 0
        }

        @inline(__always)
        func mayBe(_ packed: PackedCode, _ count: Int, _ system: UInt8) -> Bool {
            first == packed.first && second == packed.second && self.system == system && Int(length) == count
        }
    }

    /// The columns `unit`, `unit_if_absent` and `unit_aliases` of a row.
    struct UnitSet: Sendable {
        var unit: String?
        var unitIfAbsent: String?
        var aliases: [String: String] = [:]
    }

    let manifest: TableManifest
    let text: TableText
    private(set) var entries: [Entry] = []
    /// LOINC codes.
    private(set) var targets: [String] = []
    private(set) var conditions: [MappingRow.Conditions] = [MappingRow.Conditions()]
    private(set) var validities: [(from: Instant?, until: Instant?)] = [(nil, nil)]
    private(set) var unitSets: [UnitSet] = [UnitSet()]
    /// Canonical URIs of the code systems, by ``Entry/system``.
    let systems: [String]
    /// Content hashes of the rows; empty in a table so large that they are computed when needed.
    private var identifiers: [String] = []
    /// Who approved each row; as ``identifiers``.
    private var reviewers: [String?] = []
    /// A code with its first row; open addressing by the hash of code and system.
    private var slots: [Slot] = []
    private var columnNumbers: [Int] = []

    /// Tables up to this size know the hashes of their rows beforehand.
    private static let identifiedRows = 32_768

    /// Name and version: `lab-a/1.0.0`.
    var title: String { manifest.name + "/" + manifest.version }

    init?(
        manifest file: TerminologyFile, map: TerminologyFile?, concepts: ConceptTable, limits: Terminology.Limits,
        problems: inout [TerminologyError.Problem]
    ) {
        func report(_ cause: TerminologyError.Cause, _ path: String, _ reason: String) {
            problems.append(TerminologyError.Problem(cause: cause, file: path, line: nil, reason: reason))
        }
        let manifest: TableManifest
        do throws(ManifestFault) {
            manifest = try TableManifest(parsing: file.content)
        } catch {
            report(.invalidManifest, file.path, error.reason)
            return nil
        }
        let expected = "codes/\(manifest.name)/\(manifest.version)/manifest.json"
        if file.path != expected {
            report(.invalidManifest, file.path, "Name and version in the manifest differ from the folders it is in.")
        }
        if manifest.sources.isEmpty || manifest.codeSystems.isEmpty || manifest.codeSystems.count > 255 {
            report(.invalidManifest, file.path, "The manifest names at least one source and one code system.")
        }
        guard let map else {
            report(.missingFile, file.path, "There is no map.tsv beside the manifest.")
            return nil
        }
        if ContentDigest(of: map.content).hex != manifest.sha256 {
            report(.digestMismatch, map.path, "The SHA-256 of the file is not the one in its manifest.")
        }
        let found = problems.count
        self.init(manifest, map, concepts, limits, &problems)
        if problems.count == found { slots = Self.index(&entries, text) }
    }

    /// Reads the rows.
    private init(
        _ manifest: TableManifest, _ map: TerminologyFile, _ concepts: ConceptTable, _ limits: Terminology.Limits,
        _ problems: inout [TerminologyError.Problem]
    ) {
        self.manifest = manifest
        systems = Array(Set(manifest.codeSystems.values)).sorted()
        var reading = MappingTableReading(manifest: manifest, systems: systems, concepts: concepts, file: map.path)
        text = TableText(
            map.content, required: MappingRow.required, optional: MappingRow.optional, limits: limits,
            report: { reading.report($0, $1, $2) },
            visit: { text, _, line, fields in reading.read(text, line, fields) })
        reading.finish(text)
        entries = LargePages.array(copying: reading.entries)
        targets = reading.targets
        conditions = reading.conditions
        validities = reading.validities
        unitSets = reading.unitSets
        columnNumbers = reading.columnNumbers
        problems += reading.problems
        if problems.isEmpty, entries.count <= Self.identifiedRows {
            identifiers = entries.indices.map { computedIdentifier($0) }
            reviewers = entries.indices.map { value(.reviewer, of: $0) }
        }
    }

    // MARK: Rows

    /// The row with all that its line says.
    func row(_ number: Int) -> MappingRow {
        let entry = entries[number]
        let fields = text.fields(number)
        func value(_ column: MappingRow.Column) -> String? {
            let place = columnNumbers[column.rawValue]
            guard place >= 0, place < fields.count, !fields[place].isEmpty else { return nil }
            return text.text(fields[place])
        }
        let units = unitSets[Int(entry.units)]
        let validity = validities[Int(entry.validity)]
        return MappingRow(
            number: number, subject: value(.subject) ?? "", label: value(.subjectLabel),
            system: systems[Int(entry.system)], code: text.text(entry.code),
            relationship: MappingRow.relationshipNames[Int(entry.relationship)],
            target: entry.target < 0 ? nil : targets[Int(entry.target)], display: value(.objectLabel),
            conditions: conditions[Int(entry.conditions)], validFrom: validity.from, validUntil: validity.until,
            unit: units.unit, unitIfAbsent: units.unitIfAbsent, unitAliases: units.aliases, status: entry.status,
            evidence: MappingRow.Evidence(
                author: value(.author), reviewer: value(.reviewer), date: value(.date),
                justification: value(.justification), confidence: value(.confidence), comment: value(.comment),
                supersedes: value(.supersedes), loincVersion: value(.loincVersion), fingerprint: value(.fingerprint)),
            digest: identifier(number))
    }

    /// Content hash of a row.
    func identifier(_ number: Int) -> String {
        number < identifiers.count ? identifiers[number] : computedIdentifier(number)
    }

    /// Who approved a row, with `|` between several.
    func reviewer(_ number: Int) -> String? {
        number < reviewers.count ? reviewers[number] : value(.reviewer, of: number)
    }

    private func computedIdentifier(_ number: Int) -> String {
        let texts = text.texts(number)
        return MappingRow.identifier { column in
            let place = columnNumbers[column.rawValue]
            return texts.indices.contains(place) ? texts[place] : ""
        }
    }

    private func value(_ column: MappingRow.Column, of number: Int) -> String? {
        let fields = text.fields(number)
        let place = columnNumbers[column.rawValue]
        guard fields.indices.contains(place), !fields[place].isEmpty else { return nil }
        return text.text(fields[place])
    }

    // MARK: Finding rows

    private static func index(_ entries: inout [Entry], _ text: borrowing TableText) -> [Slot] {
        let bytes = text.content.span
        var codes = 0
        for number in entries.indices {
            if number > 0, isSameCode(entries[number - 1], entries[number], bytes) {
                entries[number - 1].hasNext = true
            } else {
                codes += 1
            }
        }
        var size = 16
        // At most six tenths are taken, so that a search seldom leaves its cache line.
        while size * 6 < codes * 10 { size *= 2 }
        var slots = LargePages.array(repeating: Slot(), count: size)
        for number in entries.indices where number == 0 || !entries[number - 1].hasNext {
            let entry = entries[number]
            let packed = PackedCode(bytes, Int(entry.code.start), Int(entry.code.end))
            var slot = Self.place(packed, entry.system) & (size - 1)
            while slots[slot].row != 0 { slot = (slot + 1) & (size - 1) }
            slots[slot] = Slot(packed, entry, row: number)
            if entry.hasNext { slots[slot].isPlain = false }
        }
        return slots
    }

    @inline(__always)
    private static func place(_ code: PackedCode, _ system: UInt8) -> Int {
        Int(truncatingIfNeeded: code.hash &+ UInt64(system))
    }

    static func isSameCode(_ left: Entry, _ right: Entry, _ bytes: borrowing Span<UInt8>) -> Bool {
        let length = Int(left.code.end - left.code.start)
        guard left.system == right.system, length == Int(right.code.end - right.code.start) else { return false }
        for offset in 0..<length where bytes[Int(left.code.start) + offset] != bytes[Int(right.code.start) + offset] {
            return false
        }
        return true
    }

    /// The first row of a code, with all of its others behind it.
    func first(_ code: String, system: UInt8) -> Int? {
        let code = code.utf8.span
        return slot(PackedCode(code, 0, code.count), code, system).map { Int(slots[$0].row) - 1 }
    }

    @inline(__always)
    private func slot(_ packed: PackedCode, _ code: borrowing Span<UInt8>, _ system: UInt8) -> Int? {
        guard !slots.isEmpty else { return nil }
        var slot = Self.place(packed, system) & (slots.count - 1)
        while slots[slot].row != 0 {
            if slots[slot].mayBe(packed, code.count, system), isCode(Int(slots[slot].row) - 1, code) { return slot }
            slot = (slot + 1) & (slots.count - 1)
        }
        return nil
    }

    /// Whether a code with the length and the first sixteen bytes of a row's is that of the row.
    @inline(__always)
    private func isCode(_ number: Int, _ code: borrowing Span<UInt8>) -> Bool {
        guard code.count > 16 else { return true }
        let start = Int(entries[number].code.start)
        let bytes = text.content.span
        for offset in 16..<code.count where bytes[start + offset] != code[offset] { return false }
        return true
    }

    // MARK: What the rows say of a code

    func lookup(_ request: TranslationRequest, system: UInt8) -> RowLookup {
        let code = request.code.code.utf8.span
        guard let slot = slot(PackedCode(code, 0, code.count), code, system) else { return .unmapped }
        if slots[slot].isPlain { return found(slots[slot].target) }
        let first = Int(slots[slot].row) - 1
        return lookup(request, first: first, entries[first])
    }

    @inline(__always)
    private func found(_ target: Int32) -> RowLookup { target < 0 ? .noMap : .found(targets[Int(target)]) }

    /// - Parameter entry: that of the first row.
    private func lookup(_ request: TranslationRequest, first: Int, _ entry: Entry) -> RowLookup {
        var result = RowLookup.unmapped
        var (row, entry) = (first, entry)
        while true {
            if entry.status == .approved {
                if result == .unmapped { result = .excluded }
                let (from, until) = validities[Int(entry.validity)]
                if entry.validity == 0 || MappingRow.isValid(from, until, at: request.effective) {
                    switch entry.conditions == 0 ? true : conditions[Int(entry.conditions)].matches(request) {
                    case true?: return found(entry.target)
                    case nil: result = .ambiguous
                    case false?: break
                    }
                }
            }
            guard entry.hasNext, row + 1 < entries.count else { return result }
            row += 1
            entry = entries[row]
        }
    }

    /// The approved rows of a code.
    func approved(_ code: String, system: UInt8) -> [Int] {
        guard let first = first(code, system: system) else { return [] }
        return group(first).filter { entries[$0].status == .approved }
    }

    /// The rows that share the code of a row, which is the first of them.
    func group(_ first: Int) -> Range<Int> {
        var end = first
        while entries[end].hasNext, end + 1 < entries.count { end += 1 }
        return first..<end + 1
    }
}

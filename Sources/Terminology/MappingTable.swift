internal import Clinical
internal import UCUM

/// One version of a mapping table: manifest and rows, checked, with an index by code.
///
/// A row is a few numbers beside the bytes of the file; see ``row(_:)`` for the row itself. A class, so that handing it on
/// counts one reference and not those of everything in it.
final class MappingTable: Sendable {
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

    /// The columns `unit`, `unit_if_absent` and `unit_aliases` of a row.
    struct UnitSet: Sendable {
        var unit: String?
        var unitIfAbsent: String?
        var aliases: [String: String] = [:]
    }

    let manifest: TableManifest
    let text: TableText
    let entries: [Entry]
    /// LOINC codes.
    let targets: [String]
    let conditions: [MappingRow.Conditions]
    let validities: [(from: Instant?, until: Instant?)]
    let unitSets: [UnitSet]
    /// Canonical URIs of the code systems, by ``Entry/system``.
    let systems: [String]
    /// Content hashes of the rows; empty in a table so large that they are computed when needed.
    private let identifiers: [String]
    /// Who approved each row; as ``identifiers``.
    private let reviewers: [String?]
    private let index: CodeIndex
    private let columns: Columns

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
        let systems = Array(Set(manifest.codeSystems.values)).sorted()
        var reading = MappingTableReading(manifest: manifest, systems: systems, concepts: concepts, file: map.path)
        let text = TableText(
            map.content, required: MappingRow.required, optional: MappingRow.optional, limits: limits,
            report: { reading.report($0, $1, $2) },
            visit: { text, _, line, fields in reading.read(text, line, fields) })
        reading.finish(text)
        problems += reading.problems
        let columns = Columns(numbers: reading.columnNumbers)
        var entries = reading.entries
        let isIdentified = problems.isEmpty && entries.count <= Self.identifiedRows
        identifiers = isIdentified ? entries.indices.map { columns.identifier($0, text) } : []
        reviewers = isIdentified ? entries.indices.map { columns.value(.reviewer, of: $0, text) } : []
        index = reading.problems.isEmpty ? CodeIndex(&entries, text) : CodeIndex()
        self.manifest = manifest
        self.systems = systems
        self.text = text
        self.columns = columns
        self.entries = entries
        targets = reading.targets
        conditions = reading.conditions
        validities = reading.validities
        unitSets = reading.unitSets
    }

    // MARK: Rows

    /// The row with all that its line says.
    func row(_ number: Int) -> MappingRow {
        let entry = entries[number]
        let fields = text.fields(number)
        func value(_ column: MappingRow.Column) -> String? {
            columns.value(column, of: fields, text)
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
        number < identifiers.count ? identifiers[number] : columns.identifier(number, text)
    }

    /// Who approved a row, with `|` between several.
    func reviewer(_ number: Int) -> String? {
        number < reviewers.count ? reviewers[number] : columns.value(.reviewer, of: number, text)
    }

    /// Where the columns stand in the lines of the file.
    private struct Columns: Sendable {
        /// By column; -1 for those that the file does not have.
        let numbers: [Int]

        /// Content hash of a row.
        func identifier(_ number: Int, _ text: TableText) -> String {
            let texts = text.texts(number)
            return MappingRow.identifier { column in
                let place = numbers[column.rawValue]
                return texts.indices.contains(place) ? texts[place] : ""
            }
        }

        func value(_ column: MappingRow.Column, of number: Int, _ text: TableText) -> String? {
            value(column, of: text.fields(number), text)
        }

        func value(_ column: MappingRow.Column, of fields: [TableText.Field], _ text: TableText) -> String? {
            let place = numbers[column.rawValue]
            guard fields.indices.contains(place), !fields[place].isEmpty else { return nil }
            return text.text(fields[place])
        }
    }

    // MARK: Finding rows

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
        index.find(code.utf8.span, system: system, entries, text)?.row
    }

    /// What the rows say of a code.
    func lookup(_ request: TranslationRequest, system: UInt8) -> RowLookup {
        guard var number = index.find(request.code.code.utf8.span, system: system, entries, text)?.rule, number != 0
        else { return .unmapped }
        var result = RowLookup.excluded
        while number != 0 {
            let rule = index.rules[number]
            if rule.validity == 0 || isValid(rule.validity, at: request.effective) {
                switch rule.conditions == 0 ? true : conditions[Int(rule.conditions)].matches(request) {
                case true?: return rule.target < 0 ? .noMap : .found(targets[Int(rule.target)])
                case nil: result = .ambiguous
                case false?: break
                }
            }
            number = Int(rule.next)
        }
        return result
    }

    private func isValid(_ validity: Int32, at moment: Instant?) -> Bool {
        let (from, until) = validities[Int(validity)]
        return MappingRow.isValid(from, until, at: moment)
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

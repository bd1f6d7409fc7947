internal import Clinical
internal import UCUM

/// One version of a mapping table: manifest and rows, checked.
struct MappingTable: Sendable {
    let manifest: TableManifest
    let rows: [MappingRow]

    /// Name and version: `lab-a/1.0.0`.
    var title: String { manifest.name + "/" + manifest.version }

    init?(
        manifest file: TerminologyFile, map: TerminologyFile?, concepts: ConceptTable, limits: Terminology.Limits,
        problems: inout [TerminologyError.Problem]
    ) {
        func report(_ cause: TerminologyError.Cause, _ path: String, _ reason: String) {
            problems.append(TerminologyError.Problem(cause: cause, file: path, line: nil, reason: reason))
        }
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
        if manifest.sources.isEmpty || manifest.codeSystems.isEmpty {
            report(.invalidManifest, file.path, "The manifest names at least one source and one code system.")
        }
        guard let map else {
            report(.missingFile, file.path, "There is no map.tsv beside the manifest.")
            return nil
        }
        if ContentDigest(of: map.content).hex != manifest.sha256 {
            report(.digestMismatch, map.path, "The SHA-256 of the file is not the one in its manifest.")
        }
        var reader = TableReader(map, required: MappingRow.required, optional: [], limits: limits)
        var rows: [MappingRow] = []
        var previous: [String]?
        for row in reader.rows {
            let key = MappingRow.sortColumns.map { reader.value($0, of: row) ?? "" }
            if let previous, key.lexicographicallyPrecedes(previous) {
                reader.report(
                    .unsorted, row.line, "Rows are sorted by \(MappingRow.sortColumns.joined(separator: ", ")).")
            }
            previous = key
            guard let mapped = MappingRow(row, &reader, prefixes: manifest.codeSystems) else { continue }
            Self.check(mapped, concepts, &reader)
            rows.append(mapped)
        }
        Self.checkOverlaps(rows, &reader)
        self.rows = rows
        problems += reader.problems
    }

    /// Units are UCUM and convert to the canonical unit of the target.
    private static func check(_ row: MappingRow, _ concepts: ConceptTable, _ reader: inout TableReader) {
        guard let target = row.target else { return }
        guard let concept = concepts.concepts[target] else {
            reader.report(.unknownTarget, row.line, "The LOINC code has no row in units/canonical.tsv.")
            return
        }
        let own = row.unitAliases.values.sorted().map { ("unit_aliases", Optional($0)) }
        for (column, code) in [("unit", row.unit), ("unit_if_absent", row.unitIfAbsent)] + own {
            guard let code else { continue }
            do throws(UCUMError) {
                let reading = UnitAliases.Reading(code: code, unit: try Unit(code))
                let binding = UnitBinding(
                    reading: reading, target: UnitBinding.Target(concept), unit: concept.unit.flatMap { concepts.units[$0] }
                )
                if case .refused = binding {
                    reader.report(
                        .unitDoesNotFit, row.line, "The column \(column) does not convert to the unit of the LOINC code.")
                }
            } catch {
                reader.report(.invalidUnit, row.line, "The column \(column) is not a UCUM unit: \(error.reason)")
            }
        }
    }

    private static func checkOverlaps(_ rows: [MappingRow], _ reader: inout TableReader) {
        var approved: [String: [MappingRow]] = [:]
        for row in rows where row.status == .approved {
            for other in approved[row.subject] ?? [] where other.overlaps(row) {
                let same = other.conditions == row.conditions
                reader.report(
                    same ? .duplicateRow : .overlappingRows, row.line,
                    "A request can match this row and the one in line \(other.line); make their conditions exclusive.")
                break
            }
            approved[row.subject, default: []].append(row)
        }
    }
}

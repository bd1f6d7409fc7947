public import Clinical
internal import UCUM

/// A LOINC code as this service keeps its values: display, canonical unit, and what conversions need to know.
///
/// One row of `units/canonical.tsv`.
public struct Concept: Hashable, Sendable {
    public var loinc: String
    /// The official long common name.
    public var display: String
    /// LOINC property: `MCnc`, `SCnc`, `NCnc`, `Pres` …
    public var property: String
    /// UCUM unit of every value under this code; `nil` for codes whose values are no numbers.
    public var unit: String?
    /// UCUM unit of a value that comes without one; `nil` where that would be a guess.
    public var unitIfAbsent: String?
    /// Grams per mole.
    public var molarMass: ExactDecimal?
    /// Charge number: equivalents per mole.
    public var valence: Int?
    /// Where molar mass and valence come from.
    public var citation: String?
    /// The LOINC code of the same analyte in other units that a feature may ask for: 14682-9 feeds 2160-0.
    public var feeds: String?
    /// Physiologically plausible bounds in ``unit``.
    public var low: ExactDecimal?
    public var high: ExactDecimal?

    static let required = ["loinc", "display", "property", "unit"]
    static let optional = [
        "unit_if_absent", "molar_mass", "valence", "citation", "feeds", "plausible_low", "plausible_high", "comment",
    ]
}

/// `units/canonical.tsv`.
struct ConceptTable {
    private(set) var concepts: [String: Concept] = [:]
    private(set) var units: [String: UnitAliases.Reading] = [:]
    private(set) var analytes = AnalyteCodes()
    let clinical: ClinicalRules

    init(
        _ file: TerminologyFile, clinical: ClinicalRules, limits: Terminology.Limits,
        problems: inout [TerminologyError.Problem]
    ) {
        self.clinical = clinical
        var reader = TableReader(file, required: Concept.required, optional: Concept.optional, limits: limits)
        var previous: String?
        for row in reader.rows {
            guard let concept = Self.concept(row, &reader) else { continue }
            if let previous, previous == concept.loinc {
                reader.report(.duplicateRow, row.line, "This LOINC code has a row already.")
            } else if let previous, previous > concept.loinc {
                reader.report(.unsorted, row.line, "Rows are sorted by loinc, byte by byte.")
            }
            previous = concept.loinc
            concepts[concept.loinc] = concept
            for code in [concept.unit, concept.unitIfAbsent] {
                if let code, units[code] == nil { units[code] = try? UnitAliases.Reading(code) }
            }
        }
        var lines: [String: Int] = [:]
        for row in reader.rows {
            guard let feeds = reader.value("feeds", of: row) else { continue }
            if let loinc = reader.value("loinc", of: row) { lines[loinc] = row.line }
            if concepts[feeds] == nil {
                reader.report(.unknownTarget, row.line, "The code in feeds has no row in this table.")
            }
        }
        analytes = AnalyteCodes(self) { loinc, reason in
            reader.report(.unitDoesNotFit, lines[loinc] ?? 0, "The column feeds: \(reason)")
        }
        problems += reader.problems
    }

    /// What conversions into the unit of a concept depend on.
    func target(_ concept: Concept) -> UnitBinding.Target { UnitBinding.Target(concept, clinical) }

    /// The conversion from a UCUM code into the unit of a concept.
    func binding(_ code: String, _ concept: Concept) -> UnitBinding? {
        guard let reading = try? UnitAliases.Reading(code) else { return nil }
        return UnitBinding(reading: reading, target: target(concept), into: concept.unit.flatMap { units[$0] })
    }

    private static func concept(_ row: TableReader.Row, _ reader: inout TableReader) -> Concept? {
        guard let loinc = reader.required("loinc", of: row), let display = reader.required("display", of: row),
            let property = reader.required("property", of: row)
        else { return nil }
        guard LOINCCode.isWellFormed(loinc) else {
            reader.report(.invalidValue, row.line, "The column loinc is not a LOINC code (form or check digit).")
            return nil
        }
        var concept = Concept(loinc: loinc, display: display, property: property)
        concept.unit = unit("unit", row, &reader)
        concept.unitIfAbsent = unit("unit_if_absent", row, &reader)
        concept.molarMass = decimal("molar_mass", row, &reader)
        concept.citation = reader.value("citation", of: row)
        concept.feeds = reader.value("feeds", of: row)
        concept.low = decimal("plausible_low", row, &reader)
        concept.high = decimal("plausible_high", row, &reader)
        if let text = reader.value("valence", of: row) {
            concept.valence = Int(text)
            if !(1...8).contains(concept.valence ?? 0) {
                reader.report(.invalidValue, row.line, "The column valence is a whole number from 1 to 8.")
                concept.valence = nil
            }
        }
        if let mass = concept.molarMass, mass.coefficient <= 0 {
            reader.report(.invalidValue, row.line, "The column molar_mass is a positive number of grams per mole.")
            concept.molarMass = nil
        }
        if concept.molarMass != nil, concept.citation == nil {
            reader.report(.missingValue, row.line, "A molar mass needs its citation.")
        }
        return concept
    }

    private static func unit(_ column: String, _ row: TableReader.Row, _ reader: inout TableReader) -> String? {
        guard let code = reader.value(column, of: row) else { return nil }
        guard let error = UCUM.validate(code) else { return code }
        reader.report(.invalidUnit, row.line, "The column \(column) is not a UCUM unit: \(error.reason)")
        return nil
    }

    private static func decimal(_ column: String, _ row: TableReader.Row, _ reader: inout TableReader) -> ExactDecimal? {
        guard let text = reader.value(column, of: row) else { return nil }
        if let value = ExactDecimal(text) { return value }
        reader.report(.invalidValue, row.line, "The column \(column) is not a decimal number.")
        return nil
    }
}

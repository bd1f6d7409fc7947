internal import Clinical
internal import UCUM

/// A conversion that belongs to one kind of measurement, or its prohibition: one row of `units/clinical.tsv`.
struct ClinicalRule: Hashable, Sendable {
    enum Kind: String, Sendable {
        /// `factor × x + offset` from one unit to the other.
        case affine
        /// `factor × x`, for assays that report in units of their own.
        case assay
        /// The units never convert for this code, whatever UCUM says.
        case prohibited
        /// Grams per mole (`factor`) and charge (`offset`) for a code that has no row in `canonical.tsv`.
        case molar
    }

    var kind: Kind
    var from: UnitAliases.Reading?
    var to: UnitAliases.Reading?
    var factor: UnitFactor?
    var offset: ExactDecimal
    /// What the record of a value says of it: `affine: 10.93 × x − 23.50, <citation>`.
    var text: String
    var citation: String
}

/// `units/clinical.tsv`: conversions keyed by LOINC, with a citation each.
struct ClinicalRules {
    private(set) var rules: [String: [ClinicalRule]] = [:]
    private(set) var masses: [String: ClinicalMass] = [:]

    struct ClinicalMass {
        var molarMass: ExactDecimal
        var valence: Int?
        var citation: String
    }

    static let columns = ["loinc", "from", "to", "conversion", "factor", "offset", "citation"]

    init() {}

    init(_ file: TerminologyFile, limits: Terminology.Limits, problems: inout [TerminologyError.Problem]) {
        var reader = TableReader(file, required: Self.columns, optional: ["comment"], limits: limits)
        var previous: [String]?
        for row in reader.rows {
            guard let loinc = reader.required("loinc", of: row), let name = reader.required("conversion", of: row),
                let citation = reader.required("citation", of: row)
            else { continue }
            guard LOINCCode.isWellFormed(loinc) else {
                reader.report(.invalidValue, row.line, "The column loinc is not a LOINC code (form or check digit).")
                continue
            }
            let key = [loinc, reader.value("from", of: row) ?? "", reader.value("to", of: row) ?? ""]
            if let previous, key == previous {
                reader.report(.duplicateRow, row.line, "These units have a row for this code already.")
            } else if let previous, key.lexicographicallyPrecedes(previous) {
                reader.report(.unsorted, row.line, "Rows are sorted by loinc, from and to, byte by byte.")
            }
            previous = key
            guard let kind = ClinicalRule.Kind(rawValue: name) else {
                reader.report(
                    .invalidValue, row.line, "The column conversion is affine, assay, molar or prohibited.")
                continue
            }
            if kind == .molar {
                addMass(loinc, row, &reader, citation)
            } else {
                addRule(loinc, kind, row, &reader, citation)
            }
        }
        problems += reader.problems
    }

    private mutating func addMass(_ loinc: String, _ row: TableReader.Row, _ reader: inout TableReader, _ citation: String)
    {
        guard let mass = reader.value("factor", of: row).flatMap({ ExactDecimal($0) }), mass.coefficient > 0 else {
            reader.report(.invalidValue, row.line, "The column factor of a molar row is grams per mole.")
            return
        }
        let valence = reader.value("offset", of: row).flatMap { Int($0) }
        masses[loinc] = ClinicalMass(molarMass: mass, valence: valence, citation: citation)
    }

    private mutating func addRule(
        _ loinc: String, _ kind: ClinicalRule.Kind, _ row: TableReader.Row, _ reader: inout TableReader, _ citation: String
    ) {
        func unit(_ column: String) -> UnitAliases.Reading? {
            guard let code = reader.required(column, of: row) else { return nil }
            do throws(UCUMError) {
                return try UnitAliases.Reading(code)
            } catch {
                reader.report(.invalidUnit, row.line, "The column \(column) is not a UCUM unit: \(error.reason)")
                return nil
            }
        }
        guard let from = unit("from"), let to = unit("to") else { return }
        var factor: UnitFactor?
        var offset = ExactDecimal(0)
        var text = citation
        if kind != .prohibited {
            guard let written = reader.required("factor", of: row), let value = Self.factor(written) else {
                reader.report(.invalidValue, row.line, "The column factor is a positive decimal, or 1/ and one.")
                return
            }
            factor = value
            text = "\(kind.rawValue): \(written) × x"
            if let added = reader.value("offset", of: row) {
                guard let value = ExactDecimal(added), UnitConversion(slope: factor ?? .one, intercept: value) != nil else {
                    reader.report(.invalidValue, row.line, "The column offset is not a decimal number.")
                    return
                }
                offset = value
                let size = added.drop { $0 == "-" || $0 == "+" }
                text += (value.coefficient < 0 ? " − " : " + ") + size
            }
            text += ", " + citation
        }
        rules[loinc, default: []].append(
            ClinicalRule(kind: kind, from: from, to: to, factor: factor, offset: offset, text: text, citation: citation))
    }

    /// `0.5`, or `1/0.11312`.
    private static func factor(_ text: String) -> UnitFactor? {
        if text.hasPrefix("1/") { return ExactDecimal(text.dropFirst(2)).flatMap { UnitFactor($0) }?.inverse }
        return ExactDecimal(text).flatMap { UnitFactor($0) }
    }
}

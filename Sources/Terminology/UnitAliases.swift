internal import UCUM

/// What raw unit strings mean: `units/aliases.tsv` and `units/homographs.tsv`.
struct UnitAliases {
    /// A raw unit that was understood.
    struct Reading {
        var code: String
        var unit: Unit
    }

    /// Source → raw string → UCUM; `*` for every source.
    private(set) var aliases: [String: [String: Reading]] = [:]
    /// Raw strings that are valid UCUM but usually mean something else, with the reason.
    private(set) var homographs: [String: String] = [:]

    static let aliasColumns = ["source", "raw", "ucum"]
    static let homographColumns = ["raw", "explanation"]

    init(
        aliases file: TerminologyFile, homographs denied: TerminologyFile, limits: Terminology.Limits,
        problems: inout [TerminologyError.Problem]
    ) {
        var homographReader = TableReader(denied, required: Self.homographColumns, optional: ["comment"], limits: limits)
        for row in homographReader.rows {
            guard let raw = homographReader.required("raw", of: row),
                let explanation = homographReader.required("explanation", of: row)
            else { continue }
            if homographs.updateValue(explanation, forKey: raw) != nil {
                homographReader.report(.duplicateRow, row.line, "This raw unit has a row already.")
            }
        }
        problems += homographReader.problems

        var reader = TableReader(file, required: Self.aliasColumns, optional: ["comment"], limits: limits)
        var previous: (String, String)?
        for row in reader.rows {
            guard let source = reader.required("source", of: row), let raw = reader.required("raw", of: row),
                let code = reader.required("ucum", of: row)
            else { continue }
            if let previous, previous == (source, raw) {
                reader.report(.duplicateRow, row.line, "This source and raw unit have a row already.")
            } else if let previous, previous > (source, raw) {
                reader.report(.unsorted, row.line, "Rows are sorted by source and raw, byte by byte.")
            }
            previous = (source, raw)
            if source == "*", homographs[raw] != nil {
                reader.report(
                    .overlappingRows, row.line, "A homograph has no meaning for every source; name the source.")
            }
            do throws(UCUMError) {
                aliases[source, default: [:]][raw] = Reading(code: code, unit: try Unit(code))
            } catch {
                reader.report(.invalidUnit, row.line, "The column ucum is not a UCUM unit: \(error.reason)")
            }
        }
        problems += reader.problems
    }

    /// Why a raw unit could not be read.
    enum Refusal: Error {
        case homograph(String)
        case invalid(UCUMError)
    }

    /// The alias of the source, else that of every source, else the string as UCUM unless it is a homograph.
    func read(_ raw: String, source: String) throws(Refusal) -> Reading {
        if let reading = aliases[source]?[raw] ?? aliases["*"]?[raw] { return reading }
        if let explanation = homographs[raw] { throw .homograph(explanation) }
        do throws(UCUMError) {
            return Reading(code: raw, unit: try Unit(raw))
        } catch {
            throw .invalid(error)
        }
    }
}

internal import UCUM

/// What raw unit strings mean: `units/aliases.tsv`, `units/homographs.tsv` and `units/suspects.tsv`.
struct UnitAliases {
    /// A raw unit that was understood.
    struct Reading: Hashable, Sendable {
        var code: String
        var unit: Unit
        /// Annotations in lower case, sorted, those below the line marked with a slash.
        var annotations: [String] = []
        /// Prefix and unit of every factor, as `mu` in `mu/L`.
        var symbols: [String] = []

        init(_ code: String) throws(UCUMError) {
            let expression = try UnitExpression(code)
            self.code = code
            unit = try Unit(expression)
            if code.utf8.contains(UInt8(ascii: "{")) {
                annotations = AnnotationRule.texts(of: expression)
            }
            symbols = expression.symbols
        }
    }

    /// Source → raw string → UCUM; `*` for every source.
    private(set) var aliases: [String: [String: Reading]] = [:]
    /// Raw strings that are valid UCUM but usually mean something else, with the reason.
    private(set) var homographs: [String: String] = [:]
    /// Symbols that are valid UCUM but usually mean something else wherever they stand, with the reason.
    private(set) var suspects: [String: String] = [:]

    static let aliasColumns = ["source", "raw", "ucum"]
    static let homographColumns = ["raw", "explanation"]
    static let suspectColumns = ["symbol", "explanation"]

    init(
        aliases file: TerminologyFile, homographs denied: TerminologyFile, suspects: TerminologyFile?,
        limits: Terminology.Limits, problems: inout [TerminologyError.Problem]
    ) {
        homographs = Self.explanations(denied, Self.homographColumns, limits, &problems)
        if let suspects {
            self.suspects = Self.explanations(suspects, Self.suspectColumns, limits, &problems)
        }
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
                aliases[source, default: [:]][raw] = try Reading(code)
            } catch {
                reader.report(.invalidUnit, row.line, "The column ucum is not a UCUM unit: \(error.reason)")
            }
        }
        problems += reader.problems
    }

    private static func explanations(
        _ file: TerminologyFile, _ columns: [String], _ limits: Terminology.Limits,
        _ problems: inout [TerminologyError.Problem]
    ) -> [String: String] {
        var found: [String: String] = [:]
        var reader = TableReader(file, required: columns, optional: ["comment"], limits: limits)
        for row in reader.rows {
            guard let text = reader.required(columns[0], of: row), let why = reader.required(columns[1], of: row) else {
                continue
            }
            if found.updateValue(why, forKey: text) != nil {
                reader.report(.duplicateRow, row.line, "This text has a row already.")
            }
        }
        problems += reader.problems
        return found
    }

    /// Why a raw unit could not be read.
    enum Refusal: Error {
        case homograph(String)
        case invalid(UCUMError)
    }

    /// The alias of the source, else that of every source, else the string as UCUM unless it is a homograph.
    ///
    /// - Parameter trusted: the writer knows UCUM (a table, a person at the command line), so that single symbols that
    ///   senders use for something else are taken at their word. Whole homographs are not.
    func read(_ raw: String, source: String, trusted: Bool = false) throws(Refusal) -> Reading {
        if let reading = alias(raw, source: source) { return reading }
        if let explanation = homographs[raw] { throw .homograph(explanation) }
        let reading: Reading
        do throws(UCUMError) {
            reading = try Reading(raw)
        } catch {
            throw .invalid(error)
        }
        if !trusted, !suspects.isEmpty {
            for symbol in reading.symbols {
                if let explanation = suspects[symbol] { throw .homograph(explanation) }
            }
        }
        return reading
    }

    /// The reading that a table gives a raw unit, if one does.
    func alias(_ raw: String, source: String) -> Reading? {
        aliases[source]?[raw] ?? aliases["*"]?[raw]
    }
}

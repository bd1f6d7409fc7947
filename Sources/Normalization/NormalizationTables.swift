/// Tables that turn assigners, HL7 codes and code system names into those of FHIR.
///
/// Each is a TSV file with a header line; lines that begin with `#` are comments. The first two columns are the code
/// and its target (`namespace` and `uri` in `assigners.tsv`); `-` means that there is none.
public struct NormalizationTables: Sendable {
    /// The tables that must be there, by file name without `.tsv`.
    enum Table: String, CaseIterable {
        case assigners
        case administrativeSex = "0001-administrative-gender"
        case event = "0003-adt-event"
        case patientClass = "0004-encounter-class"
        case interpretation = "0078-interpretation"
        case resultStatus = "0085-observation-status"
        case orderStatus = "0123-observation-status"
        case nameUse = "0200-name-use"
        case codeSystemName = "0396-code-system"
        case codeSystemOID = "oid-code-system"
        case actStatus = "v3-act-status"
        case v3AdministrativeGender = "v3-administrative-gender"
        case nullFlavor = "v3-null-flavor"
    }

    private struct Row {
        /// `nil` where the table says that there is none.
        let target: String?
        /// The third column.
        let detail: String
    }

    private struct Place: Hashable {
        let table: Table
        let code: String
    }

    private let rows: [Place: Row]

    /// - Parameter files: content by file name (`assigners.tsv`, `0001-administrative-gender.tsv`, …); folders in front
    ///   of the name and files of other names are ignored.
    /// - Throws: ``NormalizationError`` naming the file and line that cannot be read, or the file that is missing.
    public init(files: [String: String]) throws(NormalizationError) {
        var contents: [String: String] = [:]
        for (path, content) in files {
            let name = path.split(separator: "/").last.map(String.init) ?? path
            if name.hasSuffix(".tsv") { contents[String(name.dropLast(4))] = content }
        }
        var rows: [Place: Row] = [:]
        for table in Table.allCases {
            guard let content = contents[table.rawValue] else {
                throw NormalizationError(
                    code: IssueCode.table, place: table.rawValue + ".tsv", "This table is missing from the mappings folder."
                )
            }
            for (code, row) in try Self.read(content, of: table) { rows[Place(table: table, code: code)] = row }
        }
        self.rows = rows
    }

    private static func read(_ content: String, of table: Table) throws(NormalizationError) -> [String: Row] {
        var rows: [String: Row] = [:]
        var sawHeader = false
        let lines = content.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
        for (offset, line) in lines.enumerated() where !line.isEmpty && line.first != "#" {
            let cells = line.split(separator: "\t", omittingEmptySubsequences: false)
            let place = "\(table.rawValue).tsv, line \(offset + 1)"
            guard sawHeader else {
                let expected = table == .assigners ? ["namespace", "uri"] : ["code", "target"]
                guard cells.prefix(2).elementsEqual(expected, by: { $0 == $1 }) else {
                    throw NormalizationError(
                        code: IssueCode.table, place: place,
                        "The header must begin with the columns \(expected[0]) and \(expected[1]).")
                }
                sawHeader = true
                continue
            }
            guard cells.count >= 2, !cells[0].isEmpty, !cells[1].isEmpty else {
                throw NormalizationError(
                    code: IssueCode.table, place: place, "A row needs its first two columns; `-` means no target.")
            }
            let row = Row(
                target: cells[1] == "-" ? nil : String(cells[1]), detail: cells.count > 2 ? String(cells[2]) : "")
            if rows.updateValue(row, forKey: String(cells[0])) != nil {
                throw NormalizationError(code: IssueCode.table, place: place, "This code has a row already.")
            }
        }
        guard sawHeader else {
            throw NormalizationError(code: IssueCode.table, place: table.rawValue + ".tsv", "The table has no header line.")
        }
        return rows
    }

    /// What a code stands for; `nil` without a row or target.
    func target(_ code: String, in table: Table) -> String? {
        rows[Place(table: table, code: code)]?.target
    }

    /// The third column of a row; `nil` without a row.
    func detail(_ code: String, in table: Table) -> String? {
        rows[Place(table: table, code: code)]?.detail
    }

    func contains(_ code: String, in table: Table) -> Bool {
        rows[Place(table: table, code: code)] != nil
    }
}

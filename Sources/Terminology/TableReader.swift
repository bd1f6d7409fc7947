/// A tab separated table with a header line; lines that begin with `#` are comments (as in SSSOM/TSV).
struct TableReader {
    struct Row {
        /// From 1.
        let line: Int
        let fields: [String]
    }

    let file: String
    private(set) var header: [String] = []
    private(set) var rows: [Row] = []
    private(set) var problems: [TerminologyError.Problem] = []
    private var columns: [String: Int] = [:]

    /// Reads what can be read; everything else is in ``problems``.
    init(_ file: TerminologyFile, required: [String], optional: [String], limits: Terminology.Limits) {
        self.file = file.path
        guard file.content.count <= limits.maximumFileBytes else {
            report(.tooLarge, nil, "The file has more than \(limits.maximumFileBytes) bytes.")
            return
        }
        var number = 0
        for bytes in file.content.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
            number += 1
            let bytes = bytes.last == UInt8(ascii: "\r") ? bytes.dropLast() : bytes
            if bytes.isEmpty || bytes.first == UInt8(ascii: "#") { continue }
            guard let text = String(validating: bytes, as: UTF8.self), !bytes.contains(0) else {
                report(.notUTF8, number, "The line is not UTF-8 text.")
                continue
            }
            let fields = text.split(separator: "\t", omittingEmptySubsequences: false).map { Self.trimmed($0) }
            if header.isEmpty {
                readHeader(fields, line: number, required: required, optional: optional)
                if !problems.isEmpty { return }
            } else if fields.count != header.count {
                report(.fieldCount, number, "The line has \(fields.count) fields, the header \(header.count).")
            } else if rows.count >= limits.maximumRows {
                report(.tooLarge, number, "The table has more than \(limits.maximumRows) rows.")
                return
            } else {
                rows.append(Row(line: number, fields: fields))
            }
        }
        if header.isEmpty { report(.missingColumn, nil, "The table has no header line.") }
    }

    private mutating func readHeader(_ names: [String], line: Int, required: [String], optional: [String]) {
        header = names
        for (index, name) in names.enumerated() {
            if columns.updateValue(index, forKey: name) != nil {
                report(.invalidValue, line, "The column \(name) occurs twice.")
            } else if !required.contains(name), !optional.contains(name) {
                report(.invalidValue, line, "Column \(index + 1) of the header is not a column of this table.")
            }
        }
        for name in required where columns[name] == nil { report(.missingColumn, line, "The column \(name) is missing.") }
    }

    /// The text of a column; `nil` where it is empty or the table has no such column.
    func value(_ column: String, of row: Row) -> String? {
        guard let index = columns[column], index < row.fields.count, !row.fields[index].isEmpty else { return nil }
        return row.fields[index]
    }

    mutating func report(_ cause: TerminologyError.Cause, _ line: Int?, _ reason: String) {
        problems.append(TerminologyError.Problem(cause: cause, file: file, line: line, reason: reason))
    }

    /// The value of a required column, or a problem.
    mutating func required(_ column: String, of row: Row) -> String? {
        if let value = value(column, of: row) { return value }
        report(.missingValue, row.line, "The column \(column) is empty.")
        return nil
    }

    private static func trimmed(_ text: Substring) -> String {
        guard text.utf8.first == UInt8(ascii: " ") || text.utf8.last == UInt8(ascii: " ") else { return String(text) }
        let start = text.firstIndex { $0 != " " } ?? text.endIndex
        let end = text.lastIndex { $0 != " " }.map { text.index(after: $0) } ?? start
        return String(text[start..<end])
    }
}

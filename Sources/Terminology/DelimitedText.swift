/// Rows of comma or tab separated text by column name (RFC 4180: quotes, doubled quotes, line feeds inside quotes).
///
/// Lines in front that begin with `#` are comments; the first row is the header. Rows are short of columns at will; what is missing is empty.
public struct DelimitedText: Sendable {
    public private(set) var header: [String] = []
    public private(set) var rows: [[String]] = []
    private var columns: [String: Int] = [:]

    /// - Throws: ``TerminologyError`` when the text is not UTF-8, a quote is not closed, or there is no header.
    public init(_ content: [UInt8], separator: UInt8, file: String) throws(TerminologyError) {
        func problem(_ cause: TerminologyError.Cause, _ line: Int?, _ reason: String) -> TerminologyError {
            TerminologyError(problems: [.init(cause: cause, file: file, line: line, reason: reason)])
        }
        guard (try? UTF8Span(validating: content.span)) != nil else {
            throw problem(.notUTF8, nil, "The file is not UTF-8.")
        }
        var fields: [String] = []
        var field: [UInt8] = []
        var quoted = false
        var wasQuoted = false
        var line = 1
        var index = content.starts(with: [0xef, 0xbb, 0xbf]) ? 3 : 0
        func endField() {
            fields.append(String(decoding: field, as: UTF8.self))
            field.removeAll(keepingCapacity: true)
            wasQuoted = false
        }
        var all: [[String]] = []
        func endRow() {
            endField()
            if fields.count > 1 || fields.first?.isEmpty == false { all.append(fields) }
            fields.removeAll(keepingCapacity: true)
        }
        // SSSOM puts its metadata in front, line by line.
        while index < content.count, content[index] == UInt8(ascii: "#") {
            while index < content.count, content[index] != UInt8(ascii: "\n") { index += 1 }
            (index, line) = (min(index + 1, content.count), line + 1)
        }
        while index < content.count {
            let byte = content[index]
            if byte == UInt8(ascii: "\n") { line += 1 }
            if quoted {
                if byte == UInt8(ascii: "\"") {
                    if index + 1 < content.count, content[index + 1] == byte {
                        field.append(byte)
                        index += 1
                    } else {
                        quoted = false
                    }
                } else {
                    field.append(byte)
                }
            } else if byte == UInt8(ascii: "\""), field.isEmpty, !wasQuoted {
                (quoted, wasQuoted) = (true, true)
            } else if byte == separator {
                endField()
            } else if byte == UInt8(ascii: "\n") {
                endRow()
            } else if byte != UInt8(ascii: "\r") {
                field.append(byte)
            }
            index += 1
        }
        if quoted { throw problem(.invalidValue, line, "A quote is not closed before the end of the file.") }
        if !field.isEmpty || !fields.isEmpty || wasQuoted { endRow() }
        guard let first = all.first else { throw problem(.missingColumn, nil, "The file has no header line.") }
        header = first
        rows = Array(all.dropFirst())
        columns = Dictionary(first.enumerated().map { ($1, $0) }) { first, _ in first }
    }

    /// The text of a column; `nil` where it is empty or there is none of that name.
    public func value(_ column: String, of row: [String]) -> String? {
        guard let index = columns[column], index < row.count, !row[index].isEmpty else { return nil }
        return row[index]
    }

    public func hasColumn(_ name: String) -> Bool { columns[name] != nil }
}

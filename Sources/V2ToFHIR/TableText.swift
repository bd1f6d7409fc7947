/// Rows of a tab-separated table: the first line that is not a comment names the columns.
///
/// Reads bytes, not characters: all tables together are loaded in a few milliseconds.
enum TableText {
    /// One row as byte ranges of the file.
    struct Row {
        let bytes: ArraySlice<UInt8>
        let cells: [Range<Int>]

        func cell(_ column: Int) -> ArraySlice<UInt8> {
            guard column >= 0, column < cells.count else { return [] }
            return bytes[cells[column]]
        }

        func text(_ column: Int) -> String { String(decoding: cell(column), as: UTF8.self) }
    }

    /// The names of the columns.
    static func columns(_ bytes: [UInt8]) -> [String] {
        guard var line = bytes.split(separator: 0x0A).first(where: { $0.first != 0x23 && $0 != [0x0D] }) else { return [] }
        if line.last == 0x0D { line.removeLast() }
        return line.split(separator: 0x09, omittingEmptySubsequences: false).map { String(decoding: $0, as: UTF8.self) }
    }

    /// Calls `body` for each row; the columns are given in the order asked for, missing ones as −1.
    static func read(_ bytes: [UInt8], columns wanted: [String], body: (Row, [Int]) -> Void) {
        var position = 0
        var order: [Int]?
        var cells: [Range<Int>] = []
        while position < bytes.count {
            var end = position
            cells.removeAll(keepingCapacity: true)
            var start = position
            while end < bytes.count, bytes[end] != 0x0A {
                if bytes[end] == 0x09 {
                    cells.append(start..<end)
                    start = end + 1
                }
                end += 1
            }
            var last = end
            if last > start, bytes[last - 1] == 0x0D { last -= 1 }
            cells.append(start..<last)
            defer { position = end + 1 }
            if end == position || bytes[position] == 0x23 { continue }
            let row = Row(bytes: bytes[...], cells: cells)
            guard let order else {
                let names = cells.map { String(decoding: bytes[$0], as: UTF8.self) }
                order = wanted.map { names.firstIndex(of: $0) ?? -1 }
                continue
            }
            body(row, order)
        }
    }
}

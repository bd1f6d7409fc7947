/// The bytes of a tab separated table and the place of every line: nothing is copied until it is asked for, so that a
/// table of a million rows costs little more than its file.
struct TableText: Sendable {
    let content: [UInt8]
    private(set) var header: [String] = []
    /// Where each row begins in ``content``.
    private(set) var starts: [UInt32] = []
    private var columns: [String: Int] = [:]

    /// A part of the content.
    struct Field: Hashable, Sendable {
        var start: UInt32
        var end: UInt32

        var isEmpty: Bool { start >= end }
        static let empty = Field(start: 0, end: 0)
    }

    /// Reads what can be read; everything else goes to `report` with cause, line and reason. `visit` is given each row's
    /// number, line and fields.
    init(
        _ content: [UInt8], required: [String], optional: [String], limits: Terminology.Limits,
        report: (TerminologyError.Cause, Int?, String) -> Void,
        visit: (borrowing TableText, _ row: Int, _ line: Int, _ fields: [Field]) -> Void
    ) {
        self.content = content
        guard content.count <= min(limits.maximumFileBytes, Int(UInt32.max) - 1) else {
            report(.tooLarge, nil, "The file has more than \(limits.maximumFileBytes) bytes.")
            return
        }
        let isText = (try? UTF8Span(validating: content.span)) != nil
        var line = 0
        var start = 0
        var fields: [Field] = []
        let end = content.count
        while start < end {
            line += 1
            let stop = Self.read(content, from: start, into: &fields)
            let next = stop + 1
            defer { start = next }
            let last = stop > start && content[stop - 1] == UInt8(ascii: "\r") ? stop - 1 : stop
            if last == start || content[start] == UInt8(ascii: "#") { continue }
            if !isText || Self.hasNull(content, fields),
                String(validating: content[start..<last], as: UTF8.self) == nil
                    || content[start..<last].contains(0)
            {
                report(.notUTF8, line, "The line is not UTF-8 text.")
                continue
            }
            if header.isEmpty {
                var sound = true
                header = fields.map { text($0) }
                for (index, name) in header.enumerated() {
                    if columns.updateValue(index, forKey: name) != nil {
                        report(.invalidValue, line, "The column \(name) occurs twice.")
                        sound = false
                    } else if !required.contains(name), !optional.contains(name) {
                        report(.invalidValue, line, "Column \(index + 1) of the header is not a column of this table.")
                        sound = false
                    }
                }
                for name in required where columns[name] == nil {
                    report(.missingColumn, line, "The column \(name) is missing.")
                    sound = false
                }
                if !sound { return }
                // A byte a field at least, so that this is never far too much.
                starts.reserveCapacity(min(limits.maximumRows, (end - start) / 96))
            } else if fields.count != header.count {
                report(.fieldCount, line, "The line has \(fields.count) fields, the header \(header.count).")
            } else if starts.count >= limits.maximumRows {
                report(.tooLarge, line, "The table has more than \(limits.maximumRows) rows.")
                return
            } else {
                starts.append(UInt32(start))
                visit(self, starts.count - 1, line, fields)
            }
        }
        if header.isEmpty { report(.missingColumn, nil, "The table has no header line.") }
    }

    /// The number of a column; `nil` where the table has none of that name.
    func column(_ name: String) -> Int? { columns[name] }

    func text(_ field: Field) -> String {
        field.isEmpty ? "" : String(decoding: content[Int(field.start)..<Int(field.end)], as: UTF8.self)
    }

    /// The fields of a row, without spaces around them.
    func fields(_ row: Int) -> [Field] {
        var fields: [Field] = []
        _ = Self.read(content, from: Int(starts[row]), into: &fields)
        return fields
    }

    func texts(_ row: Int) -> [String] { fields(row).map { text($0) } }

    /// The line a row stands in, from 1; counts, and is for messages.
    func line(_ row: Int) -> Int {
        1 + content[..<Int(starts[row])].count { $0 == UInt8(ascii: "\n") }
    }

    /// Splits a line at its tabs; the place of the line feed, or the end.
    private static func read(_ content: [UInt8], from start: Int, into fields: inout [Field]) -> Int {
        fields.removeAll(keepingCapacity: true)
        let bytes = content.span
        var begin = start
        var index = start
        let end = bytes.count
        while index < end {
            let byte = bytes[index]
            if byte <= UInt8(ascii: "\n"), byte == UInt8(ascii: "\t") || byte == UInt8(ascii: "\n") {
                if byte == UInt8(ascii: "\n") { break }
                fields.append(trimmed(bytes, begin, index))
                begin = index + 1
            }
            index += 1
        }
        let last = index > begin && bytes[index - 1] == UInt8(ascii: "\r") ? index - 1 : index
        fields.append(trimmed(bytes, begin, last))
        return index
    }

    private static func trimmed(_ bytes: borrowing Span<UInt8>, _ start: Int, _ end: Int) -> Field {
        var (start, end) = (start, end)
        while start < end, bytes[start] == UInt8(ascii: " ") { start += 1 }
        while start < end, bytes[end - 1] == UInt8(ascii: " ") { end -= 1 }
        return Field(start: UInt32(start), end: UInt32(end))
    }

    private static func hasNull(_ content: [UInt8], _ fields: [Field]) -> Bool {
        guard let first = fields.first, let last = fields.last else { return false }
        return content[Int(first.start)..<Int(max(first.start, last.end))].contains(0)
    }
}

/// Numbers for texts that occur again and again.
struct TextNumbers: Sendable {
    private(set) var texts: [String] = []
    private var keys: [[UInt8]] = []
    private var slots: [Int32] = Array(repeating: -1, count: 64)

    /// The number of a text, and whether it is new.
    mutating func number(_ content: [UInt8], _ fields: [TableText.Field]) -> (number: Int, isNew: Bool) {
        if (keys.count + 1) * 2 > slots.count { grow() }
        let bytes = content.span
        var hash = TextHash()
        var length = 0
        for field in fields {
            hash.add(bytes, Int(field.start), Int(field.end))
            length += Int(field.end) - Int(field.start) + 1
        }
        var slot = Int(truncatingIfNeeded: hash.value) & (slots.count - 1)
        while slots[slot] >= 0 {
            let number = Int(slots[slot])
            if keys[number].count == length, isKey(number, bytes, fields) { return (number, false) }
            slot = (slot + 1) & (slots.count - 1)
        }
        slots[slot] = Int32(keys.count)
        var key: [UInt8] = []
        for field in fields {
            key += content[Int(field.start)..<Int(field.end)]
            key.append(UInt8(ascii: "\t"))
        }
        keys.append(key)
        texts.append(String(decoding: key.dropLast(), as: UTF8.self))
        return (keys.count - 1, true)
    }

    private func isKey(_ number: Int, _ bytes: borrowing Span<UInt8>, _ fields: [TableText.Field]) -> Bool {
        var place = 0
        let known = keys[number]
        let key = known.span
        for field in fields {
            for index in Int(field.start)..<Int(field.end) {
                if key[place] != bytes[index] { return false }
                place += 1
            }
            if key[place] != UInt8(ascii: "\t") { return false }
            place += 1
        }
        return true
    }

    private mutating func grow() {
        slots = Array(repeating: -1, count: slots.count * 4)
        for (number, key) in keys.enumerated() {
            var hash = TextHash()
            var start = 0
            for index in key.indices where key[index] == UInt8(ascii: "\t") {
                hash.add(key.span, start, index)
                start = index + 1
            }
            var slot = Int(truncatingIfNeeded: hash.value) & (slots.count - 1)
            while slots[slot] >= 0 { slot = (slot + 1) & (slots.count - 1) }
            slots[slot] = Int32(number)
        }
    }
}

/// Fowler, Noll and Vo 1a over bytes, with a last mixing; for tables in memory only.
struct TextHash {
    private(set) var value: UInt64 = 0xcbf2_9ce4_8422_2325

    @inline(__always)
    mutating func add(_ bytes: borrowing Span<UInt8>, _ start: Int, _ end: Int) {
        var index = start
        while index < end {
            value = (value ^ UInt64(bytes[index])) &* 0x0000_0100_0000_01b3
            index += 1
        }
        value ^= value >> 29
        value = value &* 0xbf58_476d_1ce4_e5b9
        value ^= value >> 32
    }
}

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
            var hasNull = false
            let stop = Self.read(content, from: start, into: &fields, hasNull: &hasNull)
            let next = stop + 1
            defer { start = next }
            let last = stop > start && content[stop - 1] == UInt8(ascii: "\r") ? stop - 1 : stop
            if last == start || content[start] == UInt8(ascii: "#") { continue }
            if hasNull || !isText && String(validating: content[start..<last], as: UTF8.self) == nil {
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
                starts.reserveCapacity(max(0, min(limits.maximumRows, (end - start) / 96)))
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
        var hasNull = false
        _ = Self.read(content, from: Int(starts[row]), into: &fields, hasNull: &hasNull)
        return fields
    }

    func texts(_ row: Int) -> [String] { fields(row).map { text($0) } }

    /// The line a row stands in, from 1; counts, and is for messages.
    func line(_ row: Int) -> Int {
        1 + content[..<Int(starts[row])].count { $0 == UInt8(ascii: "\n") }
    }

    /// Splits a line at its tabs; the place of the line feed, or the end.
    private static func read(
        _ content: [UInt8], from start: Int, into fields: inout [Field], hasNull: inout Bool
    ) -> Int {
        fields.removeAll(keepingCapacity: true)
        let bytes = content.span
        var begin = start
        var index = start
        let end = bytes.count
        while index < end {
            let byte = bytes[index]
            if byte <= UInt8(ascii: "\n") {
                if byte == UInt8(ascii: "\n") { break }
                if byte == UInt8(ascii: "\t") {
                    fields.append(trimmed(bytes, begin, index))
                    begin = index + 1
                } else if byte == 0 {
                    hasNull = true
                }
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
}

/// Numbers for texts of up to four fields that occur again and again.
struct TextNumbers: Sendable {
    typealias Fields = InlineArray<4, TableText.Field>

    private(set) var texts: [String] = []
    private var keys: [[UInt8]] = []
    private var slots: [Int32] = Array(repeating: -1, count: 64)

    mutating func number(_ content: [UInt8], _ field: TableText.Field) -> (number: Int, isNew: Bool) {
        number(content, [field, .empty, .empty, .empty], count: 1)
    }

    /// The number of a text, and whether it is new.
    mutating func number(_ content: [UInt8], _ fields: Fields, count: Int) -> (number: Int, isNew: Bool) {
        if (keys.count + 1) * 2 > slots.count { grow() }
        let bytes = content.span
        var hash = TextHash()
        var length = 0
        for place in 0..<count {
            hash.add(bytes, Int(fields[place].start), Int(fields[place].end))
            length += Int(fields[place].end) - Int(fields[place].start) + 1
        }
        var slot = Int(truncatingIfNeeded: hash.value) & (slots.count - 1)
        while slots[slot] >= 0 {
            let number = Int(slots[slot])
            if keys[number].count == length, isKey(number, bytes, fields, count) { return (number, false) }
            slot = (slot + 1) & (slots.count - 1)
        }
        slots[slot] = Int32(keys.count)
        var key: [UInt8] = []
        for place in 0..<count {
            key += content[Int(fields[place].start)..<Int(fields[place].end)]
            key.append(UInt8(ascii: "\t"))
        }
        keys.append(key)
        texts.append(String(decoding: key.dropLast(), as: UTF8.self))
        return (keys.count - 1, true)
    }

    private func isKey(_ number: Int, _ bytes: borrowing Span<UInt8>, _ fields: Fields, _ count: Int) -> Bool {
        var at = 0
        for place in 0..<count {
            for index in Int(fields[place].start)..<Int(fields[place].end) {
                if keys[number][at] != bytes[index] { return false }
                at += 1
            }
            if keys[number][at] != UInt8(ascii: "\t") { return false }
            at += 1
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

/// What texts mean, each found out once.
struct TextMeanings<Value: Sendable>: Sendable {
    private var numbers = TextNumbers()
    private var values: [Value] = []

    mutating func value(_ content: [UInt8], _ field: TableText.Field, _ read: (String) -> Value) -> Value {
        let (number, isNew) = numbers.number(content, field)
        if isNew { values.append(read(numbers.texts[number])) }
        return values[number]
    }
}

/// A code of up to 16 bytes in two numbers, which are compared faster than text and lie where the row does.
struct PackedCode: Hashable, Sendable {
    var first: UInt64 = 0
    var second: UInt64 = 0
    /// A mix of all bytes, also of those beyond the sixteenth.
    private(set) var hash: UInt64 = 0

    init() {}

    @inline(__always)
    init(_ bytes: borrowing Span<UInt8>, _ start: Int, _ end: Int) {
        let count = end - start
        for offset in 0..<min(count, 8) { first |= UInt64(bytes[start + offset]) << UInt64(offset * 8) }
        if count > 8 {
            for offset in 8..<min(count, 16) { second |= UInt64(bytes[start + offset]) << UInt64(offset * 8 - 64) }
        }
        hash = (first ^ UInt64(truncatingIfNeeded: count) &* 0x9e37_79b9_7f4a_7c15) &* 0xbf58_476d_1ce4_e5b9
        hash = (hash ^ (hash >> 32) ^ second) &* 0x94d0_49bb_1331_11eb
        if count > 16 {
            var rest = TextHash()
            rest.add(bytes, start + 16, end)
            hash ^= rest.value
        }
        hash ^= hash >> 29
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

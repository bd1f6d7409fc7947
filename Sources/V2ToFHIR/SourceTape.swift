import HL7v2

/// The message cut into leaves: every field, repetition, component and subcomponent as ranges of the bytes.
///
/// One pass; nothing is decoded. A ``Cell`` names a repetition, a component or a leaf.
struct SourceTape {
    struct Leaf {
        var start: Int32
        var end: Int32
        var segment: Int32
        var field: UInt16
        var repetition: UInt16
        var component: UInt16
        var subcomponent: UInt16

        var isEmpty: Bool { start == end }
    }

    struct Part {
        var start: Int32
        var end: Int32
        /// First component of a repetition, first leaf of a component.
        var first: Int32
        var count: Int32
        /// Anything between the delimiters, the null value too.
        var isSent: Bool
    }

    struct FieldEntry {
        /// Of its repetitions.
        var first: Int32
        var count: Int32
        /// One of them at least is sent.
        var isSent: Bool
    }

    struct SegmentEntry {
        /// Three ASCII letters, packed.
        var name: UInt32
        /// Index of the entry of field 1 in ``fields``; fields run to ``fieldCount``.
        var firstField: Int32
        var fieldCount: Int32
        var firstLeaf: Int32
        var leafEnd: Int32
        var occurrence: Int32
    }

    /// A place in the message: a repetition (level 0), a component (1) or a leaf (2).
    struct Cell {
        var level: UInt8
        var index: Int32
    }

    let message: Message
    let bytes: [UInt8]
    let escape: UInt8
    private(set) var fields: [FieldEntry] = []
    private(set) var repetitions: [Part] = []
    private(set) var components: [Part] = []
    private(set) var leaves: [Leaf] = []
    private(set) var segments: [SegmentEntry] = []

    init(_ message: Message) {
        self.message = message
        bytes = message.bytes
        let delimiters = message.delimiters
        escape = delimiters.escape ?? 0
        leaves.reserveCapacity(bytes.count / 4)
        components.reserveCapacity(bytes.count / 5)
        repetitions.reserveCapacity(bytes.count / 6)
        fields.reserveCapacity(bytes.count / 6)
        var occurrences: [UInt32: Int32] = [:]
        for segment in message.segments {
            let range = segment.range
            add(range, index: Int32(segments.count), delimiters: delimiters, occurrences: &occurrences)
        }
    }

    static func pack(_ name: some Sequence<UInt8>) -> UInt32 {
        var packed: UInt32 = 0
        for byte in name { packed = packed << 8 | UInt32(byte) }
        return packed
    }

    static func unpack(_ name: UInt32) -> String {
        String(
            decoding: [
                UInt8(truncatingIfNeeded: name >> 16), UInt8(truncatingIfNeeded: name >> 8),
                UInt8(truncatingIfNeeded: name),
            ],
            as: UTF8.self)
    }

    private mutating func add(
        _ range: Range<Int>, index: Int32, delimiters: Delimiters, occurrences: inout [UInt32: Int32]
    ) {
        guard range.count >= 3 else { return }
        let name = Self.pack(bytes[range.lowerBound..<range.lowerBound + 3])
        let number = (occurrences[name] ?? 0) + 1
        occurrences[name] = number
        var entry = SegmentEntry(
            name: name, firstField: Int32(fields.count), fieldCount: 0, firstLeaf: Int32(leaves.count), leafEnd: 0,
            occurrence: number)
        var position = range.lowerBound + 3
        var field: UInt16 = 0
        let declares = name == SegmentKey.msh || name == SegmentKey.fhs || name == SegmentKey.bhs
        if declares, position < range.upperBound {
            // Field 1 is the separator itself, field 2 the encoding characters: neither is cut.
            literal(position, position + 1, segment: index, field: 1)
            var end = position + 1
            while end < range.upperBound, bytes[end] != delimiters.field { end += 1 }
            literal(position + 1, end, segment: index, field: 2)
            field = 2
            position = end
        }
        while position < range.upperBound, bytes[position] == delimiters.field {
            field &+= 1
            position = cutField(position + 1, range.upperBound, segment: index, field: field, delimiters)
        }
        entry.fieldCount = Int32(field)
        entry.leafEnd = Int32(leaves.count)
        segments.append(entry)
    }

    private mutating func literal(_ start: Int, _ end: Int, segment: Int32, field: UInt16) {
        let isSent = start < end
        let (start, end) = (Int32(start), Int32(end))
        fields.append(FieldEntry(first: Int32(repetitions.count), count: 1, isSent: isSent))
        repetitions.append(Part(start: start, end: end, first: Int32(components.count), count: 1, isSent: isSent))
        components.append(Part(start: start, end: end, first: Int32(leaves.count), count: 1, isSent: isSent))
        leaves.append(
            Leaf(
                start: start, end: end, segment: segment, field: field, repetition: 1, component: 1, subcomponent: 1))
    }

    /// Cuts one field that starts at `start`; returns where it ended.
    private mutating func cutField(
        _ start: Int, _ limit: Int, segment: Int32, field: UInt16, _ delimiters: Delimiters
    ) -> Int {
        let firstRepetition = Int32(repetitions.count)
        // Whether what is being cut has a leaf with content so far.
        var isSent = (component: false, repetition: false, field: false)
        var repetition: UInt16 = 1
        var component: UInt16 = 1
        var subcomponent: UInt16 = 1
        var firstComponent = Int32(components.count)
        var firstLeaf = Int32(leaves.count)
        var leafStart = start
        var componentStart = start
        var repetitionStart = start
        var position = start
        let sub = delimiters.subcomponent ?? delimiters.field
        while true {
            let byte = position < limit ? bytes[position] : delimiters.field
            let isField = byte == delimiters.field
            if !isField, byte != delimiters.component, byte != delimiters.repetition, byte != sub {
                position += 1
                continue
            }
            leaves.append(
                Leaf(
                    start: Int32(leafStart), end: Int32(position), segment: segment, field: field, repetition: repetition,
                    component: component, subcomponent: subcomponent))
            if leafStart < position { isSent = (true, true, true) }
            subcomponent &+= 1
            if isField || byte != sub {
                components.append(
                    Part(
                        start: Int32(componentStart), end: Int32(position), first: firstLeaf,
                        count: Int32(leaves.count) - firstLeaf, isSent: isSent.component))
                isSent.component = false
                firstLeaf = Int32(leaves.count)
                componentStart = position + 1
                component &+= 1
                subcomponent = 1
                if isField || byte == delimiters.repetition {
                    repetitions.append(
                        Part(
                            start: Int32(repetitionStart), end: Int32(position), first: firstComponent,
                            count: Int32(components.count) - firstComponent, isSent: isSent.repetition))
                    isSent.repetition = false
                    firstComponent = Int32(components.count)
                    repetitionStart = position + 1
                    repetition &+= 1
                    component = 1
                    if isField {
                        fields.append(
                            FieldEntry(
                                first: firstRepetition, count: Int32(repetitions.count) - firstRepetition,
                                isSent: isSent.field))
                        return position
                    }
                }
            }
            position += 1
            leafStart = position
        }
    }
}

/// Names of segments that the code itself asks for.
enum SegmentKey {
    static let msh = SourceTape.pack("MSH".utf8)
    static let fhs = SourceTape.pack("FHS".utf8)
    static let bhs = SourceTape.pack("BHS".utf8)
    static let dsc = SourceTape.pack("DSC".utf8)
}

extension SourceTape {
    /// The repetitions of a field; count 0 when it was not sent.
    @inline(__always)
    func repetitions(segment: Int, field: Int) -> FieldEntry {
        let entry = segments[segment]
        guard field >= 1, field <= Int(entry.fieldCount) else { return FieldEntry(first: 0, count: 0, isSent: false) }
        return fields[Int(entry.firstField) + field - 1]
    }

    func range(_ cell: Cell) -> (start: Int32, end: Int32) {
        switch cell.level {
        case 0: (repetitions[Int(cell.index)].start, repetitions[Int(cell.index)].end)
        case 1: (components[Int(cell.index)].start, components[Int(cell.index)].end)
        default: (leaves[Int(cell.index)].start, leaves[Int(cell.index)].end)
        }
    }

    /// A part of a cell, 1-based; `nil` when it was not sent. A leaf is its own first part.
    func part(_ cell: Cell, _ number: Int) -> Cell? {
        guard number >= 1 else { return nil }
        switch cell.level {
        case 0:
            let part = repetitions[Int(cell.index)]
            return number <= Int(part.count) ? Cell(level: 1, index: part.first + Int32(number) - 1) : nil
        case 1:
            let part = components[Int(cell.index)]
            return number <= Int(part.count) ? Cell(level: 2, index: part.first + Int32(number) - 1) : nil
        default:
            return number == 1 ? cell : nil
        }
    }

    /// A part of a cell and of that again; 0 is the whole.
    @inline(__always)
    func part(_ cell: Cell, _ number: Int, _ inner: Int) -> Cell? {
        guard number > 0 else { return cell }
        guard let found = part(cell, number) else { return nil }
        return inner > 0 ? part(found, inner) : found
    }

    /// The first leaf of a cell.
    func leaf(_ cell: Cell) -> Int {
        var cell = cell
        while cell.level < 2, let next = part(cell, 1) { cell = next }
        return Int(cell.index)
    }

    /// The leaves of a cell.
    func leafRange(_ cell: Cell) -> Range<Int> {
        switch cell.level {
        case 0:
            let part = repetitions[Int(cell.index)]
            let last = components[Int(part.first + part.count - 1)]
            return Int(components[Int(part.first)].first)..<Int(last.first + last.count)
        case 1:
            let part = components[Int(cell.index)]
            return Int(part.first)..<Int(part.first + part.count)
        default: return Int(cell.index)..<Int(cell.index) + 1
        }
    }

    /// Anything between the delimiters, the null value too.
    func isSent(_ cell: Cell) -> Bool {
        switch cell.level {
        case 0: repetitions[Int(cell.index)].isSent
        case 1: components[Int(cell.index)].isSent
        default: !leaves[Int(cell.index)].isEmpty
        }
    }

    /// Exactly `""`.
    func isNull(_ cell: Cell) -> Bool {
        let (start, end) = range(cell)
        return end - start == 2 && bytes[Int(start)] == 0x22 && bytes[Int(start) + 1] == 0x22
    }

    /// Sent and not null.
    func isValued(_ cell: Cell) -> Bool {
        guard isSent(cell) else { return false }
        // Mostly the first leaf says it.
        let first = leaves[leaf(cell)]
        if !first.isEmpty, bytes[Int(first.start)] != 0x22 { return true }
        return leafRange(cell).contains { index in
            let leaf = leaves[index]
            return !leaf.isEmpty
                && !(leaf.end - leaf.start == 2 && bytes[Int(leaf.start)] == 0x22 && bytes[Int(leaf.start) + 1] == 0x22)
        }
    }

    func isNull(leaf index: Int) -> Bool { isNull(Cell(level: 2, index: Int32(index))) }

    /// Decoded text of a leaf, appended to `output`. ASCII without escapes is copied; anything else goes through the
    /// character set and the escape sequences.
    func appendText(leaf index: Int, to output: inout [UInt8]) {
        let leaf = leaves[index]
        let range = Int(leaf.start)..<Int(leaf.end)
        if isPlain(range) { return output.append(bytes, range) }
        let text =
            message.segments[Int(leaf.segment)].field(Int(leaf.field)).repetition(Int(leaf.repetition))
            .component(Int(leaf.component)).subcomponent(Int(leaf.subcomponent)).text
        guard let text else { return }
        let start = output.count
        output.append(contentsOf: text.utf8)
        replaceLineBreaks(from: start, in: &output)
    }

    private func isPlain(_ range: Range<Int>) -> Bool {
        let span = bytes.span
        for position in range where span[position] >= 0x80 || span[position] == escape { return false }
        return true
    }

    /// Senders that escape twice leave `\\.br\\` after decoding; it still means a new line.
    private func replaceLineBreaks(from start: Int, in output: inout [UInt8]) {
        let mark = Array("\\.br\\".utf8)
        var position = start
        while position + mark.count <= output.count {
            if output[position] == mark[0], output[position..<position + mark.count].elementsEqual(mark) {
                output.replaceSubrange(position..<position + mark.count, with: [0x0A])
            }
            position += 1
        }
    }

    /// The leaf's bytes equal to `value`, as sent.
    func equals(_ leaf: Int, _ value: [UInt8]) -> Bool {
        let entry = leaves[leaf]
        guard Int(entry.end - entry.start) == value.count else { return false }
        for offset in 0..<value.count where bytes[Int(entry.start) + offset] != value[offset] { return false }
        return true
    }

    /// `PID[1]-3[2].4.1`.
    func path(leaf index: Int) -> String {
        var path: [UInt8] = []
        appendPath(leaf: index, to: &path)
        return String(decoding: path, as: UTF8.self)
    }

    func appendPath(leaf index: Int, to output: inout [UInt8]) {
        let leaf = leaves[index]
        appendPath(segment: Int(leaf.segment), to: &output)
        output.append(0x2D)
        output.append(decimal: Int(leaf.field))
        if leaf.repetition > 1 {
            output.append(0x5B)
            output.append(decimal: Int(leaf.repetition))
            output.append(0x5D)
        }
        output.append(0x2E)
        output.append(decimal: Int(leaf.component))
        if leaf.subcomponent > 1 || isSubdivided(leaf) {
            output.append(0x2E)
            output.append(decimal: Int(leaf.subcomponent))
        }
    }

    /// `PID[1]`.
    func appendPath(segment index: Int, to output: inout [UInt8]) {
        let segment = segments[index]
        for place: UInt32 in [16, 8, 0] { output.append(UInt8(truncatingIfNeeded: segment.name >> place)) }
        output.append(0x5B)
        output.append(decimal: Int(segment.occurrence))
        output.append(0x5D)
    }

    private func isSubdivided(_ leaf: Leaf) -> Bool {
        let range = repetitions(segment: Int(leaf.segment), field: Int(leaf.field))
        let repetition = Cell(level: 0, index: range.first + Int32(leaf.repetition) - 1)
        guard let component = part(repetition, Int(leaf.component)) else { return false }
        return components[Int(component.index)].count > 1
    }
}

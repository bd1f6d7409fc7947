/// A range of a message's bytes, or nothing: what a field, repetition, component or subcomponent consists of.
struct Content: Sendable {
    let index: MessageIndex
    /// Negative when absent.
    let start: Int
    let end: Int

    @inline(__always)
    init(_ index: MessageIndex, _ start: Int, _ end: Int) {
        self.index = index
        self.start = start
        self.end = end
    }

    @inline(__always)
    init(absentIn index: MessageIndex) {
        self.init(index, -1, -1)
    }

    @inline(__always)
    init(_ index: MessageIndex, _ range: (start: Int, end: Int)?) {
        self.init(index, range?.start ?? -1, range?.end ?? -1)
    }

    @inline(__always)
    var isAbsent: Bool { start < 0 }

    @inline(__always)
    var isEmpty: Bool { start == end }

    @inline(__always)
    var isNull: Bool { !isAbsent && index.isNull(start, end) }

    var raw: ArraySlice<UInt8> {
        isAbsent ? [] : index.bytes[start..<end]
    }

    /// Decoded as one value; `nil` when absent, empty or null.
    var text: String? {
        guard end > start, !index.isNull(start, end) else { return nil }
        return index.text(start, end)
    }

    /// The same range up to the first of any delimiter: its first, innermost value.
    var leading: Content {
        guard end > start else { return self }
        let delimiters = index.delimiters
        let subcomponent = delimiters.subcomponent ?? delimiters.component
        let bytes = index.bytes
        let span = bytes.span
        var position = start
        while position < end {
            let byte = span[position]
            if byte == delimiters.component || byte == delimiters.repetition || byte == subcomponent { break }
            position &+= 1
        }
        return Content(index, start, position)
    }

    func part(_ number: Int, cutAt delimiter: UInt8?) -> Content {
        guard !isAbsent else { return self }
        return Content(index, index.part(number, of: start, end, cutAt: delimiter))
    }

    func parts(cutAt delimiter: UInt8?) -> [Content] {
        guard !isAbsent else { return [] }
        return index.parts(of: start, end, cutAt: delimiter).map { Content(index, $0) }
    }
}

/// Interned strings: names of elements, and constants of the tables. They are kept as JSON too, so that writing copies bytes.
struct NamePool: Sendable {
    private(set) var names: [[UInt8]] = []
    private var ids: [String: Int32] = [:]
    /// All names one after another as members (`,"name":"`), and where each ends: a writer takes the part it needs.
    private var text: [UInt8] = []
    private var ends: [Int] = []
    /// Of each name: JSON writes it as it is.
    private var isPlain: [Bool] = []

    mutating func id(_ name: String) -> Int32 {
        if let id = ids[name] { return id }
        let id = Int32(names.count)
        ids[name] = id
        names.append(Array(name.utf8))
        text.append(",\"")
        text.append(name)
        text.append("\":\"")
        ends.append(text.count)
        isPlain.append(JSONText.firstEscaped(text, text.count - 3 - name.utf8.count..<text.count - 3) == nil)
        return id
    }

    /// Appends a name as a key with its colon; a comma before it where it is not the first, a quotation mark behind it where
    /// the value is a string.
    @inline(__always)
    func appendKey(_ id: Int32, isFirst: Bool, opensString: Bool, to output: inout [UInt8]) {
        let range = range(id)
        output.append(text, range.lowerBound + (isFirst ? 1 : 0)..<range.upperBound - (opensString ? 0 : 1))
    }

    /// Appends a name bare.
    @inline(__always)
    func append(_ id: Int32, to output: inout [UInt8]) {
        let range = range(id)
        output.append(text, range.lowerBound + 2..<range.upperBound - 3)
    }

    /// Appends a name as the rest of a JSON string that is open.
    @inline(__always)
    func appendStringRest(_ id: Int32, to output: inout [UInt8]) {
        guard isPlain[Int(id)] else {
            let bytes = names[Int(id)]
            return JSONText.appendStringRest(bytes, bytes.indices, to: &output)
        }
        let range = range(id)
        output.append(text, range.lowerBound + 2..<range.upperBound - 2)
    }

    @inline(__always)
    private func range(_ id: Int32) -> Range<Int> {
        (id > 0 ? ends[Int(id) - 1] : 0)..<ends[Int(id)]
    }

    func find(_ name: String) -> Int32? { ids[name] }

    subscript(id: Int32) -> String { String(decoding: names[Int(id)], as: UTF8.self) }
}

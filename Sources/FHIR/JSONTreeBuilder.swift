/// Makes a tree from a tape.
///
/// Swift keeps up to 15 bytes of UTF-8 inside a `String`. Longer strings repeat often in FHIR (system URIs, the longer
/// element names, profile URLs), so the last one of each hash is kept and shared.
struct JSONTreeBuilder {
    private let tape: [JSONTapeEntry]
    private var recent: [Recent]

    private struct Recent {
        var offset = 0
        var length = 0
        var text = ""
    }

    private static let recentCount = 128
    private static let inlineLength = 15
    private static let longestShared = 96

    init(tape: [JSONTapeEntry]) {
        self.tape = tape
        recent = []
    }

    mutating func build(_ bytes: RawSpan, _ index: Int) -> JSON {
        let entry = tape[index]
        switch entry.kind {
        case .null: return .null
        case .true: return .bool(true)
        case .false: return .bool(false)
        case .number: return .number(JSONNumber(scanned: Self.string(bytes, entry)))
        case .string, .key: return .string(shared(bytes, entry))
        case .array:
            var elements: [JSON] = []
            elements.reserveCapacity(Int(entry.length))
            var child = index + 1
            let end = Int(entry.next)
            while child < end {
                elements.append(build(bytes, child))
                child = Int(tape[child].next)
            }
            return .array(elements)
        case .object:
            var members: [JSONObject.Member] = []
            members.reserveCapacity(Int(entry.length))
            var child = index + 1
            let end = Int(entry.next)
            while child < end {
                let key = shared(bytes, tape[child])
                members.append(JSONObject.Member(key: key, value: build(bytes, child + 1)))
                child = Int(tape[child + 1].next)
            }
            return .object(JSONObject(distinct: members))
        }
    }

    @inline(__always)
    private mutating func shared(_ bytes: RawSpan, _ entry: JSONTapeEntry) -> String {
        let length = Int(entry.length)
        if length <= Self.inlineLength || length > Self.longestShared || entry.hasEscapes {
            return Self.string(bytes, entry)
        }
        return sharedLong(bytes, Int(entry.offset), length, entry)
    }

    private mutating func sharedLong(_ bytes: RawSpan, _ offset: Int, _ length: Int, _ entry: JSONTapeEntry) -> String {
        if recent.isEmpty { recent = Array(repeating: Recent(), count: Self.recentCount) }
        let slot = Int(JSONKeys.hash(bytes, offset, length)) & (Self.recentCount - 1)
        if recent[slot].length == length, bytes.equal(recent[slot].offset, offset, length: length) {
            return recent[slot].text
        }
        let text = Self.string(bytes, entry)
        recent[slot] = Recent(offset: offset, length: length, text: text)
        return text
    }

    /// A scanned string or number.
    @inline(__always)
    static func string(_ bytes: RawSpan, _ entry: JSONTapeEntry) -> String {
        let start = Int(entry.offset)
        let length = Int(entry.length)
        if entry.hasEscapes { return decoded(bytes, start, length) }
        return bytes.extracting(start..<start + length).withUnsafeBytes { String(decoding: $0, as: UTF8.self) }
    }

    private static func decoded(_ bytes: RawSpan, _ start: Int, _ length: Int) -> String {
        var output: [UInt8] = []
        output.reserveCapacity(length)
        JSONStrings.decode(bytes, start, length, into: &output)
        return String(decoding: output, as: UTF8.self)
    }
}

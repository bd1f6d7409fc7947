/// Reads UBJSON (Universal Binary JSON, draft 12) into a ``ModelDocument``, with bounds on depth and size.
struct UBJSONDocument {
    private let bytes: [UInt8]
    private var index = 0
    private static let maximumDepth = 32

    static func read(_ bytes: [UInt8]) throws(InferenceError) -> ModelDocument {
        var reader = UBJSONDocument(bytes: bytes)
        let value = try reader.value(marker: reader.marker(), depth: 0)
        while reader.index < bytes.count {
            guard try reader.byte() == UInt8(ascii: "N") else { throw reader.fail("There is something after the value.") }
        }
        return value
    }

    private init(bytes: [UInt8]) { self.bytes = bytes }

    private func fail(_ reason: String) -> InferenceError {
        InferenceError(.modelFile, at: "byte \(index)", reason)
    }

    private mutating func byte() throws(InferenceError) -> UInt8 {
        guard index < bytes.count else { throw fail("The file ends too early.") }
        index += 1
        return bytes[index - 1]
    }

    /// The next marker; no-operations before it are passed over.
    private mutating func marker() throws(InferenceError) -> UInt8 {
        var marker = try byte()
        while marker == UInt8(ascii: "N") { marker = try byte() }
        return marker
    }

    private mutating func next(_ type: UInt8?) throws(InferenceError) -> UInt8 {
        if let type { return type }
        return try marker()
    }

    private mutating func word(_ count: Int) throws(InferenceError) -> UInt64 {
        guard bytes.count - index >= count else { throw fail("The file ends too early.") }
        var word: UInt64 = 0
        for position in index..<index + count { word = word << 8 | UInt64(bytes[position]) }
        index += count
        return word
    }

    private mutating func value(marker: UInt8, depth: Int) throws(InferenceError) -> ModelDocument {
        guard depth < Self.maximumDepth else { throw fail("The file is nested too deeply.") }
        switch marker {
        case UInt8(ascii: "Z"): return .null
        case UInt8(ascii: "T"): return .bool(true)
        case UInt8(ascii: "F"): return .bool(false)
        case UInt8(ascii: "S"), UInt8(ascii: "H"): return .string(try text())
        case UInt8(ascii: "C"): return .string(String(decoding: [try byte()], as: UTF8.self))
        case UInt8(ascii: "["): return try array(depth: depth)
        case UInt8(ascii: "{"): return try object(depth: depth)
        default: return .number(try number(marker))
        }
    }

    private mutating func number(_ marker: UInt8) throws(InferenceError) -> Double {
        switch marker {
        case UInt8(ascii: "i"): return Double(Int8(truncatingIfNeeded: try word(1)))
        case UInt8(ascii: "U"): return Double(try word(1))
        case UInt8(ascii: "I"): return Double(Int16(truncatingIfNeeded: try word(2)))
        case UInt8(ascii: "l"): return Double(Int32(truncatingIfNeeded: try word(4)))
        case UInt8(ascii: "L"): return Double(Int64(truncatingIfNeeded: try word(8)))
        case UInt8(ascii: "d"): return Double(Float(bitPattern: UInt32(truncatingIfNeeded: try word(4))))
        case UInt8(ascii: "D"): return Double(bitPattern: try word(8))
        default: throw fail("This marker is not known.")
        }
    }

    private mutating func length() throws(InferenceError) -> Int {
        let number = try number(marker())
        // Each element takes at least one byte, but for typed runs of nulls, which no model has.
        guard number >= 0, let count = Int(exactly: number), count <= bytes.count - index else {
            throw fail("A length is larger than the file.")
        }
        return count
    }

    private mutating func text() throws(InferenceError) -> String {
        let count = try length()
        index += count
        return String(decoding: bytes[index - count..<index], as: UTF8.self)
    }

    private mutating func container() throws(InferenceError) -> (type: UInt8?, count: Int?) {
        var type: UInt8?
        if index < bytes.count, bytes[index] == UInt8(ascii: "$") {
            index += 1
            type = try byte()
        }
        if index < bytes.count, bytes[index] == UInt8(ascii: "#") {
            index += 1
            return (type, try length())
        }
        guard type == nil else { throw fail("A typed list has a count.") }
        return (nil, nil)
    }

    private mutating func array(depth: Int) throws(InferenceError) -> ModelDocument {
        let (type, count) = try container()
        var numbers: [Double] = []
        var elements: [ModelDocument] = []
        if let count, let type, "iUIlLdD".utf8.contains(type) {
            numbers.reserveCapacity(count)
            for _ in 0..<count { numbers.append(try number(type)) }
            return .numbers(numbers)
        }
        if let count {
            for _ in 0..<count { elements.append(try value(marker: next(type), depth: depth + 1)) }
            return .array(elements)
        }
        while true {
            let next = try marker()
            if next == UInt8(ascii: "]") { return .array(elements) }
            elements.append(try value(marker: next, depth: depth + 1))
        }
    }

    private mutating func object(depth: Int) throws(InferenceError) -> ModelDocument {
        let (type, count) = try container()
        var members: [String: ModelDocument] = [:]
        var left = count ?? Int.max
        while left > 0 {
            if count == nil, index < bytes.count, bytes[index] == UInt8(ascii: "}") {
                index += 1
                break
            }
            let key = try text()
            guard members.updateValue(try value(marker: next(type), depth: depth + 1), forKey: key) == nil else {
                throw fail("The object has a key twice.")
            }
            left -= 1
        }
        return .object(members)
    }
}

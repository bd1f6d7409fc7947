internal import Foundation

/// Reads JSON (RFC 8259) into a ``ModelDocument``, with bounds on depth.
struct JSONDocument {
    private let bytes: [UInt8]
    private var index = 0
    private static let maximumDepth = 32

    static func read(_ bytes: [UInt8]) throws(InferenceError) -> ModelDocument {
        var reader = JSONDocument(bytes: bytes)
        let value = try reader.value(depth: 0)
        reader.skipSpace()
        guard reader.index == bytes.count else { throw reader.fail("There is something after the value.") }
        return value
    }

    private init(bytes: [UInt8]) { self.bytes = bytes }

    private func fail(_ reason: String) -> InferenceError {
        InferenceError(.modelFile, at: "byte \(index)", reason)
    }

    private var current: UInt8? { index < bytes.count ? bytes[index] : nil }

    private mutating func skipSpace() {
        while let byte = current, byte == 32 || byte == 10 || byte == 13 || byte == 9 { index += 1 }
    }

    private mutating func take(_ byte: UInt8) -> Bool {
        skipSpace()
        guard current == byte else { return false }
        index += 1
        return true
    }

    private mutating func value(depth: Int) throws(InferenceError) -> ModelDocument {
        guard depth < Self.maximumDepth else { throw fail("The file is nested too deeply.") }
        skipSpace()
        switch current {
        case UInt8(ascii: "{"): return try object(depth: depth)
        case UInt8(ascii: "["): return try array(depth: depth)
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try literal("true", .bool(true))
        case UInt8(ascii: "f"): return try literal("false", .bool(false))
        case UInt8(ascii: "n"): return try literal("null", .null)
        default: return .number(try number())
        }
    }

    private mutating func literal(_ word: StaticString, _ value: ModelDocument) throws(InferenceError) -> ModelDocument {
        let text = word.description.utf8
        guard bytes[index...].starts(with: text) else { throw fail("A value is needed here.") }
        index += text.count
        return value
    }

    private mutating func object(depth: Int) throws(InferenceError) -> ModelDocument {
        index += 1
        var members: [String: ModelDocument] = [:]
        if take(UInt8(ascii: "}")) { return .object(members) }
        repeat {
            skipSpace()
            guard current == UInt8(ascii: "\"") else { throw fail("A key is needed here.") }
            let key = try string()
            guard take(UInt8(ascii: ":")) else { throw fail("A colon is needed here.") }
            guard members.updateValue(try value(depth: depth + 1), forKey: key) == nil else {
                throw fail("The object has a key twice.")
            }
        } while take(UInt8(ascii: ","))
        guard take(UInt8(ascii: "}")) else { throw fail("The object does not end here.") }
        return .object(members)
    }

    private mutating func array(depth: Int) throws(InferenceError) -> ModelDocument {
        index += 1
        if take(UInt8(ascii: "]")) { return .numbers([]) }
        var numbers: [Double] = []
        var elements: [ModelDocument] = []
        repeat {
            skipSpace()
            let isNumber = current.map { $0 == UInt8(ascii: "-") || (48...57).contains($0) } ?? false
            if isNumber, elements.isEmpty {
                numbers.append(try number())
            } else {
                if !numbers.isEmpty {
                    elements = numbers.map { .number($0) }
                    numbers = []
                }
                elements.append(try value(depth: depth + 1))
            }
        } while take(UInt8(ascii: ","))
        guard take(UInt8(ascii: "]")) else { throw fail("The list does not end here.") }
        return elements.isEmpty ? .numbers(numbers) : .array(elements)
    }

    private mutating func number() throws(InferenceError) -> Double {
        let start = index
        while let byte = current, (48...57).contains(byte) || Self.isNumberSign(byte) { index += 1 }
        guard start < index, let number = Double(String(decoding: bytes[start..<index], as: UTF8.self)), number.isFinite
        else { throw fail("A number is needed here.") }
        return number
    }

    private static func isNumberSign(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "-") || byte == UInt8(ascii: "+") || byte == UInt8(ascii: ".")
            || byte | 32 == UInt8(ascii: "e")
    }

    private mutating func string() throws(InferenceError) -> String {
        index += 1
        let start = index
        var isEscaped = false
        while let byte = current, byte != UInt8(ascii: "\"") {
            if byte == UInt8(ascii: "\\") {
                isEscaped = true
                index += 1
            }
            index += 1
        }
        guard index < bytes.count else { throw fail("The text does not end.") }
        let content = bytes[start..<index]
        index += 1
        guard isEscaped else { return String(decoding: content, as: UTF8.self) }
        let quoted = Data([UInt8(ascii: "\"")] + content + [UInt8(ascii: "\"")])
        guard let text = try? JSONDecoder().decode(String.self, from: quoted) else { throw fail("The text is not valid.") }
        return text
    }
}

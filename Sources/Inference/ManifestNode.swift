internal import Foundation

/// A JSON value of a manifest with the pointer that leads to it, so that every complaint has a place.
struct ManifestNode: Sendable {
    indirect enum Value: Sendable {
        case null, bool(Bool), number(Double), string(String), array([Value]), object([String: Value])
    }

    let value: Value
    let pointer: String

    /// Reads a whole manifest.
    init(parsing bytes: [UInt8], maximumBytes: Int) throws(InferenceError) {
        guard bytes.count <= maximumBytes else {
            throw InferenceError(.notJSON, at: "byte \(maximumBytes)", "The manifest is larger than \(maximumBytes) bytes.")
        }
        do {
            value = try JSONDecoder().decode(Value.self, from: Data(bytes))
        } catch {
            throw InferenceError(.notJSON, at: Self.position(of: bytes), "The manifest is not valid JSON.")
        }
        if let line = DuplicateKeys.line(in: bytes) {
            throw InferenceError(.duplicate, at: "line \(line)", "The object has this key twice.")
        }
        pointer = ""
    }

    private init(_ value: Value, at pointer: String) {
        self.value = value
        self.pointer = pointer
    }

    /// The line where the text stops being JSON. Foundation tells the place only in its debug text, as `character 6`.
    private static func position(of bytes: [UInt8]) -> String {
        var line = 1 + bytes.count { $0 == UInt8(ascii: "\n") }
        do {
            _ = try JSONSerialization.jsonObject(with: Data(bytes), options: .fragmentsAllowed)
            return "the text"
        } catch {
            let text = (error as NSError).userInfo["NSDebugDescription"] as? String ?? ""
            if let start = text.range(of: "character "), let offset = Int(text[start.upperBound...].prefix { $0.isNumber })
            {
                line = 1 + bytes.prefix(offset).count { $0 == UInt8(ascii: "\n") }
            }
        }
        return "line \(line)"
    }

    // MARK: - Reading

    func fail(_ cause: InferenceError.Cause, _ reason: String) -> InferenceError {
        InferenceError(cause, at: pointer, reason)
    }

    /// The members of an object, which may have these keys and no others.
    func object(_ keys: String...) throws(InferenceError) -> Object {
        try Object(members, at: pointer, allowing: keys)
    }

    /// The members of an object with free keys, in the order of the keys.
    func entries() throws(InferenceError) -> [(key: String, node: ManifestNode)] {
        try members.sorted { $0.key < $1.key }.map { ($0.key, ManifestNode($0.value, at: pointer + Self.step($0.key))) }
    }

    private var members: [String: Value] {
        get throws(InferenceError) {
            guard case .object(let members) = value else { throw fail(.badValue, "An object is needed here.") }
            return members
        }
    }

    var array: [ManifestNode] {
        get throws(InferenceError) {
            guard case .array(let elements) = value else { throw fail(.badValue, "An array is needed here.") }
            return elements.enumerated().map { ManifestNode($1, at: "\(pointer)/\($0)") }
        }
    }

    /// A string with at least one character that is not white space.
    var string: String {
        get throws(InferenceError) {
            guard case .string(let text) = value, text.contains(where: { !$0.isWhitespace }) else {
                throw fail(.badValue, "A text is needed here.")
            }
            return text
        }
    }

    var number: Double {
        get throws(InferenceError) {
            guard case .number(let number) = value, number.isFinite else {
                throw fail(.badValue, "A number is needed here.")
            }
            return number
        }
    }

    func integer(in range: ClosedRange<Int>) throws(InferenceError) -> Int {
        guard let integer = Int(exactly: try number), range.contains(integer) else {
            throw fail(.badValue, "A whole number from \(range.lowerBound) to \(range.upperBound) is needed here.")
        }
        return integer
    }

    func one<Choice: RawRepresentable>(of choices: [Choice]) throws(InferenceError) -> Choice
    where Choice.RawValue == String {
        let text = try string
        guard let choice = choices.first(where: { $0.rawValue == text }) else {
            let names = choices.map { "`\($0.rawValue)`" }.joined(separator: ", ")
            throw fail(.badValue, "One of \(names) is needed here.")
        }
        return choice
    }

    static func step(_ key: String) -> String {
        var text = "/"
        for character in key {
            switch character {
            case "~": text += "~0"
            case "/": text += "~1"
            default: text.append(character)
            }
        }
        return text
    }

    /// The members of an object whose keys are known.
    struct Object {
        private let members: [String: Value]
        let pointer: String

        fileprivate init(_ members: [String: Value], at pointer: String, allowing keys: [String]) throws(InferenceError) {
            if let unknown = members.keys.sorted().first(where: { !keys.contains($0) }) {
                throw InferenceError(
                    .unknownKey, at: pointer + ManifestNode.step(unknown),
                    "No such key is known here; known are \(keys.map { "`\($0)`" }.joined(separator: ", ")).")
            }
            self.members = members
            self.pointer = pointer
        }

        func optional(_ key: String) -> ManifestNode? {
            members[key].map { ManifestNode($0, at: pointer + ManifestNode.step(key)) }
        }

        func required(_ key: String) throws(InferenceError) -> ManifestNode {
            guard let node = optional(key) else {
                throw InferenceError(.missingKey, at: pointer, "The key `\(key)` is missing.")
            }
            return node
        }

        func fail(_ cause: InferenceError.Cause, _ reason: String) -> InferenceError {
            InferenceError(cause, at: pointer, reason)
        }
    }
}

extension ManifestNode.Value: Decodable {
    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .null
        } else if let object = try? container.decode([String: Self].self) {
            self = .object(object)
        } else if let array = try? container.decode([Self].self) {
            self = .array(array)
        } else if let text = try? container.decode(String.self) {
            self = .string(text)
        } else if let flag = try? container.decode(Bool.self) {
            self = .bool(flag)
        } else {
            self = .number(try container.decode(Double.self))
        }
    }
}

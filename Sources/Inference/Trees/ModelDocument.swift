/// A JSON or UBJSON value of a model file, with runs of numbers kept flat.
///
/// Manifests are read by ``ManifestNode``, which keeps a pointer for every value; model files are megabytes of numbers,
/// for which that would cost more than the model.
indirect enum ModelDocument: Sendable {
    case null
    case bool(Bool)
    case number(Double)
    case string(String)
    case numbers([Double])
    case array([ModelDocument])
    case object([String: ModelDocument])

    /// The value at a path of keys.
    /// - Throws: naming the path when a key is missing.
    func at(_ path: String...) throws(InferenceError) -> ModelDocument {
        var value = self
        for (depth, key) in path.enumerated() {
            guard case .object(let members) = value, let next = members[key] else {
                throw Self.broken(path.prefix(depth + 1).joined(separator: "/"), "The key is missing.")
            }
            value = next
        }
        return value
    }

    func optional(_ key: String) -> ModelDocument? {
        guard case .object(let members) = self else { return nil }
        return members[key]
    }

    func numbers(_ key: String) throws(InferenceError) -> [Double] {
        switch try at(key) {
        case .numbers(let numbers): return numbers
        case .array(let elements):
            var numbers: [Double] = []
            numbers.reserveCapacity(elements.count)
            for element in elements { numbers.append(try element.number(key)) }
            return numbers
        default: throw Self.broken(key, "A list of numbers is needed here.")
        }
    }

    func elements(_ key: String) throws(InferenceError) -> [ModelDocument] {
        switch try at(key) {
        case .array(let elements): return elements
        case .numbers(let numbers): return numbers.map { .number($0) }
        default: throw Self.broken(key, "A list is needed here.")
        }
    }

    func text(_ key: String) throws(InferenceError) -> String {
        guard case .string(let text) = try at(key) else { throw Self.broken(key, "A text is needed here.") }
        return text
    }

    /// A number, also one written as text, as XGBoost does with its parameters.
    func number(_ place: String) throws(InferenceError) -> Double {
        switch self {
        case .number(let number): return number
        case .bool(let flag): return flag ? 1 : 0
        case .string(let text):
            if let number = Double(text) { return number }
        default: break
        }
        throw Self.broken(place, "A number is needed here.")
    }

    static func broken(_ place: String, _ reason: String) -> InferenceError {
        InferenceError(.modelFile, at: place, reason)
    }
}

public import Clinical

/// A JSON value (RFC 8259) with its key order and its number literals kept.
public enum JSON: Sendable, Hashable {
    case null
    case bool(Bool)
    case number(JSONNumber)
    case string(String)
    case array([JSON])
    case object(JSONObject)
}

extension JSON {
    /// Reads one JSON text in UTF-8.
    ///
    /// Refused are: anything outside the grammar of RFC 8259, malformed UTF-8, half surrogate pairs, the same key twice
    /// in an object, content after the value, and what exceeds the limits. A byte order mark in front is ignored, as
    /// section 8.1 permits.
    public init(parsing bytes: [UInt8], limits: JSONLimits = JSONLimits()) throws(FHIRError) {
        self = try JSONReader(bytes, limits: limits).tree
    }

    public init(parsing bytes: some Collection<UInt8>, limits: JSONLimits = JSONLimits()) throws(FHIRError) {
        try self.init(parsing: Array(bytes), limits: limits)
    }

    public init(parsing text: String, limits: JSONLimits = JSONLimits()) throws(FHIRError) {
        try self.init(parsing: Array(text.utf8), limits: limits)
    }

    /// The text in UTF-8. The same value gives the same bytes; numbers come out as they came in.
    ///
    /// - Parameter pretty: one member or element a line, two spaces a level, and a line feed at the end.
    public func write(pretty: Bool = false) -> [UInt8] {
        var writer = JSONWriter(pretty: pretty)
        writer.write(self)
        return writer.finish()
    }
}

extension JSON {
    public var stringValue: String? {
        guard case .string(let text) = self else { return nil }
        return text
    }

    public var boolValue: Bool? {
        guard case .bool(let value) = self else { return nil }
        return value
    }

    public var numberValue: JSONNumber? {
        guard case .number(let number) = self else { return nil }
        return number
    }

    /// `nil` for what is not a number, and beyond 37 digits.
    public var decimalValue: ExactDecimal? {
        numberValue?.decimal
    }

    /// `nil` for what is not a plain integer.
    public var integerValue: Int? {
        numberValue?.integer
    }

    public var arrayValue: [JSON]? {
        guard case .array(let elements) = self else { return nil }
        return elements
    }

    public var objectValue: JSONObject? {
        guard case .object(let object) = self else { return nil }
        return object
    }

    public var isNull: Bool {
        self == .null
    }

    /// `resourceType` of a FHIR resource.
    public var resourceType: String? {
        self["resourceType"]?.stringValue
    }

    /// The member of an object; `nil` for other kinds. Assigning to other kinds does nothing.
    ///
    /// Assigning through several subscripts copies each level once; to fill large arrays, build them first.
    public subscript(key: String) -> JSON? {
        get {
            guard case .object(let object) = self else { return nil }
            return object[key]
        }
        set {
            guard case .object(var object) = self else { return }
            self = .null  // so that the object is not copied
            object[key] = newValue
            self = .object(object)
        }
    }

    /// The element of an array; `nil` for other kinds and outside the array. Assigning `nil` removes the element,
    /// assigning outside the array or to other kinds does nothing.
    public subscript(position: Int) -> JSON? {
        get {
            guard case .array(let elements) = self, elements.indices.contains(position) else { return nil }
            return elements[position]
        }
        set {
            guard case .array(var elements) = self, elements.indices.contains(position) else { return }
            self = .null  // so that the array is not copied
            if let newValue {
                elements[position] = newValue
            } else {
                elements.remove(at: position)
            }
            self = .array(elements)
        }
    }

    /// The value that an RFC 6901 pointer names.
    public subscript(pointer: JSONPointer) -> JSON? {
        var value = self
        for token in pointer.tokens {
            switch value {
            case .object(let object):
                guard let next = object[token] else { return nil }
                value = next
            case .array(let elements):
                guard let position = JSONPointer.position(token), elements.indices.contains(position) else { return nil }
                value = elements[position]
            default:
                return nil
            }
        }
        return value
    }
}

extension JSON {
    public init(_ text: String) {
        self = .string(text)
    }

    public init(_ value: Bool) {
        self = .bool(value)
    }

    public init(_ value: Int) {
        self = .number(JSONNumber(value))
    }

    public init(_ value: ExactDecimal) {
        self = .number(JSONNumber(value))
    }

    public init(_ object: JSONObject) {
        self = .object(object)
    }

    public init(_ element: some FHIRElement) {
        self = .object(element.json)
    }

    /// An object without the members whose value is absent.
    public init(present pairs: KeyValuePairs<String, JSON?>) {
        self = .object(JSONObject(present: pairs))
    }
}

// There is no floating-point literal on purpose: it would pass through `Double` and lose the digits as written.
extension JSON: ExpressibleByStringLiteral, ExpressibleByStringInterpolation, ExpressibleByBooleanLiteral,
    ExpressibleByIntegerLiteral, ExpressibleByNilLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    public init(stringLiteral value: String) {
        self = .string(value)
    }

    public init(booleanLiteral value: Bool) {
        self = .bool(value)
    }

    public init(integerLiteral value: Int) {
        self = .number(JSONNumber(value))
    }

    public init(nilLiteral: ()) {
        self = .null
    }

    public init(arrayLiteral elements: JSON...) {
        self = .array(elements)
    }

    /// A key that is given twice keeps the later value.
    public init(dictionaryLiteral elements: (String, JSON)...) {
        var object = JSONObject(minimumCapacity: elements.count)
        for (key, value) in elements { object[key] = value }
        self = .object(object)
    }
}

extension JSON: CustomStringConvertible {
    /// The compact JSON text. Holds the values: not for logs.
    public var description: String {
        String(decoding: write(), as: UTF8.self)
    }
}

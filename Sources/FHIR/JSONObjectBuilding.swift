public import Clinical

/// Building FHIR objects: what is absent or empty is left out, because FHIR JSON has no empty strings, arrays or
/// objects (http://hl7.org/fhir/R4/json.html). Where the key exists its value is replaced.
extension JSONObject {
    /// `["resourceType": …, "id": …]`
    public init(resourceType: String, id: String?) {
        self.init(minimumCapacity: 12)
        append("resourceType", resourceType)
        append("id", id)
    }

    /// From pairs of which some values may be absent: `JSONObject(present: ["system": system, "code": "x"])`.
    public init(present pairs: KeyValuePairs<String, JSON?>) {
        self.init(minimumCapacity: pairs.count)
        for (key, value) in pairs { append(key, value) }
    }

    /// Skips `nil`.
    public mutating func append(_ key: String, _ value: JSON?) {
        guard let value else { return }
        self[key] = value
    }

    /// Skips `nil` and the empty string.
    public mutating func append(_ key: String, _ text: String?) {
        guard let text, !text.isEmpty else { return }
        self[key] = .string(text)
    }

    /// Skips an empty array.
    public mutating func append(_ key: String, _ elements: [JSON]) {
        guard !elements.isEmpty else { return }
        self[key] = .array(elements)
    }

    /// Skips `nil` and an empty object.
    @_disfavoredOverload
    public mutating func append(_ key: String, _ object: JSONObject?) {
        guard let object, !object.isEmpty else { return }
        self[key] = .object(object)
    }

    /// Skips `nil`.
    public mutating func append(_ key: String, _ value: Bool?) {
        guard let value else { return }
        self[key] = .bool(value)
    }

    /// Skips `nil`.
    public mutating func append(_ key: String, _ value: Int?) {
        guard let value else { return }
        self[key] = .number(JSONNumber(value))
    }

    /// Skips `nil`; keeps the digits.
    public mutating func append(_ key: String, _ value: ExactDecimal?) {
        guard let value else { return }
        self[key] = .number(JSONNumber(value))
    }

    /// Skips `nil`; FHIR R4 text of the time's own precision.
    public mutating func append(_ key: String, _ time: ClinicalTime?) {
        guard let time else { return }
        self[key] = .string(time.description)
    }

    /// Skips `nil` and what is empty.
    @_disfavoredOverload
    public mutating func append(_ key: String, _ element: (some FHIRElement)?) {
        append(key, element?.json)
    }

    /// Skips an empty array.
    @_disfavoredOverload
    public mutating func append(_ key: String, _ elements: [some FHIRElement]) {
        append(key, elements.map { JSON.object($0.json) })
    }
}

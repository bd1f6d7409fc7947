/// FHIR R4 HumanName (http://hl7.org/fhir/R4/datatypes.html#HumanName).
public struct HumanName: FHIRElement {
    public var json: JSONObject

    public init(_ json: JSONObject) {
        self.json = json
    }

    public init(
        family: String?, given: [String] = [], prefix: [String] = [], suffix: [String] = [], use: String? = nil,
        text: String? = nil
    ) {
        json = JSONObject(minimumCapacity: 6)
        json.append("use", use)
        json.append("text", text)
        json.append("family", family)
        self.given = given
        self.prefix = prefix
        self.suffix = suffix
    }

    /// `usual`, `official`, `temp`, `nickname`, `anonymous`, `old` or `maiden`.
    public var use: String? {
        get { text("use") }
        set { set("use", newValue) }
    }

    public var text: String? {
        get { text("text") }
        set { set("text", newValue) }
    }

    public var family: String? {
        get { text("family") }
        set { set("family", newValue) }
    }

    public var given: [String] {
        get { texts("given") }
        set { set("given", texts: newValue) }
    }

    public var prefix: [String] {
        get { texts("prefix") }
        set { set("prefix", texts: newValue) }
    }

    public var suffix: [String] {
        get { texts("suffix") }
        set { set("suffix", texts: newValue) }
    }

    private func texts(_ key: String) -> [String] {
        json[key]?.arrayValue?.compactMap(\.stringValue) ?? []
    }

    private mutating func set(_ key: String, texts: [String]) {
        let kept = texts.filter { !$0.isEmpty }
        json[key] = kept.isEmpty ? nil : .array(kept.map(JSON.string))
    }
}

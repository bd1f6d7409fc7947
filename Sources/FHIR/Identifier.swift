/// FHIR R4 Identifier (http://hl7.org/fhir/R4/datatypes.html#Identifier).
public struct Identifier: FHIRElement {
    public var json: JSONObject

    public init(_ json: JSONObject) {
        self.json = json
    }

    public init(system: String?, value: String?, type: CodeableConcept? = nil, use: String? = nil) {
        json = JSONObject(minimumCapacity: 4)
        json.append("use", use)
        json.append("type", type)
        json.append("system", system)
        json.append("value", value)
    }

    /// `usual`, `official`, `temp`, `secondary` or `old`.
    public var use: String? {
        get { text("use") }
        set { set("use", newValue) }
    }

    public var type: CodeableConcept? {
        get { element("type") }
        set { set("type", newValue) }
    }

    public var system: String? {
        get { text("system") }
        set { set("system", newValue) }
    }

    public var value: String? {
        get { text("value") }
        set { set("value", newValue) }
    }

    public var period: Period? {
        get { element("period") }
        set { set("period", newValue) }
    }

    public var assigner: Reference? {
        get { element("assigner") }
        set { set("assigner", newValue) }
    }
}

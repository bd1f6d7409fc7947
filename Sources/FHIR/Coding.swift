/// FHIR R4 Coding (http://hl7.org/fhir/R4/datatypes.html#Coding).
public struct Coding: FHIRElement {
    public var json: JSONObject

    public init(_ json: JSONObject) {
        self.json = json
    }

    public init(system: String?, code: String?, display: String? = nil, version: String? = nil) {
        json = JSONObject(minimumCapacity: 4)
        json.append("system", system)
        json.append("version", version)
        json.append("code", code)
        json.append("display", display)
    }

    public var system: String? {
        get { text("system") }
        set { set("system", newValue) }
    }

    public var version: String? {
        get { text("version") }
        set { set("version", newValue) }
    }

    public var code: String? {
        get { text("code") }
        set { set("code", newValue) }
    }

    public var display: String? {
        get { text("display") }
        set { set("display", newValue) }
    }
}

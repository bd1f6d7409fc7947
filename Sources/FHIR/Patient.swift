/// FHIR R4 Patient (http://hl7.org/fhir/R4/patient.html).
public struct Patient: FHIRElement {
    public var json: JSONObject

    public init(_ json: JSONObject) {
        self.json = json
    }

    public init(id: String?) {
        json = JSONObject(resourceType: "Patient", id: id)
    }

    public var identifiers: [Identifier] {
        get { elements("identifier") }
        set { set("identifier", newValue) }
    }

    public var active: Bool? {
        get { json["active"]?.boolValue }
        set { json["active"] = newValue.map(JSON.bool) }
    }

    public var names: [HumanName] {
        get { elements("name") }
        set { set("name", newValue) }
    }

    /// `male`, `female`, `other` or `unknown`.
    public var gender: String? {
        get { text("gender") }
        set { set("gender", newValue) }
    }

    /// `date` text; read it with ``FHIRDateTime/date(_:)``.
    public var birthDate: String? {
        get { text("birthDate") }
        set { set("birthDate", newValue) }
    }

    /// `deceasedBoolean`, or `true` when there is a `deceasedDateTime`.
    public var isDeceased: Bool? {
        json["deceasedBoolean"]?.boolValue ?? (json["deceasedDateTime"] == nil ? nil : true)
    }

    /// Patients this one was merged with or belongs to: `other` and `type` (`replaced-by`, `replaces` …).
    public var links: [(other: Reference?, type: String?)] {
        (json["link"]?.arrayValue ?? []).map { (Reference($0["other"]), $0["type"]?.stringValue) }
    }
}

public import Clinical

/// FHIR R4 Period (http://hl7.org/fhir/R4/datatypes.html#Period); the end, where it is a date, includes that day.
public struct Period: FHIRElement {
    public var json: JSONObject

    public init(_ json: JSONObject) {
        self.json = json
    }

    public init(start: ClinicalTime?, end: ClinicalTime? = nil) {
        json = JSONObject(minimumCapacity: 2)
        json.append("start", start)
        json.append("end", end)
    }

    /// `dateTime` text; read it with ``FHIRDateTime``.
    public var start: String? {
        get { text("start") }
        set { set("start", newValue) }
    }

    public var end: String? {
        get { text("end") }
        set { set("end", newValue) }
    }
}

/// FHIR R4 Encounter (http://hl7.org/fhir/R4/encounter.html).
public struct Encounter: FHIRElement {
    public var json: JSONObject

    public init(_ json: JSONObject) {
        self.json = json
    }

    public init(id: String?, status: String, class: Coding) {
        json = JSONObject(resourceType: "Encounter", id: id)
        json.append("status", status)
        json.append("class", `class`)
    }

    public var identifiers: [Identifier] {
        get { elements("identifier") }
        set { set("identifier", newValue) }
    }

    /// `planned`, `arrived`, `triaged`, `in-progress`, `onleave`, `finished`, `cancelled`, `entered-in-error`, `unknown`.
    public var status: String? {
        get { text("status") }
        set { set("status", newValue) }
    }

    /// A code of v3-ActCode: `IMP`, `AMB`, `EMER` …
    public var `class`: Coding? {
        get { element("class") }
        set { set("class", newValue) }
    }

    public var subject: Reference? {
        get { element("subject") }
        set { set("subject", newValue) }
    }

    public var period: Period? {
        get { element("period") }
        set { set("period", newValue) }
    }

    public var locations: [Location] {
        get { elements("location") }
        set { set("location", newValue) }
    }

    /// A stay at a place within the encounter.
    public struct Location: FHIRElement {
        public var json: JSONObject

        public init(_ json: JSONObject) {
            self.json = json
        }

        public init(_ location: Reference, status: String? = nil, period: Period? = nil) {
            json = JSONObject(minimumCapacity: 3)
            json.append("location", location)
            json.append("status", status)
            json.append("period", period)
        }

        public var location: Reference? {
            get { element("location") }
            set { set("location", newValue) }
        }

        /// `planned`, `active`, `reserved` or `completed`.
        public var status: String? {
            get { text("status") }
            set { set("status", newValue) }
        }

        public var period: Period? {
            get { element("period") }
            set { set("period", newValue) }
        }
    }
}

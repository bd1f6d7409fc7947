/// FHIR R4 CodeableConcept (http://hl7.org/fhir/R4/datatypes.html#CodeableConcept): codings of one meaning, and text.
public struct CodeableConcept: FHIRElement {
    public var json: JSONObject

    public init(_ json: JSONObject) {
        self.json = json
    }

    public init(_ codings: [Coding], text: String? = nil) {
        json = JSONObject(minimumCapacity: 2)
        json.append("coding", codings)
        json.append("text", text)
    }

    public init(_ coding: Coding, text: String? = nil) {
        self.init([coding], text: text)
    }

    public var codings: [Coding] {
        get { elements("coding") }
        set { set("coding", newValue) }
    }

    public var text: String? {
        get { text("text") }
        set { set("text", newValue) }
    }

    /// The first coding of a system.
    public func coding(system: String) -> Coding? {
        codings.first { $0.system == system }
    }

    /// Puts a coding behind the others, unless one of the same system and code is there.
    public mutating func add(_ coding: Coding) {
        guard !codings.contains(where: { $0.system == coding.system && $0.code == coding.code }) else { return }
        codings.append(coding)
    }
}

/// FHIR R4 Reference (http://hl7.org/fhir/R4/references.html).
public struct Reference: FHIRElement {
    public var json: JSONObject

    public init(_ json: JSONObject) {
        self.json = json
    }

    public init(_ reference: String?, type: String? = nil, identifier: Identifier? = nil, display: String? = nil) {
        json = JSONObject(minimumCapacity: 4)
        json.append("reference", reference)
        json.append("type", type)
        json.append("identifier", identifier)
        json.append("display", display)
    }

    /// `Patient/123`, `urn:uuid:…`, `#contained` or an absolute URL.
    public var reference: String? {
        get { text("reference") }
        set { set("reference", newValue) }
    }

    public var type: String? {
        get { text("type") }
        set { set("type", newValue) }
    }

    public var identifier: Identifier? {
        get { element("identifier") }
        set { set("identifier", newValue) }
    }

    public var display: String? {
        get { text("display") }
        set { set("display", newValue) }
    }

    /// Resource type and logical id of a relative or RESTful absolute reference, without its version
    /// (`Patient/123/_history/2`); `nil` for other forms.
    public var target: (type: String, id: String)? {
        guard let reference else { return nil }
        return Self.target(of: reference)
    }

    static func target(of reference: String) -> (type: String, id: String)? {
        var parts = reference.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        if parts.count >= 4, parts[parts.count - 2].elementsEqual("_history".utf8) { parts.removeLast(2) }
        guard parts.count >= 2, let type = String(parts[parts.count - 2]), let id = String(parts[parts.count - 1]),
            let initial = type.utf8.first, (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(initial),
            type.utf8.allSatisfy({ ($0 | 0x20) &- UInt8(ascii: "a") < 26 }), FHIRPrimitive.isID(id)
        else { return nil }
        return (type, id)
    }
}

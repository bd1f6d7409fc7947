/// A typed view of a FHIR R4 element or resource: a thin wrapper that reads and writes members of ``json`` and keeps
/// every member it does not know. The initialisers do not look at `resourceType`; where it is not known, ask
/// ``JSON/resourceType`` first.
public protocol FHIRElement: Sendable, Hashable {
    var json: JSONObject { get set }
    init(_ json: JSONObject)
}

extension FHIRElement {
    /// `nil` unless the value is an object.
    public init?(_ value: JSON?) {
        guard case .object(let object)? = value else { return nil }
        self.init(object)
    }

    /// `id` of a resource (its logical id) or element.
    public var id: String? {
        get { text("id") }
        set { json["id"] = newValue.map(JSON.string) }
    }

    func text(_ key: String) -> String? {
        json[key]?.stringValue
    }

    mutating func set(_ key: String, _ text: String?) {
        json[key] = text.map(JSON.string)
    }

    func element<View: FHIRElement>(_ key: String, as type: View.Type = View.self) -> View? {
        View(json[key])
    }

    mutating func set(_ key: String, _ element: (some FHIRElement)?) {
        json[key] = element.map { JSON.object($0.json) }
    }

    /// The objects of an array; other kinds of element are passed over here and reported by ``ResourceChecks``.
    func elements<View: FHIRElement>(_ key: String, as type: View.Type = View.self) -> [View] {
        json[key]?.arrayValue?.compactMap { View($0) } ?? []
    }

    mutating func set(_ key: String, _ elements: [some FHIRElement]) {
        json[key] = elements.isEmpty ? nil : .array(elements.map { .object($0.json) })
    }
}

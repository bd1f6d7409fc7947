/// FHIR R4 Observation (http://hl7.org/fhir/R4/observation.html).
public struct Observation: FHIRElement {
    public var json: JSONObject

    public init(_ json: JSONObject) {
        self.json = json
    }

    public init(id: String?, status: String, code: CodeableConcept) {
        json = JSONObject(resourceType: "Observation", id: id)
        json.append("status", status)
        json.append("code", code)
    }

    public var identifiers: [Identifier] {
        get { elements("identifier") }
        set { set("identifier", newValue) }
    }

    /// `registered`, `preliminary`, `final`, `amended`, `corrected`, `cancelled`, `entered-in-error` or `unknown`.
    public var status: String? {
        get { text("status") }
        set { set("status", newValue) }
    }

    public var categories: [CodeableConcept] {
        get { elements("category") }
        set { set("category", newValue) }
    }

    public var code: CodeableConcept? {
        get { element("code") }
        set { set("code", newValue) }
    }

    public var subject: Reference? {
        get { element("subject") }
        set { set("subject", newValue) }
    }

    public var encounter: Reference? {
        get { element("encounter") }
        set { set("encounter", newValue) }
    }

    /// Text of `effectiveDateTime` or `effectiveInstant`, or the start (else the end) of `effectivePeriod`; read it
    /// with ``FHIRDateTime``.
    public var effective: String? {
        text("effectiveDateTime") ?? text("effectiveInstant") ?? effectivePeriod?.start ?? effectivePeriod?.end
    }

    public var effectivePeriod: Period? {
        get { element("effectivePeriod") }
        set { set("effectivePeriod", newValue) }
    }

    /// `instant` text of when this version was made available.
    public var issued: String? {
        get { text("issued") }
        set { set("issued", newValue) }
    }

    public var value: Value? { Value(of: json) }

    public var dataAbsentReason: CodeableConcept? {
        get { element("dataAbsentReason") }
        set { set("dataAbsentReason", newValue) }
    }

    public var interpretations: [CodeableConcept] {
        get { elements("interpretation") }
        set { set("interpretation", newValue) }
    }

    public var method: CodeableConcept? {
        get { element("method") }
        set { set("method", newValue) }
    }

    public var specimen: Reference? {
        get { element("specimen") }
        set { set("specimen", newValue) }
    }

    public var device: Reference? {
        get { element("device") }
        set { set("device", newValue) }
    }

    public var hasMember: [Reference] {
        get { elements("hasMember") }
        set { set("hasMember", newValue) }
    }

    public var derivedFrom: [Reference] {
        get { elements("derivedFrom") }
        set { set("derivedFrom", newValue) }
    }

    public var components: [Component] {
        get { elements("component") }
        set { set("component", newValue) }
    }

    /// One of several results that are read together: systolic and diastolic pressure.
    public struct Component: FHIRElement {
        public var json: JSONObject

        public init(_ json: JSONObject) {
            self.json = json
        }

        public init(code: CodeableConcept) {
            json = JSONObject(minimumCapacity: 2)
            json.append("code", code)
        }

        public var code: CodeableConcept? {
            get { element("code") }
            set { set("code", newValue) }
        }

        public var value: Value? { Value(of: json) }

        public var dataAbsentReason: CodeableConcept? {
            get { element("dataAbsentReason") }
            set { set("dataAbsentReason", newValue) }
        }

        public var interpretations: [CodeableConcept] {
            get { elements("interpretation") }
            set { set("interpretation", newValue) }
        }
    }
}

extension Observation {
    /// `value[x]`.
    public enum Value: Hashable, Sendable {
        case quantity(FHIRQuantity)
        case codeableConcept(CodeableConcept)
        case string(String)
        case boolean(Bool)
        case integer(Int)
        case dateTime(String)
        case period(Period)
        /// `valueRange`, `valueRatio`, `valueSampledData` or `valueTime`, under that name.
        case other(String, JSON)

        init?(of json: JSONObject) {
            if let view = FHIRQuantity(json["valueQuantity"]) {
                self = .quantity(view)
            } else if let view = CodeableConcept(json["valueCodeableConcept"]) {
                self = .codeableConcept(view)
            } else if let text = json["valueString"]?.stringValue {
                self = .string(text)
            } else if let value = json["valueBoolean"]?.boolValue {
                self = .boolean(value)
            } else if let value = json["valueInteger"]?.integerValue {
                self = .integer(value)
            } else if let text = json["valueDateTime"]?.stringValue {
                self = .dateTime(text)
            } else if let view = Period(json["valuePeriod"]) {
                self = .period(view)
            } else {
                for key in ["valueRange", "valueRatio", "valueSampledData", "valueTime"] {
                    guard let value = json[key] else { continue }
                    self = .other(key, value)
                    return
                }
                return nil
            }
        }

        /// Name of the element: `valueQuantity`.
        public var element: String {
            switch self {
            case .quantity: "valueQuantity"
            case .codeableConcept: "valueCodeableConcept"
            case .string: "valueString"
            case .boolean: "valueBoolean"
            case .integer: "valueInteger"
            case .dateTime: "valueDateTime"
            case .period: "valuePeriod"
            case .other(let element, _): element
            }
        }
    }
}

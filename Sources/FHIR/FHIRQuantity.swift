public import Clinical

/// FHIR R4 Quantity (http://hl7.org/fhir/R4/datatypes.html#Quantity), also Age, Count, Duration, SimpleQuantity.
///
/// Named apart from Clinical's `Quantity`, which is what has been normalised.
public struct FHIRQuantity: FHIRElement {
    public var json: JSONObject

    public init(_ json: JSONObject) {
        self.json = json
    }

    public init(
        value: ExactDecimal?, comparator: String? = nil, unit: String? = nil, system: String? = nil, code: String? = nil
    ) {
        json = JSONObject(minimumCapacity: 5)
        json.append("value", value)
        json.append("comparator", comparator)
        json.append("unit", unit)
        json.append("system", system)
        json.append("code", code)
    }

    public var value: ExactDecimal? {
        get { json["value"]?.decimalValue }
        set { json["value"] = newValue.map { JSON($0) } }
    }

    /// `<`, `<=`, `>=` or `>`.
    public var comparator: String? {
        get { text("comparator") }
        set { set("comparator", newValue) }
    }

    /// What a person reads.
    public var unit: String? {
        get { text("unit") }
        set { set("unit", newValue) }
    }

    /// System of ``code``.
    public var system: String? {
        get { text("system") }
        set { set("system", newValue) }
    }

    /// The coded form of the unit.
    public var code: String? {
        get { text("code") }
        set { set("code", newValue) }
    }
}

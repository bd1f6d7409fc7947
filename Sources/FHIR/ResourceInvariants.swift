import Clinical

/// Rules between elements, named as on the definition pages of FHIR R4.
extension ResourceCheck {
    mutating func invariants(_ type: String, _ object: JSONObject) {
        switch type {
        case "Observation": observation(object)
        case "Patient": patient(object)
        case "Organization": organization(object)
        case "ServiceRequest": serviceRequest(object)
        case "RiskAssessment": riskAssessment(object)
        default: break
        }
    }

    private mutating func observation(_ object: JSONObject) {
        let observation = Observation(object)
        if observation.value != nil, object["dataAbsentReason"] != nil {
            report(102, "A value and a dataAbsentReason exclude each other (obs-6).", at: "dataAbsentReason")
        }
        if observation.value != nil {
            let codings = Set(observation.code?.codings ?? [])
            for (position, component) in observation.components.enumerated()
            where component.code?.codings.contains(where: codings.contains) == true {
                within("component", position) {
                    $0.report(102, "A component with the code of the observation excludes a value there (obs-7).")
                }
            }
        }
        for (position, range) in (object["referenceRange"]?.arrayValue ?? []).enumerated()
        where range["low"] == nil && range["high"] == nil && range["text"] == nil {
            within("referenceRange", position) {
                $0.report(101, "A reference range needs low, high or text (obs-3).")
            }
        }
    }

    private mutating func patient(_ object: JSONObject) {
        for (position, contact) in (object["contact"]?.arrayValue ?? []).enumerated()
        where ["name", "telecom", "address", "organization"].allSatisfy({ contact[$0] == nil }) {
            within("contact", position) {
                $0.report(101, "A contact needs a name, telecom, address or organization (pat-1).")
            }
        }
    }

    private mutating func organization(_ object: JSONObject) {
        if object["name"] == nil, object["identifier"] == nil {
            report(101, "An organization needs a name or an identifier (org-1).")
        }
        for key in ["address", "telecom"] {
            for (position, element) in (object[key]?.arrayValue ?? []).enumerated()
            where element["use"]?.stringValue == "home" {
                within(key, position) {
                    $0.report(103, "An organization has no \(key) of use home (org-2, org-3).", at: "use")
                }
            }
        }
    }

    private mutating func serviceRequest(_ object: JSONObject) {
        if object["orderDetail"] != nil, object["code"] == nil {
            report(101, "An orderDetail needs the code that it details (prr-1).", at: "code")
        }
    }

    private mutating func riskAssessment(_ object: JSONObject) {
        for (position, prediction) in (object["prediction"]?.arrayValue ?? []).enumerated() {
            guard let probability = prediction["probabilityDecimal"]?.decimalValue else { continue }
            if probability > ExactDecimal(100) {
                within("prediction", position) {
                    $0.report(102, "A probability is at most 100 (ras-2).", at: "probabilityDecimal")
                }
            }
        }
    }
}

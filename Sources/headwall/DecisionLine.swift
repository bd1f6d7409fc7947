import Clinical
import FHIR

/// A decision as one JSON object, for `score` and `replay`.
enum DecisionLine {
    static func write(_ decision: Decision, patient: JSON) -> [UInt8] {
        JSON(object(decision, patient: patient)).write()
    }

    static func object(_ decision: Decision, patient: JSON) -> JSONObject {
        var object: JSONObject = [
            "patient": patient, "asOf": .string(decision.asOf.effective.description),
            "model": [
                "name": .string(decision.model.name), "version": .string(decision.model.version),
                "digest": .string(decision.model.digest),
            ],
        ]
        switch decision.result {
        case .estimate(let estimate):
            if case .probability = decision.scale {
                object["probability"] = number(estimate.value)
            } else {
                object["score"] = number(estimate.value)
            }
            object["interval"] = [number(estimate.low), number(estimate.high)]
        case .insufficient(let why):
            object["score"] = .null
            object["insufficient"] = .string(why)
        }
        object["level"] = .string(decision.level.name)
        object["missing"] = .array(
            decision.missingInputs.map { ["name": .string($0.name), "reason": .string(reason($0))] })
        object["reasons"] = .array(
            decision.reasons.map { reason in
                [
                    "name": .string(reason.name), "text": .string(reason.text), "band": .string(reason.band),
                    "points": [number(reason.low), number(reason.high)],
                ]
            })
        object["flags"] = .array(decision.notes.map { .string($0) })
        return object
    }

    static func number(_ value: Double?) -> JSON {
        guard let value, let decimal = ExactDecimal(shortest: value)?.normalized else { return .null }
        return .number(JSONNumber(decimal))
    }

    private static func reason(_ input: FeatureValue) -> String {
        if case .missing(let reason) = input.content { reason.rawValue } else { "" }
    }
}

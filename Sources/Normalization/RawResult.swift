import Clinical
import FHIR

/// A number as the sender wrote it, with every text that may name its unit.
struct RawNumber {
    var value: ExactDecimal
    var comparator: Quantity.Comparator?
    /// In the order to be tried: identifier, then text.
    var units: [String] = []
    /// System of the first unit, where it is a code.
    var unitSystem: String?

    /// As a FHIR Quantity in the sender's own words.
    var quantity: JSONObject {
        var json = JSONObject(minimumCapacity: 5)
        json["value"] = JSON(value)
        if let comparator { json["comparator"] = .string(comparator.rawValue) }
        if let text = CleanText.string(units.last) { json["unit"] = .string(text) }
        if let unitSystem, let code = CleanText.code(units.first) {
            json["system"] = .string(CleanText.uri(unitSystem))
            json["code"] = .string(code)
        }
        return json
    }
}

/// A value as the sender wrote it.
enum RawValue {
    case number(RawNumber)
    /// Text; the number is what it reads as, if it is one.
    case text(String, number: RawNumber?)
    case coded([Code], text: String?)
    case range(low: RawNumber, high: RawNumber)
    /// No usable value; `text` is what stood there, `absent` a code of data-absent-reason.
    case missing(MissingReason, text: String?, absent: String)
}

/// What selects between mapping rows besides code and unit.
struct ResultConditions {
    var specimen: String?
    var method: String?
    var device: String?
    var effective: Instant?
}

/// Status of a result for FHIR and for the timeline.
struct ResultStatus {
    /// Code of http://hl7.org/fhir/observation-status.
    let code: String

    var finding: Finding.Status {
        switch code {
        case "entered-in-error": .enteredInError
        case "corrected", "amended": .corrected
        case "final", "cancelled": .final
        default: .preliminary
        }
    }
}

/// A result of HL7v2 or CDA on its way to an Observation and a finding.
struct RawResult {
    var id: String
    var patient: PatientKey
    /// Reference to the patient.
    var subject: JSON
    /// Place of the value.
    var path: String
    /// Place of the code.
    var codePath: String
    /// As sent, at least one; tried in this order.
    var codes: [Code]
    /// As sent, kept in the resource and not translated.
    var furtherCodes: [Code] = []
    var codeText: String?
    var value: RawValue
    /// The value as written.
    var rawText: String
    var status: ResultStatus
    var effective: ClinicalTime
    var conditions: ResultConditions
    var interpretations: [Code] = []
    var referenceRange: String?
    var identifiers: [JSON] = []
    /// Identifier of the visit, as a logical reference.
    var visit: JSON?
    var note: String?
}

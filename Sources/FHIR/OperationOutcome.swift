public import Clinical

/// FHIR R4 OperationOutcome (http://hl7.org/fhir/R4/operationoutcome.html).
public enum OperationOutcome {
    /// An outcome with an issue each, in their order; without any it says that all is well.
    ///
    /// The sentence is in `details.text`, the numeric code in `details.coding` (HL7 table 0357 below 1000), the place
    /// in `diagnostics`.
    public static func build(_ issues: [Issue]) -> JSON {
        let list: [JSON] =
            issues.isEmpty
            ? [["severity": "information", "code": "informational", "details": ["text": "All is well."]]]
            : issues.map(issue)
        return ["resourceType": "OperationOutcome", "issue": .array(list)]
    }

    private static func issue(_ issue: Issue) -> JSON {
        let system = issue.code < 1000 ? "http://terminology.hl7.org/CodeSystem/v2-0357" : "urn:headwall:issue-code"
        let coding: JSON = ["system": .string(system), "code": .string(String(issue.code))]
        return JSON(present: [
            "severity": .string(issue.severity.rawValue),
            "code": .string(type(of: issue)),
            "details": JSON(present: ["coding": [coding], "text": issue.text.isEmpty ? nil : .string(issue.text)]),
            "diagnostics": issue.place.isEmpty ? nil : .string("Place: " + issue.place),
        ])
    }

    /// Code of the issue-type value set (http://hl7.org/fhir/R4/valueset-issue-type.html).
    private static func type(of issue: Issue) -> String {
        typealias Code = FHIRError.Code
        switch issue.code {
        case 100: return "structure"
        case 101: return "required"
        case 102: return "value"
        case 103: return "code-invalid"
        case 200...203: return "not-supported"
        case 204: return "not-found"
        case 205: return "duplicate"
        case 206: return "lock-error"
        case 207: return "exception"
        case Code.size: return "too-long"
        case Code.depth, Code.nodes: return "too-costly"
        case Code.grammar...Code.trailingContent: return "structure"
        case Code.timeFormat...Code.timeOffset: return "value"
        default: return issue.severity == .information ? "informational" : "processing"
        }
    }
}

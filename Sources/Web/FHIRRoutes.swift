import Clinical
import FHIR
import HTTPTypes
import Hummingbird

/// FHIR R4 reads: the capability statement, and the results by id.
struct FHIRRoutes: Sendable {
    let decisions: any DecisionReading
    let access: Access
    let configuration: WebConfiguration

    func metadata(_ request: Request, _ scope: RequestScope) async throws -> Response {
        .json(.ok, capabilityStatement, type: "application/fhir+json")
    }

    func read(_ request: Request, _ scope: RequestScope) async throws -> Response {
        try access.authenticate(request)
        let find: (String) async -> JSON? =
            switch scope.parameters.get("type") {
            case "RiskAssessment": decisions.riskAssessment
            case "Observation": decisions.observation
            default: throw WebError.notFound("URL", "RiskAssessment and Observation can be read here.")
            }
        // FHIR R4 datatypes.html#id: [A-Za-z0-9\-\.]{1,64}; others cannot exist.
        guard let id = scope.parameters.get("id"), (1...64).contains(id.utf8.count), let resource = await find(id) else {
            throw WebError.notFound("URL", "There is no resource with this id.")
        }
        return .json(.ok, resource, type: "application/fhir+json")
    }

    /// http://hl7.org/fhir/R4/capabilitystatement.html. The date is that of the statement's content, not of the call.
    var capabilityStatement: JSON {
        func resource(_ type: String, _ interactions: [String]) -> JSON {
            ["type": JSON(type), "interaction": .array(interactions.map { ["code": JSON($0)] })]
        }
        return [
            "resourceType": "CapabilityStatement",
            "status": "active",
            "date": "2026-01-01",
            "kind": "instance",
            "software": ["name": "Headwall", "version": JSON(configuration.softwareVersion)],
            "implementation": ["description": "Takes messages and documents, gives risk assessments."],
            "fhirVersion": "4.0.1",
            "format": ["application/fhir+json", "json"],
            "rest": [
                [
                    "mode": "server",
                    "documentation":
                        "A create or transaction is answered 202 when it is committed; it is processed after that.",
                    "resource": [
                        resource("RiskAssessment", ["read"]),
                        resource("Observation", ["read", "create"]),
                        resource("Patient", ["create"]),
                        resource("Encounter", ["create"]),
                    ],
                    "interaction": [["code": "transaction"], ["code": "batch"]],
                ]
            ],
        ]
    }
}

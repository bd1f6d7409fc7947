import Clinical
import FHIR
import HTTPTypes
import Hummingbird

/// FHIR R4 reads and operations: the capability statement, the results by id, `ConceptMap/$translate`.
struct FHIRRoutes: Sendable {
    let decisions: any DecisionReading
    let translation: any CodeTranslation
    let access: Access
    let body: BodyReader
    let configuration: WebConfiguration

    func metadata(_ request: Request, _ scope: RequestScope) async throws -> Response {
        .json(.ok, capabilityStatement, type: "application/fhir+json")
    }

    func read(_ request: Request, _ scope: RequestScope) async throws -> Response {
        try access.authenticate(request)
        if Self.isTranslate(scope) { return try await translate(Self.parameters(request)) }
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

    /// http://hl7.org/fhir/R4/conceptmap-operation-translate.html with a Parameters resource as the body.
    func operation(_ request: Request, _ scope: RequestScope) async throws -> Response {
        try access.authenticate(request)
        guard Self.isTranslate(scope) else {
            throw WebError.notFound("URL", "The operation that can be called here is ConceptMap/$translate.")
        }
        try BodyReader.check(
            request, isAcceptable: { $0 == "application/fhir+json" || $0 == "application/json" },
            expected: "application/fhir+json")
        try BodyReader.checkUTF8(request)
        let parameters: JSON
        do {
            parameters = try JSON(parsing: try await body.read(request))
        } catch let error as FHIRError {
            throw WebError(.badRequest, place: error.place, error.reason)
        }
        return try await translate(parameters)
    }

    private static func isTranslate(_ scope: RequestScope) -> Bool {
        scope.parameters.get("type") == "ConceptMap" && scope.parameters.get("id") == "$translate"
    }

    private func translate(_ parameters: JSON) async throws -> Response {
        do {
            return .json(.ok, try await translation.translate(parameters), type: "application/fhir+json")
        } catch {
            throw WebError(.badRequest, place: "Parameters.parameter \(error.parameter)", error.reason)
        }
    }

    /// The parameters of the query as a resource (http://hl7.org/fhir/R4/operations.html#request): those of a simple type.
    private static func parameters(_ request: Request) throws -> JSON {
        let types = [
            "url": "valueUri", "conceptMapVersion": "valueString", "code": "valueCode", "system": "valueUri",
            "source": "valueUri", "target": "valueUri", "targetsystem": "valueUri", "targetSystem": "valueUri",
        ]
        var parameters: [JSON] = []
        for (name, value) in request.uri.queryParameters {
            if name == "_format" { continue }
            if name == "reverse" {
                guard value == "true" || value == "false" else {
                    throw WebError(.badRequest, place: "query reverse", "The value is true or false.")
                }
                parameters.append(["name": "reverse", "valueBoolean": .bool(value == "true")])
            } else if let type = types[String(name)] {
                parameters.append(["name": .string(String(name)), .init(type): .string(String(value))])
            } else {
                throw WebError(
                    .badRequest, place: "query", "A parameter is not one of the operation's; send dependencies by POST.")
            }
        }
        return ["resourceType": "Parameters", "parameter": .array(parameters)]
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
                        [
                            "type": "ConceptMap",
                            "operation": [
                                [
                                    "name": "translate",
                                    "definition": "http://hl7.org/fhir/OperationDefinition/ConceptMap-translate",
                                ]
                            ],
                        ],
                    ],
                    "interaction": [["code": "transaction"], ["code": "batch"]],
                ]
            ],
        ]
    }
}

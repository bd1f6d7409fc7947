import Clinical
import FHIR
import HTTPTypes
import Hummingbird

/// `POST /fhir`, `/fhir/{type}`, `/cda`, `/hl7v2`: bytes in, an answer when they are committed.
struct IntakeRoutes: Sendable {
    let intake: any WebIntake
    let access: Access
    let body: BodyReader

    func fhir(_ request: Request, _ scope: RequestScope) async throws -> Response {
        let source = try access.source(of: request, path: scope.parameters.get("source"))
        try BodyReader.check(
            request, isAcceptable: { $0 == "application/fhir+json" || $0 == "application/json" },
            expected: "application/fhir+json")
        try BodyReader.checkUTF8(request)
        let bytes = try await body.read(request)
        if let type = scope.parameters.get("type") { try check(bytes, isOf: type) }
        return Self.outcome(await intake.receive(source: source, format: .fhir, bytes: bytes))
    }

    func cda(_ request: Request, _ scope: RequestScope) async throws -> Response {
        let source = try access.source(of: request, path: scope.parameters.get("source"))
        try BodyReader.check(
            request, isAcceptable: { $0 == "application/xml" || $0 == "text/xml" || $0.hasSuffix("+xml") },
            expected: "application/xml")
        let bytes = try await body.read(request)
        return Self.outcome(await intake.receive(source: source, format: .cda, bytes: bytes))
    }

    /// Status codes as HL7 over HTTP has them (HAPI, "HL7 over HTTP Specification": 200 with AA or CA, 400 with AR or
    /// AE); the body is the acknowledgement in either case.
    func hl7v2(_ request: Request, _ scope: RequestScope) async throws -> Response {
        let source = try access.source(of: request, path: scope.parameters.get("source"))
        try BodyReader.check(
            request,
            isAcceptable: { type in
                ["application/hl7-v2", "application/hl7-v2+er7", "x-application/hl7-v2+er7", "text/plain"].contains(type)
            },
            expected: "application/hl7-v2+er7")
        let bytes = try await body.read(request)
        let result = await intake.receive(source: source, format: .hl7v2, bytes: bytes)
        var response: Response
        switch result.status {
        case .accepted, .duplicate:
            response = .bytes(.ok, result.reply, type: "application/hl7-v2+er7")
        case .rejected, .quarantined:
            response = .bytes(.badRequest, result.reply, type: "application/hl7-v2+er7")
        case .unavailable(let seconds):
            response = .bytes(.serviceUnavailable, result.reply, type: "application/hl7-v2+er7")
            response.headers[.retryAfter] = String(seconds)
        }
        return response
    }

    /// FHIR R4 http.html#create: the type in the address and in the body must be the same.
    private func check(_ bytes: [UInt8], isOf type: String) throws {
        let json: JSON
        do {
            json = try JSON(parsing: bytes)
        } catch {
            throw WebError(.badRequest, issues: [Issue(.error, code: error.code, place: error.place, error.reason)])
        }
        guard json["resourceType"]?.stringValue == type else {
            throw WebError(
                .badRequest, place: "/resourceType", "The resource is not of the type that the address names.")
        }
    }

    static func outcome(_ result: IntakeResult) -> Response {
        switch result.status {
        case .accepted(let journal):
            return .outcome(
                .accepted,
                issues: [Issue(.information, code: 0, place: "journal \(journal)", "Committed; processing follows.")])
        case .duplicate(let journal):
            return .outcome(
                .ok,
                issues: [
                    Issue(.information, code: 0, place: "journal \(journal)", "Committed before; nothing was done again.")
                ])
        case .rejected(let issues):
            return .outcome(.badRequest, issues: issues)
        case .quarantined(let issues):
            return .outcome(.unprocessableContent, issues: issues)
        case .unavailable(let seconds):
            var response = Response.outcome(
                .serviceUnavailable,
                issues: [Issue(.error, code: 9503, place: "server", "Nothing was committed. Send it again later.")])
            response.headers[.retryAfter] = String(seconds)
            return response
        }
    }
}

import Annotation
import Clinical
import FHIR
import HTTPTypes
import Hummingbird

/// CDS Hooks 2.0 (https://cds-hooks.hl7.org/2.0/): discovery, the service `headwall-risk` for `patient-view`, feedback.
struct CDSRoutes: Sendable {
    let decisions: any DecisionReading
    let feedback: any CDSFeedbackSink
    let access: Access
    let body: BodyReader
    let configuration: WebConfiguration

    func discovery(_ request: Request, _ scope: RequestScope) async throws -> Response {
        .json(
            .ok,
            [
                "services": [
                    [
                        "hook": "patient-view",
                        "title": "Headwall risk scores",
                        "description":
                            "Published risk scores and models over the patient's latest measurements, with reasons and what is missing.",
                        "id": "headwall-risk",
                        "usageRequirements":
                            "The patient's measurements must have reached Headwall; no prefetch and no FHIR access is used.",
                    ]
                ]
            ])
    }

    func call(_ request: Request, _ scope: RequestScope) async throws -> Response {
        try access.authenticate(request)
        let json = try await json(request)
        // "Calling a CDS Service": hook, hookInstance and context are required.
        guard json["hook"]?.stringValue == "patient-view" else {
            throw WebError(.badRequest, place: "/hook", "This service answers the hook patient-view.")
        }
        guard let instance = json["hookInstance"]?.stringValue, !instance.isEmpty else {
            throw WebError(.badRequest, place: "/hookInstance", "A call has a hookInstance, a UUID.")
        }
        guard let patient = json["context"]?["patientId"]?.stringValue, !patient.isEmpty else {
            throw WebError(.badRequest, place: "/context/patientId", "The hook patient-view has the id of a patient.")
        }
        guard json["context"]?["userId"]?.stringValue != nil else {
            throw WebError(.badRequest, place: "/context/userId", "The hook patient-view has the id of the user.")
        }
        // A reference is tolerated where the specification has a bare id.
        let id = patient.hasPrefix("Patient/") ? String(patient.dropFirst("Patient/".count)) : patient
        let source = CDSCardRendering.Source(label: configuration.sourceLabel, url: configuration.sourceURL)
        let cards = await decisions.decisions(patient: PHI(id)).map { CDSCardRendering.render($0, source: source) }
        return .json(.ok, ["cards": .array(cards)])
    }

    func feedback(_ request: Request, _ scope: RequestScope) async throws -> Response {
        try access.authenticate(request)
        let json = try await json(request)
        guard let entries = json["feedback"]?.arrayValue, !entries.isEmpty else {
            throw WebError(.badRequest, place: "/feedback", "Feedback is a list with at least one entry.")
        }
        var items: [CDSFeedback] = []
        for (index, entry) in entries.enumerated() {
            items.append(try Self.item(entry, place: "/feedback/\(index)"))
        }
        guard await feedback.receive(items) else {
            throw WebError(.serviceUnavailable, place: "server", "The feedback was not committed. Send it again later.")
        }
        return Response(status: .ok)
    }

    private static func item(_ entry: JSON, place: String) throws -> CDSFeedback {
        guard let card = entry["card"]?.stringValue, (1...64).contains(card.utf8.count) else {
            throw WebError(.badRequest, place: place + "/card", "An entry names the uuid of its card.")
        }
        guard let outcome = entry["outcome"]?.stringValue.flatMap(CDSFeedback.Outcome.init(rawValue:)) else {
            throw WebError(.badRequest, place: place + "/outcome", "The outcome is accepted or overridden.")
        }
        let time: ClinicalTime
        do {
            time = try FHIRDateTime.read(entry["outcomeTimestamp"]?.stringValue ?? "")
        } catch {
            throw WebError(
                .badRequest, place: place + "/outcomeTimestamp",
                "An entry has the time of its outcome, in ISO 8601 with offset.")
        }
        var reason: Code?
        let override = entry["overrideReason"]
        if let coding = override?["reason"], let code = coding["code"]?.stringValue {
            reason = Code(
                system: coding["system"]?.stringValue ?? "", code: code, display: coding["display"]?.stringValue)
        }
        return CDSFeedback(
            card: card, outcome: outcome,
            acceptedSuggestions: (entry["acceptedSuggestions"]?.arrayValue ?? []).compactMap { $0["id"]?.stringValue },
            overrideReason: reason, userComment: override?["userComment"]?.stringValue.map { PHI($0) }, outcomeTime: time)
    }

    private func json(_ request: Request) async throws -> JSON {
        try BodyReader.check(request, isAcceptable: { $0 == "application/json" }, expected: "application/json")
        try BodyReader.checkUTF8(request)
        do {
            return try JSON(parsing: try await body.read(request))
        } catch let error as FHIRError {
            throw WebError(.badRequest, issues: [Issue(.error, code: error.code, place: error.place, error.reason)])
        }
    }
}

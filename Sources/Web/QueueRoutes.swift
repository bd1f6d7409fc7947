import Clinical
import HTTPTypes
import Hummingbird

/// The page of unmapped codes, with the approval of what one means. Whoever may see the ward page may use it.
struct QueueRoutes: Sendable {
    let queue: any MappingQueue
    let page: QueuePage
    let body: BodyReader

    func page(_ request: Request, _ scope: RequestScope) async throws -> Response {
        let approved = request.uri.queryParameters["approved"].flatMap { Int64($0) }
        return try await answer(.ok, approved: approved, problem: nil)
    }

    func approve(_ request: Request, _ scope: RequestScope) async throws -> Response {
        try Self.checkOrigin(request)
        try BodyReader.check(
            request, isAcceptable: { $0 == "application/x-www-form-urlencoded" },
            expected: "application/x-www-form-urlencoded")
        guard let item = scope.parameters.get("id").flatMap({ Int64($0) }) else {
            throw WebError.notFound("URL", "There is no item with this number.")
        }
        let fields = FormFields.read(try await body.read(request), maximumLength: 500)
        let form: ApprovalForm
        switch Self.form(item, fields) {
        case .success(let read): form = read
        case .failure(let fault): return try await answer(.unprocessableContent, approved: nil, problem: fault.reason)
        }
        switch await queue.approve(form) {
        case .approved(let journal):
            // To a page of its own, so that loading it again approves nothing again.
            return Response(status: .seeOther, headers: [.location: "/queue/unmapped?approved=\(journal)"])
        case .refused(let reason): return try await answer(.unprocessableContent, approved: nil, problem: reason)
        }
    }

    private struct FormFault: Error {
        var reason: String
    }

    private static func form(_ item: Int64, _ fields: [String: String]) -> Result<ApprovalForm, FormFault> {
        let reviewers = ["reviewer", "reviewer2"].compactMap { fields[$0] }
        guard fields["reviewer"] != nil else { return .failure(FormFault(reason: "Give the name of who approves.")) }
        let chosen = fields["other"] ?? fields["target"]
        guard let chosen else {
            return .failure(FormFault(reason: "Choose a code, write one, or decide that none fits."))
        }
        return .success(
            ApprovalForm(
                item: item, target: chosen == "none" ? nil : chosen, reviewers: reviewers,
                unitMeaning: fields["unitMeaning"], isForUnitOnly: fields["unitOnly"] != nil,
                isForSpecimenOnly: fields["specimenOnly"] != nil, comment: fields["comment"]))
    }

    /// A page of another site must not approve in the name of whoever has this one open.
    private static func checkOrigin(_ request: Request) throws {
        let refusal = WebError(.forbidden, place: "header Origin", "The form must come from this page.")
        if let site = HTTPField.Name("Sec-Fetch-Site").flatMap({ request.headers[$0] }) {
            guard site == "same-origin" || site == "none" else { throw refusal }
        }
        guard let origin = request.headers[.origin], let host = request.head.authority else { return }
        guard origin == "http://" + host || origin == "https://" + host else { throw refusal }
    }

    private func answer(
        _ status: HTTPResponse.Status, approved: Int64?, problem: String?
    ) async throws -> Response {
        guard let view = await queue.unmappedQueue() else {
            throw WebError(.serviceUnavailable, place: "server", "The queue cannot be read. Try again.")
        }
        let text = page.document(view, approved: approved, problem: problem)
        return .bytes(status, Array(text.utf8), type: "text/html; charset=utf-8")
    }
}

import Clinical
import HTTPTypes
import Hummingbird
import NIOCore
import ServiceLifecycle

/// The ward page, its rows, its files, and its live events.
struct WardRoutes: Sendable {
    let ward: any WardReading
    let page: WardPage
    let feed: WardFeed
    let body: BodyReader

    func redirect(_ request: Request, _ scope: RequestScope) async throws -> Response {
        Response(status: .seeOther, headers: [.location: "/ward"])
    }

    func page(_ request: Request, _ scope: RequestScope) async throws -> Response {
        // Taken before the snapshot: an event may then come twice, never not at all.
        let lastEventID = feed.lastEventID
        let snapshot = await ward.snapshot(ward: Self.ward(request))
        return html(page.document(snapshot, lastEventID: lastEventID))
    }

    func row(_ request: Request, _ scope: RequestScope) async throws -> Response {
        let snapshot = await ward.snapshot(ward: nil)
        guard let id = scope.parameters.get("id"), let row = await ward.row(patient: id) else {
            throw WebError.notFound("URL", "There is no patient with this id on a ward.")
        }
        return html(page.row(row, clock: snapshot.clock))
    }

    func patient(_ request: Request, _ scope: RequestScope) async throws -> Response {
        try await patient(scope, assuming: [:])
    }

    /// The same page with the answers to "what if": nothing is stored, so it is a page and no change.
    func whatIf(_ request: Request, _ scope: RequestScope) async throws -> Response {
        try BodyReader.check(
            request, isAcceptable: { $0 == "application/x-www-form-urlencoded" },
            expected: "application/x-www-form-urlencoded")
        return try await patient(scope, assuming: FormFields.read(body.read(request)))
    }

    private func patient(_ scope: RequestScope, assuming fields: [String: String]) async throws -> Response {
        guard let id = scope.parameters.get("id"), let patient = await ward.patient(id: id, assuming: fields) else {
            throw WebError.notFound("URL", "There is no patient with this id on a ward.")
        }
        return html(page.patient(patient))
    }

    func file(_ request: Request, _ scope: RequestScope) async throws -> Response {
        switch scope.parameters.get("name") {
        case "ward.css": return .bytes(.ok, PackageResources.ward_css, type: "text/css; charset=utf-8")
        case "icon.svg": return .bytes(.ok, PackageResources.icon_svg, type: "image/svg+xml")
        case "ward.js": return .bytes(.ok, PackageResources.ward_js, type: "text/javascript; charset=utf-8")
        default: throw WebError.notFound("URL", "There is no such file.")
        }
    }

    func events(_ request: Request, _ scope: RequestScope) async throws -> Response {
        let after =
            HTTPField.Name("Last-Event-ID").flatMap { request.headers[$0] }
            ?? request.uri.queryParameters["after"].map { String($0) }
        let channel = scope.channel
        guard
            let frames = feed.subscribe(
                ward: Self.ward(request), after: after, disconnect: { channel.close(promise: nil) })
        else {
            var error = WebError(
                .serviceUnavailable, place: "server", "Too many pages are open. Close one, or raise the limit.")
            error.headers[.retryAfter] = "10"
            throw error
        }
        let body = ResponseBody { writer in
            // The stream ends with the connection, with the service, or when the page does not keep up.
            try await request.body.consumeWithCancellationOnInboundClose { _ in
                for await frame in frames.cancelOnGracefulShutdown() { try await writer.write(frame) }
            }
            try await writer.finish(nil)
        }
        return Response(status: .ok, headers: [.contentType: "text/event-stream; charset=utf-8"], body: body)
    }

    private static func ward(_ request: Request) -> String? {
        guard let name = request.uri.queryParameters["ward"].map({ String($0) }), !name.isEmpty else { return nil }
        return String(name.prefix(64))
    }

    private func html(_ text: String) -> Response {
        .bytes(.ok, Array(text.utf8), type: "text/html; charset=utf-8")
    }
}

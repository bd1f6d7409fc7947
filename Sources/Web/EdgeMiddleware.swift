import Clinical
import FHIR
import HTTPTypes
import Hummingbird
import Logging
import NIOCore

/// The outermost layer: turns every error into an answer with place and reason, sets the security headers, and writes
/// one log line a refused request, without path, query, header or body.
struct EdgeMiddleware: RouterMiddleware {
    typealias Context = RequestScope

    let routes: RouteTable
    let logger: Logger

    func handle(
        _ request: Request, context: RequestScope, next: (Request, RequestScope) async throws -> Response
    ) async throws -> Response {
        var response: Response
        do {
            response = try await next(request, context)
        } catch let error as WebError {
            response = answer(error, context: context)
        } catch let error as HTTPError where error.status == .notFound {
            response = answer(unrouted(request), context: context)
        } catch {
            // Nothing of the error is passed on: its text may quote the request.
            logger.error("request failed", metadata: ["route": "\(context.endpointPath ?? "none")"])
            response = answer(
                WebError(.internalServerError, place: "server", "The request could not be processed. Try again."),
                context: context)
        }
        for (name, value) in Self.securityHeaders where response.headers[name] == nil {
            response.headers[name] = value
        }
        return response
    }

    private func unrouted(_ request: Request) -> WebError {
        let methods = routes.methods(for: request.uri.path)
        guard !methods.isEmpty else { return .notFound("URL", "There is nothing at this address.") }
        let allowed = methods.map(\.rawValue).sorted().joined(separator: ", ")
        var error = WebError(.methodNotAllowed, place: "method", "This address takes \(allowed).")
        error.headers[.allow] = allowed
        return error
    }

    private func answer(_ error: WebError, context: RequestScope) -> Response {
        logger.info(
            "request refused",
            metadata: [
                "route": "\(context.endpointPath ?? "none")", "status": "\(error.status.code)",
                "code": "\(error.issues.first?.code ?? 0)",
            ])
        var response = Response.outcome(error.status, issues: error.issues)
        for field in error.headers { response.headers[field.name] = field.value }
        if error.closesConnection { response = closing(response, channel: context.channel) }
        return response
    }

    /// Answers, then closes after a grace period: closing at once with unread bytes would reset the connection and may
    /// take the answer away from a client that is still sending (RFC 9112 section 9.6).
    private func closing(_ response: Response, channel: any Channel) -> Response {
        var response = response
        response.headers[.connection] = "close"
        channel.eventLoop.scheduleTask(in: .seconds(1)) { channel.close(promise: nil) }
        return response
    }

    private static let securityHeaders: [(HTTPField.Name, String)] = {
        var headers: [(HTTPField.Name, String)] = [
            (.cacheControl, "no-store"),
            (
                .contentSecurityPolicy,
                "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'self'; object-src 'none'"
            ),
            (.xContentTypeOptions, "nosniff"),
        ]
        let others = [
            ("Referrer-Policy", "no-referrer"), ("Cross-Origin-Opener-Policy", "same-origin"),
            ("X-Frame-Options", "SAMEORIGIN"),
        ]
        for (text, value) in others {
            if let name = HTTPField.Name(text) { headers.append((name, value)) }
        }
        return headers
    }()
}

/// Which addresses exist with which methods, so that a wrong method is told from a wrong address.
struct RouteTable: Sendable {
    private var routes: [(components: [Substring], method: HTTPRequest.Method)] = []

    mutating func add(_ method: HTTPRequest.Method, _ path: String) {
        routes.append((path.split(separator: "/"), method))
    }

    func methods(for path: String) -> [HTTPRequest.Method] {
        let components = path.split(separator: "/")
        return routes.filter { route in
            route.components.count == components.count
                && zip(route.components, components).allSatisfy { $0.hasPrefix(":") || $0 == $1 }
        }
        .map(\.method)
    }
}

extension Response {
    /// An OperationOutcome (FHIR R4) with any status.
    static func outcome(_ status: HTTPResponse.Status, issues: [Issue]) -> Response {
        .json(status, OperationOutcome.build(issues), type: "application/fhir+json")
    }

    static func json(_ status: HTTPResponse.Status, _ json: JSON, type: String = "application/json") -> Response {
        .bytes(status, json.write(), type: type + "; charset=utf-8")
    }

    static func bytes(_ status: HTTPResponse.Status, _ bytes: [UInt8], type: String) -> Response {
        Response(status: status, headers: [.contentType: type], body: .init(byteBuffer: ByteBuffer(bytes: bytes)))
    }
}

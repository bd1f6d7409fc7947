import Clinical
import HTTPTypes

/// A request that is refused, with the answer it gets.
///
/// Codes are 9000 plus the HTTP status, so that a log line, an OperationOutcome and a status agree.
struct WebError: Error {
    let status: HTTPResponse.Status
    let issues: [Issue]
    var headers: HTTPFields = [:]
    /// The rest of the body is not wanted: the connection closes after the answer.
    var closesConnection = false

    init(_ status: HTTPResponse.Status, place: String, _ text: String) {
        self.status = status
        issues = [Issue(.error, code: 9000 + status.code, place: place, text)]
    }

    init(_ status: HTTPResponse.Status, issues: [Issue]) {
        self.status = status
        self.issues = issues
    }

    /// RFC 9110 section 11.6.1: a 401 names the scheme.
    static func unauthorized(_ text: String) -> WebError {
        var error = WebError(.unauthorized, place: "header Authorization", text)
        error.headers[.wwwAuthenticate] = "Bearer realm=\"headwall\""
        return error
    }

    static func tooLarge(limit: Int) -> WebError {
        var error = WebError(
            .contentTooLarge, place: "body",
            "The body is larger than \(limit) bytes. Send fewer resources in a request, or raise the limit.")
        error.closesConnection = true
        return error
    }

    static func notFound(_ place: String, _ text: String) -> WebError {
        WebError(.notFound, place: place, text)
    }
}

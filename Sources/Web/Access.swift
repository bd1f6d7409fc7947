import Clinical
import HTTPTypes
import Hummingbird

/// Who speaks: the source name of a request, and whether it may use it.
struct Access: Sendable {
    private let defaultSource: String
    private let sources: Set<String>?
    /// Source by digest of its token: comparing digests takes the same time whatever part of a guess is right.
    private let tokens: [ContentDigest: String]

    init(_ configuration: WebConfiguration) {
        defaultSource = configuration.defaultSource
        sources = configuration.sources
        var tokens: [ContentDigest: String] = [:]
        for (token, source) in configuration.tokens { tokens[ContentDigest(of: token.utf8)] = source }
        self.tokens = tokens
    }

    /// The source whose token the request bears; `nil` when no tokens are configured.
    @discardableResult
    func authenticate(_ request: Request) throws -> String? {
        guard !tokens.isEmpty else { return nil }
        guard let header = request.headers[.authorization] else {
            throw WebError.unauthorized("Send the bearer token of your source.")
        }
        let parts = header.split(separator: " ", maxSplits: 1)
        guard parts.count == 2, parts[0].lowercased() == "bearer",
            let source = tokens[ContentDigest(of: parts[1].trimmingSpaces().utf8)]
        else { throw WebError.unauthorized("The bearer token is not known.") }
        return source
    }

    /// The name of the source: by path, by header, by token, or the default; the first two must agree with the token.
    func source(of request: Request, path: String?) throws -> String {
        let own = try authenticate(request)
        let stated = path ?? HTTPField.Name("X-Headwall-Source").flatMap { request.headers[$0] }
        guard let stated else { return own ?? defaultSource }
        let place = path == nil ? "header X-Headwall-Source" : "URL"
        guard Self.isWellFormed(stated) else {
            throw WebError(
                .badRequest, place: place, "A source name has 1 to 64 letters, digits, dots, dashes or underscores.")
        }
        if let own, own != stated {
            throw WebError(.forbidden, place: place, "The bearer token belongs to another source.")
        }
        if let sources, !sources.contains(stated) {
            throw WebError(.forbidden, place: place, "This source is not configured.")
        }
        return stated
    }

    static func isWellFormed(_ name: String) -> Bool {
        (1...64).contains(name.utf8.count)
            && name.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_"):
                    true
                default: false
                }
            }
    }
}

import Clinical
import HTTPTypes
import Hummingbird
import NIOCore

/// Reads a request body within its limits.
struct BodyReader: Sendable {
    let maximumBytes: Int
    let timeout: Duration

    /// The whole body. Refuses one that declares too much before reading it, and one that turns out to be too much (a
    /// chunked body declares nothing) at the first byte beyond the limit.
    func read(_ request: Request) async throws -> [UInt8] {
        var expected = 0
        if let text = request.headers[.contentLength], let length = Int(text) {
            guard length <= maximumBytes else { throw WebError.tooLarge(limit: maximumBytes) }
            expected = length
        }
        let deadline = ContinuousClock.now.advanced(by: timeout)
        var bytes: [UInt8] = []
        // What is reserved follows what arrived, not only what was promised.
        bytes.reserveCapacity(min(expected, 1 << 16))
        for try await buffer in request.body {
            guard bytes.count + buffer.readableBytes <= maximumBytes else { throw WebError.tooLarge(limit: maximumBytes) }
            bytes.append(contentsOf: buffer.readableBytesView)
            // The idle timeout of the connection bounds the wait for one piece, this bounds their sum.
            guard ContinuousClock.now < deadline else {
                var error = WebError(.requestTimeout, place: "body", "The body took too long to arrive.")
                error.closesConnection = true
                throw error
            }
        }
        guard !bytes.isEmpty else { throw WebError(.badRequest, place: "body", "The body is empty.") }
        return bytes
    }

    /// Refuses a body whose media type is not one of these, or whose charset is not UTF-8 where that matters.
    static func check(_ request: Request, isAcceptable: (_ type: String) -> Bool, expected: String) throws {
        let refusal = WebError(.unsupportedMediaType, place: "header Content-Type", "Send the body as \(expected).")
        guard let header = request.headers[.contentType] else { throw refusal }
        let parts = header.split(separator: ";", omittingEmptySubsequences: false)
        guard let first = parts.first, isAcceptable(first.trimmingSpaces().lowercased()) else { throw refusal }
    }

    /// JSON is UTF-8 (RFC 8259 section 8.1); another charset parameter is refused rather than ignored.
    static func checkUTF8(_ request: Request) throws {
        guard let header = request.headers[.contentType] else { return }
        for part in header.split(separator: ";").dropFirst() {
            let pair = part.split(separator: "=", maxSplits: 1)
            guard pair.count == 2, pair[0].trimmingSpaces().lowercased() == "charset" else { continue }
            let charset = pair[1].trimmingSpaces().lowercased().filter { $0 != "\"" }
            guard charset == "utf-8" || charset == "utf8" else {
                throw WebError(.unsupportedMediaType, place: "header Content-Type", "Send JSON as UTF-8.")
            }
        }
    }
}

extension Substring {
    func trimmingSpaces() -> Substring {
        var text = self
        while let first = text.first, first == " " || first == "\t" { text.removeFirst() }
        while let last = text.last, last == " " || last == "\t" { text.removeLast() }
        return text
    }
}

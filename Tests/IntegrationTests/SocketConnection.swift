import Doors
import Foundation
import Synchronization

/// A TCP connection to the program: bytes out, bytes in, nothing hidden.
final class SocketConnection: Sendable {
    struct Failure: Error { let what: String }

    /// An HTTP response as it came.
    struct Reply: Sendable {
        var status: Int
        var body: [UInt8]
        var text: String { String(decoding: body, as: UTF8.self) }
    }

    private let descriptor: Int32
    private let framer = Mutex((framer: MLLPFramer(), ready: [[UInt8]]()))

    init(port: Int) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { throw Failure(what: "socket") }
        var timeout = timeval(tv_sec: 30, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &timeout, socklen_t(MemoryLayout<timeval>.size))
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &timeout, socklen_t(MemoryLayout<timeval>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(UInt16(truncatingIfNeeded: port)).bigEndian
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        let connected = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard connected == 0 else {
            close(descriptor)
            throw Failure(what: "connect")
        }
    }

    deinit { close(descriptor) }

    /// Sends all of it; `false` when the server closed before.
    @discardableResult
    func send(_ bytes: [UInt8]) async throws -> Bool {
        try await blocking { [self] in
            var sent = 0
            while sent < bytes.count {
                let count = bytes[sent...].withUnsafeBytes {
                    Foundation.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
                }
                guard count > 0 else { return false }
                sent += count
            }
            return true
        }
    }

    /// Ends the sending direction; replies still come.
    func finishSending() {
        shutdown(descriptor, Int32(SHUT_WR))
    }

    /// Empty at the end of the stream, on reset, or after 30 s of silence.
    private func receive() async throws -> [UInt8] {
        try await blocking { [self] in
            var buffer = [UInt8](repeating: 0, count: 65_536)
            let count = buffer.withUnsafeMutableBytes { recv(descriptor, $0.baseAddress, $0.count, 0) }
            return count > 0 ? Array(buffer.prefix(count)) : []
        }
    }

    /// The next MLLP frame.
    func receiveFrame() async throws -> [UInt8] {
        while true {
            let ready = framer.withLock { $0.ready.isEmpty ? nil : $0.ready.removeFirst() }
            if let ready { return ready }
            let bytes = try await receive()
            guard !bytes.isEmpty else { throw Failure(what: "the connection ended before the reply") }
            framer.withLock { state in
                for case .message(let content) in state.framer.consume(bytes) { state.ready.append(content) }
            }
        }
    }

    private func receiveReply() async throws -> Reply {
        var bytes: [UInt8] = []
        let mark = utf8("\r\n\r\n")
        while true {
            if let end = bytes.indices.first(where: { bytes[$0...].starts(with: mark) }) {
                let lines = text(Array(bytes[..<end])).components(separatedBy: "\r\n")
                let body = Array(bytes[(end + mark.count)...])
                let length =
                    lines.first { $0.lowercased().hasPrefix("content-length:") }
                    .flatMap { Int($0.dropFirst("content-length:".count).trimmingCharacters(in: .whitespaces)) } ?? 0
                if body.count >= length {
                    let status = lines.first?.split(separator: " ").dropFirst().first.flatMap { Int($0) }
                    return Reply(status: status ?? 0, body: Array(body.prefix(length)))
                }
            }
            let more = try await receive()
            guard !more.isEmpty else { throw Failure(what: "the connection ended before the response") }
            bytes += more
        }
    }

    /// One HTTP request over a connection of its own.
    static func request(
        _ port: Int, _ method: String, _ path: String, type: String? = nil, body: [UInt8] = []
    ) async throws -> Reply {
        let connection = try SocketConnection(port: port)
        var head = "\(method) \(path) HTTP/1.1\r\nHost: localhost\r\nContent-Length: \(body.count)\r\n"
        if let type { head += "Content-Type: \(type)\r\n" }
        // The server may answer and close while a large body is still being sent.
        async let sending = connection.send(utf8(head + "\r\n") + body)
        let reply = try await connection.receiveReply()
        _ = try await sending
        return reply
    }

    static func get(_ port: Int, _ path: String) async throws -> Reply {
        try await request(port, "GET", path)
    }

    static func post(_ port: Int, _ path: String, type: String, _ body: [UInt8]) async throws -> Reply {
        try await request(port, "POST", path, type: type, body: body)
    }
}

import Foundation

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// A TCP connection to the server under test: bytes out, bytes in, nothing hidden. Blocking calls run on threads
/// of their own: the pool of the server's tasks is small.
final class Loopback: Sendable {
    struct Failure: Error { var what: String }

    /// An HTTP response as it came.
    struct Reply: Sendable {
        var status: Int
        var headers: [String: String]
        var body: [UInt8]
        var text: String { String(decoding: body, as: UTF8.self) }
    }

    private let descriptor: Int32

    init(port: Int, receiveBuffer: Int32? = nil) throws {
        #if canImport(Glibc)
            let kind = Int32(SOCK_STREAM.rawValue)
        #else
            let kind = SOCK_STREAM
        #endif
        descriptor = socket(AF_INET, kind, 0)
        guard descriptor >= 0 else { throw Failure(what: "socket") }
        var timeout = timeval(tv_sec: 20, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &timeout, socklen_t(MemoryLayout<timeval>.size))
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &timeout, socklen_t(MemoryLayout<timeval>.size))
        if var size = receiveBuffer {
            setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &size, socklen_t(MemoryLayout<Int32>.size))
        }
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
    func send(_ bytes: [UInt8]) async -> Bool {
        await run { [self] in
            var sent = 0
            while sent < bytes.count {
                let count = bytes[sent...].withUnsafeBytes { sendQuietly(descriptor, $0.baseAddress, $0.count) }
                guard count > 0 else { return false }
                sent += count
            }
            return true
        }
    }

    /// Up to 64 KiB; empty at the end of the stream, on reset, or after 20 s of silence.
    func receive() async -> [UInt8] {
        await run { [self] in
            var buffer = [UInt8](repeating: 0, count: 65_536)
            let count = buffer.withUnsafeMutableBytes { recv(descriptor, $0.baseAddress, $0.count, 0) }
            return count > 0 ? Array(buffer.prefix(count)) : []
        }
    }

    /// Receives until the text holds `end` (or the stream ends), and returns all of it.
    func receive(until end: String) async -> String {
        var bytes: [UInt8] = []
        while !String(decoding: bytes, as: UTF8.self).contains(end) {
            let more = await receive()
            if more.isEmpty { break }
            bytes += more
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    func receiveReply() async throws -> Reply {
        var bytes: [UInt8] = []
        while true {
            if let reply = Self.reply(bytes) { return reply }
            let more = await receive()
            guard !more.isEmpty else { throw Failure(what: "the connection ended before the response") }
            bytes += more
        }
    }

    /// A response with Content-Length, once all of it is there.
    private static func reply(_ bytes: [UInt8]) -> Reply? {
        let mark = Array("\r\n\r\n".utf8)
        guard let end = bytes.indices.first(where: { bytes[$0...].starts(with: mark) }) else { return nil }
        let lines = String(decoding: bytes[..<end], as: UTF8.self).components(separatedBy: "\r\n")
        guard let status = lines.first.flatMap({ Int($0.split(separator: " ").dropFirst().first ?? "") }) else {
            return nil
        }
        var headers: [String: String] = [:]
        for line in lines.dropFirst() {
            let parts = line.split(separator: ":", maxSplits: 1)
            if parts.count == 2 { headers[parts[0].lowercased()] = parts[1].trimmingCharacters(in: .whitespaces) }
        }
        let body = Array(bytes[(end + mark.count)...])
        let length = headers["content-length"].flatMap { Int($0) } ?? 0
        return body.count >= length ? Reply(status: status, headers: headers, body: Array(body.prefix(length))) : nil
    }

    private func run<Value: Sendable>(_ work: @escaping @Sendable () -> Value) async -> Value {
        await withCheckedContinuation { continuation in
            Thread.detachNewThread { continuation.resume(returning: work()) }
        }
    }

    /// One request over a connection of its own.
    static func request(
        _ port: Int, _ method: String, _ path: String, headers: [String: String] = [:], body: [UInt8] = []
    ) async throws -> Reply {
        let connection = try Loopback(port: port)
        var head = "\(method) \(path) HTTP/1.1\r\nHost: localhost\r\nContent-Length: \(body.count)\r\n"
        for (name, value) in headers.sorted(by: { $0.key < $1.key }) { head += "\(name): \(value)\r\n" }
        await connection.send(Array((head + "\r\n").utf8) + body)
        return try await connection.receiveReply()
    }

    static func get(_ port: Int, _ path: String, headers: [String: String] = [:]) async throws -> Reply {
        try await request(port, "GET", path, headers: headers)
    }

    static func post(
        _ port: Int, _ path: String, type: String, _ body: String, headers: [String: String] = [:]
    ) async throws -> Reply {
        try await request(
            port, "POST", path, headers: headers.merging(["Content-Type": type]) { $1 }, body: Array(body.utf8))
    }
}

/// `send` without SIGPIPE when the server has closed.
private func sendQuietly(_ descriptor: Int32, _ bytes: UnsafeRawPointer?, _ count: Int) -> Int {
    #if canImport(Glibc)
        send(descriptor, bytes, count, Int32(MSG_NOSIGNAL))
    #else
        send(descriptor, bytes, count, 0)
    #endif
}

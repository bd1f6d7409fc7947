import Foundation

/// An HTTP/1.1 server on loopback that does what a test says, wrong things too.
///
/// Sendable because what is shared is touched under the lock only.
final class ScriptedServer: @unchecked Sendable {
    struct Request: Sendable {
        /// Method, target and version.
        let line: String
        let headers: [String: String]
        let body: [UInt8]

        var target: String { line.split(separator: " ").dropFirst().first.map(String.init) ?? "" }
    }

    enum Step: Sendable {
        case send([UInt8])
        case pause(milliseconds: UInt32)
        case close
    }

    typealias Script = @Sendable (_ request: Request, _ number: Int) -> [Step]

    let port: Int
    private let listener: Int32
    private let accepts: Bool
    private let script: Script
    private let lock = NSLock()
    private var seen: [Request] = []
    private var isStopped = false

    /// - Parameter listens: without, the port is taken and refuses connections.
    init(listens: Bool = true, _ script: @escaping Script) throws {
        self.script = script
        accepts = listens
        listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let (listener, size) = (listener, length)
        let bound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                bind(listener, pointer, size) == 0 && (!listens || listen(listener, 64) == 0)
                    && getsockname(listener, pointer, &length) == 0
            }
        }
        guard bound else { throw CocoaError(.fileNoSuchFile) }
        port = Int(UInt16(bigEndian: address.sin_port))
        if listens {
            Thread.detachNewThread { [self] in acceptAll() }
        }
    }

    var base: String { "http://127.0.0.1:\(port)/fhir" }

    var requests: [Request] { lock.withLock { seen } }

    func stop() {
        lock.withLock { isStopped = true }
        // Where there is a thread, it closes the socket.
        if accepts { shutdown(listener, Int32(SHUT_RDWR)) } else { close(listener) }
    }

    /// A complete response.
    static func response(_ status: Int, _ headers: [String] = [], _ body: [UInt8] = []) -> Step {
        let head = ["HTTP/1.1 \(status) Status", "Content-Length: \(body.count)"] + headers
        return .send(Array((head.joined(separator: "\r\n") + "\r\n\r\n").utf8) + body)
    }

    private func acceptAll() {
        while true {
            let connection = accept(listener, nil, nil)
            if lock.withLock({ isStopped }) || connection < 0 {
                if connection >= 0 { close(connection) }
                close(listener)
                return
            }
            Thread.detachNewThread { [self] in
                while let request = read(connection) {
                    let number = lock.withLock {
                        seen.append(request)
                        return seen.count
                    }
                    if !perform(script(request, number), connection) { break }
                }
                close(connection)
            }
        }
    }

    private func perform(_ steps: [Step], _ connection: Int32) -> Bool {
        for step in steps {
            switch step {
            case .send(let bytes):
                var sent = 0
                while sent < bytes.count {
                    let count = bytes[sent...].withUnsafeBytes {
                        Glibc.send(connection, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
                    }
                    if count <= 0 { return false }
                    sent += count
                }
            case .pause(let milliseconds):
                usleep(milliseconds * 1000)
            case .close:
                return false
            }
        }
        return true
    }

    private func read(_ connection: Int32) -> Request? {
        var bytes: [UInt8] = []
        var needed: Int?
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            if needed == nil, let end = bytes.firstRange(of: Array("\r\n\r\n".utf8)) {
                let (_, headers) = Self.head(bytes[..<end.lowerBound])
                needed = end.upperBound + (Int(headers["content-length"] ?? "0") ?? 0)
            }
            if let needed, bytes.count >= needed, let end = bytes.firstRange(of: Array("\r\n\r\n".utf8)) {
                let (line, headers) = Self.head(bytes[..<end.lowerBound])
                return Request(line: line, headers: headers, body: Array(bytes[end.upperBound..<needed]))
            }
            let count = recv(connection, &buffer, buffer.count, 0)
            if count <= 0 { return nil }
            bytes += buffer[..<count]
        }
    }

    private static func head(_ bytes: ArraySlice<UInt8>) -> (String, [String: String]) {
        let lines = String(decoding: bytes, as: UTF8.self).components(separatedBy: "\r\n")
        var headers: [String: String] = [:]
        for line in lines.dropFirst() {
            let parts = line.split(separator: ":", maxSplits: 1)
            if parts.count == 2 { headers[parts[0].lowercased()] = parts[1].trimmingCharacters(in: .whitespaces) }
        }
        return (lines.first ?? "", headers)
    }
}

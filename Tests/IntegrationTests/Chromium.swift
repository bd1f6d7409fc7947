import FHIR
import Foundation
import Glibc
import Synchronization

/// A headless Chromium driven through the DevTools protocol over two named pipes (`--remote-debugging-pipe`: messages of
/// JSON that end with a zero byte), so that the page's own scripts run.
final class Chromium: @unchecked Sendable {  // Used by one test at a time.
    struct Failure: Error, CustomStringConvertible { let description: String }

    static let executable: String? = ["chromium", "chromium-browser", "google-chrome"].lazy
        .flatMap { name in
            (ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin").split(separator: ":").map { "\($0)/\(name)" }
        }
        .first { FileManager.default.isExecutableFile(atPath: $0) }

    private let process = Process()
    private let commands: Int32
    private let events: Int32
    private var buffer: [UInt8] = []
    private var lastID = 0
    private var session: String?

    init(folder: String) throws {
        let (commandPipe, eventPipe) = (folder + "/commands", folder + "/events")
        guard let executable = Self.executable, mkfifo(commandPipe, 0o600) == 0, mkfifo(eventPipe, 0o600) == 0 else {
            throw Failure(description: "no Chromium, or no named pipes")
        }
        // Opened for both directions, so that neither side waits for the other.
        commands = Glibc.open(commandPipe, O_RDWR)
        events = Glibc.open(eventPipe, O_RDWR)
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        let options = [
            "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
            "--disable-extensions", "--disable-background-networking", "--user-data-dir=\(folder)/profile",
            "--window-size=1600,900", "--remote-debugging-pipe", "about:blank",
        ]
        process.arguments = ["-c", "exec \"$@\" 3<'\(commandPipe)' 4>'\(eventPipe)'", "sh", executable] + options
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
    }

    deinit {
        if process.isRunning { Foundation.kill(process.processIdentifier, SIGKILL) }
        close(commands)
        close(events)
    }

    /// Opens a page and waits until its scripts have run.
    func open(_ url: String) async throws {
        let target = try await call("Target.createTarget", ["url": "about:blank"])
        guard let id = target["targetId"]?.stringValue else { throw Failure(description: "no page") }
        let attached = try await call("Target.attachToTarget", ["targetId": .string(id), "flatten": true])
        session = attached["sessionId"]?.stringValue
        _ = try await call("Page.enable")
        _ = try await call("Page.navigate", ["url": .string(url)])
        try await wait(for: "document.readyState === 'complete' && location.href !== 'about:blank'")
    }

    /// The value of an expression in the page.
    func evaluate(_ expression: String) async throws -> JSON {
        let answer = try await call(
            "Runtime.evaluate",
            ["expression": .string(expression), "returnByValue": true, "awaitPromise": true])
        if let exception = answer["exceptionDetails"] {
            throw Failure(description: text(exception.write()))
        }
        return answer["result"]?["value"] ?? .null
    }

    /// Waits until an expression is true in the page.
    func wait(for expression: String) async throws {
        for _ in 0..<300 {
            if try await evaluate(expression).boolValue == true { return }
            try await Task.sleep(for: .milliseconds(50))
        }
        throw Failure(description: "never true: \(expression)")
    }

    /// A key as a user presses it.
    func press(_ key: String, code: Int, text: String? = nil) async throws {
        for kind in ["keyDown", "keyUp"] {
            var event: JSONObject = [
                "type": .string(kind), "key": .string(key), "windowsVirtualKeyCode": JSON(code),
                "nativeVirtualKeyCode": JSON(code),
            ]
            if let text, kind == "keyDown" { event["text"] = .string(text) }
            _ = try await call("Input.dispatchKeyEvent", event)
        }
    }

    /// A picture of the page as PNG.
    func screenshot() async throws -> Data {
        let answer = try await call("Page.captureScreenshot", ["format": "png"])
        guard let data = answer["data"]?.stringValue.flatMap({ Data(base64Encoded: $0) }) else {
            throw Failure(description: "no picture")
        }
        return data
    }

    func quit() async {
        session = nil
        _ = try? await call("Browser.close")
    }

    private func call(_ method: String, _ parameters: JSONObject = [:]) async throws -> JSON {
        lastID += 1
        let id = lastID
        var message: JSONObject = ["id": JSON(id), "method": .string(method), "params": .object(parameters)]
        if let session { message["sessionId"] = .string(session) }
        let bytes = JSON.object(message).write() + [0]
        return try await blocking { [self] in
            try write(bytes)
            while true {
                let answer = try JSON(parsing: try read())
                guard answer["id"]?.decimalValue.map({ "\($0)" }) == String(id) else { continue }
                if let error = answer["error"] { throw Failure(description: "\(method): \(text(error.write()))") }
                return answer["result"] ?? .null
            }
        }
    }

    private func write(_ bytes: [UInt8]) throws {
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes { Foundation.write(commands, $0.baseAddress, $0.count) }
            guard count > 0 else { throw Failure(description: "Chromium takes no commands") }
            sent += count
        }
    }

    /// The next message, without its zero byte.
    private func read() throws -> [UInt8] {
        var scanned = 0
        while true {
            if let end = buffer[scanned...].firstIndex(of: 0) {
                defer { buffer.removeFirst(end + 1) }
                return Array(buffer[..<end])
            }
            scanned = buffer.count
            var waiting = pollfd(fd: events, events: Int16(POLLIN), revents: 0)
            guard poll(&waiting, 1, 30_000) > 0 else { throw Failure(description: "Chromium does not answer") }
            var chunk = [UInt8](repeating: 0, count: 65_536)
            let count = chunk.withUnsafeMutableBytes { Foundation.read(events, $0.baseAddress, $0.count) }
            guard count > 0 else { throw Failure(description: "Chromium is gone") }
            buffer += chunk.prefix(count)
        }
    }
}

import Foundation

/// `openssl s_server` with a certificate for localhost, made for the time of a test.
struct TLSServer {
    static let isAvailable = openssl != nil

    private static let openssl = (ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin").split(separator: ":")
        .map { $0 + "/openssl" }.first { FileManager.default.isExecutableFile(atPath: $0) }

    let port: Int
    let authorityFile: String
    private let process: Process
    private let folder: String

    init() throws {
        folder = NSTemporaryDirectory() + "polling-tls-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let certificate = Self.command(
            "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=localhost"
                + " -addext subjectAltName=DNS:localhost -keyout key.pem -out cert.pem", in: folder)
        certificate.standardError = FileHandle.nullDevice
        try certificate.run()
        certificate.awaitExit()
        authorityFile = folder + "/cert.pem"
        process = Self.command("s_server -accept 0 -www -cert cert.pem -key key.pem", in: folder)
        let output = Pipe()
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
        // It prints "ACCEPT 0.0.0.0:41233" when it is ready.
        var text = ""
        while !text.contains("ACCEPT") || !text.hasSuffix("\n") {
            let data = output.fileHandleForReading.availableData
            if data.isEmpty { break }
            text += String(decoding: data, as: UTF8.self)
        }
        let line = text.split(separator: "\n").first { $0.hasPrefix("ACCEPT") } ?? ""
        port = line.split(separator: ":").last.flatMap { Int($0) } ?? 0
    }

    func stop() {
        // The signal mask of a task's thread is inherited, so a mere SIGTERM may stay pending for ever.
        kill(process.processIdentifier, SIGKILL)
        process.awaitExit()
        try? FileManager.default.removeItem(atPath: folder)
    }

    private static func command(_ arguments: String, in folder: String) -> Process {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: openssl ?? "openssl")
        process.arguments = arguments.split(separator: " ").map(String.init)
        process.currentDirectoryURL = URL(fileURLWithPath: folder)
        return process
    }
}

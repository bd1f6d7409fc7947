import Foundation

/// Certificates made by the `openssl` command for the time of a test run.
struct TestCertificates: Sendable {
    let folder: String

    static let isAvailable = openssl != nil

    private static let openssl = (ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin").split(separator: ":")
        .map { $0 + "/openssl" }.first { FileManager.default.isExecutableFile(atPath: $0) }

    /// An authority with a server for localhost, one for 127.0.0.1, and the client "lab-a", and another authority with the client "stranger".
    init() throws {
        folder = NSTemporaryDirectory() + "doors-tls-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        for authority in ["ca", "other-ca"] {
            try run(
                "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=\(authority)"
                    + " -keyout \(authority).key -out \(authority).pem")
        }
        try issue("server", subject: "/O=Hospital/CN=mllp server", by: "ca", extensions: "subjectAltName=DNS:localhost")
        try issue("address", subject: "/CN=by address", by: "ca", extensions: "subjectAltName=IP:127.0.0.1")
        try issue(
            "client", subject: "/O=Hospital/OU=Laboratory/CN=lab-a", by: "ca", extensions: "extendedKeyUsage=clientAuth")
        try issue("stranger", subject: "/CN=stranger", by: "other-ca", extensions: "extendedKeyUsage=clientAuth")
    }

    func path(_ name: String) -> String {
        folder + "/" + name
    }

    func remove() {
        try? FileManager.default.removeItem(atPath: folder)
    }

    private func issue(_ name: String, subject: String, by authority: String, extensions: String) throws {
        try extensions.write(toFile: path(name + ".ext"), atomically: true, encoding: .utf8)
        try run(
            "req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj", subject, "-keyout \(name).key -out \(name).csr")
        try run(
            "x509 -req -in \(name).csr -CA \(authority).pem -CAkey \(authority).key -CAcreateserial -days 2 -extfile \(name).ext -out \(name).pem"
        )
    }

    private struct Failed: Error {
        let command: String
    }

    /// The second part is one argument, the others are split at spaces.
    private func run(_ first: String, _ argument: String? = nil, _ rest: String = "") throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: Self.openssl ?? "openssl")
        process.arguments =
            first.split(separator: " ").map(String.init) + [argument].compactMap(\.self)
            + rest.split(separator: " ").map(String.init)
        process.currentDirectoryURL = URL(fileURLWithPath: folder)
        process.standardError = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        try process.run()
        process.awaitExit()
        guard process.terminationStatus == 0 else { throw Failed(command: first) }
    }
}

import Foundation

/// A running `headwall serve` with its own folder, started as a user starts it.
final class ServerProcess: @unchecked Sendable {  // Used by one test at a time.
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    let folder: String
    private(set) var httpPort = 0
    private(set) var mllpPorts: [String: Int] = [:]
    private var process = Process()
    let configurationFile: String

    /// The program beside the test bundle, built by the same command.
    static var program: String {
        let bundle = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
        return bundle.appendingPathComponent("headwall").path
    }

    /// The root of the repository, from where `Mappings` and `Models` are read.
    static var repository: String {
        var folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        while folder.path != "/", !FileManager.default.fileExists(atPath: folder.path + "/Package.swift") {
            folder.deleteLastPathComponent()
        }
        return folder.path
    }

    static func temporaryFolder() throws -> String {
        let path = NSTemporaryDirectory() + "headwall-test-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        return path
    }

    /// - Parameter sections: the configuration below `mappings`, `models` and `store`, which are set here.
    init(folder: String, _ sections: String, logLevel: String = "warning", activeModels: String? = nil) throws {
        self.folder = folder
        configurationFile = folder + "/headwall.yaml"
        let text = """
            mappings: "\(Self.repository)/Mappings"
            models: { folder: "\(Self.repository)/Models"\(activeModels.map { ", active: [\($0)]" } ?? "") }
            store: { folder: "\(folder)/store" }
            log: { level: \(logLevel) }

            """
        try (text + sections).write(toFile: configurationFile, atomically: true, encoding: .utf8)
    }

    var storePath: String { folder + "/store/headwall.sqlite" }

    /// Starts it and waits until every door listens.
    func start() throws {
        process = Process()
        process.executableURL = URL(fileURLWithPath: Self.program)
        process.arguments = ["serve", "--config", configurationFile]
        let output = Pipe()
        process.standardOutput = output
        let log = folder + "/serve.log"
        if !FileManager.default.fileExists(atPath: log) { try Data().write(to: URL(fileURLWithPath: log)) }
        let handle = FileHandle(forWritingAtPath: log)
        handle?.seekToEndOfFile()
        process.standardError = handle
        try process.run()
        var text = ""
        while !text.hasSuffix("ready\n") {
            let data = output.fileHandleForReading.availableData
            guard !data.isEmpty else { throw Failure(description: "headwall serve did not start: \(self.log)") }
            text += String(decoding: data, as: UTF8.self)
        }
        mllpPorts = [:]
        for line in text.split(separator: "\n") {
            let words = line.split(separator: " ")
            if words.count == 2, words[0] == "http" { httpPort = Int(words[1]) ?? 0 }
            if words.count == 3, words[0] == "mllp" { mllpPorts[String(words[1])] = Int(words[2]) }
        }
    }

    /// What it wrote to its log so far.
    var log: String { (try? String(contentsOfFile: folder + "/serve.log", encoding: .utf8)) ?? "" }

    var isRunning: Bool { process.isRunning }

    /// The most memory it has held so far, in bytes (VmHWM, proc(5)).
    var peakMemory: Int {
        let status = (try? String(contentsOfFile: "/proc/\(process.processIdentifier)/status", encoding: .utf8)) ?? ""
        let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
        return (line?.split(whereSeparator: { !$0.isNumber }).first.flatMap { Int($0) } ?? 0) * 1024
    }

    /// SIGKILL: nothing of the process runs on.
    func kill() {
        Foundation.kill(process.processIdentifier, SIGKILL)
        process.awaitExit()
    }

    /// SIGTERM, and waits for the graceful end. Returns the exit status.
    @discardableResult
    func stop() -> Int32 {
        guard process.isRunning else { return process.terminationStatus }
        process.terminate()
        process.awaitExit()
        return process.terminationStatus
    }

    func removeFolder() {
        try? FileManager.default.removeItem(atPath: folder)
    }
}

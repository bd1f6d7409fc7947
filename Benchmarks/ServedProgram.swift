import Clinical
import Foundation
import HL7v2
import Polling
import Store

/// `headwall serve` as a process of its own, on a fresh database.
final class ServedProgram {
    private let process = Process()
    private let folder: String
    private let output = Pipe()
    private let transport: CurlTransport
    private(set) var mllpPort = 0
    private(set) var httpPort = 0

    /// Starts it and returns when its doors are open.
    ///
    /// - Parameters:
    ///   - clock: `wall` or `recorded`.
    ///   - models: the active models, the primary one first, instead of the default.
    ///   - sink: port of an MLLP receiver that gets every decision of the primary model.
    ///   - journal: messages of the monitors that are committed and not processed when it starts.
    init(
        _ options: BenchOptions, name: String, clock: String = "wall", sink: Int? = nil, models: String? = nil,
        journal: [[UInt8]] = []
    ) async throws {
        guard FileManager.default.isExecutableFile(atPath: options.program) else {
            throw BenchFailure("\(options.program): not there; run `make build` or give --program")
        }
        folder = options.folder + "/" + name
        try? FileManager.default.removeItem(atPath: folder)
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        var text = """
            clock: \(clock)
            mappings: "\(options.home)/Mappings"
            models: { folder: "\(options.home)/Models"\(models.map { ", active: [\($0)], primary: \($0)" } ?? "") }
            log: { level: error }
            store: { folder: "\(folder)/store" }
            sources:
              - { name: adt, zone: Europe/Berlin, sendingApplications: [ADT] }
              - { name: lab-a, zone: Europe/Berlin, codeSystem: "urn:headwall:codes:lab-a", sendingApplications: [LABA] }
              - { name: monitors, zone: Europe/Berlin, sendingApplications: [MONITORS] }
              - { name: hospital-b }
              - { name: referral, zone: Europe/Berlin }
              - { name: ehr }
            doors:
              mllp: [{ name: bench, port: 0, source: adt }]
              http: { port: 0 }

            """
        if let sink { text += "destinations: [{ name: sink, kind: mllp, port: \(sink), deliver: every }]\n" }
        try text.write(toFile: folder + "/headwall.yaml", atomically: true, encoding: .utf8)
        if !journal.isEmpty { try await Self.commit(journal, folder: folder + "/store") }
        transport = try CurlTransport()
        process.executableURL = URL(fileURLWithPath: options.program)
        process.arguments = ["serve", "--config", folder + "/headwall.yaml"]
        process.standardOutput = output
        try process.run()
        try readPorts()
    }

    /// Appends messages to the journal as the doors do, received ten thousand a second until now.
    private static func commit(_ messages: [[UInt8]], folder: String) async throws {
        let store = try SQLiteStore(StoreConfiguration(path: folder + "/headwall.sqlite"))
        let last = Int64(Date().timeIntervalSince1970 * 1e6)
        for start in stride(from: 0, to: messages.count, by: 1000) {
            _ = try await store.append(
                (start..<min(messages.count, start + 1000)).map { index in
                    NewEntry(
                        message: InboundMessage(
                            source: "monitors", format: .hl7v2, bytes: messages[index],
                            received: Instant(microseconds: last - Int64(messages.count - index) * 100)),
                        controlID: MessageHeader(scanning: messages[index])?.controlID)
                })
        }
        try await store.close()
    }

    var pid: Int32 { process.processIdentifier }

    /// Ends it as an operator would, and deletes its database.
    func stop() async {
        process.terminate()
        process.waitUntilExit()
        await transport.shutdown()
        try? FileManager.default.removeItem(atPath: folder)
    }

    func post(_ body: [UInt8], path: String, type: String, source: String) async throws {
        let headers = [TransportRequest.Header("Content-Type", type), .init("X-Headwall-Source", source)]
        let url = "http://127.0.0.1:\(httpPort)\(path)"
        let response = try await transport.send(TransportRequest(.post, url: url, headers: headers, body: body))
        guard response.status == 200 || response.status == 202 else {
            throw BenchFailure("\(path) answered \(response.status)")
        }
    }

    /// A value of `/metrics`, by name and labels as they are written there.
    func metric(_ name: String) async throws -> Double {
        let url = "http://127.0.0.1:\(httpPort)/metrics"
        let response = try await transport.send(TransportRequest(.get, url: url, headers: [], body: []))
        for line in String(decoding: response.body, as: UTF8.self).split(separator: "\n") where line.hasPrefix(name + " ") {
            return Double(line.dropFirst(name.count + 1)) ?? 0
        }
        throw BenchFailure("/metrics has no \(name)")
    }

    /// Entries of the journal that wait to be processed.
    func pending() async throws -> Double {
        try await metric("headwall_journal_entries{state=\"pending\"}")
    }

    /// Returns when nothing in the journal waits to be processed. Asking costs the program time: while there is much to do it
    /// is asked less often.
    func settled() async throws {
        while true {
            let waiting = try await pending()
            if waiting == 0 { return }
            try await Task.sleep(for: .milliseconds(waiting > 5000 ? 250 : 25))
        }
    }

    /// A line of /proc/PID/status in bytes: `VmRSS`, `VmHWM`.
    func memory(_ name: String) throws -> Double {
        let status = try String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8)
        for line in status.split(separator: "\n") where line.hasPrefix(name + ":") {
            return (line.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap { Double($0) } ?? 0) * 1024
        }
        throw BenchFailure("/proc has no \(name)")
    }

    /// User and system time it has used, in seconds.
    func processorSeconds() throws -> Double {
        let fields = try String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8).split(separator: ") ").last?
            .split(separator: " ").map { Double($0) ?? 0 }
        guard let fields, fields.count > 12 else { throw BenchFailure("/proc has no processor time") }
        return (fields[11] + fields[12]) / Double(sysconf(Int32(_SC_CLK_TCK)))
    }

    private func readPorts() throws {
        var text = ""
        while !text.contains("ready\n") {
            let data = output.fileHandleForReading.availableData
            guard !data.isEmpty else { throw BenchFailure("the program ended before it was ready") }
            text += String(decoding: data, as: UTF8.self)
        }
        for words in text.split(separator: "\n").map({ $0.split(separator: " ") }) {
            if words.count == 2, words[0] == "http" { httpPort = Int(words[1]) ?? 0 }
            if words.count == 3, words[0] == "mllp" { mllpPort = Int(words[2]) ?? 0 }
        }
    }
}

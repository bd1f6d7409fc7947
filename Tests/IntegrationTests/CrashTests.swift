import Clinical
import Doors
import Foundation
import HL7v2
import Logging
import ServiceLifecycle
import Store
import Synchronization
import Testing

extension ProgramTests {
    @Suite("Killed at any moment") struct CrashTests {
        static let patients = 80
        static let perPatient = 250
        static let connections = 8
        static let kills = 20

        /// kill -9, twenty times, under load: what was acknowledged is there once and in order.
        @Test(.timeLimit(.minutes(5))) func nothingAcknowledgedIsLostNothingIsDoneTwiceAndOrderHolds() async throws {
            let folder = try ServerProcess.temporaryFolder()
            defer { try? FileManager.default.removeItem(atPath: folder) }
            let sink = ResultSink()
            let sinking = Task { try await sink.run() }
            defer { sinking.cancel() }
            let server = try ServerProcess(
                folder: folder,
                """
                sources: [{ name: monitors }]
                doors:
                  mllp: [{ name: in, port: 0, source: monitors }]
                  http: { port: 0, source: monitors }
                destinations:
                  - { name: sink, port: \(await sink.port()), deliver: every, firstRetry: 50ms, longestRetry: 500ms, maximumAttempts: 100000 }
                """, activeModels: "news2")
            defer { if server.isRunning { server.kill() } }
            try await server.startUp()

            let ledger = Ledger(
                start: Instant(microseconds: Int64(Date().timeIntervalSince1970) * 1_000_000 - 1_200_000_000))
            ledger.isUp(server.mllpPorts["in"])
            let clock = ContinuousClock()
            let begin = clock.now
            try await withThrowingTaskGroup(of: Void.self) { group in
                for index in 0..<Self.connections { group.addTask { try await ledger.send(connection: index) } }
                group.addTask {
                    var random = SplitMix64(seed: 20_260_105)
                    let total = Self.patients * Self.perPatient
                    // The moments are spread over the whole of the traffic: a count of acknowledgements and some time after it.
                    for moment in (0..<Self.kills).map({ _ in Int.random(in: 0..<total * 97 / 100, using: &random) })
                        .sorted()
                    {
                        while ledger.acknowledged < moment { try await Task.sleep(for: .milliseconds(2)) }
                        try await Task.sleep(for: .microseconds(Int.random(in: 0..<40_000, using: &random)))
                        ledger.isUp(nil)
                        try await blocking { server.kill() }
                        try await server.startUp()
                        ledger.isUp(server.mllpPorts["in"])
                    }
                }
                try await group.waitForAll()
            }
            let sent = clock.now - begin
            try await Self.settle(server)
            let settled = clock.now - begin
            let beforeRepeats = try await Self.metric("headwall_duplicates_total", server)
            try await ledger.repeatSome(port: try #require(server.mllpPorts["in"]))
            #expect(try await Self.metric("headwall_duplicates_total", server) == beforeRepeats + Double(Ledger.repeats))
            #expect(try await server.shutDown() == 0)
            try await check(server, ledger: ledger, sink: sink)
            print(
                """
                crash test: \(ledger.acknowledged) messages over \(Self.connections) connections, \(Self.kills) kills, \
                up to \(ledger.unanswered) unanswered and sent again, \(Int(beforeRepeats)) of them already committed; \(sink.received) results received, \
                \(sink.received - ledger.acknowledged) of them repeats; all acknowledged after \(sent), all delivered after \(settled)
                """)
        }

        private func check(_ server: ServerProcess, ledger: Ledger, sink: ResultSink) async throws {
            let store = try SQLiteStore(StoreConfiguration(path: server.storePath))
            let total = Self.patients * Self.perPatient
            var controls: [String] = []
            var journalIDs: [Int64: String] = [:]
            var last: Int64 = 0
            while case let page = try await store.entries(.all, after: last, limit: 1000), let newest = page.last {
                last = newest.id
                for entry in page {
                    #expect(entry.state == .processed)
                    controls.append(entry.controlID ?? "")
                    journalIDs[entry.id] = entry.controlID
                }
            }
            // Each acknowledged message is in the journal, exactly once.
            #expect(ledger.acknowledged == total)
            #expect(controls.count == total)
            #expect(
                Set(controls)
                    == Set((0..<Self.patients).flatMap { p in (0..<Self.perPatient).map { Ledger.control(p, $0) } }))
            let counts = try await store.counts()
            #expect(counts.pending == 0 && counts.quarantined == 0 && counts.conflicting == 0)

            let delivered = sink.rates
            var decisionsInAll = 0
            for patient in 0..<Self.patients {
                // The order of the journal is the order of sending.
                let prefix = Ledger.control(patient, 0).prefix(4)
                let own = controls.filter { $0.hasPrefix(prefix) }
                #expect(own == (0..<Self.perPatient).map { Ledger.control(patient, $0) })
                // Each message had its effect once: one finding and one decision, in the same order.
                let key = Ledger.key(patient)
                let findings = try await store.findings(of: key).sorted {
                    ($0.known, $0.origin.address.messageID) < ($1.known, $1.origin.address.messageID)
                }
                #expect(findings.compactMap { journalIDs[$0.origin.address.messageID] } == own)
                #expect(findings.map(\.effective.instant) == (0..<Self.perPatient).map(ledger.time))
                #expect(
                    findings.map(\.value)
                        == (0..<Self.perPatient).map {
                            .quantity(Quantity(value: ExactDecimal(Ledger.rate($0)), unit: "/min"))
                        })
                decisionsInAll += try await store.decisions(of: key, model: "news2", limit: .max).count
                // What the sink got: each result, in order; repeats may come, a step back never.
                let arrivals = delivered[key.value.exposed] ?? []
                #expect(Set(arrivals) == Set((0..<Self.perPatient).map(Ledger.rate)))
                #expect(zip(arrivals, arrivals.dropFirst()).allSatisfy { $0 <= $1 })
            }
            #expect(decisionsInAll == total)
            let outbox = try await store.outboxCounts()
            #expect(outbox == [OutboxCounts(destination: "sink", waiting: 0, delivered: Int64(total), dead: 0)])
            try await store.close()
        }

        private static func metric(_ name: String, _ server: ServerProcess) async throws -> Double {
            let lines = try await SocketConnection.get(server.httpPort, "/metrics").text.split(separator: "\n")
            let line = try #require(lines.first { $0.hasPrefix(name + " ") })
            return try #require(line.split(separator: " ").last.flatMap { Double($0) })
        }

        /// Waits until everything is processed and delivered.
        private static func settle(_ server: ServerProcess) async throws {
            for _ in 0..<1200 {
                let text = try await SocketConnection.get(server.httpPort, "/metrics").text
                let delivered = "headwall_deliveries{destination=\"sink\",state=\"delivered\"} \(patients * perPatient)"
                if text.contains(delivered) { return }
                try await Task.sleep(for: .milliseconds(100))
            }
            Issue.record("not everything was delivered within two minutes")
        }
    }
}

/// The sender's own book: what it sent, what was acknowledged.
private final class Ledger: Sendable {
    static let repeats = 100
    /// Messages of a connection that wait for their acknowledgement at a time.
    static let window = 16

    private struct Book {
        var port: Int?
        var next: [Int] = Array(repeating: 0, count: ProgramTests.CrashTests.connections)
        var unanswered = 0
    }

    private let book = Mutex(Book())
    private let start: Instant

    init(start: Instant) {
        self.start = start
    }

    var acknowledged: Int { book.withLock { $0.next.reduce(0, +) } }
    /// Messages that may have been sent when the connection broke, and were sent again.
    var unanswered: Int { book.withLock(\.unanswered) }

    func isUp(_ port: Int?) {
        book.withLock { $0.port = port }
    }

    static func control(_ patient: Int, _ sequence: Int) -> String {
        "P\(100 + patient)-\(10_000 + sequence)"
    }

    static func key(_ patient: Int) -> PatientKey {
        PatientKey(system: "urn:oid:2.16.840.1.113883.3.9999.1", value: "CR\(100 + patient)")
    }

    /// Another one for each message of a patient, so that a result names the message that it rests on.
    static func rate(_ sequence: Int) -> Int { 50 + sequence }

    func time(_ sequence: Int) -> Instant { start.adding(seconds: Int64(sequence)) }

    private func message(_ patient: Int, _ sequence: Int) -> [UInt8] {
        VitalsMessage(
            control: Self.control(patient, sequence), number: "CR\(100 + patient)",
            time: VitalsMessage.stamp(time(sequence)),
            results: [(VitalsMessage.heartRate, "\(Self.rate(sequence))", VitalsMessage.perMinute)]
        ).bytes
    }

    /// The traffic of a connection: its patients in turn, so that each patient's messages are in order.
    private func traffic(_ connection: Int) -> [(control: String, bytes: [UInt8])] {
        let own = stride(from: connection, to: ProgramTests.CrashTests.patients, by: ProgramTests.CrashTests.connections)
        return (0..<ProgramTests.CrashTests.perPatient).flatMap { sequence in
            own.map { (Self.control($0, sequence), message($0, sequence)) }
        }
    }

    /// Sends until every message is acknowledged; after a failure from the first that is not.
    func send(connection index: Int) async throws {
        let traffic = traffic(index)
        while case let next = book.withLock({ $0.next[index] }), next < traffic.count {
            guard let port = book.withLock(\.port),
                let client = try? await MLLPClient.connect(host: "127.0.0.1", port: port)
            else {
                try await Task.sleep(for: .milliseconds(20))
                continue
            }
            while case let next = book.withLock({ $0.next[index] }), next < traffic.count {
                let part = traffic[next..<min(next + 48, traffic.count)]
                let replies = await client.sendPipelined(part.map(\.bytes), window: Self.window)
                var isBroken = false
                for (message, reply) in zip(part, replies) {
                    guard case .success(let bytes) = reply else {
                        isBroken = true
                        break
                    }
                    let acknowledgement = try Acknowledgement.parse(bytes)
                    try #require(acknowledgement.code == .AA)
                    try #require(acknowledgement.acknowledgedControlID == message.control)
                    book.withLock { $0.next[index] += 1 }
                }
                if isBroken {
                    book.withLock { $0.unanswered += min(Self.window, part.endIndex - $0.next[index]) }
                    break
                }
            }
            await client.close()
        }
    }

    /// Sends messages again that were acknowledged before.
    func repeatSome(port: Int) async throws {
        let client = try await MLLPClient.connect(host: "127.0.0.1", port: port)
        let again = (0..<Self.repeats).map { ($0 % ProgramTests.CrashTests.patients, $0) }
        for (reply, (patient, sequence)) in zip(await client.sendPipelined(again.map(message)), again) {
            let acknowledgement = try Acknowledgement.parse(try reply.get())
            #expect(acknowledgement.code == .AA)
            #expect(acknowledgement.acknowledgedControlID == Self.control(patient, sequence))
        }
        await client.close()
    }
}

/// A receiver of results that remembers the order in which each patient's came.
private final class ResultSink: Sendable {
    private let arrivals = Mutex<(count: Int, rates: [String: [Int]])>((0, [:]))
    private let bound = AsyncStream.makeStream(of: Int.self)

    var received: Int { arrivals.withLock(\.count) }
    /// The heart rates that the results rest on, by patient number.
    var rates: [String: [Int]] { arrivals.withLock(\.rates) }

    func port() async -> Int {
        for await port in bound.stream { return port }
        return 0
    }

    func run() async throws {
        var logger = Logger(label: "sink")
        logger.logLevel = .critical
        let server = MLLPServer(
            configuration: MLLPServerConfiguration(name: "sink"), logger: logger,
            onBound: { [bound] port in bound.continuation.yield(port) },
            handler: { [self] frames, _ in frames.map(take) })
        try await server.run()
    }

    private func take(_ frame: MLLPFrame) -> [UInt8]? {
        guard case .message(let bytes) = frame, let message = try? Message(bytes) else { return nil }
        let patient = message["PID-3.1"] ?? ""
        // The reason in the note of the part: "Pulse 72 /min".
        let note = message.segments(named: "NTE").compactMap { $0.field(3).text }.first { $0.contains("/min") }
        let rate = note?.split { !$0.isNumber }.first.flatMap { Int($0) } ?? -1
        arrivals.withLock {
            $0.count += 1
            $0.rates[patient, default: []].append(rate)
        }
        return Acknowledgement.build(
            for: message, code: .AA, controlID: message.controlID ?? "", time: Instant(microseconds: 0), issues: [])
    }
}

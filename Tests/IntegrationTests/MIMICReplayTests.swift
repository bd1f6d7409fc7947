import Clinical
import Doors
import Foundation
import HL7v2
import MIMICDemo
import Polling
import Store
import Testing

/// Where the data stands that is read in place and is no part of the repository.
private enum MIMICFiles {
    static let demo = ServerProcess.repository + "/../shared/data/mimic-demo"
    static let facts = ServerProcess.repository + "/../shared/data/terminology/mimic/d_labitems_to_loinc.csv"

    static var arePresent: Bool { [demo, facts].allSatisfy(FileManager.default.fileExists(atPath:)) }
}

/// Every laboratory and charted row of 100 real, de-identified intensive-care patients, through the front door.
///
/// Needs the MIMIC-III demo and the MIMIC-to-OMOP mapping beside the repository, in `../shared/data`; they are read in
/// place and are no part of it.
@Suite(
    .serialized,
    .enabled(
        if: MIMICFiles.arePresent,
        "NOT RUN: ../shared/data/mimic-demo and ../shared/data/terminology/mimic are absent, so nothing was replayed."))
struct MIMICReplayTests {
    static let connections = 12
    static let window = 32

    @Test(
        "All of the MIMIC demo arrives: nothing lost, nothing twice, every value and time right", .timeLimit(.minutes(20)))
    func replay() async throws {
        let demo = try MIMICDemo(folder: MIMICFiles.demo)
        let expectation = try MIMICExpectation(
            facts: MIMICFiles.facts, canonicalUnits: ServerProcess.repository + "/Mappings/units/canonical.tsv",
            events: demo.events)
        let folder = try ServerProcess.temporaryFolder()
        let server = try ServerProcess(
            folder: folder,
            """
            clock: recorded
            sources:
              - { name: mimic, zone: Z, codeSystem: "urn:headwall:codes:mimic", sendingApplications: [MIMIC] }
            doors:
              mllp:
                - { name: mimic, port: 0, source: mimic }
              http: { port: 0 }
            """)
        defer { server.removeFolder() }
        try server.start()
        defer { server.stop() }

        let start = ContinuousClock.now
        try await send(demo.messages, to: try #require(server.mllpPorts["mimic"]))
        let acknowledged = ContinuousClock.now - start
        try await waitUntilProcessed(server)
        let processed = ContinuousClock.now - start
        let memory = server.peakMemory
        #expect(server.stop() == 0, "SIGTERM ends the service in order: \(server.log)")
        report(demo, acknowledged: acknowledged, processed: processed, memory: memory)
        // 834,000 values in memory, each with its provenance, and a bounded backlog: 2 KiB a value would be a leak.
        #expect(memory < demo.events.count * 2048)

        let store = try SQLiteStore(StoreConfiguration(path: server.storePath))
        let counts = try await store.counts()
        #expect(counts.entries == demo.messages.count)
        #expect(counts.processed == demo.messages.count)
        #expect(counts.quarantined == 0)
        #expect(counts.duplicates == 0)
        #expect(counts.conflicting == 0)
        try await checkPatients(store, demo, expectation)
        try await checkQueue(store, demo, expectation)
        try await store.close()
    }

    // MARK: Sending

    /// Sends over several connections; all messages of a patient go over the same one, in their order.
    private func send(_ messages: [MIMICDemo.Message], to port: Int) async throws {
        var load = [Int](repeating: 0, count: Self.connections)
        var connection: [String: Int] = [:]
        let byPatient = Dictionary(grouping: messages, by: \.patient).mapValues { $0.reduce(0) { $0 + $1.bytes.count } }
        for (patient, bytes) in byPatient.sorted(by: { ($0.value, $0.key) > ($1.value, $1.key) }) {
            let lightest = load.indices.min { load[$0] < load[$1] } ?? 0
            load[lightest] += bytes
            connection[patient] = lightest
        }
        var parts = [[MIMICDemo.Message]](repeating: [], count: Self.connections)
        for message in messages { parts[connection[message.patient] ?? 0].append(message) }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for part in parts {
                group.addTask {
                    let client = try await MLLPClient.connect(host: "127.0.0.1", port: port)
                    let replies = await client.sendPipelined(part.map(\.bytes), window: Self.window)
                    await client.close()
                    try Self.check(replies, of: part)
                }
            }
            try await group.waitForAll()
        }
    }

    private static func check(_ replies: [Result<[UInt8], DoorError>], of messages: [MIMICDemo.Message]) throws {
        #expect(replies.count == messages.count)
        var wrong = 0
        for (message, reply) in zip(messages, replies) {
            let acknowledgement = try Acknowledgement.parse(reply.get())
            if acknowledgement.code != .AA || acknowledgement.acknowledgedControlID != message.controlID { wrong += 1 }
        }
        #expect(wrong == 0, "replies that are not AA for their own message")
    }

    private func waitUntilProcessed(_ server: ServerProcess) async throws {
        let transport = try CurlTransport()
        let request = TransportRequest(.get, url: "http://127.0.0.1:\(server.httpPort)/metrics")
        while true {
            let text = String(decoding: try await transport.send(request).body, as: UTF8.self)
            let line = text.split(separator: "\n").first { $0.hasPrefix("headwall_journal_entries{state=\"pending\"}") }
            if line?.split(separator: " ").last.flatMap({ Double($0) }) == 0 { break }
            try #require(server.isRunning, "the service ended early: \(server.log)")
            try await Task.sleep(for: .milliseconds(100))
        }
        await transport.shutdown()
    }

    private func report(_ demo: MIMICDemo, acknowledged: Duration, processed: Duration, memory: Int) {
        func seconds(_ duration: Duration) -> Double { duration / .seconds(1) }
        func line(_ name: String, _ duration: Duration) -> String {
            let (messages, rows) = (Double(demo.messages.count), Double(demo.events.count))
            return "MIMIC replay: \(name) in \((seconds(duration) * 10).rounded() / 10) s, "
                + "\(Int(messages / seconds(duration))) messages/s, \(Int(rows / seconds(duration))) OBX/s"
        }
        print("MIMIC replay: \(demo.messages.count) messages, \(demo.events.count) OBX, \(Self.connections) connections")
        print(line("sent → acknowledged", acknowledged))
        print(line("sent → processed", processed))
        print("MIMIC replay: peak memory of the server \(memory >> 20) MiB")
    }

    // MARK: Checking

    /// A value with what makes it this value and no other.
    private struct Reading {
        /// LOINC code, unit, time, status and comparator.
        var key: String
        var value: Double
    }

    private func checkPatients(_ store: SQLiteStore, _ demo: MIMICDemo, _ expectation: MIMICExpectation) async throws {
        let rows = Dictionary(grouping: demo.events, by: \.patient)
        var keys: [String: PatientKey] = [:]
        for patient in try await store.patients() {
            #expect(keys.updateValue(patient.key, forKey: patient.key.value.exposed) == nil, "a patient under two keys")
        }
        #expect(Set(keys.keys) == Set(demo.messages.map(\.patient)))
        var compared = 0
        for (patient, events) in rows.sorted(by: { $0.key < $1.key }) {
            let key = try #require(keys[patient])
            let findings = try await store.findings(of: key)
            #expect(findings.count == events.count, "rows of patient \(patient)")
            #expect(Set(findings.map(\.id)).count == events.count, "identities of patient \(patient)")
            compareRows(findings, events)
            compared += compareReadings(findings, events, expectation)
        }
        print("MIMIC replay: \(compared) quantities compared with the CSV")
        // Far fewer would mean that the expectation, and so the comparison, is hollow.
        #expect(compared > 150_000)
    }

    /// Each row once, at its own time, with its own status, whether or not its code is known.
    private func compareRows(_ findings: [Finding], _ events: [MIMICDemo.Event]) {
        var balance: [String: Int] = [:]
        for event in events {
            balance["\(event.item) \(Self.time(of: event)) \(Self.status(of: event).rawValue)", default: 0] += 1
        }
        for finding in findings {
            balance[
                "\(finding.origin.rawCode.code) \(finding.effective.description) \(finding.status.rawValue)", default: 0
            ] -= 1
        }
        let differences = balance.filter { $0.value != 0 }
        #expect(differences.isEmpty, "\(differences.count) rows differ: \(differences.keys.sorted().prefix(5))")
    }

    /// Every quantity under a LOINC code, compared as multisets; returns how many were expected.
    private func compareReadings(
        _ findings: [Finding], _ events: [MIMICDemo.Event], _ expectation: MIMICExpectation
    ) -> Int {
        var expected: [Reading] = []
        for event in events {
            guard case .quantity(let loinc, let unit, let value, let comparator) = expectation.outcome(of: event) else {
                continue
            }
            let status = Self.status(of: event).rawValue
            expected.append(Reading(key: "\(loinc) \(unit) \(Self.time(of: event)) \(status) \(comparator)", value: value))
        }
        var actual: [Reading] = []
        for finding in findings {
            guard case .quantity(let quantity) = finding.value else { continue }
            #expect(finding.code.system == CodeSystem.loinc)
            let key =
                "\(finding.code.code) \(quantity.unit ?? "") \(finding.effective.description) \(finding.status.rawValue) "
                + (quantity.comparator?.rawValue ?? "")
            actual.append(Reading(key: key, value: quantity.value.doubleValue))
        }
        let differences = Self.differences(expected, actual)
        #expect(differences.isEmpty, "\(differences.count) quantities differ: \(differences.prefix(5))")
        return expected.count
    }

    private static func differences(_ expected: [Reading], _ actual: [Reading]) -> [String] {
        let left = expected.sorted { ($0.key, $0.value) < ($1.key, $1.value) }
        let right = actual.sorted { ($0.key, $0.value) < ($1.key, $1.value) }
        var differences: [String] = []
        var (i, j) = (0, 0)
        while i < left.count || j < right.count {
            if i < left.count, j < right.count, left[i].key == right[j].key {
                let (a, b) = (left[i].value, right[j].value)
                if abs(a - b) > 1e-9 * max(abs(a), abs(b)) { differences.append("\(left[i].key): \(a) became \(b)") }
                i += 1
                j += 1
            } else if j == right.count || i < left.count && left[i].key < right[j].key {
                differences.append("\(left[i].key): missing")
                i += 1
            } else {
                differences.append("\(right[j].key): not expected")
                j += 1
            }
        }
        return differences
    }

    private func checkQueue(_ store: SQLiteStore, _ demo: MIMICDemo, _ expectation: MIMICExpectation) async throws {
        var expected: [String: Int64] = [:]
        for event in demo.events where expectation.outcome(of: event) == .queued { expected[event.item, default: 0] += 1 }
        var actual: [String: Int64] = [:]
        for item in try await store.unmappedQueue(limit: 1_000_000) {
            #expect(item.code.system == "urn:headwall:codes:mimic")
            #expect(item.source == "mimic")
            actual[item.code.code, default: 0] += item.count
        }
        let items = Set(expected.keys).union(actual.keys)
        let differences = items.filter { expected[$0] != actual[$0] }.sorted()
            .map { "\($0): \(expected[$0] ?? 0) expected, \(actual[$0] ?? 0) queued" }
        #expect(differences.isEmpty, "\(differences.count) items differ: \(differences.prefix(20))")
        print("MIMIC replay: \(items.count) items with \(actual.values.reduce(0, +)) values in the queue of unmapped codes")
    }

    /// `2164-09-24 20:21:00` of the source's zone, UTC, as the timeline writes it.
    private static func time(of event: MIMICDemo.Event) -> String {
        event.time.replacing(" ", with: "T") + "Z"
    }

    /// HL7 table 0085: W, posted as wrong, is entered in error.
    private static func status(of event: MIMICDemo.Event) -> Finding.Status {
        event.isError ? .enteredInError : .final
    }
}

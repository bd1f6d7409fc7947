import Clinical
import Doors
import Foundation
import HL7v2
import Store
import Testing

extension ProgramTests {
    /// What a service says about its patients depends on their messages, and neither on how many threads score nor on what
    /// of the patients is in memory.
    @Suite("Scoring in batches and from little memory") struct ScoringTests {
        private static let start = Instant(seconds: 1_767_600_000)
        private static let patients = 12

        /// Six days of vital signs and laboratory results: late ones, of up to days before, corrections, withdrawals, a
        /// merge in the middle of a burst.
        private static func messages() -> [[UInt8]] {
            var random = SplitMix64(seed: 12)
            var messages: [[UInt8]] = []
            for step in 0..<720 {
                let now = start.adding(seconds: Int64(step) * 720)
                let time = VitalsMessage.stamp(now)
                var message = VitalsMessage(control: "S\(step)", number: "S\(step % patients)", time: time)
                message.results = VitalsMessage.news2(
                    heartRate: .random(in: 55...140, using: &random), respiratoryRate: .random(in: 10...32, using: &random),
                    saturation: .random(in: 86...99, using: &random), systolic: .random(in: 85...160, using: &random),
                    temperature: "\(Int.random(in: 35...39, using: &random)).\(Int.random(in: 0...9, using: &random))")
                if step % 5 == 0 {
                    message.results += [
                        ("2524-7^Lactate^LN", "\(Int.random(in: 1...6, using: &random)).5", "mmol/L^^UCUM"),
                        ("2160-0^Creatinine^LN", "1.\(Int.random(in: 0...9, using: &random))", "mg/dL^^UCUM"),
                    ]
                }
                switch step % 9 {
                // Hours late, a correction of the patient's last results, and a withdrawal of them.
                case 3:
                    message.resultTime = VitalsMessage.stamp(
                        now.adding(seconds: -3600 * .random(in: 1...100, using: &random)))
                case 6 where step > patients:
                    message.resultTime = VitalsMessage.stamp(now.adding(seconds: -720 * Int64(patients)))
                case 8 where step > patients:
                    message.resultTime = VitalsMessage.stamp(now.adding(seconds: -720 * Int64(patients)))
                    message.status = "D"
                default: break
                }
                messages.append(message.bytes)
                if step == 400 || step == 500 {
                    messages.append(
                        utf8(
                            "MSH|^~\\&|ADT|HOSPA|HEADWALL|HOSPA|\(time)||ADT^A40^ADT_A39|M\(step)|P|2.5.1||||||UNICODE UTF-8\r"
                                + "EVN|A40|\(time)\rPID|1||S\(step == 400 ? 2 : 1)^^^HOSPA^MR||Tanaka^Aaron||19410816|M\r"
                                + "MRG|S\(step == 400 ? 3 : 2)^^^HOSPA^MR\r"))
                }
            }
            return messages
        }

        /// All decisions of all patients, as bytes, after the service took the messages in.
        private func decisions(_ timeline: String, findings: inout Int?) async throws -> [[UInt8]] {
            let folder = try ServerProcess.temporaryFolder()
            defer { try? FileManager.default.removeItem(atPath: folder) }
            let server = try ServerProcess(
                folder: folder,
                """
                clock: recorded
                sources: [{ name: monitors, sendingApplications: [MONITORS, ADT] }]
                timeline: \(timeline)
                doors: { mllp: [{ name: in, port: 0, source: monitors }], http: { port: 0 } }
                """, activeModels: "news2, qsofa, sepsis-early-warning")
            defer { if server.isRunning { server.kill() } }
            try await server.startUp()
            let client = try await MLLPClient.connect(host: "127.0.0.1", port: try #require(server.mllpPorts["in"]))
            for reply in await client.sendPipelined(Self.messages()) {
                #expect(try Acknowledgement.parse(try reply.get()).code == .AA)
            }
            await client.close()
            var live: Double?
            for _ in 0..<600 {
                let text = try await SocketConnection.get(server.httpPort, "/metrics").text
                if text.contains("headwall_journal_entries{state=\"pending\"} 0\n") {
                    let line = text.split(separator: "\n").first { $0.hasPrefix("headwall_live_findings ") }
                    live = line?.split(separator: " ").last.flatMap { Double($0) }
                    break
                }
                try await Task.sleep(for: .milliseconds(50))
            }
            findings = live.map { Int($0) }
            #expect(try await server.shutDown() == 0)

            let replayed = try await HeadwallCommand.run(["replay", "--config", server.configurationFile])
            #expect(replayed.output.contains("changed: 0 outcomes, 0 findings, 0 decisions"), "\(replayed.output)")
            let store = try SQLiteStore(StoreConfiguration(path: server.storePath))
            let encoder = JSONEncoder()
            encoder.outputFormatting = .sortedKeys
            var bytes: [[UInt8]] = []
            for patient in try await store.patients() {
                for decision in try await store.decisions(of: patient.key, model: nil, limit: .max) {
                    bytes.append([UInt8](try encoder.encode(decision)))
                }
            }
            try await store.close()
            return bytes
        }

        @Test(.timeLimit(.minutes(3))) func theAnswersDependOnTheMessagesAlone() async throws {
            var counts: [Int?] = [nil, nil, nil, nil]
            let serial = try await decisions("{ scoringThreads: 1 }", findings: &counts[0])
            let parallel = try await decisions("{ scoringThreads: 4 }", findings: &counts[1])
            // Little of a patient, and few of the patients, stay in memory.
            let spilled = try await decisions("{ patientFindings: 8 }", findings: &counts[2])
            let few = try await decisions("{ patientFindings: 8, livePatients: 3 }", findings: &counts[3])
            #expect(serial.count > 1200)
            #expect(parallel == serial)
            #expect(spilled == serial)
            #expect(few == serial)
            let live = counts.map { $0 ?? -1 }
            #expect(live[0] > 4000 && live[2] > 0 && live[2] < live[0] && live[3] < live[2], "\(live)")
        }
    }
}

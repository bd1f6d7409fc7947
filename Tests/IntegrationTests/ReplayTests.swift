import Doors
import FHIR
import Foundation
import HL7v2
import Testing

extension ProgramTests {
    @Suite("The queues and the replay of a service's data") struct ReplayTests {
        @Test(.timeLimit(.minutes(3))) func queuesShowAndReplayCompares() async throws {
            let folder = try ServerProcess.temporaryFolder()
            defer { try? FileManager.default.removeItem(atPath: folder) }
            let server = try ServerProcess(
                folder: folder,
                """
                clock: recorded
                sources: [{ name: monitors }]
                doors: { mllp: [{ name: in, port: 0, source: monitors }], http: { port: 0 } }
                destinations: [{ name: nowhere, port: 9, firstRetry: 1h }]
                """, activeModels: "news2, sepsis-early-warning")
            defer { if server.isRunning { server.kill() } }
            try await server.startUp()
            let client = try await MLLPClient.connect(host: "127.0.0.1", port: try #require(server.mllpPorts["in"]))
            let messages = (0..<20).map { index in
                var message = VitalsMessage(
                    control: "R\(index)", number: "R\(index % 4)", time: "2026010508\(10 + index)00+0100",
                    results: VitalsMessage.news2(
                        heartRate: 80 + index, respiratoryRate: 14 + index % 12, saturation: 97, systolic: 120,
                        temperature: "37.1"))
                message.results.append(("LOCAL-9^Something local^L", "5", "furlong"))
                return message.bytes
            }
            for reply in await client.sendPipelined(messages) {
                #expect(try Acknowledgement.parse(try reply.get()).code == .AA)
            }
            let bad = try await client.send(VitalsMessage(control: "BAD", birth: "99991399").bytes)
            #expect(try Acknowledgement.parse(bad).code == .AE)
            await client.close()
            #expect(try await server.shutDown() == 0)
            let options = ["--config", server.configurationFile]

            let unmapped = try await HeadwallCommand.run(["queue", "unmapped", "--json"] + options)
            #expect(unmapped.status == 0)
            let local = try #require(unmapped.jsonLines.first { $0["code"]?.stringValue == "LOCAL-9" })
            #expect(local["count"].map { text($0.write()) } == "20")
            #expect(local["unit"]?.stringValue == "furlong" && local["source"]?.stringValue == "monitors")
            let quarantine = try await HeadwallCommand.run(["queue", "quarantine", "--json"] + options)
            #expect(quarantine.jsonLines.count == 1)
            let entry = try #require(quarantine.jsonLines.first)
            #expect(entry["place"]?.stringValue?.contains("PID") == true && entry["controlID"]?.stringValue == "BAD")
            #expect(entry["code"].map { text($0.write()) } == "102")
            let outbox = try await HeadwallCommand.run(["queue", "outbox", "--json"] + options)
            #expect(outbox.jsonLines.count >= 4)
            #expect(outbox.jsonLines.allSatisfy { $0["destination"]?.stringValue == "nowhere" })
            let absent = try await HeadwallCommand.run(["queue", "requeue", "99999"] + options)
            #expect(absent.status == 65 && absent.error.contains("99999"))

            try await replay(options, folder: folder)

            // The message that was set aside is tried again by the service and set aside again.
            let number = try #require(entry["journal"].map { text($0.write()) })
            let requeued = try await HeadwallCommand.run(["queue", "requeue", number] + options)
            #expect(requeued.status == 0)
            #expect(try await HeadwallCommand.run(["queue", "quarantine", "--json"] + options).jsonLines.isEmpty)
            try await server.startUp()
            #expect(try await server.shutDown() == 0)
            #expect(try await HeadwallCommand.run(["queue", "quarantine", "--json"] + options).jsonLines.count == 1)
        }

        /// Labels that came later are joined to the decisions in the store.
        private func recalibrate(_ options: [String], folder: String) async throws {
            let events = (0..<4).map { patient in
                #"{"system":"urn:oid:2.16.840.1.113883.3.9999.1","patient":"R\#(patient)","events":"#
                    + (patient < 2 ? #"["2026-01-05T09:00:00+01:00"]}"# : "[]}")
            }
            try (events.joined(separator: "\n") + "\n").write(
                toFile: folder + "/events.ndjson", atomically: true, encoding: .utf8)
            let run = try await HeadwallCommand.run(
                [
                    "models", "recalibrate", "sepsis-early-warning", "--to", "9.0.0", "--events", folder + "/events.ndjson",
                    "--minimum-patients", "2", "--out", folder + "/recalibrated", "--json",
                ] + options)
            #expect(run.status == 0, "\(run.error)")
            // One decision an hour of each of the four patients, of whom two had the event within six hours.
            let facts = try #require(run.jsonLines.first)
            #expect(facts["patients"]?.integerValue == 4 && facts["patientsWithEvent"]?.integerValue == 2)
            #expect(facts["hours"]?.integerValue == 4 && facts["eventHours"]?.integerValue == 2)
            #expect(
                FileManager.default.fileExists(atPath: folder + "/recalibrated/sepsis-early-warning/9.0.0/manifest.json"))
        }

        private func replay(_ options: [String], folder: String) async throws {
            let same = try await HeadwallCommand.run(["replay"] + options)
            #expect(same.status == 0, "\(same.error)")
            #expect(same.lines.count == 1, "\(same.output)")
            #expect(same.output.contains("changed: 0 outcomes, 0 findings, 0 decisions"), "\(same.output)")
            #expect(same.output.contains("21 messages"))
            // The trained model answered, and each answer comes out again from the inputs that it keeps.
            let report = try await HeadwallCommand.run(["models", "report", "sepsis-early-warning", "--json"] + options)
            let facts = try #require(report.jsonLines.first, "\(report.error)")
            #expect(facts["answered"].map { text($0.write()) } == "20")
            #expect(facts["notReproduced"].map { text($0.write()) } == "0")
            try await recalibrate(options, folder: folder)
            // With the heart rate taken for a respiratory rate each message has one finding that differs, and scores lose their pulse.
            let copy = try CLITests.alteredMappings(
                in: folder, "LOINC:8867-4\tHeart rate", to: "LOINC:9279-1\tRespiratory rate")
            let other = try await HeadwallCommand.run(["replay", "--json", "--mappings", copy] + options)
            #expect(other.status == 0, "\(other.error)")
            let findings = other.jsonLines.filter { $0["change"]?.stringValue == "finding" }
            let before = findings.filter { $0["stored"]?.stringValue?.hasPrefix("8867-4 ") == true }
            let after = findings.filter { $0["replayed"]?.stringValue?.hasPrefix("9279-1 ") == true }
            #expect(before.count == 20 && after.count == 20)
            #expect(other.jsonLines.contains { $0["change"]?.stringValue == "decision" })
            let part = try await HeadwallCommand.run(
                ["replay", "--json", "--from", "3", "--to", "5", "--mappings", copy] + options)
            let numbers = part.jsonLines.compactMap { $0["journal"].map { text($0.write()) } }
            #expect(Set(numbers) == ["3", "4", "5"])
            // Nothing was changed by looking.
            let again = try await HeadwallCommand.run(["replay"] + options)
            #expect(again.output == same.output)
        }
    }
}

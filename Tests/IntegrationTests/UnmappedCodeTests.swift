import Clinical
import Doors
import FHIR
import Foundation
import HL7v2
import Store
import Testing

extension ProgramTests {
    /// An unmapped code from the door to the changed score, through the program and its sockets.
    @Suite("Unmapped codes, from the door to the score") struct UnmappedCodeTests {
        /// Every input of NEWS2 with the usual value, the temperature under a code of the sender's own.
        private static func message(_ control: String, temperature: String?, at time: Instant) -> VitalsMessage {
            var message = VitalsMessage(control: control, number: "Z1", time: VitalsMessage.stamp(time))
            message.results = VitalsMessage.news2(
                heartRate: 80, respiratoryRate: 16, saturation: 97, systolic: 120, temperature: "37.0"
            ).filter { !$0.code.contains("MDC_TEMP") }
            if let temperature { message.results.append(("TEMP-7^Body temperature^L", temperature, "Cel^^UCUM")) }
            return message
        }

        /// The newest decision of a model, once it fulfils a condition.
        private func decision(
            _ store: SQLiteStore, model: String = "news2", _ condition: (Decision) -> Bool
        ) async throws -> Decision {
            for _ in 0..<300 {
                let patients = try await store.patients()
                if let patient = patients.first(where: { $0.key.value.exposed == "Z1" }),
                    let newest = try await store.decisions(of: patient.key, model: model, limit: 1).first,
                    condition(newest)
                {
                    return newest
                }
                try await Task.sleep(for: .milliseconds(100))
            }
            throw ServerProcess.Failure(description: "no such decision within 30 s")
        }

        private func value(_ decision: Decision) -> Double? {
            if case .estimate(let estimate) = decision.result { estimate.value } else { nil }
        }

        private func temperature(_ decision: Decision) -> FeatureValue? {
            decision.inputs.first { $0.name == "temperature" }
        }

        @Test(.timeLimit(.minutes(3))) func anApprovedCodeChangesTheScore() async throws {
            let folder = try ServerProcess.temporaryFolder()
            defer { try? FileManager.default.removeItem(atPath: folder) }
            let server = try ServerProcess(
                folder: folder,
                """
                sources: [{ name: monitors }]
                doors:
                  mllp: [{ name: in, port: 0, source: monitors }]
                  http: { port: 0 }
                """, activeModels: "news2, sepsis-early-warning")
            defer { if server.isRunning { server.kill() } }
            try await server.startUp()
            let options = ["--config", server.configurationFile]
            let client = try await MLLPClient.connect(host: "127.0.0.1", port: try #require(server.mllpPorts["in"]))
            let start = Instant(seconds: Int64(Date().timeIntervalSince1970) - 60)
            let first = try await client.send(Self.message("U1", temperature: "39.4", at: start).bytes)
            #expect(try Acknowledgement.parse(first).code == .AA)

            // Without the temperature NEWS2 lies between 0 and 3 points (Royal College of Physicians 2017).
            let store = try SQLiteStore(StoreConfiguration(path: server.storePath))
            let before = try await decision(store) { _ in true }
            #expect(value(before) == nil)
            guard case .estimate(let range) = before.result else { throw ServerProcess.Failure(description: "no range") }
            #expect(range.low == 0 && range.high == 3)

            // It shows in the queue, and the right code is proposed first.
            let queue = try await HeadwallCommand.run(["queue", "unmapped", "--json"] + options)
            let item = try #require(queue.jsonLines.first { $0["code"]?.stringValue == "TEMP-7" }, "\(queue.error)")
            #expect(item["proposals"]?[0]?["loinc"]?.stringValue == "8310-5")
            #expect(item["proposals"]?[0]?["status"]?.stringValue == "proposed")
            #expect(item["proposals"]?[0]?["inputs"].map { text($0.write()) }?.contains("NEWS2: Temperature") == true)
            #expect(item["values"]?["median"]?.stringValue == "39.4")
            let number = try #require(item["item"].map { text($0.write()) })
            let page = try await SocketConnection.get(server.httpPort, "/queue/unmapped")
            #expect(page.status == 200 && page.text.contains("TEMP-7") && page.text.contains("8310-5"))

            // A name is needed; nothing happens without one.
            let form = "application/x-www-form-urlencoded"
            let path = "/queue/unmapped/" + number
            let nameless = try await SocketConnection.post(server.httpPort, path, type: form, utf8("target=8310-5"))
            #expect(nameless.status == 422 && nameless.text.contains("name"))
            let approved = try await SocketConnection.post(
                server.httpPort, path, type: form, utf8("target=8310-5&reviewer=Anna+Meier&comment=asked+the+ward"))
            #expect(approved.status == 303, "\(approved.text)")

            // 39.4 °C are two points. The value was true when it was taken, and is known since the approval.
            let after = try await decision(store) { value($0) != nil }
            #expect(value(after) == 2)
            let input = try #require(temperature(after))
            let late = try #require(input.late)
            #expect(input.effective == start)
            let entry = try #require(try await store.entry(1))
            #expect(late.received == entry.received)
            let change = try #require(try await store.tableChanges().first)
            #expect(input.known == change.received && change.received > entry.received)
            #expect(after.asOf.known == change.received)
            #expect(late.reviewer == "Anna Meier" && late.code == "TEMP-7")
            try await checkAnnotation(server, after, late)

            // A trained model says the same of its input.
            let trained = try await decision(store, model: "sepsis-early-warning") { $0.asOf.known == change.received }
            let warm = try #require(trained.inputs.first { $0.name == "temperature-last" })
            #expect(warm.content == .number(39.4) && warm.effective == start)
            #expect(warm.known == change.received && warm.late == late)

            // What was said before stays said, and what was known before stays known as it was.
            let all = try await store.decisions(of: after.patient, model: "news2", limit: 10)
            #expect(all.contains { $0.id == before.id && $0.result == before.result })
            let versions = try await store.findings(of: after.patient).filter { $0.origin.rawCode.code == "TEMP-7" }
            #expect(versions.map(\.known) == [entry.received, change.received])
            #expect(versions.first?.value == .missing(.unmappedCode))

            // The item is gone; the next value needs nobody.
            let done = try await HeadwallCommand.run(["queue", "unmapped", "--json"] + options)
            #expect(done.jsonLines.isEmpty)
            let again = try await HeadwallCommand.run(
                ["queue", "approve", number, "--loinc", "8310-5", "--name", "B"] + options)
            #expect(again.status == 65 && again.error.contains("not in the queue"))
            _ = try await client.send(Self.message("U2", temperature: "37.2", at: start.adding(seconds: 30)).bytes)
            let prompt = try await decision(store) { value($0) == 0 }
            #expect(temperature(prompt)?.late == nil)

            // After a restart the approved table is in use again, and a replay says the same as the service.
            await client.close()
            #expect(try await server.shutDown() == 0)
            let replay = try await HeadwallCommand.run(["replay"] + options)
            #expect(replay.output.contains("changed: 0 outcomes, 0 findings, 0 decisions"), "\(replay.output)")
            try await server.startUp()
            let next = try await MLLPClient.connect(host: "127.0.0.1", port: try #require(server.mllpPorts["in"]))
            _ = try await next.send(Self.message("U3", temperature: "38.5", at: start.adding(seconds: 45)).bytes)
            #expect(temperature(try await decision(store) { value($0) == 1 })?.late == nil)
            await next.close()
            #expect(try await server.shutDown() == 0)
            try await store.close()
        }

        /// The rendering that leaves the house says why and since when.
        private func checkAnnotation(_ server: ServerProcess, _ decision: Decision, _ late: LateMapping) async throws {
            let reply = try await SocketConnection.get(server.httpPort, "/fhir/RiskAssessment/" + decision.id)
            #expect(reply.status == 200)
            let resource = try JSON(parsing: reply.body)
            let notes = (resource["note"]?.arrayValue ?? []).compactMap { $0["text"]?.stringValue }
            let note = try #require(notes.first { $0.hasPrefix("Late result: Temperature") })
            #expect(note.contains("had no mapping") && note.contains("approved by Anna Meier"))
            #expect(note.contains("\(late.received)") && note.contains("known since \(decision.asOf.known)"))
            let parts = resource["extension"]?[0]?["extension"]?.arrayValue ?? []
            func part(_ name: String) -> JSON? { parts.first { $0["url"]?.stringValue == name } }
            #expect(part("received")?["valueDateTime"]?.stringValue == late.received.description)
            #expect(part("known")?["valueDateTime"]?.stringValue == decision.asOf.known.description)
            #expect(part("mapping")?["valueString"]?.stringValue == late.table + "#" + late.row)
        }

        @Test(.timeLimit(.minutes(3))) func anotherMeaningOfAModelInputNeedsTwoNames() async throws {
            let folder = try ServerProcess.temporaryFolder()
            defer { try? FileManager.default.removeItem(atPath: folder) }
            let server = try ServerProcess(
                folder: folder,
                """
                sources: [{ name: lab-a, codeSystem: "urn:headwall:codes:lab-a" }]
                doors: { mllp: [{ name: in, port: 0, source: lab-a }], http: { port: 0 } }
                """)
            defer { if server.isRunning { server.kill() } }
            try await server.startUp()
            let client = try await MLLPClient.connect(host: "127.0.0.1", port: try #require(server.mllpPorts["in"]))
            // 1020 is leukocytes, an input of SIRS; mg/dL is no unit of theirs.
            let now = Instant(seconds: Int64(Date().timeIntervalSince1970) - 60)
            let message = VitalsMessage(
                control: "L1", number: "Z2", time: VitalsMessage.stamp(now),
                results: [("1020^CRP^99LABA", "12", "mg/dL")])
            #expect(try Acknowledgement.parse(try await client.send(message.bytes)).code == .AA)
            await client.close()
            #expect(try await server.shutDown() == 0)

            // The service is down: what is approved now it does when it starts.
            let options = ["--config", server.configurationFile]
            let queue = try await HeadwallCommand.run(["queue", "unmapped", "--json"] + options)
            let item = try #require(queue.jsonLines.first)
            #expect(item["reason"]?.stringValue == "unit")
            let number = try #require(item["item"].map { text($0.write()) })
            let approve = ["queue", "approve", number, "--loinc", "1988-5", "--name", "Anna Meier"] + options
            let alone = try await HeadwallCommand.run(approve)
            #expect(alone.status == 65 && alone.error.contains("two names"), "\(alone.error)")
            let same = try await HeadwallCommand.run(approve + ["--name", "anna meier "])
            #expect(same.status == 65, "the same person twice is one")
            let both = try await HeadwallCommand.run(approve + ["--name", "Ben Roth", "--json"])
            #expect(both.status == 0, "\(both.error)")
            #expect(both.json?["table"]?.stringValue == "lab-a/1.0.1")
            let released = folder + "/store/mappings/codes/lab-a/1.0.1/map.tsv"
            let rows = try String(contentsOfFile: released, encoding: .utf8).split(separator: "\n")
            let row = try #require(rows.first { $0.hasPrefix("LABA:1020\t") })
            #expect(row.contains("LOINC:1988-5") && row.contains("Anna Meier|Ben Roth"))

            try await server.startUp()
            let store = try SQLiteStore(StoreConfiguration(path: server.storePath))
            var findings: [Finding] = []
            for _ in 0..<100 where findings.count < 2 {
                let patient = try #require(try await store.patients().first)
                findings = try await store.findings(of: patient.key)
                try await Task.sleep(for: .milliseconds(100))
            }
            // 12 mg/dL are 120 mg/L.
            #expect(findings.last?.code.code == "1988-5")
            if case .quantity(let quantity) = findings.last?.value {
                #expect(quantity.value.normalized == ExactDecimal("120")?.normalized && quantity.unit == "mg/L")
            } else {
                Issue.record("no quantity")
            }
            #expect(try await server.shutDown() == 0)
            let replay = try await HeadwallCommand.run(["replay"] + options)
            #expect(replay.output.contains("changed: 0 outcomes, 0 findings, 0 decisions"), "\(replay.output)")
            try await store.close()
        }
    }
}

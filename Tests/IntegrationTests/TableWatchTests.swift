import Clinical
import Doors
import Foundation
import HL7v2
import Store
import Testing

extension ProgramTests {
    /// What the running service says of its tables: values that shifted, models trained with other tables.
    @Suite("The tables of a running service") struct TableWatchTests {
        /// Temperatures of a ward, in degrees Celsius.
        private static let deciles = [35.5, 36.2, 36.4, 36.6, 36.7, 36.8, 36.9, 37.1, 37.4, 38, 40]

        /// The configuration with copies of the tables and models in the folder.
        private func server(_ folder: String, models: String) throws -> ServerProcess {
            let server = try ServerProcess(folder: folder, "")
            let text = """
                mappings: "\(folder)/Mappings"
                models: { folder: "\(folder)/Models", active: [\(models)], primary: news2 }
                store: { folder: "\(folder)/store" }
                sources: [{ name: monitors }]
                doors:
                  mllp: [{ name: in, port: 0, source: monitors }]
                  http: { port: 0 }
                """
            try text.write(toFile: server.configurationFile, atomically: true, encoding: .utf8)
            return server
        }

        /// Gives the row of the temperature a fingerprint: the deciles of a ward, in degrees Celsius.
        private func addFingerprint(_ mappings: String) throws {
            let (table, manifest) = (mappings + "/codes/mdc/1.0.0/map.tsv", mappings + "/codes/mdc/1.0.0/manifest.json")
            let words = Self.deciles.map { "\($0)" }.joined(separator: " ")
            let before = try String(contentsOfFile: table, encoding: .utf8)
            let after =
                before.split(separator: "\n").map { line in
                    if line.hasPrefix("#") { return String(line) }
                    if line.hasPrefix("subject_id") { return line + "\tfingerprint" }
                    return line
                        + (line.hasPrefix("MDC:150344\t") ? "\t\(words)" : "\t")
                }.joined(separator: "\n") + "\n"
            try #require(after.contains(words))
            try after.write(toFile: table, atomically: true, encoding: .utf8)
            let digests = [before, after].map { ContentDigest(of: Array($0.utf8)).hex }
            let record = try String(contentsOfFile: manifest, encoding: .utf8)
            try record.replacing(digests[0], with: digests[1]).write(toFile: manifest, atomically: true, encoding: .utf8)
        }

        @Test(.timeLimit(.minutes(3))) func aShiftOfUnitIsNamedWhereOperatorsLook() async throws {
            let folder = try ServerProcess.temporaryFolder()
            defer { try? FileManager.default.removeItem(atPath: folder) }
            try addFingerprint(try CLITests.copy("Mappings", to: folder))
            _ = try CLITests.copy("Models", to: folder)
            let server = try server(folder, models: "news2")
            defer { if server.isRunning { server.kill() } }
            try await server.startUp()
            let client = try await MLLPClient.connect(host: "127.0.0.1", port: try #require(server.mllpPorts["in"]))
            // A ward's temperatures; from the sixtieth on the monitors send Fahrenheit under the unit Celsius.
            let start = Instant(seconds: Int64(Date().timeIntervalSince1970) - 6000)
            var random = SplitMix64(seed: 11)
            let messages = (0..<100).map { index in
                // A value of the fingerprint's own distribution, linear between its deciles.
                let place = Double.random(in: 0..<10, using: &random)
                let (low, high) = (Self.deciles[Int(place)], Self.deciles[Int(place) + 1])
                let celsius = low + (high - low) * (place - place.rounded(.down))
                let value = index < 60 ? celsius : celsius * 1.8 + 32
                return VitalsMessage(
                    control: "D\(index)", number: "T\(index % 7)",
                    time: VitalsMessage.stamp(start.adding(seconds: Int64(index) * 60)),
                    results: [
                        ("150344^MDC_TEMP^MDC", String(format: "%.1f", value), "268192^MDC_DIM_DEGC^MDC")
                    ]
                ).bytes
            }
            for reply in await client.sendPipelined(Array(messages.prefix(60))) {
                #expect(try Acknowledgement.parse(try reply.get()).code == .AA)
            }
            try await waitUntilProcessed(server, 60)
            let quiet = try await SocketConnection.get(server.httpPort, "/metrics")
            #expect(quiet.text.contains("headwall_watched_mappings 1"))
            #expect(!quiet.text.contains("headwall_shifted_mapping_since_seconds"))
            _ = await client.sendPipelined(Array(messages.suffix(40)))
            await client.close()
            try await waitUntilProcessed(server, 100)

            let metrics = try await SocketConnection.get(server.httpPort, "/metrics")
            let line = try #require(
                metrics.text.split(separator: "\n").first { $0.hasPrefix("headwall_shifted_mapping_since_seconds{") },
                "\(metrics.text)")
            #expect(
                line.contains("code=\"150344\"") && line.contains("unit=\"[degF]\"") && line.contains("source=\"monitors\"")
            )
            let since = start.adding(seconds: 3600)
            #expect(line.hasSuffix(" \(since.microseconds / 1_000_000)"))
            let ready = try await SocketConnection.get(server.httpPort, "/ready")
            #expect(ready.status == 200 && ready.text.contains("arrives as if in [degF] since"))
            let page = try await SocketConnection.get(server.httpPort, "/queue/unmapped")
            #expect(page.text.contains("arrives as if in [degF] since"))
            #expect(server.log.contains("values shifted"))
            #expect(try await server.shutDown() == 0)
        }

        private func waitUntilProcessed(_ server: ServerProcess, _ count: Int) async throws {
            for _ in 0..<300 {
                let text = try await SocketConnection.get(server.httpPort, "/metrics").text
                if text.contains("headwall_journal_entries{state=\"processed\"} \(count)") { return }
                try await Task.sleep(for: .milliseconds(100))
            }
            throw ServerProcess.Failure(description: "not processed within 30 s")
        }

        /// A package that pins its tables answers with a warning where others are in use, and without where they are.
        @Test(.timeLimit(.minutes(3)), arguments: [true, false])
        func aModelTrainedWithOtherTablesSaysSo(isSame: Bool) async throws {
            let folder = try ServerProcess.temporaryFolder()
            defer { try? FileManager.default.removeItem(atPath: folder) }
            let mappings = try CLITests.copy("Mappings", to: folder)
            let table = try #require(FileManager.default.contents(atPath: mappings + "/codes/mdc/1.0.0/map.tsv"))
            let digest = isSame ? ContentDigest(of: Array(table)).hex : String(repeating: "0", count: 64)
            let manifest = try CLITests.copy("Models", to: folder) + "/shock-index/1.0.0/manifest.json"
            let before = try String(contentsOfFile: manifest, encoding: .utf8)
            let after = before.replacing(
                "\"kind\": \"score\",", with: "\"kind\": \"score\", \"maps\": { \"mdc/1.0.0\": \"\(digest)\" },")
            try #require(after != before)
            try after.write(toFile: manifest, atomically: true, encoding: .utf8)
            let server = try server(folder, models: "news2, shock-index")
            defer { if server.isRunning { server.kill() } }
            try await server.startUp()
            let client = try await MLLPClient.connect(host: "127.0.0.1", port: try #require(server.mllpPorts["in"]))
            let message = VitalsMessage(
                control: "P1", time: VitalsMessage.stamp(Instant(seconds: Int64(Date().timeIntervalSince1970) - 60)),
                results: VitalsMessage.news2(
                    heartRate: 90, respiratoryRate: 16, saturation: 97, systolic: 100, temperature: "37.0"))
            _ = try await client.send(message.bytes)
            await client.close()
            try await waitUntilProcessed(server, 1)
            let ready = try await SocketConnection.get(server.httpPort, "/ready")
            #expect(ready.status == 200)
            let metrics = try await SocketConnection.get(server.httpPort, "/metrics")
            let store = try SQLiteStore(StoreConfiguration(path: server.storePath))
            let patient = try #require(try await store.patients().first)
            func notes(_ model: String) async throws -> [String] {
                try #require(try await store.decisions(of: patient.key, model: model, limit: 1).first).notes
            }
            let words = "mdc/1.0.0"
            #expect(try await notes("shock-index").contains { $0.hasPrefix("Degraded:") && $0.contains(words) } != isSame)
            #expect(ready.text.contains("shock-index is scored with other tables") != isSame)
            #expect(metrics.text.contains("headwall_model_other_tables{model=\"shock-index\"} 1") != isSame)
            #expect(try await !notes("news2").contains { $0.hasPrefix("Degraded:") }, "what pins nothing is not warned of")
            try await store.close()
            #expect(try await server.shutDown() == 0)
            let replay = try await HeadwallCommand.run(["replay", "--config", server.configurationFile])
            #expect(replay.output.contains("changed: 0 outcomes, 0 findings, 0 decisions"), "\(replay.output)")
        }
    }
}

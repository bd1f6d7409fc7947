import Clinical
import Doors
import FHIR
import Foundation
import HL7v2
import Testing

extension ProgramTests {
    /// `mappings diff`, `replay`, `import`, `export`, and `why`: what an analyst decides by.
    @Suite("Tools for mapping tables") struct MappingToolTests {
        /// A further version of laboratory A's table: one row re-targeted, one gone, one new.
        private func otherVersion(in folder: String, reviewers: String) throws -> String {
            let source = ServerProcess.repository + "/Mappings/codes/lab-a/1.0.0"
            let place = folder + "/lab-a-2"
            try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: true)
            let before = try String(contentsOfFile: source + "/map.tsv", encoding: .utf8)
            var lines = before.split(separator: "\n").map(String.init)
            lines.removeAll { $0.hasPrefix("LABA:1003\t") }
            let row = try #require(lines.firstIndex { $0.hasPrefix("LABA:1020\t") })
            // Leukocytes are an input of SIRS.
            lines[row] = lines[row].replacing(
                "LOINC:6690-2\tLeukocytes [#/volume] in Blood by Automated count",
                with: "LOINC:26464-8\tLeukocytes [#/volume] in Blood"
            )
            .replacing("headwall\theadwall\t", with: "headwall\t\(reviewers)\t")
            let new = try #require(lines.first { $0.hasPrefix("LABA:1002\t") }).replacing(
                "LABA:1002\tPotassium", with: "LABA:1002B\tPotassium")
            lines.insert(new, at: try #require(lines.firstIndex { $0.hasPrefix("LABA:1004\t") }))
            let after = lines.joined(separator: "\n") + "\n"
            try after.write(toFile: place + "/map.tsv", atomically: true, encoding: .utf8)
            let digests = [before, after].map { ContentDigest(of: Array($0.utf8)).hex }
            try String(contentsOfFile: source + "/manifest.json", encoding: .utf8).replacing(digests[0], with: digests[1])
                .replacing("\"version\": \"1.0.0\"", with: "\"version\": \"2.0.0\"")
                .write(toFile: place + "/manifest.json", atomically: true, encoding: .utf8)
            return place
        }

        @Test func diffNamesEachChangeAndAsksForTwoReviewers() async throws {
            let folder = try ServerProcess.temporaryFolder()
            defer { try? FileManager.default.removeItem(atPath: folder) }
            let one = try otherVersion(in: folder, reviewers: "anna")
            let diff = try await HeadwallCommand.run("mappings", "diff", "lab-a/1.0.0", one, "--json")
            #expect(diff.status == 65 && diff.error.contains("two reviewers"), "\(diff.error)")
            func change(_ code: String) -> JSON? { diff.jsonLines.first { $0["code"]?.stringValue == code } }
            #expect(diff.jsonLines.count == 3)
            #expect(change("1020")?["change"]?.stringValue == "retargeted")
            #expect(change("1020")?["before"]?.stringValue == "6690-2")
            #expect(change("1020")?["after"]?.stringValue == "26464-8")
            #expect(change("1020")?["models"]?.arrayValue?.contains("sirs") == true)
            #expect(change("1020")?["needsSecondReviewer"]?.boolValue == true)
            #expect(change("1003")?["change"]?.stringValue == "retired")
            #expect(change("1002B")?["change"]?.stringValue == "new")
            try FileManager.default.removeItem(atPath: one)
            let two = try otherVersion(in: folder, reviewers: "anna|ben")
            let reviewed = try await HeadwallCommand.run("mappings", "diff", "lab-a/1.0.0", two)
            #expect(reviewed.status == 0, "\(reviewed.error)")
            #expect(
                reviewed.lines.last?.hasPrefix("1 new, 1 retired, 1 re-targeted, 0 revised") == true, "\(reviewed.output)")
            let same = try await HeadwallCommand.run("mappings", "diff", "lab-a/1.0.0", "lab-a/1.0.0", "--json")
            #expect(same.status == 0 && same.output.isEmpty)
        }

        @Test(.timeLimit(.minutes(2))) func replayCountsRealTrafficAndWhyExplainsAValue() async throws {
            let folder = try ServerProcess.temporaryFolder()
            defer { try? FileManager.default.removeItem(atPath: folder) }
            let other = try otherVersion(in: folder, reviewers: "anna|ben")
            let server = try ServerProcess(
                folder: folder,
                """
                sources: [{ name: lab-a, codeSystem: "urn:headwall:codes:lab-a" }]
                doors: { mllp: [{ name: in, port: 0, source: lab-a }], http: { port: 0 } }
                """)
            defer { if server.isRunning { server.kill() } }
            try await server.startUp()
            let client = try await MLLPClient.connect(host: "127.0.0.1", port: try #require(server.mllpPorts["in"]))
            let messages = (0..<10).map { index in
                VitalsMessage(
                    control: "W\(index)", time: "2026010508\(10 + index)00+0100",
                    results: [
                        ("1020^Leucocytes^99LABA", "\(5 + index)", "K/uL"),
                        ("1003^Chloride^99LABA", "\(95 + index)", "mmol/L"),
                        ("1002B^Potassium^99LABA", "4.\(index)", "mmol/L"), ("1006^Creatinine^99LABA", "88.4", "umol/L"),
                    ]
                ).bytes
            }
            for reply in await client.sendPipelined(messages) {
                #expect(try Acknowledgement.parse(try reply.get()).code == .AA)
            }
            await client.close()
            #expect(try await server.shutDown() == 0)

            let replay = try await HeadwallCommand.run(
                "mappings", "replay", "lab-a/1.0.0", other, "--journal", server.configurationFile, "--json")
            #expect(replay.status == 0, "\(replay.error)")
            func values(_ effect: String) -> String? {
                replay.jsonLines.first { $0["effect"]?.stringValue == effect }?["values"].map { text($0.write()) }
            }
            #expect(values("retargeted") == "10" && values("lost") == "10" && values("newly-mapped") == "10")
            #expect(values("same") == "10")

            // 88.4 µmol/L of creatinine (113.12 g/mol) are 1.0 mg/dL.
            let why = try await HeadwallCommand.run(
                "why", "1 OBX[4]-5", "--config", server.configurationFile, "--json")
            #expect(why.status == 0, "\(why.error)")
            let facts = try #require(why.jsonLines.first)
            #expect(facts["sent"]?.stringValue == "88.4 umol/L")
            #expect(facts["code"]?.stringValue?.hasPrefix("2160-0 Creatinine") == true)
            #expect(
                facts["value"]?.stringValue?.hasPrefix("0.99998") == true
                    || facts["value"]?.stringValue?.hasPrefix("1.0000") == true)
            #expect(facts["value"]?.stringValue?.hasSuffix("mg/dL") == true)
            #expect(facts["conversion"]?.stringValue?.hasPrefix("molar: 113.12 g/mol") == true)
            #expect(facts["table"]?.stringValue == "lab-a/1.0.0" && facts["row"]?.stringValue?.count == 32)
            #expect(facts["digest"]?.stringValue?.count == 64 && facts["approved by"]?.stringValue == "headwall")
            #expect(facts["received"]?.stringValue == facts["known since"]?.stringValue)
            let byID = try await HeadwallCommand.run(
                ["why", try #require(facts["observation"]?.stringValue), "--config", server.configurationFile, "--json"])
            #expect(byID.output == why.output)
            let absent = try await HeadwallCommand.run("why", "0123", "--config", server.configurationFile)
            #expect(absent.status == 65)
        }

        /// What is exported is imported again, conditions and all.
        @Test(arguments: ["conceptmap-r4", "conceptmap-r5", "sssom"]) func exportsReadBack(format: String) async throws {
            let folder = try ServerProcess.temporaryFolder()
            defer { try? FileManager.default.removeItem(atPath: folder) }
            let file = folder + (format == "sssom" ? "/map.tsv" : "/map.json")
            let export = try await HeadwallCommand.run("mappings", "export", "lab-a/1.0.0", "--as", format, "--out", file)
            #expect(export.status == 0 && export.output.isEmpty, "\(export.error)")
            let back = try await HeadwallCommand.run(
                ["mappings", "import", file, "--system", "urn:headwall:codes:lab-a", "--prefix", "LABA"])
            #expect(back.status == 0, "\(back.error)")
            let original = try String(
                contentsOfFile: ServerProcess.repository + "/Mappings/codes/lab-a/1.0.0/map.tsv", encoding: .utf8)
            func pairs(_ text: String, approved: Bool) -> Set<String> {
                var pairs: Set<String> = []
                for line in text.split(separator: "\n") where line.hasPrefix("LABA:") {
                    let fields = line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
                    guard fields.count > 20, !approved || fields[20] == "approved" else { continue }
                    pairs.insert([fields[0], fields[3], fields[12]].joined(separator: " "))
                }
                return pairs
            }
            // A ConceptMap has what is approved; what it brings back is proposed again.
            let isMap = format != "sssom"
            let expected = pairs(original, approved: isMap).filter { !$0.contains("NoTermFound") || !isMap }
            let missing = expected.subtracting(pairs(back.output, approved: false))
            #expect(!expected.isEmpty && missing.isEmpty, "\(missing)")
        }

        @Test func importsByColumnsAndFindsConflicts() async throws {
            let folder = try ServerProcess.temporaryFolder()
            defer { try? FileManager.default.removeItem(atPath: folder) }
            let file = folder + "/tests.csv"
            // Reticulocytes in % under a number per volume: the error of a published table.
            try """
            Test,Name,Unit,LOINC,State,By
            10,Sodium,mmol/L,2951-2,approved,anna
            11,Reticulocytes,%,60474-4,approved,anna
            12,Potassium,mmol/L,2823-3,,
            """.write(toFile: file, atomically: true, encoding: .utf8)
            let run = try await HeadwallCommand.run([
                "mappings", "import", file, "--format", "columns", "--system", "urn:lab", "--prefix", "LAB",
                "--column", "code=Test", "--column", "label=Name", "--column", "unit=Unit", "--column", "target=LOINC",
                "--column", "status=State", "--column", "reviewer=By",
            ])
            #expect(run.status == 65 && run.error.contains("does not measure what the target is"), "\(run.error)")
            let rows = run.lines.filter { $0.hasPrefix("LAB:") }
            #expect(rows.map { $0.hasSuffix("\tapproved\t\t\t") } == [true, true, false], "\(rows)")
            let nothing = try await HeadwallCommand.run("mappings", "import", file)
            #expect(nothing.status == 64)
        }
    }
}

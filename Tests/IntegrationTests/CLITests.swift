import Clinical
import FHIR
import Foundation
import Testing

extension ProgramTests {
    /// What other people's scripts rely on.
    @Suite("Contracts of the command line") struct CLITests {
        static let commands: [[String]] = [
            [], ["serve"], ["demo"], ["convert"], ["translate"], ["units"], ["units", "convert"], ["units", "validate"],
            ["score"], ["replay"], ["mappings"], ["mappings", "check"],
            ["mappings", "diff"], ["mappings", "replay"], ["mappings", "import"], ["mappings", "export"], ["why"],
            ["models"], ["models", "list"],
            ["models", "verify"], ["models", "card"], ["hl7"], ["hl7", "show"], ["hl7", "diff"], ["queue"],
            ["queue", "unmapped"], ["queue", "approve"], ["queue", "quarantine"], ["queue", "outbox"],
            ["queue", "requeue"], ["fixtures"], ["fixtures", "ward-day"],
        ]

        @Test(arguments: commands) func helpHasAnExample(_ command: [String]) async throws {
            let help = try await HeadwallCommand.run(command + ["--help"])
            #expect(help.status == 0 && help.error.isEmpty)
            #expect(help.output.contains("Example:  headwall " + command.joined(separator: " ")), "\(help.output)")
        }

        @Test func wrongUseIsExplainedInOneLineWithExitCode64() async throws {
            for arguments in [["nonsense"], ["convert"], ["translate", "--system"], ["queue", "requeue", "x"]] {
                let run = try await HeadwallCommand.run(arguments)
                #expect(run.status == 64, "\(arguments)")
                #expect(run.error.hasPrefix("headwall: ") && run.output.isEmpty, "\(arguments)")
                #expect(run.error.split(separator: "\n").count == 1 && run.error.contains("--help"), "\(run.error)")
            }
        }

        // MARK: translate

        @Test func translateSaysWhatTheTableSays() async throws {
            // Mappings/codes/lab-a: 1006 is creatinine, by mass, in serum or plasma.
            let creatinine = try await HeadwallCommand.run(
                "translate", "--system", "urn:headwall:codes:lab-a", "--code", "1006", "--unit", "mg/dL", "--json")
            #expect(creatinine.status == 0)
            let answer = try #require(creatinine.json)
            #expect(answer["outcome"]?.stringValue == "mapped")
            #expect(answer["loinc"]?.stringValue == "2160-0")
            #expect(answer["unit"]?.stringValue == "mg/dL")
            #expect(answer["table"]?.stringValue?.hasPrefix("lab-a") == true)
            #expect(answer["tableDigest"]?.stringValue?.count == 64)
            let unknown = try await HeadwallCommand.run(
                "translate", "--system", "urn:headwall:codes:lab-a", "--code", "NOPE", "--json")
            #expect(unknown.status == 65)
            #expect(unknown.json?["outcome"]?.stringValue == "unmapped-code")
            #expect(unknown.json?["explanation"]?.stringValue?.isEmpty == false)
            #expect(unknown.json?["loinc"] == nil)
        }

        @Test func translateBatchAnswersEachLineWithOne() async throws {
            let lab = "urn:headwall:codes:lab-a"
            let run = try await HeadwallCommand.run(
                "translate", "--batch",
                input:
                    "\(lab)\t1006\tmg/dL\n\(lab)\tNOPE\nonly one column\n\(lab)\t1006\tmg/dL\t\tyesterday\n\n\(lab)\t1002\r\n"
            )
            #expect(run.status == 0)
            let rows = run.output.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
                .map { $0.split(separator: "\t", omittingEmptySubsequences: false).map(String.init) }
            #expect(rows.map(\.first) == ["mapped", "unmapped-code", "invalid", "invalid", "invalid", "mapped"])
            #expect(rows.allSatisfy { $0.count == 10 })
            #expect(rows.map { $0[1] } == ["2160-0", "", "", "", "", "2823-3"], "only what is mapped has a LOINC code")
            #expect(rows[1...4].allSatisfy { !$0[9].isEmpty })
        }

        // MARK: units

        @Test func unitsConvert() async throws {
            // C4H7N3O has 113.12 g/mol, so 1 mg/dL of creatinine is 10 000 / 113.12 = 88.4 µmol/L.
            let creatinine = try await HeadwallCommand.run(
                "units", "convert", "1.0", "mg/dL", "umol/L", "--loinc", "2160-0", "--json")
            #expect(creatinine.status == 0)
            let value = try #require(creatinine.json?["value"]?.decimalValue)
            #expect(abs(Double("\(value)").map { $0 - 88.4 } ?? 1) < 0.05)
            #expect(creatinine.json?["unit"]?.stringValue == "umol/L")
            // Without the substance it must not be done.
            let refused = try await HeadwallCommand.run("units", "convert", "1.0", "mg/dL", "umol/L", "--json")
            #expect(refused.status == 65)
            #expect(refused.json?["outcome"]?.stringValue != "converted")
            // By definition 37 °C are 98.6 °F, and −40 are −40.
            let warm = try await HeadwallCommand.run("units", "convert", "37", "Cel", "[degF]")
            #expect(warm.status == 0 && warm.output == "98.6 [degF]\n")
            let cold = try await HeadwallCommand.run("units", "convert", "-40", "Cel", "[degF]")
            #expect(cold.status == 0 && cold.output == "-40 [degF]\n", "\(cold.error)")
        }

        @Test func unitsConvertBatch() async throws {
            let run = try await HeadwallCommand.run(
                "units", "convert", "--batch",
                input: "37\tCel\t[degF]\nx\tCel\t[degF]\n1\tmg\n\n-40\tCel\t[degF]\n1\tmg/dL\tumol/L\t2160-0\n")
            let rows = run.output.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
                .map { $0.split(separator: "\t", omittingEmptySubsequences: false).map(String.init) }
            #expect(run.status == 0 && rows.count == 6)
            #expect(rows.map { $0.count > 1 ? $0[1] == "converted" : false } == [true, false, false, false, true, true])
            #expect(rows[0][0] == "98.6" && rows[4][0] == "-40" && rows[5][0].hasPrefix("88.4"))
        }

        @Test func unitsValidate() async throws {
            let good = try await HeadwallCommand.run("units", "validate", "mm[Hg]", "--json")
            #expect(good.status == 0 && good.json?["valid"]?.boolValue == true)
            let bad = try await HeadwallCommand.run("units", "validate", "mmHg", "--json")
            #expect(bad.status == 65 && bad.json?["valid"]?.boolValue == false)
            #expect(bad.json?["reason"]?.stringValue?.isEmpty == false)
            let batch = try await HeadwallCommand.run("units", "validate", "--batch", input: "mg/dL\nfurlongs\n\n10*9/L\n")
            #expect(batch.status == 0)
            #expect(
                batch.output.split(separator: "\n").map { $0.split(separator: "\t", omittingEmptySubsequences: false)[1] }
                    == ["valid", "invalid", "invalid", "valid"])
        }

        // MARK: tables and models

        @Test func modelsAreListedAndVerified() async throws {
            let list = try await HeadwallCommand.run("models", "list", "--json")
            #expect(list.status == 0)
            let names = list.jsonLines.compactMap { $0["name"]?.stringValue }
            #expect(Set(names).isSuperset(of: ["news2", "qsofa", "sirs", "shock-index", "mews"]))
            #expect(list.jsonLines.allSatisfy { $0["digest"]?.stringValue?.count == 64 })
            let verify = try await HeadwallCommand.run("models", "verify")
            #expect(verify.status == 0 && verify.lines.count == names.count)

            let folder = try ServerProcess.temporaryFolder()
            defer { try? FileManager.default.removeItem(atPath: folder) }
            let copy = try Self.copy("Models", to: folder)
            let manifest = copy + "/news2/1.0.0/manifest.json"
            let text = try String(contentsOfFile: manifest, encoding: .utf8)
            try text.replacing("\"kind\": \"score\"", with: "\"kind\": \"guess\"")
                .write(toFile: manifest, atomically: true, encoding: .utf8)
            let broken = try await HeadwallCommand.run("models", "verify", "--models", copy)
            #expect(broken.status == 78)
            #expect(
                broken.error.contains("news2/1.0.0") && broken.error.split(separator: "\n").count == 1, "\(broken.error)")
        }

        @Test func mappingsAreChecked() async throws {
            let check = try await HeadwallCommand.run("mappings", "check", "--json")
            #expect(check.status == 0)
            let tables = check.jsonLines.compactMap { $0["table"]?.stringValue }
            #expect(tables.contains("lab-a/1.0.0") && tables.contains("mdc/1.0.0"))
            let folder = try ServerProcess.temporaryFolder()
            defer { try? FileManager.default.removeItem(atPath: folder) }
            let copy = try Self.alteredMappings(in: folder, "LOINC:8867-4", to: "LOINC:8867-5")
            let broken = try await HeadwallCommand.run("mappings", "check", "--mappings", copy)
            // The check digit of 8867-4 is 4.
            #expect(broken.status == 78)
            #expect(broken.error.contains("codes/mdc/1.0.0/map.tsv") && broken.error.contains("3"), "\(broken.error)")
        }

        // MARK: serve --check

        @Test func serveCheckNamesTheLine() async throws {
            let folder = try ServerProcess.temporaryFolder()
            defer { try? FileManager.default.removeItem(atPath: folder) }
            let file = folder + "/headwall.yaml"
            let good = """
                mappings: "\(ServerProcess.repository)/Mappings"
                models: { folder: "\(ServerProcess.repository)/Models" }
                store: { folder: "\(folder)/store" }
                doors:
                  http:
                    port: 0
                """
            try good.write(toFile: file, atomically: true, encoding: .utf8)
            let fine = try await HeadwallCommand.run("serve", "--check", "--config", file)
            #expect(fine.status == 0, "\(fine.error)")
            #expect(!FileManager.default.fileExists(atPath: folder + "/store"), "a check makes nothing")
            try (good + "\n    prot: 8080\n    readTimeout: soon\n").write(toFile: file, atomically: true, encoding: .utf8)
            let wrong = try await HeadwallCommand.run("serve", "--check", "--config", file)
            #expect(wrong.status == 78 && wrong.output.isEmpty)
            #expect(wrong.error.contains("headwall.yaml:7: doors.http.prot: unknown key"), "\(wrong.error)")
            #expect(wrong.error.contains("headwall.yaml:8: doors.http.readTimeout: must be a time"), "\(wrong.error)")
            let serving = try await HeadwallCommand.run("serve", "--config", file)
            #expect(serving.status == 78)
            let absent = try await HeadwallCommand.run("serve", "--config", folder + "/absent.yaml")
            #expect(absent.status == 66 && absent.error.contains("absent.yaml"))
        }

        @Test func theExampleConfigurationIsGood() async throws {
            let run = try await HeadwallCommand.run("serve", "--check", "--config", "Fixtures/headwall.yaml")
            #expect(run.status == 0, "\(run.error)")
        }

        @Test func fixturesAreThoseCommitted() async throws {
            let folder = try ServerProcess.temporaryFolder()
            defer { try? FileManager.default.removeItem(atPath: folder) }
            let run = try await HeadwallCommand.run("fixtures", "ward-day", "--out", folder + "/day")
            #expect(run.status == 0)
            let committed = ServerProcess.repository + "/Fixtures/ward-day/"
            let names = try FileManager.default.contentsOfDirectory(atPath: folder + "/day")
            #expect(names.count >= 6)
            for name in names {
                #expect(
                    FileManager.default.contents(atPath: folder + "/day/" + name)
                        == FileManager.default.contents(atPath: committed + name), "\(name)")
            }
        }

        // MARK: Copies

        static func copy(_ name: String, to folder: String) throws -> String {
            let source = URL(fileURLWithPath: ServerProcess.repository + "/" + name).resolvingSymlinksInPath()
            try FileManager.default.copyItem(atPath: source.path, toPath: folder + "/" + name)
            return folder + "/" + name
        }

        /// The tables with one text of the MDC table changed, and its digest with it.
        static func alteredMappings(in folder: String, _ text: String, to other: String) throws -> String {
            let copy = try copy("Mappings", to: folder)
            let (table, manifest) = (copy + "/codes/mdc/1.0.0/map.tsv", copy + "/codes/mdc/1.0.0/manifest.json")
            let before = try String(contentsOfFile: table, encoding: .utf8)
            var lines = before.components(separatedBy: "\n")
            let row = try #require(lines.firstIndex { $0.hasPrefix("MDC:147842\t") })
            lines[row] = lines[row].replacing(text, with: other)
            let after = lines.joined(separator: "\n")
            try #require(after != before)
            try after.write(toFile: table, atomically: true, encoding: .utf8)
            let digests = [before, after].map { ContentDigest(of: Array($0.utf8)).hex }
            let record = try String(contentsOfFile: manifest, encoding: .utf8)
            try record.replacing(digests[0], with: digests[1]).write(toFile: manifest, atomically: true, encoding: .utf8)
            return copy
        }
    }
}

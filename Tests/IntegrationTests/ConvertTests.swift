import FHIR
import Foundation
import Testing

extension ProgramTests {
    @Suite("headwall convert") struct ConvertTests {
        private static func fill(_ folder: String) throws -> String {
            let input = folder + "/in"
            try FileManager.default.createDirectory(atPath: input + "/deeper", withIntermediateDirectories: true)
            func write(_ name: String, _ bytes: [UInt8]) throws {
                try Data(bytes).write(to: URL(fileURLWithPath: input + "/" + name))
            }
            let results = VitalsMessage.news2(
                heartRate: 80, respiratoryRate: 14, saturation: 98, systolic: 120, temperature: "36.8")
            let messages = (1...3).map { VitalsMessage(control: "M\($0)", results: results).bytes }
            try write("one.hl7", messages[0])
            try write("many.hl7", messages[0] + messages[1] + messages[2])
            try write("many-0002.hl7", messages[1])
            try write("deeper/bundle.json", utf8(HostileTests.observation(number: 1)))
            try write("deeper/one.xml", try HostileTests.referral(number: 1))
            try write("one.xml", try HostileTests.referral(number: 2))
            try write("garbage.bin", [0, 1, 2, 0xFF])
            try write("date.hl7", VitalsMessage(control: "D", results: results, birth: "99991399").bytes)
            try write("empty.json", [])
            return input
        }

        @Test func eachMessageBecomesABundleAndEachInputALine() async throws {
            let folder = try ServerProcess.temporaryFolder()
            defer { try? FileManager.default.removeItem(atPath: folder) }
            let (input, out) = (try Self.fill(folder), folder + "/out")
            let run = try await HeadwallCommand.run("convert", input, "--out", out)
            #expect(run.status == 0, "\(run.error)")
            let report = try JSONLines(out + "/report.ndjson")
            #expect(report.count == 11)
            let converted = report.filter { $0["outcome"]?.stringValue == "converted" }
            let refused = report.filter { $0["outcome"]?.stringValue == "refused" }
            #expect(converted.count == 9 && refused.count == 2)

            // Every line that names an output has a file of its own, a Bundle.
            let outputs = converted.compactMap { $0["output"]?.stringValue }
            #expect(Set(outputs).count == 9)
            for name in ["many-0001.json", "many-0003.json", "one.json", "deeper/bundle.json", "deeper/one.json"] {
                #expect(outputs.contains(name), "\(name)")
            }
            for output in outputs {
                let bytes = try #require(FileManager.default.contents(atPath: out + "/" + output), "\(output)")
                let bundle = try JSON(parsing: Array(bytes))
                #expect(bundle["resourceType"]?.stringValue == "Bundle")
                #expect((bundle["entry"]?.arrayValue ?? []).isEmpty == false)
            }
            let files = FileManager.default.enumerator(atPath: out)?.compactMap { $0 as? String } ?? []
            #expect(files.count { $0.hasSuffix(".json") } == 9)

            for line in refused {
                let issue = try #require(line["issues"]?[0])
                #expect(issue["place"]?.stringValue?.isEmpty == false && issue["text"]?.stringValue?.isEmpty == false)
                #expect(issue["code"]?.decimalValue != nil && line["output"] == nil)
            }
            // A date that does not exist is no birth date; what was sent is kept beside it.
            let date = try JSON(parsing: Array(try #require(FileManager.default.contents(atPath: out + "/date.json"))))
            let entries = date["entry"]?.arrayValue ?? []
            let patient = try #require(entries.compactMap { $0["resource"] }.first { $0.resourceType == "Patient" })
            #expect(patient["birthDate"] == nil)
            #expect(text(patient.write()).contains("99991399"))
        }

        @Test func strictGoesWith65AndTheSameInputGivesTheSameBytes() async throws {
            let folder = try ServerProcess.temporaryFolder()
            defer { try? FileManager.default.removeItem(atPath: folder) }
            let input = try Self.fill(folder)
            for name in ["a", "b"] {
                let run = try await HeadwallCommand.run("convert", input, "--out", "\(folder)/\(name)", "--strict")
                #expect(run.status == 65)
            }
            let names = try FileManager.default.subpathsOfDirectory(atPath: folder + "/a")
            #expect(names.count > 8)
            for name in names where name.contains(".") {
                #expect(
                    FileManager.default.contents(atPath: "\(folder)/a/\(name)")
                        == FileManager.default.contents(atPath: "\(folder)/b/\(name)"), "\(name)")
            }
            let good = try await HeadwallCommand.run(
                "convert", input + "/one.hl7", "--out", folder + "/c", "--from", "hl7v2", "--strict")
            #expect(good.status == 0)
            let forced = try await HeadwallCommand.run(
                "convert", input + "/one.hl7", "--out", folder + "/d", "--from", "fhir", "--strict")
            #expect(forced.status == 65)
            let absent = try await HeadwallCommand.run("convert", input + "/absent", "--out", folder + "/e")
            #expect(
                absent.status == 66 && absent.error.contains("absent") && absent.error.split(separator: "\n").count == 1)
        }

        /// The base of local systems is what shows that a layer was read.
        @Test func aSiteLayerByPathAndByName() async throws {
            let folder = try ServerProcess.temporaryFolder()
            defer { try? FileManager.default.removeItem(atPath: folder) }
            let input = try Self.fill(folder)
            let layer = folder + "/layer"
            try FileManager.default.createDirectory(atPath: layer, withIntermediateDirectories: true)
            let settings = layer + "/settings.tsv"
            try "setting\tvalue\nidentifier-system-base\thttps://ids.example.org/\n"
                .write(toFile: settings, atomically: true, encoding: .utf8)
            let message = input + "/one.hl7"
            let plain = try await HeadwallCommand.run("convert", message, "--out", folder + "/a")
            let layered = try await HeadwallCommand.run("convert", message, "--out", folder + "/b", "--site", layer)
            #expect(plain.status == 0 && layered.status == 0, "\(layered.error)")
            let bundle = try String(contentsOfFile: folder + "/b/one.json", encoding: .utf8)
            #expect(bundle.contains("https://ids.example.org/"))
            #expect(
                try String(contentsOfFile: folder + "/a/one.json", encoding: .utf8)
                    .contains("https://ids.example.org/") == false)

            let shipped = try await HeadwallCommand.run("mappings", "check", "--site", "microsoft")
            #expect(shipped.lines.contains { $0.hasPrefix("v2-to-fhir, site\t") }, "\(shipped.error)")
            let unknown = try await HeadwallCommand.run("mappings", "check", "--site", "nobody")
            #expect(unknown.status == 78 && unknown.error.contains("nobody"))
            try "setting\tvalue\nbase\thttps://ids.example.org/\n".write(
                toFile: settings, atomically: true, encoding: .utf8)
            let refused = try await HeadwallCommand.run("convert", message, "--out", folder + "/c", "--site", layer)
            #expect(refused.status == 78 && refused.error.contains(settings), "\(refused.error)")
        }

        private func JSONLines(_ path: String) throws -> [JSON] {
            try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").map {
                try JSON(parsing: utf8(String($0)))
            }
        }
    }
}

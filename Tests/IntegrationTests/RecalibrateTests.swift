import Clinical
import FHIR
import Foundation
import Testing

extension ProgramTests {
    /// A hospital whose patients are not those of the training: labels are drawn by the heart rate alone.
    @Suite("A model is recalibrated by local labels") struct RecalibrateTests {
        private struct Random: RandomNumberGenerator {
            var state: UInt64

            mutating func next() -> UInt64 {
                state &+= 0x9e37_79b9_7f4a_7c15
                var z = state
                z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
                z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
                return z ^ (z >> 31)
            }
        }

        /// Six hours of each patient, one label an hour.
        private static func timelines(patients: Int, seed: UInt64) -> (text: String, labels: [[Bool]]) {
            var random = Random(state: seed)
            var lines = ""
            var labels: [[Bool]] = []
            for patient in 0..<patients {
                let isIll = Int.random(in: 0..<3, using: &random) == 0
                var observations: [String] = []
                var own: [Bool] = []
                for hour in 0..<6 {
                    func add(_ loinc: String, _ value: Int, _ unit: String) {
                        observations.append(
                            #"{"loinc":"\#(loinc)","value":\#(value),"unit":"\#(unit)","effective":"2026-01-05T0\#(hour):30:00Z"}"#
                        )
                    }
                    let rate = Int.random(in: isIll ? 85...140 : 55...110, using: &random)
                    add("8867-4", rate, "/min")
                    add("9279-1", Int.random(in: isIll ? 16...34 : 10...24, using: &random), "/min")
                    add("8480-6", Int.random(in: isIll ? 75...130 : 95...150, using: &random), "mm[Hg]")
                    add("8310-5", Int.random(in: isIll ? 37...40 : 36...38, using: &random), "Cel")
                    own.append(isIll && Int.random(in: 60...160, using: &random) < rate)
                }
                let moments = (1...6).map { #""2026-01-05T0\#($0):00:00Z""# }.joined(separator: ",")
                lines +=
                    #"{"patient":"\#(patient)","birthDate":"19\#(30 + patient % 60)-01-01","asOf":[\#(moments)],"labels":"#
                    + "[\(own.map { "\($0)" }.joined(separator: ","))],"
                    + #""observations":[\#(observations.joined(separator: ","))]}"# + "\n"
                labels.append(own)
            }
            return (lines, labels)
        }

        /// Share of hours whose label is in the set of 80 %, and of those with the event.
        private static func coverage(_ model: String, _ folder: String, _ text: String, _ labels: [[Bool]]) async throws
            -> (
                all: Double, event: Double
            )
        {
            let run = try await HeadwallCommand.run(
                ["score", "--model", model, "--models", folder, "--timelines", "-", "--explain"], input: text)
            #expect(run.status == 0, "\(run.error)")
            let flat = labels.flatMap(\.self)
            let lines = run.jsonLines
            #expect(lines.count == flat.count)
            var (covered, events, eventsCovered) = (0, 0, 0)
            for (line, label) in zip(lines, flat) {
                let sets = try #require(line["explanation"]?["predictionSets"]?.arrayValue)
                let set = try #require(sets.first { $0["level"]?.decimalValue?.doubleValue == 0.8 })
                let isInside = try #require((label ? set["positive"] : set["negative"])?.boolValue as Bool?)
                if isInside { covered += 1 }
                if label { events += 1 }
                if label, isInside { eventsCovered += 1 }
            }
            return (Double(covered) / Double(flat.count), Double(eventsCovered) / Double(max(1, events)))
        }

        @Test(.timeLimit(.minutes(3))) func localLabelsRestoreTheCoverage() async throws {
            let folder = try ServerProcess.temporaryFolder()
            defer { try? FileManager.default.removeItem(atPath: folder) }
            let models = folder + "/Models"
            try FileManager.default.createDirectory(atPath: models, withIntermediateDirectories: true)
            let shipped = ServerProcess.repository + "/Models/sepsis-early-warning"
            try FileManager.default.copyItem(
                at: URL(fileURLWithPath: shipped).resolvingSymlinksInPath(),
                to: URL(fileURLWithPath: models + "/sepsis-early-warning"))
            let versions = try FileManager.default.contentsOfDirectory(atPath: shipped)
            let version = try #require(versions.first)
            let (own, _) = Self.timelines(patients: 600, seed: 1)
            try own.write(toFile: folder + "/own.ndjson", atomically: true, encoding: .utf8)
            let arguments = ["models", "recalibrate", "sepsis-early-warning", "--models", models, "--json"]

            let few = try await HeadwallCommand.run(
                arguments + ["--to", "9.0.0", "--timelines", folder + "/own.ndjson", "--minimum-patients", "600"])
            #expect(few.status == 65 && few.error.contains("600 are needed"), "\(few.error)")
            let run = try await HeadwallCommand.run(
                arguments + ["--to", "9.0.0", "--timelines", folder + "/own.ndjson"])
            #expect(run.status == 0, "\(run.error)")
            let facts = try #require(run.jsonLines.first)
            #expect(facts["hours"]?.integerValue == 3600)
            let again = try await HeadwallCommand.run(
                arguments + ["--to", "9.0.0", "--timelines", folder + "/own.ndjson"])
            #expect(again.status == 73)

            // The new version loads, golden rows and all; its trees are those of the old one, and it says where it is from.
            let verify = try await HeadwallCommand.run("models", "verify", "--models", models)
            #expect(verify.lines.contains("sepsis-early-warning@9.0.0 good"), "\(verify.error)")
            let (before, after) = ("\(models)/sepsis-early-warning/\(version)", "\(models)/sepsis-early-warning/9.0.0")
            for name in try FileManager.default.contentsOfDirectory(atPath: before) where name.hasPrefix("member-") {
                #expect(FileManager.default.contentsEqual(atPath: "\(before)/\(name)", andPath: "\(after)/\(name)"))
            }
            let list = try await HeadwallCommand.run("models", "list", "--models", models, "--json")
            let old = try #require(list.jsonLines.first { $0["version"]?.stringValue == version })
            let manifest = try JSON(parsing: [UInt8](Data(contentsOf: URL(fileURLWithPath: after + "/manifest.json"))))
            #expect(manifest["lineage"]?["parent"]?["digest"] == old["digest"])

            // On patients that took no part the sets of 80 % hold what they promise again, septic hours too.
            let (later, labels) = Self.timelines(patients: 400, seed: 2)
            let shippedCoverage = try await Self.coverage("sepsis-early-warning@\(version)", models, later, labels)
            let restored = try await Self.coverage("sepsis-early-warning@9.0.0", models, later, labels)
            #expect(abs(restored.all - 0.8) < 0.05, "\(restored)")
            #expect(abs(restored.event - 0.8) < 0.06, "\(restored)")
            #expect(abs(shippedCoverage.event - 0.8) > abs(restored.event - 0.8), "\(shippedCoverage)")
            let card = try await HeadwallCommand.run("models", "card", "sepsis-early-warning@9.0.0", "--models", models)
            #expect(card.output.contains("Recalibration"))
        }

        @Test func packagesAreSignedAndVerified() async throws {
            let folder = try ServerProcess.temporaryFolder()
            defer { try? FileManager.default.removeItem(atPath: folder) }
            let models = folder + "/Models"
            try FileManager.default.createDirectory(atPath: models, withIntermediateDirectories: true)
            let source = URL(fileURLWithPath: ServerProcess.repository + "/Models/qsofa").resolvingSymlinksInPath()
            try FileManager.default.copyItem(at: source, to: URL(fileURLWithPath: models + "/qsofa"))
            let key = """
                -----BEGIN PRIVATE KEY-----
                MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g
                -----END PRIVATE KEY-----

                """
            // RFC 8032, section 7.1, test 1.
            let publicKey = """
                -----BEGIN PUBLIC KEY-----
                MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=
                -----END PUBLIC KEY-----

                """
            try key.write(toFile: folder + "/key.pem", atomically: true, encoding: .utf8)
            try publicKey.write(toFile: folder + "/key.pub.pem", atomically: true, encoding: .utf8)
            let verify = ["models", "verify", "--models", models, "--trusted-key", folder + "/key.pub.pem"]
            let unsigned = try await HeadwallCommand.run(verify)
            #expect(unsigned.status == 78 && unsigned.error.contains("not signed"), "\(unsigned.error)")
            let sign = try await HeadwallCommand.run(
                "models", "sign", "qsofa", "--models", models, "--key", folder + "/key.pem")
            #expect(sign.status == 0, "\(sign.error)")
            let signed = try await HeadwallCommand.run(verify)
            #expect(signed.lines.first?.contains("good, signed by") == true, "\(signed.error)")
            // One changed character, and the signature is not over this package.
            let manifest = models + "/qsofa/1.0.0/manifest.json"
            let text = try String(contentsOfFile: manifest, encoding: .utf8)
            try text.replacing("Sepsis", with: "Sepsys").write(toFile: manifest, atomically: true, encoding: .utf8)
            let changed = try await HeadwallCommand.run(verify)
            #expect(changed.status == 78 && changed.error.contains("not over this package"), "\(changed.error)")
        }
    }
}

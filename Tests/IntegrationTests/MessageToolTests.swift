import Clinical
import FHIR
import Foundation
import Testing

extension ProgramTests {
    /// Looking at messages, maps and models from the command line.
    @Suite("Tools for messages, maps and models") struct MessageToolTests {
        private static func file(_ message: VitalsMessage, in folder: String) throws -> String {
            let path = folder + "/\(message.control).hl7"
            try Data(message.bytes).write(to: URL(fileURLWithPath: path))
            return path
        }

        private static func message(_ control: String, heartRate: Int) -> VitalsMessage {
            VitalsMessage(
                control: control,
                results: VitalsMessage.news2(
                    heartRate: heartRate, respiratoryRate: 14, saturation: 98, systolic: 120, temperature: "36.8"))
        }

        @Test func messagesAreShownByNameAndComparedByField() async throws {
            let folder = try ServerProcess.temporaryFolder()
            defer { try? FileManager.default.removeItem(atPath: folder) }
            let first = try Self.file(Self.message("M1", heartRate: 80), in: folder)
            let second = try Self.file(Self.message("M2", heartRate: 110), in: folder)
            let tree = try await HeadwallCommand.run("hl7", "show", first)
            #expect(tree.status == 0)
            #expect(tree.output.contains("ORU_R01") && tree.output.contains("Patient Name"), "\(tree.output)")
            let family = try await HeadwallCommand.run("hl7", "show", first, "--path", "PID-5[1].1")
            #expect(family.lines == ["Tanaka"])
            let value = try await HeadwallCommand.run("hl7", "show", first, "--path", "OBX[1]-5")
            #expect(value.lines == ["80"])
            let same = try await HeadwallCommand.run("hl7", "diff", first, first)
            #expect(same.status == 0 && same.output.isEmpty)
            let different = try await HeadwallCommand.run("hl7", "diff", first, second)
            #expect(different.status == 1)
            let paths = different.lines.filter { !$0.hasPrefix(" ") }.map {
                $0.split(separator: " ").first.map(String.init)
            }
            #expect(Set(paths) == ["MSH[1]-10.1", "OBX[1]-5.1"] || Set(paths) == ["MSH[1]-10", "OBX[1]-5"], "\(paths)")
        }

        @Test func everyLeafIsAccountedForAndEveryElementExplained() async throws {
            let folder = try ServerProcess.temporaryFolder()
            defer { try? FileManager.default.removeItem(atPath: folder) }
            let file = try Self.file(Self.message("M1", heartRate: 80), in: folder)
            func table(_ flag: String) async throws -> [[String]] {
                let run = try await HeadwallCommand.run("convert", flag, file)
                #expect(run.status == 0)
                return run.lines.dropFirst().map {
                    $0.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
                }
            }
            let leaves = try await table("--account")
            #expect(leaves.allSatisfy { ["mapped", "preserved", "ignored"].contains($0[1]) })
            // What is ignored says why.
            #expect(leaves.allSatisfy { $0[1] != "ignored" || !$0[2].isEmpty })
            // Seven results, each with a value: all of them are in the account.
            #expect(leaves.count { $0[0].hasPrefix("OBX[") && $0[0].contains("-5.1") && $0[1] == "mapped" } == 7)
            let elements = try await table("--explain")
            let family = try #require(elements.first { $0[2] == "PID[1]-5.1" })
            #expect(family[0].hasSuffix("name[0].family") && family[3] == "Tanaka" && !family[1].isEmpty)
        }

        @Test func aModelSaysWhatIfWhyAndWhatItIs() async throws {
            let folder = try ServerProcess.temporaryFolder()
            defer { try? FileManager.default.removeItem(atPath: folder) }
            func observation(_ loinc: String, _ value: String, _ unit: String) -> String {
                #"{"loinc":"\#(loinc)","value":\#(value),"unit":"\#(unit)","effective":"2026-01-05T07:50:00Z"}"#
            }
            let observations = [
                observation("8867-4", "118", "/min"), observation("9279-1", "26", "/min"),
                observation("8310-5", "38.6", "Cel"), observation("8480-6", "92", "mm[Hg]"),
                observation("2708-6", "91", "%"), observation("2524-7", "4.1", "mmol/L"),
            ]
            let line =
                #"{"patient":"1","birthDate":"1950-01-01","asOf":["2026-01-05T08:00:00Z"],"observations":["#
                + observations.joined(separator: ",") + "]}\n"
            let arguments = ["score", "--model", "sepsis-early-warning", "--timelines", "-", "--explain"]
            let run = try await HeadwallCommand.run(arguments, input: line)
            #expect(run.status == 0, "\(run.error)")
            let explanation = try #require(run.jsonLines.first?["explanation"])
            func number(_ json: JSON?) throws -> Double { try #require(json?.decimalValue).doubleValue }
            let margin = try number(explanation["margin"])
            let values = try (explanation["shapley"]?.arrayValue ?? []).map { try number($0["value"]) }
            // Shapley values and the bias add up to the margin (Lundberg and Lee 2017, local accuracy).
            #expect(abs(try values.reduce(number(explanation["bias"]), +) - margin) < 1e-6)
            let other = try await HeadwallCommand.run(arguments + ["--what-if", "lactate=1.0"], input: line)
            #expect(try number(other.jsonLines.first?["explanation"]?["margin"]) != margin)
            #expect(other.jsonLines.first?["whatIf"]?[0]?.stringValue == "lactate=1.0")
            let wrong = try await HeadwallCommand.run(arguments + ["--what-if", "nonsense=1"], input: line)
            #expect(wrong.status == 64)
            let card = try await HeadwallCommand.run("models", "card", "sepsis-early-warning")
            #expect(card.status == 0 && card.output.contains("<svg") && card.output.contains("Intended use"))
        }
    }
}

import FHIR
import Foundation
import Testing

extension ProgramTests {
    @Suite("headwall score") struct ScoreTests {
        private static func observation(_ loinc: String, _ value: String, _ unit: String?, known: String? = nil) -> String {
            var line = "{\"loinc\":\"\(loinc)\",\"value\":\(value),\"effective\":\"2026-01-05T07:50:00Z\""
            if let unit { line += ",\"unit\":\"\(unit)\"" }
            if let known { line += ",\"known\":\"\(known)\"" }
            return line + "}"
        }

        /// NEWS2 11 by the published chart: 3 for 26 breaths, 2 for 93 %, 2 for oxygen, 1 for 105 mmHg, 2 for 115 beats, 0 for
        /// alert, 1 for 38.5 °C.
        private static let inputs = [
            observation("9279-1", "26", "/min"), observation("59408-5", "93", "%"), observation("3151-8", "2", "L/min"),
            observation("8480-6", "105", "mm[Hg]"), observation("8867-4", "115", "/min"),
            observation("80288-4", "{\"system\":\"http://snomed.info/sct\",\"code\":\"248234008\"}", nil),
            observation("8310-5", "38.5", "Cel"),
        ]

        @Test func theScoreIsThatOfThePublishedChart() async throws {
            let folder = try ServerProcess.temporaryFolder()
            defer { try? FileManager.default.removeItem(atPath: folder) }
            let full = Self.inputs.joined(separator: ",")
            let lines = [
                "{\"patient\":\"1\",\"birthDate\":\"1950-01-01\",\"sex\":\"female\",\"observations\":[\(full)],\"asOf\":[\"2026-01-05T08:00:00Z\",\"2026-01-05T07:00:00Z\"]}",
                // Without respiration the score lies between 8 and 11; what became known later is not used before.
                "{\"patient\":2,\"observations\":[\(Self.inputs.dropFirst().joined(separator: ",")),\(Self.observation("9279-1", "26", "/min", known: "2026-01-05T09:00:00Z"))],\"asOf\":[\"2026-01-05T08:00:00Z\",\"2026-01-05T09:30:00Z\"]}",
            ]
            let (input, output) = (folder + "/in.ndjson", folder + "/out.ndjson")
            try lines.joined(separator: "\n").write(toFile: input, atomically: true, encoding: .utf8)
            let run = try await HeadwallCommand.run("score", "--model", "news2", "--timelines", input, "--out", output)
            #expect(run.status == 0, "\(run.error)")
            let results = try String(contentsOfFile: output, encoding: .utf8).split(separator: "\n")
                .map { try JSON(parsing: utf8(String($0))) }
            #expect(results.count == 4)
            func interval(_ index: Int) -> [String] {
                (results[index]["interval"]?.arrayValue ?? []).map { text($0.write()) }
            }
            #expect(results.map { $0["patient"].map { text($0.write()) } } == ["\"1\"", "\"1\"", "2", "2"])
            #expect(results[0]["score"].map { text($0.write()) } == "11")
            #expect(results[0]["level"]?.stringValue == "high" && interval(0) == ["11", "11"])
            #expect(
                (results[0]["missing"]?.arrayValue ?? []).contains { $0["name"]?.stringValue == "respiratory-rate" }
                    == false)
            #expect((results[0]["reasons"]?.arrayValue ?? []).contains { $0["text"]?.stringValue?.contains("26") == true })
            // An hour earlier nothing was known.
            #expect(results[1]["score"] == .null)
            #expect((results[1]["missing"]?.arrayValue ?? []).count >= 7)
            #expect(results[2]["score"] == .null && interval(2) == ["8", "11"])
            #expect((results[2]["missing"]?.arrayValue ?? []).contains { $0["name"]?.stringValue == "respiratory-rate" })
            #expect(results[3]["score"].map { text($0.write()) } == "11")
        }

        /// OPTN policy 9.1.D: creatinine 1.9 mg/dL, bilirubin 4.0 mg/dL and INR 1.5 make 2.235, rounded to the tenth and
        /// multiplied by ten MELD(i) 22; with sodium 135 mmol/L 22 + 2.64 − 1.45, so 23. 1.9 mg/dL are 168 µmol/L (88.4 each), 4.0 mg/dL are 68.4 µmol/L (17.1 each).
        @Test(arguments: [
            [("2160-0", "1.9", "mg/dL"), ("1975-2", "4.0", "mg/dL")],
            [("14682-9", "168", "umol/L"), ("14631-6", "68.4", "umol/L")],
        ])
        func theUnitsOfAHospitalDoNotMatter(_ results: [(String, String, String)]) async throws {
            let observations = (results + [("6301-6", "1.5", "{INR}"), ("2951-2", "135", "mmol/L")])
                .map { Self.observation($0.0, $0.1, $0.2) }.joined(separator: ",")
            let line = "{\"patient\":\"1\",\"observations\":[\(observations)],\"asOf\":[\"2026-01-05T08:00:00Z\"]}\n"
            let run = try await HeadwallCommand.run("score", "--model", "meld-na", "--timelines", "-", input: line)
            #expect(run.status == 0, "\(run.error)")
            let answer = try JSON(parsing: utf8(run.output))
            #expect(answer["score"].map { text($0.write()) } == "23")
        }

        @Test func aWrongLineIsNamed() async throws {
            let folder = try ServerProcess.temporaryFolder()
            defer { try? FileManager.default.removeItem(atPath: folder) }
            let input = folder + "/in.ndjson"
            for (line, place) in [
                ("{\"patient\":\"1\",", "in.ndjson:2"), ("{\"observations\":[]}", "/patient"),
                ("{\"patient\":\"1\",\"observations\":[{\"loinc\":\"9279-1\",\"value\":1}]}", "/observations/0/effective"),
                ("{\"patient\":\"1\",\"asOf\":[\"9999-13-99\"]}", "/asOf/0"),
            ] {
                try "{\"patient\":\"1\",\"asOf\":[\"2026-01-05T08:00:00Z\"]}\n\(line)\n"
                    .write(toFile: input, atomically: true, encoding: .utf8)
                let run = try await HeadwallCommand.run("score", "--model", "news2", "--timelines", input)
                #expect(run.status == 65 && run.error.contains("in.ndjson:2") && run.error.contains(place), "\(run.error)")
                #expect(run.error.split(separator: "\n").count == 1 && !run.error.contains("9999-13"))
            }
            let unknown = try await HeadwallCommand.run("score", "--model", "crystal-ball", "--timelines", input)
            #expect(unknown.status == 66)
        }
    }
}

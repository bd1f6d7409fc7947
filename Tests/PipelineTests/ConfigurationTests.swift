import Foundation
import Pipeline
import Testing

@Suite struct ConfigurationTests {
    private func problems(_ text: String) -> [ConfigurationError.Problem] {
        do {
            _ = try Configuration(yaml: text, file: "test.yaml")
            return []
        } catch {
            return error.problems
        }
    }

    @Test func anEmptyFileIsTheDefault() throws {
        let configuration = try Configuration(yaml: "", file: "test.yaml")
        #expect(configuration.clock == .wall)
        #expect(configuration.http?.host == "127.0.0.1")
        #expect(configuration.models.primary == "news2")
        #expect(configuration.mllp.isEmpty)
    }

    @Test func readsSectionsListsAndUnits() throws {
        let configuration = try Configuration(
            yaml: """
                clock: recorded
                sources:
                  - name: lab
                    zone: Europe/Berlin
                    sendingApplications: [LABA, LABB]
                doors:
                  mllp:
                    - name: main
                      port: 2575
                      source: lab
                      maximumFrameBytes: 1MiB
                      frameDeadline: 90s
                  http: { enabled: false }
                """, file: "test.yaml")
        #expect(configuration.clock == .recorded)
        #expect(configuration.sources.first?.sendingApplications == ["LABA", "LABB"])
        #expect(configuration.mllp.first?.maximumFrameBytes == 1 << 20)
        #expect(configuration.mllp.first?.frameDeadline == .seconds(90))
        #expect(configuration.http == nil)
    }

    @Test func unknownKeysNameTheirLineAndTheKnownOnes() {
        let found = problems("clock: wall\nstore:\n  folder: x\n  fodler: y\n")
        #expect(found.map(\.line) == [4])
        #expect(found.first?.key == "store.fodler")
        #expect(found.first?.text.contains("folder") == true)
    }

    @Test(arguments: [
        ("clock: sundial\n", 1, "clock"), ("store: 5\n", 1, "store"),
        ("\nstore:\n  groupCommitMessages: many\n", 3, "store.groupCommitMessages"),
        (
            "doors:\n  mllp:\n    - name: a\n      source: s\n      port: 70000\nsources:\n  - name: s\n", 5,
            "doors.mllp[0].port"
        ),
        ("sources:\n  - name: a\n    zone: Mars/Olympus\n", 3, "sources[0].zone"),
        ("doors:\n  http:\n    maximumBodyBytes: 16 potatoes\n", 3, "doors.http.maximumBodyBytes"),
        ("doors:\n  http:\n    readTimeout: soon\n", 3, "doors.http.readTimeout"),
    ])
    func badValuesNameTheirLine(_ text: String, _ line: Int, _ key: String) {
        let found = problems(text)
        #expect(found.count == 1)
        #expect(found.first?.line == line)
        #expect(found.first?.key == key)
    }

    @Test func aRepeatedKeyIsNamed() {
        #expect(problems("clock: wall\nclock: wall\n").map(\.key) == ["clock"])
    }

    @Test func everyProblemIsReportedAtOnce() {
        #expect(problems("clock: no\nfoo: 1\nlog: { level: loud }\n").count == 3)
    }

    @Test func aDoorNeedsAKnownSource() {
        let found = problems("doors:\n  mllp:\n    - { name: a, port: 1, source: nobody }\n")
        #expect(found.contains { $0.text.contains("nobody") })
    }

    @Test(arguments: ["a: [1, 2\n", "\t- x\n", "a: b: c\n", "{", "\u{1}"])
    func brokenYAMLIsAnErrorWithALine(_ text: String) {
        let found = problems(text)
        #expect(found.count >= 1)
    }

    /// The commented example is what `headwall serve` is documented with.
    @Test func theExampleFileIsGood() throws {
        var folder = URL(fileURLWithPath: #filePath)
        for _ in 0..<3 { folder.deleteLastPathComponent() }
        let text = try String(contentsOfFile: folder.path + "/Fixtures/headwall.yaml", encoding: .utf8)
        let configuration = try Configuration(yaml: text, file: "headwall.yaml")
        #expect(!configuration.mllp.isEmpty)
        #expect(!configuration.sources.isEmpty)
    }
}

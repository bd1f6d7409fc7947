import Foundation

/// Measures what the program promises, as rates and as ratios to something measured in the same run.
@main
struct HeadwallBench {
    static let usage = """
        usage: headwall-bench [--only NAME] [--json] [--program PATH] [--home PATH] [--scale X]

        Rates of the parsers, and of `headwall serve` as a process of its own over real sockets and a real database file.

          --only NAME      er7, maps, json, terminology, inference, commit, annotation or memory; may be repeated
          --json           one JSON object a line instead of the table
          --program PATH   the program to measure (default: .build/release/headwall of this repository)
          --home PATH      folder with Mappings and Models (default: this repository)
          --folder PATH    folder for databases, on the disk to measure (default: a new one in the temporary folder)
          --scale X        multiplies the number of messages and patients (default 1)
        """

    static let groups: [(name: String, run: @Sendable (BenchOptions, inout BenchReport) async throws -> Void)] = [
        ("er7", { _, report in ER7Benchmark.run(&report) }),
        ("maps", { options, report in try MapsBenchmark.run(options, &report) }),
        ("json", { _, report in try JSONBenchmark.run(&report) }),
        ("terminology", { options, report in try TerminologyBenchmark(options).run(&report) }),
        ("inference", { options, report in try InferenceBenchmark.run(options, &report) }),
        ("commit", { options, report in try await CommitBenchmark(options).run(&report) }),
        ("annotation", { options, report in try await AnnotationBenchmark(options).run(&report) }),
        ("memory", { options, report in try await MemoryBenchmark(options).run(&report) }),
    ]

    static func main() async {
        do {
            guard let options = try BenchOptions(Array(CommandLine.arguments.dropFirst())) else {
                print(usage)
                return
            }
            var report = BenchReport(isJSON: options.isJSON)
            report.machine()
            for group in groups where options.only.isEmpty || options.only.contains(group.name) {
                report.begin(group.name)
                try await group.run(options, &report)
            }
        } catch {
            FileHandle.standardError.write(Data("headwall-bench: \(error)\n".utf8))
            exit(1)
        }
    }
}

struct BenchFailure: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}

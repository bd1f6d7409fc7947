/// From a message at the MLLP door to its acknowledgement, which is sent after the fsync of the journal.
struct CommitBenchmark {
    private let options: BenchOptions

    init(_ options: BenchOptions) {
        self.options = options
    }

    func run(_ report: inout BenchReport) async throws {
        let disk = try DiskYardstick.syncedWritesPerSecond(folder: options.folder)
        report.row("fdatasync of an appended 4 KiB page", disk, "/s")
        var corpus = MonitorCorpus(run: "C", patients: 1600)
        let example = corpus.next(1).first?.count ?? 0
        report.note(
            "ORU^R01 of monitors, 8 results, \(example) bytes; every message is also normalised, scored and stored meanwhile"
        )

        var echo: [Int: Double] = [:]
        try await MLLPReceiver(isKeeping: false).serving { port in
            for connections in [1, 16] {
                let generator = LoadGenerator(port: port, connections: connections, window: 1)
                let rate = try await generator.send(corpus.next(options.scaled(10_000))).rate
                echo[connections] = rate
            }
        }
        for (connections, rate) in echo.sorted(by: { $0.key < $1.key }) {
            report.row(
                "no store at all, \(Self.words(connections)), stop-and-wait", rate, "msg/s", ratio: rate / disk,
                to: "fdatasync")
        }
        let program = try await ServedProgram(options, name: "commit")
        do {
            _ = try await LoadGenerator(port: program.mllpPort, connections: 16, window: 16).send(corpus.next(3200))
            for (connections, window, count) in [(1, 1, 4_000), (16, 1, 20_000), (1, 16, 20_000), (16, 16, 40_000)] {
                try await program.settled()
                let generator = LoadGenerator(port: program.mllpPort, connections: connections, window: window)
                let messages = corpus.next(options.scaled(count))
                let start = ContinuousClock.now
                let outcome = try await generator.send(messages)
                guard outcome.refused == 0 else { throw BenchFailure("\(outcome.refused) messages were not accepted") }
                try await program.settled()
                let processed = Double(messages.count) / (ContinuousClock.now - start).inSeconds
                let name = "committed, \(Self.words(connections)), " + (window == 1 ? "stop-and-wait" : "window \(window)")
                report.row(
                    name, outcome.rate, "msg/s", ratio: outcome.rate / disk, to: "fdatasync",
                    aim: connections == 16 ? "≥ 5000" : "")
                if window == 1, let plain = echo[connections] {
                    report.row("", outcome.rate, "msg/s", ratio: outcome.rate / plain, to: "no store")
                }
                report.row("  acknowledged after, p50", outcome.latencies.percentile(0.5) * 1e3, "ms")
                report.row("  acknowledged after, p99", outcome.latencies.percentile(0.99) * 1e3, "ms")
                report.row(
                    "  scored and stored as well", processed, "msg/s", ratio: processed / outcome.rate, to: "committed")
            }
            await program.stop()
        } catch {
            await program.stop()
            throw error
        }
    }

    private static func words(_ connections: Int) -> String {
        connections == 1 ? "1 connection" : "\(connections) connections"
    }
}

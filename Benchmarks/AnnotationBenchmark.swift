/// From a message with new vital signs at the MLLP door to the score delivered to another system over MLLP.
struct AnnotationBenchmark {
    private let options: BenchOptions
    private let patients = 1600

    init(_ options: BenchOptions) {
        self.options = options
    }

    func run(_ report: inout BenchReport) async throws {
        let disk = try DiskYardstick.syncedWritesPerSecond(folder: options.folder)
        report.row("fdatasync of an appended 4 KiB page", disk, "/s")
        try await committed(report, disk: disk)
        try await trained(report, disk: disk)
        let receiver = MLLPReceiver(isKeeping: true)
        let report = report
        try await receiver.serving { port in
            let program = try await ServedProgram(options, name: "annotation", sink: port)
            do {
                try await measure(program, receiver, report, disk: disk)
                await program.stop()
            } catch {
                await program.stop()
                throw error
            }
        }
    }

    /// From messages that are committed in the journal to their stored decisions of the trained model, with interval,
    /// prediction sets and reasons: read, normalised, put on the timeline, scored, and written.
    ///
    /// The program is started on the journal and has both processors: no sender, no receiver, and nothing normalised before.
    private func committed(_ report: BenchReport, disk: Double) async throws {
        let count = options.scaled(60_000)
        let program = try await ServedProgram(
            options, name: "committed", models: "sepsis-early-warning",
            journal: MonitorCorpus(run: "J", patients: patients).first(count))
        do {
            let (start, before) = (ContinuousClock.now, try program.processorSeconds())
            let waiting = try await program.pending()
            guard waiting > Double(count) / 4 else {
                throw BenchFailure("the journal was processed before it was looked at")
            }
            let scored = try await program.metric("headwall_predictions_total{cache=\"miss\"}")
            try await program.settled()
            let seconds = (ContinuousClock.now - start).inSeconds
            let used = try program.processorSeconds() - before
            let decisions = try await program.metric("headwall_predictions_total{cache=\"miss\"}") - scored
            guard decisions >= waiting * 0.98 else { throw BenchFailure("\(Int(decisions)) decisions of \(Int(waiting))") }
            report.note("the sepsis model with interval, sets and reasons, \(Int(waiting)) messages committed before")
            report.row(
                "committed → annotation stored", waiting / seconds, "msg/s", ratio: waiting / seconds / disk,
                to: "fdatasync", aim: "≥ 10000")
            report.row("  processor time of the program a message", used / waiting * 1e6, "µs")
            await program.stop()
        } catch {
            await program.stop()
            throw error
        }
    }

    /// From the commit of a message to its stored decision with reasons in words, of the trained model alone.
    private func trained(_ report: BenchReport, disk: Double) async throws {
        let program = try await ServedProgram(options, name: "trained", models: "sepsis-early-warning")
        do {
            var corpus = MonitorCorpus(run: "S", patients: patients)
            let generator = LoadGenerator(port: program.mllpPort, connections: 16, window: 16, rate: nil)
            // Several rounds first: the model needs more than one measurement to say something.
            _ = try await generator.send(corpus.next(patients * 3))
            try await program.settled()
            let burst = corpus.next(options.scaled(20_000))
            let before = try program.processorSeconds()
            let scored = try await program.metric("headwall_predictions_total{cache=\"miss\"}")
            let start = ContinuousClock.now
            let outcome = try await generator.send(burst)
            let (sent, usedBefore, waiting) = (
                ContinuousClock.now, try program.processorSeconds(), try await program.pending()
            )
            try await program.settled()
            let seconds = (ContinuousClock.now - start).inSeconds
            let alone = (ContinuousClock.now - sent).inSeconds
            let usedAlone = try program.processorSeconds() - usedBefore
            let used = try program.processorSeconds() - before
            let decisions = try await program.metric("headwall_predictions_total{cache=\"miss\"}") - scored
            report.note("the sepsis model with reasons, \(Int(decisions)) decisions")
            report.row(
                "in → decision stored", Double(burst.count) / seconds, "msg/s", ratio: Double(burst.count) / seconds / disk,
                to: "fdatasync", aim: "≥ 10000")
            report.row("  committed and acknowledged meanwhile", outcome.rate, "msg/s")
            report.row("  processor time of the program a message", used / Double(burst.count) * 1e6, "µs")
            // What the doors committed ahead of the scoring: they have read and normalised it already.
            report.row(
                "committed by the doors → annotation stored", waiting / alone, "msg/s", ratio: waiting / alone / disk,
                to: "fdatasync", aim: "≥ 10000")
            report.row("  processor time of the program a message", usedAlone / waiting * 1e6, "µs")
            await program.stop()
        } catch {
            await program.stop()
            throw error
        }
    }

    private func measure(_ program: ServedProgram, _ receiver: MLLPReceiver, _ report: BenchReport, disk: Double)
        async throws
    {
        var corpus = MonitorCorpus(run: "A", patients: patients)
        // Every patient has been seen once.
        _ = try await exchange(program, receiver, corpus.next(patients), rate: nil)

        let burst = corpus.next(options.scaled(20_000))
        let before = try program.processorSeconds()
        let (sent, arrivals) = try await exchange(program, receiver, burst, rate: nil)
        let used = try program.processorSeconds() - before
        let first = sent.sentAt.min() ?? 0
        let seconds = Double((arrivals.map(\.at).max() ?? 0) - first) / 1e9
        let rate = Double(burst.count) / seconds
        report.row(
            "in → delivered, 16 connections, window 16", rate, "msg/s", ratio: rate / disk, to: "fdatasync", aim: "≥ 2000")
        report.row("  committed and acknowledged meanwhile", sent.rate, "msg/s", ratio: sent.rate / rate, to: "delivered")
        report.row("  processor time of the program a message", used / Double(burst.count) * 1e6, "µs")

        for pace in [200.0, 1000.0] {
            let steady = corpus.next(options.scaled(Int(pace) * 10))
            let (outcome, results) = try await exchange(program, receiver, steady, rate: pace)
            let latencies = try delays(steady, outcome, results).sorted()
            let name = "in → delivered at \(Int(pace)) msg/s"
            report.row(
                name + ", p50", latencies.percentile(0.5) * 1e3, "ms", ratio: latencies.percentile(0.5) * disk,
                to: "one fdatasync")
            report.row(
                name + ", p99", latencies.percentile(0.99) * 1e3, "ms", ratio: latencies.percentile(0.99) * disk,
                to: "one fdatasync")
            report.row(name + ", longest", (latencies.last ?? 0) * 1e3, "ms")
        }
    }

    /// Sends, and waits until there are as many deliveries.
    private func exchange(
        _ program: ServedProgram, _ receiver: MLLPReceiver, _ messages: [[UInt8]], rate: Double?
    ) async throws -> (LoadGenerator.Outcome, [MLLPReceiver.Arrival]) {
        let generator = LoadGenerator(port: program.mllpPort, connections: 16, window: 16, rate: rate)
        let outcome = try await generator.send(messages)
        guard outcome.refused == 0 else { throw BenchFailure("\(outcome.refused) messages were not accepted") }
        let deadline = ContinuousClock.now + .seconds(120)
        while receiver.count < messages.count {
            guard ContinuousClock.now < deadline else {
                throw BenchFailure("\(receiver.count) of \(messages.count) were delivered within two minutes")
            }
            try await Task.sleep(for: .milliseconds(10))
        }
        return (outcome, receiver.takeAll())
    }

    /// The n-th delivery of a patient is the answer to the n-th message: order per patient is kept.
    private func delays(
        _ messages: [[UInt8]], _ outcome: LoadGenerator.Outcome, _ arrivals: [MLLPReceiver.Arrival]
    ) throws -> [Double] {
        var sent: [String: [UInt64]] = [:]
        for (message, time) in zip(messages, outcome.sentAt) {
            sent[try Self.patient(of: message), default: []].append(time)
        }
        var taken: [String: Int] = [:]
        return try arrivals.map { arrival in
            let patient = try Self.patient(of: arrival.message)
            let index = taken[patient, default: 0]
            taken[patient] = index + 1
            guard let times = sent[patient], index < times.count else {
                throw BenchFailure("a delivery that no message led to")
            }
            return Double(arrival.at - times[index]) / 1e9
        }
    }

    /// PID-3.1.
    private static func patient(of message: [UInt8]) throws -> String {
        let segments = message.split(separator: 0x0D)
        guard let identification = segments.first(where: { $0.starts(with: Array("PID|".utf8)) }) else {
            throw BenchFailure("a message without PID")
        }
        let fields = identification.split(separator: 0x7C, maxSplits: 4, omittingEmptySubsequences: false)
        guard fields.count > 3 else { throw BenchFailure("a PID without PID-3") }
        return String(decoding: fields[3].prefix { $0 != 0x5E }, as: UTF8.self)
    }
}

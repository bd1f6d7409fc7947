import Foundation
import Simulation

/// Memory of the program with 10,000 patients of the simulated ward day.
struct MemoryBenchmark {
    private let options: BenchOptions
    private let hours = 4

    init(_ options: BenchOptions) {
        self.options = options
    }

    func run(_ report: inout BenchReport) async throws {
        let program = try await ServedProgram(options, name: "memory", clock: "recorded")
        do {
            try await measure(program, &report)
            await program.stop()
        } catch {
            await program.stop()
            throw error
        }
    }

    private func measure(_ program: ServedProgram, _ report: inout BenchReport) async throws {
        let empty = try program.memory("VmRSS")
        let patients = options.scaled(10_000)
        let start = ContinuousClock.now
        let messages = try await send(WardDay(patients: patients, hours: hours), to: program)
        try await program.settled()
        let seconds = (ContinuousClock.now - start).inSeconds
        let live = try await program.metric("headwall_live_patients")
        let findings = try await program.metric("headwall_live_findings")
        let quarantined = try await program.metric("headwall_journal_entries{state=\"quarantined\"}")
        guard quarantined == 0 else { throw BenchFailure("\(Int(quarantined)) messages were quarantined") }
        let resident = try program.memory("VmRSS")
        report.note(
            "\(Int(live)) patients over \(hours) hours: \(messages) messages by MLLP and HTTP, \(Int(findings)) findings")
        report.row("sent and processed", Double(messages) / seconds, "msg/s")
        report.row("resident before the first message", empty / 1e6, "MB")
        report.row("resident with all patients (VmRSS)", resident / 1e6, "MB", ratio: resident / empty, to: "empty")
        report.row("at the most (VmHWM)", try program.memory("VmHWM") / 1e6, "MB")
        report.row("growth a patient", (resident - empty) / live, "B")
        report.row("growth a finding", (resident - empty) / findings, "B")
    }

    /// Sends everything in its order, an hour at a time, each through its own door.
    private func send(_ day: WardDay, to program: ServedProgram) async throws -> Int {
        var count = 0
        var frames: [[UInt8]] = []
        var page: [[UInt8]] = []
        for delivery in day {
            switch delivery.door {
            case .mllp: frames.append(delivery.bytes)
            case .poll: page.append(delivery.bytes)
            case .fhir:
                try await program.post(
                    delivery.bytes, path: "/fhir", type: "application/fhir+json", source: delivery.source)
                count += 1
            case .cda:
                try await program.post(delivery.bytes, path: "/cda", type: "application/xml", source: delivery.source)
                count += 1
            }
            if frames.count == 4000 { count += try await flush(&frames, to: program) }
            if page.count == 100 { count += try await post(&page, to: program) }
        }
        return try await count + flush(&frames, to: program) + post(&page, to: program)
    }

    /// One connection keeps the order.
    private func flush(_ frames: inout [[UInt8]], to program: ServedProgram) async throws -> Int {
        let outcome = try await LoadGenerator(port: program.mllpPort, connections: 1, window: 64).send(frames)
        guard outcome.refused == 0 else { throw BenchFailure("\(outcome.refused) messages were not accepted") }
        defer { frames = [] }
        return frames.count
    }

    /// What waits on a FHIR server to be polled comes as a page of a search.
    private func post(_ page: inout [[UInt8]], to program: ServedProgram) async throws -> Int {
        guard !page.isEmpty else { return 0 }
        var body = Array(#"{"resourceType":"Bundle","type":"searchset","entry":["#.utf8)
        for (index, resource) in page.enumerated() {
            body += Array((index == 0 ? #"{"resource":"# : #",{"resource":"#).utf8) + resource + Array("}".utf8)
        }
        body += Array("]}".utf8)
        page = []
        try await program.post(body, path: "/fhir", type: "application/fhir+json", source: "ehr")
        return 1
    }
}

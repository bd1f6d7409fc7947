import Clinical
import FHIR
import Foundation
import Logging
import ServiceLifecycle
import Synchronization
import Web

/// What the pipeline is to the server, with answers set by a test and everything received written down.
final class House: WebIntake, WardReading, DecisionReading, CDSFeedbackSink, Operations {
    struct Received: Equatable {
        var source: String
        var format: MessageFormat
        var bytes: [UInt8]
    }

    private struct State {
        var result = IntakeResult(.accepted(journal: 7))
        var received: [Received] = []
        var feedback: [CDSFeedback] = []
        var asked: [String] = []
        var snapshot = SampleWard.snapshot
        var commitsFeedback = true
        var decisions: [Decision] = []
        var patient: PatientView?
        var assumed: [String: String] = [:]
        var report = ComponentReport()
        var queue: UnmappedQueueView? = UnmappedQueueView(
            clock: Instant(seconds: 0), items: [], hasMore: false, overflow: 0, shifts: [])
        var answer = ApprovalAnswer.approved(9)
        var approvals: [ApprovalForm] = []
    }

    private let state = Mutex(State())
    private let stream: AsyncStream<WardChange>
    private let continuation: AsyncStream<WardChange>.Continuation

    init() {
        (stream, continuation) = AsyncStream.makeStream(of: WardChange.self)
    }

    var result: IntakeResult {
        get { state.withLock { $0.result } }
        set { state.withLock { $0.result = newValue } }
    }
    var snapshot: WardSnapshot {
        get { state.withLock { $0.snapshot } }
        set { state.withLock { $0.snapshot = newValue } }
    }
    var decisions: [Decision] {
        get { state.withLock { $0.decisions } }
        set { state.withLock { $0.decisions = newValue } }
    }
    var patient: PatientView? {
        get { state.withLock { $0.patient } }
        set { state.withLock { $0.patient = newValue } }
    }
    var assumed: [String: String] { state.withLock { $0.assumed } }
    var report: ComponentReport {
        get { state.withLock { $0.report } }
        set { state.withLock { $0.report = newValue } }
    }
    var commitsFeedback: Bool {
        get { state.withLock { $0.commitsFeedback } }
        set { state.withLock { $0.commitsFeedback = newValue } }
    }
    var queue: UnmappedQueueView? {
        get { state.withLock { $0.queue } }
        set { state.withLock { $0.queue = newValue } }
    }
    var answer: ApprovalAnswer {
        get { state.withLock { $0.answer } }
        set { state.withLock { $0.answer = newValue } }
    }
    var approvals: [ApprovalForm] { state.withLock { $0.approvals } }

    func approve(received form: ApprovalForm) -> ApprovalAnswer {
        state.withLock {
            $0.approvals.append(form)
            return $0.answer
        }
    }

    var received: [Received] { state.withLock { $0.received } }
    var feedback: [CDSFeedback] { state.withLock { $0.feedback } }
    var asked: [String] { state.withLock { $0.asked } }

    func change(_ change: WardChange) { continuation.yield(change) }

    func receive(source: String, format: MessageFormat, bytes: [UInt8]) async -> IntakeResult {
        state.withLock {
            $0.received.append(Received(source: source, format: format, bytes: bytes))
            return $0.result
        }
    }

    func snapshot(ward: String?) async -> WardSnapshot {
        var snapshot = snapshot
        snapshot.ward = ward
        if let ward { snapshot.patients.removeAll { $0.ward != ward } }
        return snapshot
    }

    func patient(id: String, assuming: [String: String]) async -> PatientView? {
        state.withLock {
            guard var view = $0.patient, view.row.id == id else { return nil }
            $0.assumed = assuming
            for index in view.inputs.indices { view.inputs[index].assumed = assuming[view.inputs[index].field] }
            return view
        }
    }

    func changes(while isWatched: @escaping @Sendable () -> Bool) -> AsyncStream<WardChange> { stream }

    func riskAssessment(id: String) async -> JSON? {
        id == "r1" ? ["resourceType": "RiskAssessment", "id": "r1"] : nil
    }

    func observation(id: String) async -> JSON? {
        id == "o1" ? ["resourceType": "Observation", "id": "o1"] : nil
    }

    func decisions(patient: PHI<String>) async -> [Decision] {
        state.withLock {
            $0.asked.append(patient.exposed)
            return $0.decisions
        }
    }

    func receive(_ feedback: [CDSFeedback]) async -> Bool {
        state.withLock {
            guard $0.commitsFeedback else { return false }
            $0.feedback += feedback
            return true
        }
    }

    func health() async -> ComponentReport { report }
    func readiness() async -> ComponentReport { report }

    func metrics() async -> [Metric] {
        [
            Metric(
                name: "headwall_messages_total", help: "Messages committed.", kind: .counter,
                samples: [.init(labels: ["source": "lab \"A\"\\1", "format": "hl7v2"], value: 12)]),
            Metric(name: "headwall_quarantine", help: "In quarantine.", kind: .gauge, samples: [.init(value: 0.5)]),
        ]
    }

    /// Runs a server on a free port of loopback while `body` runs, then shuts it down in good order.
    func serve(
        _ configuration: WebConfiguration = WebConfiguration(),
        logger: Logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
        _ body: @escaping @Sendable (_ port: Int) async throws -> Void
    ) async throws {
        var configuration = configuration
        configuration.port = 0
        let (ports, announce) = AsyncStream.makeStream(of: Int.self)
        let server = try WebServer(
            configuration: configuration, intake: self, ward: self, decisions: self, feedback: self, queue: self,
            translation: self, operations: self, logger: logger, onRunning: { announce.yield($0) })
        let group = ServiceGroup(configuration: .init(services: [server], logger: logger))
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            var iterator = ports.makeAsyncIterator()
            guard let port = await iterator.next() else { return }
            do {
                try await body(port)
            } catch {
                await group.triggerGracefulShutdown()
                throw error
            }
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
        }
    }
}

extension House: MappingQueue, CodeTranslation {
    func unmappedQueue() async -> UnmappedQueueView? { queue }

    func approve(_ form: ApprovalForm) async -> ApprovalAnswer { approve(received: form) }

    func translate(_ parameters: JSON) async throws(CodeTranslationFault) -> JSON {
        guard parameters["resourceType"]?.stringValue == "Parameters" else {
            throw CodeTranslationFault(parameter: "resourceType", reason: "A Parameters resource is expected.")
        }
        // What was asked comes back as it was understood.
        return ["resourceType": "Parameters", "parameter": parameters["parameter"] ?? .array([])]
    }
}

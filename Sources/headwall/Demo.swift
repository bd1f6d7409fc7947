import ArgumentParser
import Clinical
import Foundation
import Logging
import Pipeline
import Simulation
import Store
import Web

struct Demo: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Run a recorded ward day through the real service and show the ward.",
        discussion: """
            Starts the service on loopback with one SQLite file, sends the day in Fixtures/ward-day through its doors (HL7v2 over
            MLLP, FHIR and C-CDA over HTTP, one FHIR server that is polled and answers 429 twice), prints the ward, and stays up
            with the ward page until Ctrl-C.

            Example:  headwall demo --once
            """)

    @Flag(help: "Exit after the table.") var once = false
    @Option(help: "Port of the ward page; 0 takes any.") var port = 8080
    @Option(help: ArgumentHelp("Folder for the database. Default: a new one in the temporary folder.", valueName: "folder"))
    var folder: String?
    @Option(help: ArgumentHelp("Folder of the recorded day.", valueName: "folder")) var day: String?
    @Flag(help: "Write the service's log to standard error.") var verbose = false

    func run() async throws {
        guard let home = SiteFiles.home() else {
            throw PipelineError(
                .noInput, place: "Mappings, Models", "not found; run from the repository or set HEADWALL_HOME")
        }
        let deliveries = try Self.read(day ?? home + "/Fixtures/ward-day")
        let folder = folder ?? NSTemporaryDirectory() + "headwall-demo-\(ProcessInfo.processInfo.processIdentifier)"
        LoggingSystem.bootstrap { label in StreamLogHandler.standardError(label: label) }
        var logger = Logger(label: "headwall")
        logger.logLevel = verbose ? .info : .critical

        let ehr = ScriptedFHIRServer(refusals: 2)
        let engine = InterfaceEngineSink(logger: logger)
        let surroundings = [Task { try await ehr.run() }, Task { try await engine.run() }]
        defer { for task in surroundings { task.cancel() } }

        let configuration = try DemoConfiguration.make(
            home: home, folder: folder, port: FreePort.isFree(port) ? port : 0, ehr: await ehr.port(),
            engine: await engine.port())
        let server = try HeadwallServer(configuration, logger: logger, handlesSignals: true)
        async let running: Void = server.run()
        guard let addresses = await server.listening() else { return try await running }
        Output.line("database   \(folder)/headwall.sqlite")
        let sent = try await DemoSender(addresses: addresses, ehr: ehr).send(deliveries)
        try await Self.settle(server, polled: ehr)
        Output.line(WardTable(await server.ward.snapshot(ward: nil)).text(colours: Output.isTerminal))
        try await Self.summarise(server, sent: sent, ehr: ehr, engine: engine)
        if once {
            await server.shutDown()
        } else {
            Output.line("ward page  http://127.0.0.1:\(addresses.http ?? 0)/ward    (Ctrl-C ends)")
        }
        try await running
    }

    private static func summarise(
        _ server: HeadwallServer, sent: Int, ehr: ScriptedFHIRServer, engine: InterfaceEngineSink
    ) async throws {
        let progress = try await server.progress()
        Output.line(
            "\(sent) messages sent, \(await ehr.served) resources polled (429 answered \(await ehr.refused) times); journal "
                + "\(progress.journal.entries), repeated \(progress.journal.duplicates), quarantined "
                + "\(progress.journal.quarantined); \(await engine.received) results delivered to the interface engine")
    }

    private static func read(_ folder: String) throws -> [Simulation.Delivery] {
        let lines = try SiteFiles.read(folder + "/day.ndjson").split(separator: 10)
        let entries = try lines.enumerated().map { number, line in
            guard let entry = try? JSONDecoder().decode(WardDayFiles.Entry.self, from: Data(line)) else {
                throw PipelineError(.data, place: "\(folder)/day.ndjson:\(number + 1)", "not a line of a recorded day")
            }
            return entry
        }
        do {
            return try WardDayFiles().read(entries) { try SiteFiles.read("\(folder)/\($0)") }
        } catch WardDayFiles.Failure.unreadable(let file, let line) {
            throw PipelineError(.data, place: "\(folder)/\(file):\(line)", "names a message that is not there")
        }
    }

    /// Waits until everything that was sent is processed, polled and delivered.
    private static func settle(_ server: HeadwallServer, polled ehr: ScriptedFHIRServer) async throws {
        for _ in 0..<600 {
            let progress = try await server.progress()
            let isDelivered = progress.outbox.allSatisfy { $0.waiting == 0 }
            if progress.journal.pending == 0, isDelivered, await ehr.isServed { return }
            try await Task.sleep(for: .milliseconds(100))
        }
        throw PipelineError(.software, place: "demo", "the service has not settled within a minute")
    }
}

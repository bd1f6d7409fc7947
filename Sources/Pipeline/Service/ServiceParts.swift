internal import Clinical
internal import Doors
internal import Foundation
internal import Inference
internal import Logging
internal import Polling
internal import ServiceLifecycle
internal import Store
internal import Web

/// Builds every service of the house from its configuration.
struct ServiceParts {
    /// In the order of start; shut down in reverse.
    private(set) var services: [any Service] = []
    let addresses: BoundAddresses
    let store: any PersistentStore
    let ward: LiveWard
    let board: WardBoard

    private let configuration: Configuration
    private let logger: Logger
    private let intake: Intake
    private let queue: QueueBoard
    private let operations: OperationsDesk

    init(_ configuration: Configuration, site: Site, logger: Logger) throws(PipelineError) {
        self.configuration = configuration
        self.logger = logger
        store = try Self.open(configuration.store)
        addresses = BoundAddresses(expected: configuration.mllp.count + (configuration.http == nil ? 0 : 1))
        let clock = ServiceClock(configuration.clock)
        let handoff = Handoff(capacity: 250_000)
        let (arrived, decided) = (Announcements(), Announcements())
        let primary = site.models.first { Self.isPrimary($0.reference.name, configuration) } ?? site.models.first
        let primaryName = primary?.reference.name ?? ""
        let tables = TablesInUse(site, configuration)
        let drift = DriftWatch(logger: logger)
        let directory = PatientDirectory()
        ward = LiveWard(
            scoring: Scoring(
                models: site.models, allowedSkewSeconds: configuration.timeline.allowedClockSkew.milliseconds / 1000,
                destinations: configuration.destinations.map { DeliveryRule($0, primary: primaryName) },
                conversion: AnalyteConverting(site.terminology)),
            limits: WardLimits(configuration.timeline),
            team: BackgroundTeam(threads: configuration.timeline.scoringThreads))
        board = WardBoard(
            ward: ward, store: store, clock: clock, title: configuration.http?.wardTitle ?? "Ward", primary: primaryName,
            maximumRows: configuration.http?.maximumRows ?? 500,
            whatIf: WhatIf(
                models: site.models, allowedSkewSeconds: configuration.timeline.allowedClockSkew.milliseconds / 1000,
                conversion: AnalyteConverting(site.terminology)))
        var applications: [String: String] = [:]
        for source in configuration.sources {
            for application in source.sendingApplications { applications[application] = source.name }
        }
        intake = Intake(
            tables: tables, directory: directory, store: store, handoff: handoff, arrived: arrived, clock: clock,
            logger: logger,
            sourcesByApplication: applications)

        queue = QueueBoard(
            desk: MappingDesk(store: store, configuration: configuration, models: site.models), store: store,
            tables: tables,
            drift: drift, arrived: arrived, clock: clock, logger: logger)
        operations = OperationsDesk(store: store, ward: ward, tables: tables, models: site.models, drift: drift)

        services.append(StoreCloser(store: store))
        services.append(contentsOf: try deliveries(decided))
        services.append(
            Processor(
                store: store, tables: tables, directory: directory, handoff: handoff, arrived: arrived,
                decided: decided, ward: ward,
                models: site.models, board: board, clock: clock, drift: drift,
                rescoreInterval: configuration.timeline.rescoreInterval, logger: logger))
        if let http = configuration.http { services.append(try web(http, primary: primaryName)) }
        services.append(contentsOf: configuration.folders.map(folder))
        services.append(contentsOf: try configuration.polling.map { server throws(PipelineError) in try poller(server) })
        services.append(contentsOf: configuration.mllp.map(listener))
    }

    static func open(_ configuration: Configuration.Store) throws(PipelineError) -> any PersistentStore {
        do {
            return try SQLiteStore(
                StoreConfiguration(
                    path: configuration.folder + "/headwall.sqlite", groupCommitMessages: configuration.groupCommitMessages,
                    groupCommitMilliseconds: Int(configuration.groupCommitDelay.milliseconds),
                    commitEntries: configuration.commitEntries, checkpointPages: configuration.checkpointPages,
                    maximumBytes: configuration.maximumSize.map(Int64.init), unmappedItems: configuration.unmappedItems,
                    unmappedWaiting: configuration.unmappedWaiting))
        } catch {
            throw PipelineError(.io, place: configuration.folder, error.reason)
        }
    }

    private static func isPrimary(_ name: String, _ configuration: Configuration) -> Bool {
        configuration.models.primary.split(separator: "@").first.map(String.init) == name
    }

    private func deliveries(_ decided: Announcements) throws(PipelineError) -> [any Service] {
        let needsHTTP = configuration.destinations.contains { $0.kind == .fhir }
        let transport = needsHTTP ? try Self.transport() : nil
        var services: [any Service] = transport.map { [$0] } ?? []
        for destination in configuration.destinations {
            let courier: any Courier =
                if destination.kind == .fhir, let transport {
                    FHIRCourier(destination: destination, transport: transport)
                } else {
                    MLLPCourier(destination)
                }
            services.append(
                DeliveryService(destination: destination, store: store, courier: courier, decided: decided, logger: logger))
        }
        return services
    }

    private func listener(_ listener: Configuration.MLLPListener) -> MLLPServer {
        let tls = listener.tls.map {
            TLSServerConfiguration(
                certificateChainFile: $0.certificateChain, privateKeyFile: $0.privateKey,
                clientAuthorityFile: $0.clientAuthorities)
        }
        return MLLPServer(
            configuration: MLLPServerConfiguration(
                name: listener.name, host: listener.host, port: listener.port,
                maximumFrameBytes: listener.maximumFrameBytes,
                maximumConnections: listener.maximumConnections, idleTimeout: listener.idleTimeout,
                frameDeadline: listener.frameDeadline, drainTimeout: listener.drainTimeout, tls: tls),
            logger: logger,
            onBound: { [addresses] port in addresses.report { $0.mllp[listener.name] = port } },
            responder: { [intake] frames, _ in
                MLLPReplies(await intake.acknowledge(frames, defaultSource: listener.source))
            })
    }

    private func web(_ http: Configuration.HTTP, primary: String) throws(PipelineError) -> WebServer {
        var tokens: [String: String] = [:]
        for source in configuration.sources {
            guard let file = source.tokenFile else { continue }
            let token = String(decoding: try SiteFiles.read(file), as: UTF8.self).trimmingCharacters(
                in: .whitespacesAndNewlines)
            guard !token.isEmpty else { throw PipelineError(.configuration, place: file, "holds no token") }
            tokens[token] = source.name
        }
        let desk = DecisionDesk(ward: ward, store: store, primary: primary, logger: logger)
        do {
            return try WebServer(
                configuration: WebConfiguration(
                    host: http.host, port: http.port, maximumBodyBytes: http.maximumBodyBytes,
                    maximumConnections: http.maximumConnections,
                    bodyTimeoutSeconds: Int(http.readTimeout.milliseconds / 1000),
                    defaultSource: http.source, sources: Set(configuration.sources.map(\.name) + [http.source]),
                    tokens: tokens,
                    zone: http.zone),
                intake: intake, ward: board, decisions: desk, feedback: desk, queue: queue, translation: queue,
                operations: operations, logger: logger,
                onRunning: { [addresses] port in addresses.report { $0.http = port } })
        } catch {
            throw PipelineError(.software, place: "ward page", "a template cannot be read")
        }
    }

    private func folder(_ folder: Configuration.WatchedFolder) -> FileDrop {
        FileDrop(
            configuration: FileDropConfiguration(
                name: folder.source, folder: folder.folder, interval: folder.interval,
                maximumFileBytes: folder.maximumFileBytes),
            logger: logger,
            handler: { [intake] bytes, _ in await intake.receive(file: bytes, source: folder.source, format: folder.format)
            })
    }

    private func poller(_ server: Configuration.PolledServer) throws(PipelineError) -> any Service {
        let base: ServerURL
        var queries: [PollQuery] = []
        do {
            base = try ServerURL(server.url)
            for resource in server.resources { queries.append(try PollQuery(parsing: resource)) }
        } catch {
            throw PipelineError(.configuration, place: "polling \(server.name)", error.reason)
        }
        let token: FHIRPollerConfiguration.Token? =
            server.tokenFile.map { .file($0) } ?? server.tokenVariable.map { .environment($0) }
        let transport = try Self.transport()
        let rate = server.requestsPerSecond
        do {
            let poller = try FHIRPoller(
                configuration: FHIRPollerConfiguration(
                    name: server.name, base: base, queries: queries, interval: server.interval, pageSize: server.pageSize,
                    maximumPages: server.maximumPages, token: token, timeout: server.timeout,
                    maximumBodyBytes: server.maximumBodyBytes,
                    policy: RequestPolicy(name: server.name, bucket: TokenBucket(capacity: rate, perSecond: Double(rate)))),
                transport: transport, cursors: PollCursors(store: store), logger: logger,
                sink: { [intake] page, _ in try await intake.receive(page: page, source: server.source) })
            return PollingService(poller: poller, transport: transport)
        } catch {
            throw PipelineError(.configuration, place: error.place, error.reason)
        }
    }

    private static func transport() throws(PipelineError) -> CurlTransport {
        do {
            return try CurlTransport()
        } catch {
            throw PipelineError(.unavailable, place: "libcurl", error.reason)
        }
    }
}

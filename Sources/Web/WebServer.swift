public import Logging
public import ServiceLifecycle
import HTTPTypes
import Hummingbird
import Mustache
import NIOCore

/// The HTTP server: intake, FHIR reads, CDS Hooks, the ward page, operations. A service: it drains open requests on
/// graceful shutdown and ends open event streams.
public struct WebServer: Service {
    private let configuration: WebConfiguration
    private let logger: Logger
    private let onRunning: @Sendable (_ port: Int) async -> Void
    private let responder: RouterResponder<RequestScope>
    private let feed: WardFeed

    /// - Parameter onRunning: Called with the port once connections are accepted.
    /// - Throws: When a template of the page does not parse; tests see to it that they do.
    public init(
        configuration: WebConfiguration = WebConfiguration(), intake: any WebIntake, ward: any WardReading,
        decisions: any DecisionReading, feedback: any CDSFeedbackSink, queue: any MappingQueue,
        translation: any CodeTranslation, operations: any Operations, logger: Logger,
        onRunning: @escaping @Sendable (_ port: Int) async -> Void = { _ in }
    ) throws {
        self.configuration = configuration
        self.logger = logger
        self.onRunning = onRunning
        let page = try WardPage(zone: configuration.zone)
        let queuePage = try QueuePage(zone: configuration.zone)
        let feed = WardFeed(ward: ward, page: page, configuration: configuration, logger: logger)
        self.feed = feed
        responder = Self.router(
            configuration: configuration, intake: intake, decisions: decisions, feedback: feedback,
            translation: translation, operations: operations, logger: logger
        ) { body in
            (
                WardRoutes(ward: ward, page: page, feed: feed, body: body),
                QueueRoutes(queue: queue, page: queuePage, body: body)
            )
        }.buildResponder()
    }

    /// - Throws: ``WebListenError`` when the address cannot be bound.
    public func run() async throws {
        let onRunning = onRunning
        let application = Application(
            responder: responder,
            server: .http1(configuration: .init(idleTimeout: .seconds(Int64(configuration.idleTimeoutSeconds)))),
            configuration: .init(
                address: .hostname(configuration.host, port: configuration.port),
                availableConnectionsDelegate: .maximum(configuration.maximumConnections, logger: logger)),
            services: [feed],
            onServerRunning: { channel in await onRunning(channel.localAddress?.port ?? 0) },
            logger: logger)
        do {
            try await application.run()
        } catch let error as IOError {
            throw WebListenError(
                place: "http",
                "Cannot listen on \(configuration.host) port \(configuration.port); choose a free port and an address of this "
                    + "machine (errno \(error.errnoCode)).")
        }
    }

    private static func router(
        configuration: WebConfiguration, intake: any WebIntake, decisions: any DecisionReading,
        feedback: any CDSFeedbackSink, translation: any CodeTranslation, operations: any Operations, logger: Logger,
        pages: (BodyReader) -> (ward: WardRoutes, queue: QueueRoutes)
    ) -> Router<RequestScope> {
        let access = Access(configuration)
        let body = BodyReader(
            maximumBytes: configuration.maximumBodyBytes, timeout: .seconds(configuration.bodyTimeoutSeconds))
        let intakeRoutes = IntakeRoutes(intake: intake, access: access, body: body)
        let fhirRoutes = FHIRRoutes(
            decisions: decisions, translation: translation, access: access, body: body, configuration: configuration)
        let cdsRoutes = CDSRoutes(
            decisions: decisions, feedback: feedback, access: access, body: body, configuration: configuration)
        let (wardRoutes, queueRoutes) = pages(body)
        let operationsRoutes = OperationsRoutes(operations: operations)

        typealias Handler = @Sendable (Request, RequestScope) async throws -> Response
        var routes: [(HTTPRequest.Method, String, Handler)] = [
            (.get, "/fhir/metadata", fhirRoutes.metadata),
            // By type inside: a literal segment here would hide `POST /fhir/:type` of the same name.
            (.get, "/fhir/:type/:id", fhirRoutes.read),
            (.post, "/fhir/:type/:id", fhirRoutes.operation),
            (.get, "/cds-services", cdsRoutes.discovery),
            (.post, "/cds-services/headwall-risk", cdsRoutes.call),
            (.post, "/cds-services/headwall-risk/feedback", cdsRoutes.feedback),
            (.get, "/", wardRoutes.redirect),
            (.get, "/ward", wardRoutes.page),
            (.get, "/ward/events", wardRoutes.events),
            (.get, "/ward/rows/:id", wardRoutes.row),
            (.get, "/ward/patients/:id", wardRoutes.patient),
            (.post, "/ward/patients/:id", wardRoutes.whatIf),
            (.get, "/queue/unmapped", queueRoutes.page),
            (.post, "/queue/unmapped/:id", queueRoutes.approve),
            (.get, "/static/:name", wardRoutes.file),
            (.get, "/health", operationsRoutes.health),
            (.get, "/ready", operationsRoutes.ready),
            (.get, "/metrics", operationsRoutes.metrics),
        ]
        for prefix in ["", "/sources/:source"] {
            routes += [
                (.post, prefix + "/fhir", intakeRoutes.fhir),
                (.post, prefix + "/fhir/:type", intakeRoutes.fhir),
                (.post, prefix + "/cda", intakeRoutes.cda),
                (.post, prefix + "/hl7v2", intakeRoutes.hl7v2),
            ]
        }
        var table = RouteTable()
        for (method, path, _) in routes { table.add(method, path) }
        let router = Router(context: RequestScope.self)
        router.add(middleware: EdgeMiddleware(routes: table, logger: logger))
        for (method, path, handler) in routes {
            router.on(RouterPath(path), method: method, use: handler)
        }
        return router
    }
}

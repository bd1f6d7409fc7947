import Clinical
import FHIR
import Hummingbird
import Logging

/// A small FHIR server for the demo: searches by `_lastUpdated` over what has happened so far, in pages, and answers 429
/// with `Retry-After` to its first requests.
actor ScriptedFHIRServer {
    private struct Resource {
        var type: String
        var updated: Instant
        var body: JSON
    }

    private var resources: [Resource] = []
    private var refusals: Int
    private(set) var refused = 0
    /// Resources handed out so far, each counted once.
    private(set) var served = 0
    private var servedIDs: Set<String> = []
    private var isComplete = false
    private var knownPort: Int?
    private let bound: AsyncStream<Int>
    private let bind: AsyncStream<Int>.Continuation

    init(refusals: Int) {
        self.refusals = refusals
        (bound, bind) = AsyncStream.makeStream()
    }

    func run() async throws {
        let router = Router()
        router.get("/fhir/:type") { request, context in
            await self.search(context.parameters.get("type") ?? "", request.uri.queryParameters)
        }
        var logger = Logger(label: "ehr")
        logger.logLevel = .critical
        let application = Application(
            router: router, configuration: .init(address: .hostname("127.0.0.1", port: 0)),
            onServerRunning: { [bind] channel in bind.yield(channel.localAddress?.port ?? 0) }, logger: logger)
        try await application.run()
    }

    func port() async -> Int {
        if let knownPort { return knownPort }
        for await port in bound {
            knownPort = port
            return port
        }
        return 0
    }

    /// The resource exists from now on.
    func add(_ bytes: [UInt8]) {
        guard let body = try? JSON(parsing: bytes), let type = body.resourceType,
            let text = body["meta"]?["lastUpdated"]?.stringValue, let updated = try? FHIRDateTime.instant(text)
        else { return }
        resources.append(Resource(type: type, updated: updated.instant, body: body))
    }

    /// Nothing more will be added.
    func complete() {
        isComplete = true
    }

    /// Whether everything was handed out.
    var isServed: Bool { isComplete && served == resources.count }

    private func search(_ type: String, _ parameters: Parameters) -> Response {
        if refusals > 0 {
            refusals -= 1
            refused += 1
            return Response(status: .tooManyRequests, headers: [.retryAfter: "1"])
        }
        let since = parameters.get("_lastUpdated").flatMap(Self.lowerBound) ?? .distantPast
        let count = parameters.get("_count", as: Int.self) ?? 50
        let offset = parameters.get("_offset", as: Int.self) ?? 0
        let matches = resources.filter { $0.type == type && $0.updated >= since }.sorted { $0.updated < $1.updated }
        let page = matches.dropFirst(offset).prefix(count)
        var bundle: JSONObject = [
            "resourceType": "Bundle", "type": "searchset", "total": JSON(matches.count),
            "entry": .array(page.map { ["resource": $0.body] }),
        ]
        // The time of the page is that of the newest resource in it, as the whole day is recorded.
        bundle.append("timestamp", page.map(\.updated).max()?.description)
        if matches.count > offset + count {
            let next =
                "/fhir/\(type)?_lastUpdated=ge\(since == .distantPast ? "1900-01-01" : since.description)&_count=\(count)&_offset=\(offset + count)"
            bundle["link"] = [["relation": "next", "url": .string("http://127.0.0.1:\(knownPort ?? 0)" + next)]]
        }
        for resource in page where servedIDs.insert("\(type)/\(resource.body["id"]?.stringValue ?? "")").inserted {
            served += 1
        }
        return Response(
            status: .ok, headers: [.contentType: "application/fhir+json"],
            body: .init(byteBuffer: ByteBuffer(bytes: JSON(bundle).write())))
    }

    /// `ge2026-01-05T08:00:00Z`; `gt` is served like `ge`, which a poller must be able to take.
    private static func lowerBound(_ text: String) -> Instant? {
        try? FHIRDateTime.read(String(text.drop { $0.isLetter })).instant
    }
}

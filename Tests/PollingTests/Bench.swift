import Clinical
import FHIR
import Foundation
import Logging
import Polling

/// A scripted FHIR server, a poller for it, and a record of what the poller committed.
///
/// Sendable because what is shared is touched under the lock only.
final class Bench: PollCursorStore, @unchecked Sendable {
    typealias Script =
        @Sendable (_ request: ScriptedServer.Request, _ number: Int, _ server: Address) -> [ScriptedServer.Step]

    struct Address: Sendable {
        let base: String
    }

    struct NotNow: Error {}

    let server: ScriptedServer
    let transport: CurlTransport
    let clock = VirtualClock()
    let lines = Lines()
    private let lock = NSLock()
    private var entries: [String] = []
    private var cursors: [String: String] = [:]
    private var remainingFailures = 0

    init(_ script: @escaping Script) throws {
        server = try ScriptedServer { request, number in
            script(request, number, Address(base: "http://" + (request.headers["host"] ?? "") + "/fhir"))
        }
        transport = try CurlTransport()
    }

    /// What was committed, in order.
    var log: [String] { lock.withLock { entries } }

    /// How many of the next commits fail.
    var failures: Int {
        get { lock.withLock { remainingFailures } }
        set { lock.withLock { remainingFailures = newValue } }
    }

    func stop() {
        server.stop()
    }

    func poller(_ change: (inout FHIRPollerConfiguration) throws -> Void = { _ in }) throws -> FHIRPoller {
        var configuration = FHIRPollerConfiguration(
            name: "ehr", base: try ServerURL(server.base),
            queries: [try PollQuery("Observation", parameters: [.init("category", "vital-signs")])], pageSize: 50,
            policy: RequestPolicy(bucket: TokenBucket(capacity: 1000, perSecond: 1000)))
        try change(&configuration)
        let lines = lines
        return try FHIRPoller(
            configuration: configuration, transport: transport, cursors: self, clock: clock,
            logger: Logger(label: "test", factory: { _ in lines })
        ) { [self] bytes, info in
            let ids = try JSON(parsing: bytes)["entry"]?.arrayValue?.map { $0["resource"]?["id"]?.stringValue ?? "" } ?? []
            try lock.withLock {
                if remainingFailures > 0 {
                    remainingFailures -= 1
                    throw NotNow()
                }
                entries.append("page \(info.number): " + ids.joined(separator: " "))
            }
        }
    }

    /// One poll by a poller of its own, then the end of the transport.
    func poll(_ change: (inout FHIRPollerConfiguration) throws -> Void = { _ in }) async throws -> [PollReport] {
        let reports = try await poller(change).poll()
        return reports
    }

    func cursor(_ key: String) async throws -> String? {
        lock.withLock { cursors[key] }
    }

    func setCursor(_ key: String, to text: String) async throws {
        lock.withLock {
            cursors[key] = text
            entries.append("cursor " + text)
        }
    }

    /// A searchset with one Observation for each id and time.
    static func page(total: Int? = nil, next: String? = nil, _ resources: KeyValuePairs<String, String>) -> [ScriptedServer
        .Step]
    {
        var bundle: JSON = ["resourceType": "Bundle", "type": "searchset"]
        if let total { bundle["total"] = JSON(total) }
        bundle["link"] = .array(
            [["relation": "self", "url": "ignored"]]
                + [next].compactMap(\.self).map { ["relation": "next", "url": JSON($0)] })
        if !resources.isEmpty {
            bundle["entry"] = .array(
                resources.map { id, updated in
                    ["resource": ["resourceType": "Observation", "id": JSON(id), "meta": ["lastUpdated": JSON(updated)]]]
                })
        }
        return [ScriptedServer.response(200, ["Content-Type: application/fhir+json"], bundle.write())]
    }
}

/// Keeps every line with its metadata, as `level message key=value …`.
final class Lines: LogHandler, @unchecked Sendable {
    private let lock = NSLock()
    private var lines: [String] = []
    private var common: Logger.Metadata = [:]

    var all: [String] { lock.withLock { lines } }

    var logLevel: Logger.Level {
        get { .trace }
        set {}
    }

    var metadata: Logger.Metadata {
        get { lock.withLock { common } }
        set { lock.withLock { common = newValue } }
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { lock.withLock { common[key] } }
        set { lock.withLock { common[key] = newValue } }
    }

    func log(event: LogEvent) {
        lock.withLock {
            let metadata = common.merging(event.metadata ?? [:]) { _, new in new }
            let pairs = metadata.map { "\($0.key)=\($0.value)" }.sorted()
            lines.append(([event.level.rawValue, "\(event.message)"] + pairs).joined(separator: " "))
        }
    }
}

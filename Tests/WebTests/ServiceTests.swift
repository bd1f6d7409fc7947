import Clinical
import FHIR
import Logging
import Synchronization
import Testing
import Web

@Suite struct ServiceTests {
    @Test func readsByID() async throws {
        let house = House()
        try await house.serve { port in
            let risk = try await Loopback.get(port, "/fhir/RiskAssessment/r1")
            #expect(risk.status == 200)
            #expect(risk.headers["content-type"] == "application/fhir+json; charset=utf-8")
            #expect(try JSON(parsing: risk.body)["id"]?.stringValue == "r1")
            #expect(try await Loopback.get(port, "/fhir/Observation/o1").status == 200)
            let missing = try await Loopback.get(port, "/fhir/Observation/none")
            #expect(missing.status == 404)
            #expect(try JSON(parsing: missing.body).resourceType == "OperationOutcome")
        }
    }

    /// Required elements: http://hl7.org/fhir/R4/capabilitystatement.html (status, date, kind, fhirVersion, format).
    @Test func capabilityStatement() async throws {
        let house = House()
        try await house.serve { port in
            let reply = try await Loopback.get(port, "/fhir/metadata")
            let json = try JSON(parsing: reply.body)
            #expect(json.resourceType == "CapabilityStatement")
            #expect(json["status"]?.stringValue == "active" && json["kind"]?.stringValue == "instance")
            #expect(json["fhirVersion"]?.stringValue == "4.0.1")
            #expect(json["date"]?.stringValue != nil && json["format"]?[0]?.stringValue == "application/fhir+json")
            let types = (json["rest"]?[0]?["resource"]?.arrayValue ?? []).compactMap { $0["type"]?.stringValue }
            #expect(types.contains("RiskAssessment") && types.contains("Observation"))
        }
    }

    @Test func wrongAddressesAndMethods() async throws {
        let house = House()
        try await house.serve { port in
            let lost = try await Loopback.get(port, "/nothing/here")
            #expect(lost.status == 404)
            #expect(try JSON(parsing: lost.body).resourceType == "OperationOutcome")
            let method = try await Loopback.request(port, "PUT", "/cda")
            #expect(method.status == 405 && method.headers["allow"] == "POST")
            let read = try await Loopback.request(port, "DELETE", "/ward")
            #expect(read.status == 405 && read.headers["allow"] == "GET")
        }
    }

    @Test(arguments: ["/ward", "/health", "/nothing", "/fhir/Observation/none", "/static/ward.js", "/cds-services"])
    func securityHeadersEverywhere(path: String) async throws {
        let house = House()
        try await house.serve { port in
            let headers = try await Loopback.get(port, path).headers
            let policy = headers["content-security-policy"] ?? ""
            #expect(policy.contains("default-src 'self'") && policy.contains("frame-ancestors 'self'"))
            #expect(!policy.contains("unsafe"))
            #expect(headers["x-content-type-options"] == "nosniff")
            #expect(headers["cache-control"] == "no-store")
            #expect(headers["referrer-policy"] == "no-referrer")
        }
    }

    @Test func healthAndReadiness() async throws {
        let house = House()
        try await house.serve { port in
            #expect(try await Loopback.get(port, "/health").status == 200)
            house.report = ComponentReport(components: [
                .init(name: "journal", isWorking: false, detail: "The disk is full."),
                .init(name: "outbox", isWorking: true),
            ])
            let reply = try await Loopback.get(port, "/ready")
            #expect(reply.status == 503)
            let json = try JSON(parsing: reply.body)
            #expect(json["components"]?[0]?["detail"]?.stringValue == "The disk is full.")
        }
    }

    /// Prometheus text exposition format 0.0.4.
    @Test func metricsAsText() async throws {
        let house = House()
        try await house.serve { port in
            let reply = try await Loopback.get(port, "/metrics")
            #expect(reply.headers["content-type"]?.hasPrefix("text/plain; version=0.0.4") == true)
            #expect(
                reply.text == """
                    # HELP headwall_messages_total Messages committed.
                    # TYPE headwall_messages_total counter
                    headwall_messages_total{format="hl7v2",source="lab \\"A\\"\\\\1"} 12
                    # HELP headwall_quarantine In quarantine.
                    # TYPE headwall_quarantine gauge
                    headwall_quarantine 0.5

                    """)
        }
    }

    @Test func nothingOfAPatientReachesTheLog() async throws {
        let house = House()
        let lines = LogLines()
        var logger = Logger(label: "test") { _ in lines.handler }
        logger.logLevel = .trace
        try await house.serve(logger: logger) { port in
            house.result = IntakeResult(.rejected([Issue(.error, code: 101, place: "PID-3", "Absent.")]))
            let canary = "CANARY-4711"
            _ = try await Loopback.post(port, "/fhir", type: "application/json", "{\"name\":\"\(canary)\"}")
            _ = try await Loopback.post(
                port, "/cds-services/headwall-risk", type: "application/json", "{\"hook\":\"\(canary)\"}")
            _ = try await Loopback.get(port, "/fhir/Observation/\(canary)")
            _ = try await Loopback.get(port, "/\(canary)?name=\(canary)", headers: ["X-Name": canary])
            _ = try await Loopback.post(port, "/sources/\(canary)%20/fhir", type: "application/json", "{}")
            let broken = try Loopback(port: port)
            await broken.send(Array("GET /\(canary) HTTP/9\r\n\(canary)\r\n\r\n".utf8))
            _ = await broken.receive()
        }
        #expect(lines.all.contains { $0.contains("request refused") })
        #expect(lines.all.filter { $0.contains("CANARY-4711") } == [])
    }
}

/// Collects everything that is logged.
final class LogLines: Sendable {
    private let lines = Mutex<[String]>([])

    var all: [String] { lines.withLock { $0 } }
    var handler: Handler { Handler(lines: self) }

    fileprivate func add(_ line: String) { lines.withLock { $0.append(line) } }

    struct Handler: LogHandler {
        let lines: LogLines
        var metadata: Logger.Metadata = [:]
        var logLevel: Logger.Level = .trace

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            lines.add("\(event.level) \(event.message) \(event.metadata ?? [:]) \(metadata)")
        }
    }
}

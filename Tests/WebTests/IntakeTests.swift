import Clinical
import FHIR
import Testing
import Web

@Suite struct IntakeTests {
    private func outcome(_ reply: Loopback.Reply) throws -> JSON {
        let json = try JSON(parsing: reply.body)
        #expect(json.resourceType == "OperationOutcome")
        #expect(ResourceChecks.check(json).isEmpty)
        return json
    }

    @Test func acceptedWhenCommitted() async throws {
        let house = House()
        try await house.serve { port in
            let reply = try await Loopback.post(
                port, "/fhir", type: "application/fhir+json", "{\"resourceType\":\"Bundle\"}")
            #expect(reply.status == 202)
            let outcome = try outcome(reply)
            #expect(outcome["issue"]?[0]?["severity"]?.stringValue == "information")
            #expect(outcome["issue"]?[0]?["diagnostics"]?.stringValue == "Place: journal 7")
            #expect(
                house.received
                    == [.init(source: "http", format: .fhir, bytes: Array("{\"resourceType\":\"Bundle\"}".utf8))])
        }
    }

    @Test func documentsAndMessages() async throws {
        let house = House()
        try await house.serve { port in
            let cda = try await Loopback.post(port, "/cda", type: "application/xml", "<ClinicalDocument/>")
            #expect(cda.status == 202)
            house.result = IntakeResult(.accepted(journal: 8), reply: Array("MSH|^~\\&|\rMSA|AA|1\r".utf8))
            let hl7 = try await Loopback.post(port, "/hl7v2", type: "application/hl7-v2+er7; charset=utf-8", "MSH|^~\\&|")
            #expect(hl7.status == 200)
            #expect(hl7.headers["content-type"] == "application/hl7-v2+er7")
            #expect(hl7.text == "MSH|^~\\&|\rMSA|AA|1\r")
            #expect(house.received.map(\.format) == [.cda, .hl7v2])
        }
    }

    @Test func everyAnswerOfTheIntakeHasItsStatus() async throws {
        let house = House()
        let issue = Issue(.error, code: 1207, place: "/a/b", "The key occurs twice.")
        let cases: [(IntakeResult.Status, fhir: Int, hl7v2: Int)] = [
            (.accepted(journal: 1), 202, 200), (.duplicate(journal: 1), 200, 200), (.rejected([issue]), 400, 400),
            (.quarantined([issue]), 422, 400), (.unavailable(retryAfterSeconds: 9), 503, 503),
        ]
        try await house.serve { port in
            for (status, fhir, hl7v2) in cases {
                house.result = IntakeResult(status, reply: Array("MSA".utf8))
                let first = try await Loopback.post(port, "/fhir", type: "application/json", "{}")
                #expect(first.status == fhir)
                let json = try outcome(first)
                if fhir == 400 || fhir == 422 {
                    #expect(json["issue"]?[0]?["diagnostics"]?.stringValue == "Place: /a/b")
                    #expect(json["issue"]?[0]?["details"]?["text"]?.stringValue == "The key occurs twice.")
                }
                let second = try await Loopback.post(port, "/hl7v2", type: "text/plain", "MSH")
                #expect(second.status == hl7v2)
                #expect(second.text == "MSA")
                if fhir == 503 { #expect(first.headers["retry-after"] == "9" && second.headers["retry-after"] == "9") }
            }
        }
    }

    @Test(arguments: [
        ("/fhir", "text/html"), ("/fhir", "application/fhir+xml"), ("/fhir", "application/json; charset=latin1"),
        ("/cda", "application/json"), ("/hl7v2", "application/xml"), ("/fhir", ""),
    ])
    func otherMediaTypesAreRefused(path: String, type: String) async throws {
        let house = House()
        try await house.serve { port in
            let reply = try await Loopback.request(
                port, "POST", path, headers: type.isEmpty ? [:] : ["Content-Type": type], body: Array("{}".utf8))
            #expect(reply.status == 415)
            #expect(try outcome(reply)["issue"]?[0]?["diagnostics"]?.stringValue == "Place: header Content-Type")
            #expect(house.received.isEmpty)
        }
    }

    @Test func anEmptyBodyIsRefused() async throws {
        let house = House()
        try await house.serve { port in
            let reply = try await Loopback.post(port, "/fhir", type: "application/json", "")
            #expect(reply.status == 400)
            #expect(house.received.isEmpty)
        }
    }

    @Test func theTypeOfTheAddressMustBeThatOfTheBody() async throws {
        let house = House()
        try await house.serve { port in
            let good = try await Loopback.post(
                port, "/fhir/Observation", type: "application/json", "{\"resourceType\":\"Observation\"}")
            #expect(good.status == 202)
            let other = try await Loopback.post(
                port, "/fhir/Observation", type: "application/json", "{\"resourceType\":\"Patient\"}")
            #expect(other.status == 400)
            #expect(try outcome(other)["issue"]?[0]?["diagnostics"]?.stringValue == "Place: /resourceType")
            let broken = try await Loopback.post(port, "/fhir/Observation", type: "application/json", "{\"a\":1,\"a\":2}")
            #expect(broken.status == 400)
            #expect(house.received.count == 1)
        }
    }

    @Test func aBodyThatDeclaresTooMuchIsRefusedUnread() async throws {
        let house = House()
        try await house.serve(WebConfiguration(maximumBodyBytes: 1000)) { port in
            let connection = try Loopback(port: port)
            await connection.send(
                Array(
                    "POST /fhir HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 1001\r\n\r\n".utf8)
            )
            let reply = try await connection.receiveReply()
            #expect(reply.status == 413)
            #expect(reply.headers["connection"] == "close")
            #expect(try outcome(reply)["issue"]?[0]?["diagnostics"]?.stringValue == "Place: body")
            let fits = try await Loopback.post(
                port, "/fhir", type: "application/json", String(repeating: " ", count: 1000))
            #expect(fits.status == 202)
        }
    }

    @Test func aStreamedBodyIsRefusedAtTheLimitAndTheConnectionEnds() async throws {
        let house = House()
        try await house.serve(WebConfiguration(maximumBodyBytes: 100_000)) { port in
            let connection = try Loopback(port: port)
            await connection.send(
                Array(
                    "POST /fhir HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
                        .utf8))
            let chunk = Array("4000\r\n".utf8) + [UInt8](repeating: 0x20, count: 0x4000) + Array("\r\n".utf8)
            for _ in 0..<8 { await connection.send(chunk) }
            let reply = try await connection.receiveReply()
            #expect(reply.status == 413)
            // The body never ends; the server does not wait for it.
            var sent = 0
            while sent < 1_000_000, await connection.send(chunk) {
                sent += 1
                try await Task.sleep(for: .milliseconds(1))
            }
            #expect(sent < 1_000_000)
            #expect(house.received.isEmpty)
            #expect(try await Loopback.get(port, "/health").status == 200)
        }
    }

    @Test func aBodyThatDripsIsCutOff() async throws {
        let house = House()
        try await house.serve(WebConfiguration(bodyTimeoutSeconds: 0)) { port in
            let connection = try Loopback(port: port)
            await connection.send(
                Array(
                    "POST /fhir HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 10\r\n\r\n{".utf8))
            let reply = try await connection.receiveReply()
            #expect(reply.status == 408)
        }
    }

    @Test func theSourceIsNamedByPathOrHeader() async throws {
        let house = House()
        try await house.serve { port in
            _ = try await Loopback.post(port, "/sources/lab.A/fhir", type: "application/json", "{}")
            _ = try await Loopback.post(port, "/sources/lab-B/hl7v2", type: "text/plain", "MSH")
            _ = try await Loopback.post(
                port, "/fhir", type: "application/json", "{}", headers: ["X-Headwall-Source": "hospB"])
            #expect(house.received.map(\.source) == ["lab.A", "lab-B", "hospB"])
            let odd = try await Loopback.post(
                port, "/fhir", type: "application/json", "{}", headers: ["X-Headwall-Source": "a b"])
            #expect(odd.status == 400)
            let long = try await Loopback.post(
                port, "/sources/\(String(repeating: "a", count: 65))/fhir", type: "application/json", "{}")
            #expect(long.status == 400)
            #expect(house.received.count == 3)
        }
    }

    @Test func unknownSourcesAreRefusedWhenSourcesAreConfigured() async throws {
        let house = House()
        try await house.serve(WebConfiguration(sources: ["labA"])) { port in
            let known = try await Loopback.post(port, "/sources/labA/fhir", type: "application/json", "{}")
            #expect(known.status == 202)
            let unknown = try await Loopback.post(port, "/sources/labB/fhir", type: "application/json", "{}")
            #expect(unknown.status == 403)
        }
    }

    @Test func withTokensEveryMachineNeedsItsOwn() async throws {
        let house = House()
        try await house.serve(WebConfiguration(tokens: ["secret-a": "labA", "secret-b": "labB"])) { port in
            let none = try await Loopback.post(port, "/fhir", type: "application/json", "{}")
            #expect(none.status == 401)
            #expect(none.headers["www-authenticate"]?.hasPrefix("Bearer") == true)
            let wrong = try await Loopback.post(
                port, "/fhir", type: "application/json", "{}", headers: ["Authorization": "Bearer secret-c"])
            #expect(wrong.status == 401)
            #expect(!wrong.text.contains("secret-c"))
            let right = try await Loopback.post(
                port, "/fhir", type: "application/json", "{}", headers: ["Authorization": "bearer secret-a"])
            #expect(right.status == 202)
            let other = try await Loopback.post(
                port, "/sources/labB/fhir", type: "application/json", "{}", headers: ["Authorization": "Bearer secret-a"])
            #expect(other.status == 403)
            #expect(house.received.map(\.source) == ["labA"])
            #expect(try await Loopback.get(port, "/fhir/RiskAssessment/r1").status == 401)
            #expect(
                try await Loopback.get(port, "/fhir/RiskAssessment/r1", headers: ["Authorization": "Bearer secret-b"])
                    .status
                    == 200)
            #expect(try await Loopback.get(port, "/health").status == 200)
        }
    }

    @Test func garbageOnTheLineHurtsNobodyElse() async throws {
        let house = House()
        try await house.serve { port in
            var generator = SplitMix64(seed: 3)
            for round in 0..<60 {
                let connection = try Loopback(port: port)
                let prefix = round % 2 == 0 ? "" : "POST /fhir HTTP/1.1\r\nContent-Type: application/json\r\n"
                let noise = (0..<Int.random(in: 1...2000, using: &generator)).map { _ in
                    UInt8.random(in: 0...255, using: &generator)
                }
                await connection.send(Array(prefix.utf8) + noise)
            }
            #expect(try await Loopback.post(port, "/fhir", type: "application/json", "{}").status == 202)
            #expect(house.received.count == 1)
        }
    }
}

/// Seeded generator (Steele, Lea, Flood 2014), so that a failing case can be run again.
struct SplitMix64: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}

import Clinical
import FHIR
import Testing
import Web

/// Requests and responses of CDS Hooks 2.0 (https://cds-hooks.hl7.org/2.0/): "Discovery", "Calling a CDS Service",
/// "CDS Service Response", "Feedback"; hook patient-view 1.0.
@Suite struct CDSHooksTests {
    private let service = "/cds-services/headwall-risk"
    private let call = """
        {"hook":"patient-view","hookInstance":"d1577c69-dfbe-44ad-ba6d-3e05e953b2ea",
        "context":{"userId":"Practitioner/1","patientId":"1288992"}}
        """

    @Test func discovery() async throws {
        let house = House()
        try await house.serve { port in
            let json = try JSON(parsing: try await Loopback.get(port, "/cds-services").body)
            let services = json["services"]?.arrayValue ?? []
            #expect(services.count == 1)
            // hook, description and id are required.
            #expect(services[0]["hook"]?.stringValue == "patient-view")
            #expect(services[0]["id"]?.stringValue == "headwall-risk")
            #expect(services[0]["description"]?.stringValue?.isEmpty == false)
        }
    }

    @Test func aCallAnswersWithACardADecision() async throws {
        let house = House()
        house.decisions = SampleWard.patients.prefix(2).map { SampleWard.decision($0, $0.now, at: SampleWard.clock) }
        try await house.serve { port in
            let reply = try await Loopback.post(port, service, type: "application/json", call)
            #expect(reply.status == 200)
            let cards = try JSON(parsing: reply.body)["cards"]?.arrayValue ?? []
            #expect(cards.count == 2)
            #expect(cards.allSatisfy { ($0["summary"]?.stringValue ?? "").count < 140 })
            #expect(cards[0]["indicator"]?.stringValue == "critical")
            #expect(cards[0]["source"]?["label"]?.stringValue == "Headwall")
            #expect(house.asked == ["1288992"])
        }
    }

    @Test func anUnknownPatientHasNoCards() async throws {
        let house = House()
        try await house.serve { port in
            let reply = try await Loopback.post(port, service, type: "application/json", call)
            #expect(reply.status == 200)
            #expect(try JSON(parsing: reply.body)["cards"]?.arrayValue == [])
        }
    }

    @Test(arguments: [
        ("not json", "application/json", 400), ("{}", "application/json", 400), ("{}", "text/plain", 415),
        ("{\"hook\":\"order-select\",\"hookInstance\":\"a\",\"context\":{}}", "application/json", 400),
        ("{\"hook\":\"patient-view\",\"hookInstance\":\"a\",\"context\":{\"userId\":\"x\"}}", "application/json", 400),
        ("{\"hook\":\"patient-view\",\"hookInstance\":\"a\",\"context\":{\"patientId\":\"x\"}}", "application/json", 400),
        ("{\"hook\":\"patient-view\",\"context\":{\"patientId\":\"x\",\"userId\":\"y\"}}", "application/json", 400),
    ])
    func callsThatAreNotCalls(body: String, type: String, status: Int) async throws {
        let house = House()
        try await house.serve { port in
            let reply = try await Loopback.post(port, service, type: type, body)
            #expect(reply.status == status)
            #expect(try JSON(parsing: reply.body).resourceType == "OperationOutcome")
            #expect(house.asked == [])
        }
    }

    @Test func feedbackIsTaken() async throws {
        let house = House()
        try await house.serve { port in
            let reply = try await Loopback.post(
                port, service + "/feedback", type: "application/json",
                """
                {"feedback":[{"card":"4e0a3a1e-3283-4575-ab82-028d55fe2719","outcome":"accepted",
                "acceptedSuggestions":[{"id":"e56e1945"}],"outcomeTimestamp":"2020-12-11T00:00:00Z"},
                {"card":"4e0a3a1e-3283-4575-ab82-028d55fe2720","outcome":"overridden","overrideReason":
                {"reason":{"code":"managed","system":"urn:headwall:override-reasons"},"userComment":"seen"},
                "outcomeTimestamp":"2020-12-11T00:00:00+01:00"}]}
                """)
            #expect(reply.status == 200)
            let feedback = house.feedback
            #expect(feedback.map(\.outcome) == [.accepted, .overridden])
            #expect(feedback[0].acceptedSuggestions == ["e56e1945"])
            #expect(feedback[1].overrideReason == Code(system: "urn:headwall:override-reasons", code: "managed"))
            #expect(feedback[1].userComment == PHI("seen"))
            #expect(feedback[1].outcomeTime.description == "2020-12-11T00:00:00+01:00")
        }
    }

    @Test(arguments: [
        "{\"feedback\":[]}", "{\"feedback\":[{}]}", "[]",
        "{\"feedback\":[{\"card\":\"a\",\"outcome\":\"ignored\",\"outcomeTimestamp\":\"2020-12-11T00:00:00Z\"}]}",
        "{\"feedback\":[{\"card\":\"a\",\"outcome\":\"accepted\",\"outcomeTimestamp\":\"yesterday\"}]}",
    ])
    func feedbackThatIsNone(body: String) async throws {
        let house = House()
        try await house.serve { port in
            let reply = try await Loopback.post(port, service + "/feedback", type: "application/json", body)
            #expect(reply.status == 400)
            #expect(house.feedback.isEmpty)
        }
    }

    @Test func feedbackThatCouldNotBeCommittedIsNotAcknowledged() async throws {
        let house = House()
        house.commitsFeedback = false
        try await house.serve { port in
            let reply = try await Loopback.post(
                port, service + "/feedback", type: "application/json",
                "{\"feedback\":[{\"card\":\"a\",\"outcome\":\"accepted\",\"outcomeTimestamp\":\"2020-12-11T00:00:00Z\"}]}")
            #expect(reply.status == 503)
        }
    }
}

import Clinical
import FHIR
import Testing
import Web

@Suite("The page of unmapped codes, and $translate") struct QueuePageTests {
    private static let form = "application/x-www-form-urlencoded"

    private static var view: UnmappedQueueView {
        UnmappedQueueView(
            clock: Instant(seconds: 1_767_600_000),
            items: [
                UnmappedQueueView.Item(
                    id: 3, source: "lab-a", code: "1999", name: "Lactate <b>", unit: "mmol/L", specimen: nil, count: 12,
                    firstSeen: Instant(seconds: 1_767_590_000), lastSeen: Instant(seconds: 1_767_599_000),
                    explanation: "No approved row.", values: "1 to 4, median 2", waiting: 11,
                    proposals: [
                        UnmappedQueueView.Proposal(
                            loinc: "2524-7", display: "Lactate [Moles/volume] in Serum or Plasma", reasons: "words 1",
                            inputs: ["Sepsis: Lactate"])
                    ])
            ], hasMore: false, overflow: 0, shifts: ["lab-a 1006: arrives as if in umol/L since 14:05"])
    }

    @Test func showsWhatWaitsAndEscapesIt() async throws {
        let house = House()
        house.queue = Self.view
        try await house.serve { port in
            let page = try await Loopback.get(port, "/queue/unmapped")
            #expect(page.status == 200)
            for text in ["Lactate &lt;b&gt;", "11 messages wait", "feeds Sepsis: Lactate", "as if in umol/L since 14:05"] {
                #expect(page.text.contains(text), "\(text)")
            }
            #expect(!page.text.contains("Lactate <b>"))
        }
        house.queue = nil
        try await house.serve { port in
            let page = try await Loopback.get(port, "/queue/unmapped")
            #expect(page.status == 503)
        }
    }

    @Test func anApprovalNeedsANameAndAnswersWithAnotherPage() async throws {
        let house = House()
        house.queue = Self.view
        try await house.serve { port in
            let nameless = try await Loopback.post(port, "/queue/unmapped/3", type: Self.form, "target=2524-7")
            #expect(nameless.status == 422)
            let undecided = try await Loopback.post(port, "/queue/unmapped/3", type: Self.form, "reviewer=A")
            #expect(undecided.status == 422)
            let done = try await Loopback.post(
                port, "/queue/unmapped/3", type: Self.form,
                "target=2524-7&other=&reviewer=Anna+Meier&reviewer2=Ben&unitMeaning=mmol%2FL&unitOnly=1")
            #expect(done.status == 303 && done.headers["location"] == "/queue/unmapped?approved=9")
        }
        #expect(
            house.approvals == [
                ApprovalForm(
                    item: 3, target: "2524-7", reviewers: ["Anna Meier", "Ben"], unitMeaning: "mmol/L", isForUnitOnly: true,
                    isForSpecimenOnly: false, comment: nil)
            ])
    }

    @Test func aRefusalIsShownOnThePage() async throws {
        let house = House()
        house.queue = Self.view
        house.answer = .refused("two names are needed")
        try await house.serve { port in
            let reply = try await Loopback.post(port, "/queue/unmapped/3", type: Self.form, "target=none&reviewer=A")
            #expect(reply.status == 422 && reply.text.contains("two names are needed"))
        }
        #expect(house.approvals.first?.target == nil, "none is a decision without a code")
    }

    /// Fetch metadata (W3C) and the Origin header (RFC 6454): a page of another site cannot approve.
    @Test(arguments: [
        ["Sec-Fetch-Site": "cross-site"], ["Origin": "http://elsewhere.example"],
        ["Sec-Fetch-Site": "same-origin", "Origin": "http://elsewhere.example"],
    ])
    func anotherSiteCannotApprove(headers: [String: String]) async throws {
        let house = House()
        house.queue = Self.view
        try await house.serve { port in
            let reply = try await Loopback.post(
                port, "/queue/unmapped/3", type: Self.form, "target=2524-7&reviewer=A", headers: headers)
            #expect(reply.status == 403)
            let own = try await Loopback.post(
                port, "/queue/unmapped/3", type: Self.form, "target=2524-7&reviewer=A",
                headers: ["Origin": "http://localhost", "Sec-Fetch-Site": "same-origin"])
            #expect(own.status == 303)
        }
        #expect(house.approvals.count == 1)
    }

    // MARK: $translate (FHIR R4, conceptmap-operation-translate)

    @Test func translateTakesParametersByPostAndByQuery() async throws {
        let house = House()
        try await house.serve { port in
            let body = #"{"resourceType":"Parameters","parameter":[{"name":"code","valueCode":"1006"}]}"#
            let posted = try await Loopback.post(
                port, "/fhir/ConceptMap/$translate", type: "application/fhir+json", body)
            #expect(posted.status == 200 && posted.headers["content-type"]?.hasPrefix("application/fhir+json") == true)
            #expect(try JSON(parsing: posted.body) == JSON(parsing: Array(body.utf8)))
            let asked = try await Loopback.get(
                port, "/fhir/ConceptMap/$translate?system=urn%3Aa&code=1006&reverse=true")
            let parameters = try JSON(parsing: asked.body)["parameter"]?.arrayValue ?? []
            #expect(asked.status == 200)
            #expect(
                Set(parameters) == [
                    ["name": "system", "valueUri": "urn:a"], ["name": "code", "valueCode": "1006"],
                    ["name": "reverse", "valueBoolean": true],
                ])
        }
    }

    @Test func translateRefusesWhatItCannotAnswer() async throws {
        let house = House()
        try await house.serve { port in
            let path = "/fhir/ConceptMap/$translate"
            for query in ["?dependency=x", "?reverse=perhaps"] {
                let reply = try await Loopback.get(port, path + query)
                #expect(reply.status == 400, "\(query)")
            }
            let fhir = "application/fhir+json"
            for (target, type, body, status) in [
                (path, "text/plain", "{}", 415), (path, fhir, "{", 400), ("/fhir/Patient/$everything", fhir, "{}", 404),
            ] {
                let reply = try await Loopback.post(port, target, type: type, body)
                #expect(reply.status == status, "\(target) \(type)")
            }
            let other = try await Loopback.post(port, path, type: "application/fhir+json", #"{"resourceType":"Patient"}"#)
            #expect(other.status == 400)
            #expect(try JSON(parsing: other.body)["resourceType"]?.stringValue == "OperationOutcome")
            let statement = try JSON(parsing: try await Loopback.get(port, "/fhir/metadata").body)
            let resources = statement["rest"]?[0]?["resource"]?.arrayValue ?? []
            let map = try #require(resources.first { $0["type"]?.stringValue == "ConceptMap" })
            #expect(
                map["operation"]?[0]?["definition"]?.stringValue
                    == "http://hl7.org/fhir/OperationDefinition/ConceptMap-translate")
        }
    }

    /// With tokens configured the operation asks for one, as every read does.
    @Test func translateAsksForTheToken() async throws {
        let house = House()
        var configuration = WebConfiguration()
        configuration.tokens = ["secret": "lab-a"]
        try await house.serve(configuration) { port in
            let path = "/fhir/ConceptMap/$translate?code=1&system=urn:a"
            let (without, with) = (
                try await Loopback.get(port, path),
                try await Loopback.get(port, path, headers: ["Authorization": "Bearer secret"])
            )
            #expect(without.status == 401 && with.status == 200)
        }
    }
}

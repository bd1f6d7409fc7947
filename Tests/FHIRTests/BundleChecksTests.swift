import Clinical
import FHIR
import Testing

/// Invariants bdl-1 to bdl-12 of http://hl7.org/fhir/R4/bundle.html and the rules of references in bundles.
@Suite struct BundleChecksTests {
    private func issues(_ text: String) throws -> [Clinical.Issue] {
        ResourceChecks.check(try JSON(parsing: text))
    }

    private func found(_ text: String) throws -> [String] {
        try issues(text).map { "\($0.code) \($0.place)" }
    }

    @Test(arguments: [
        (#"{"resourceType":"Bundle","type":"collection","total":1}"#, "102 /total"),
        (
            #"{"resourceType":"Bundle","type":"transaction","entry":[{"resource":{"resourceType":"Patient"}}]}"#,
            "101 /entry/0/request"
        ),
        (
            #"{"resourceType":"Bundle","type":"collection","entry":[{"resource":{"resourceType":"Patient"},"request":{"method":"PUT","url":"x"}}]}"#,
            "102 /entry/0/request"
        ),
        (
            #"{"resourceType":"Bundle","type":"batch-response","entry":[{"resource":{"resourceType":"Patient"}}]}"#,
            "101 /entry/0/response"
        ),
        (
            #"{"resourceType":"Bundle","type":"collection","entry":[{"resource":{"resourceType":"Patient"},"response":{"status":"200"}}]}"#,
            "102 /entry/0/response"
        ),
        (#"{"resourceType":"Bundle","type":"collection","entry":[{"fullUrl":"urn:x:1"}]}"#, "101 /entry/0/resource"),
        (
            #"{"resourceType":"Bundle","type":"collection","entry":[{"fullUrl":"http://x.org/Patient/1/_history/2","resource":{"resourceType":"Patient"}}]}"#,
            "102 /entry/0/fullUrl"
        ),
        (
            #"{"resourceType":"Bundle","type":"collection","entry":[{"fullUrl":"http://x.org/Patient/1","resource":{"resourceType":"Patient","id":"2"}}]}"#,
            "102 /entry/0/fullUrl"
        ),
        (#"{"resourceType":"Bundle","type":"message","entry":[{"resource":{"resourceType":"Patient"}}]}"#, "100 /entry"),
        (
            #"{"resourceType":"Bundle","type":"transaction","entry":[{"resource":{"resourceType":"Patient"},"request":{"method":"put","url":"x"}}]}"#,
            "103 /entry/0/request/method"
        ),
        (
            #"{"resourceType":"Bundle","type":"collection","entry":[{"resource":{"resourceType":"Patient","gender":"f"}}]}"#,
            "103 /entry/0/resource/gender"
        ),
        (
            #"{"resourceType":"Bundle","type":"collection","entry":[{"resource":{"id":"1"}}]}"#,
            "101 /entry/0/resource/resourceType"
        ),
    ])
    func oneIssueEach(_ text: String, _ expected: String) throws {
        #expect(try found(text) == [expected])
    }

    @Test func fullUrlsAreUnique() throws {
        let entry = #"{"fullUrl":"urn:x:1","resource":{"resourceType":"Patient"}}"#
        #expect(
            try found(#"{"resourceType":"Bundle","type":"collection","entry":[\#(entry),\#(entry)]}"#) == [
                "205 /entry/1/fullUrl"
            ])
        let versions = [1, 2].map {
            #"{"fullUrl":"http://x.org/Patient/1","resource":{"resourceType":"Patient","meta":{"versionId":"\#($0)"}}}"#
        }
        #expect(
            try found(#"{"resourceType":"Bundle","type":"collection","entry":[\#(versions.joined(separator: ","))]}"#) == []
        )
    }

    @Test func documentsNeedIdentifierTimestampAndComposition() throws {
        #expect(
            try found(#"{"resourceType":"Bundle","type":"document","entry":[{"resource":{"resourceType":"Patient"}}]}"#)
                == ["100 /entry", "101 /identifier", "101 /timestamp"])
    }

    private func bundle(_ type: String = "collection", reference: String) -> String {
        #"""
        {"resourceType":"Bundle","type":"\#(type)","entry":[
          {"fullUrl":"urn:uuid:c757873d-ec9a-4326-a141-556f43239520","resource":{"resourceType":"Patient","id":"p1"}},
          {"fullUrl":"http://x.org/fhir/Patient/p2","resource":{"resourceType":"Patient","id":"p2"}},
          {"resource":{"resourceType":"Observation","status":"final","code":{"text":"x"},"contained":[{"resourceType":"Device","id":"d1"}],
            "subject":{"reference":"\#(reference)"}}}]}
        """#
    }

    @Test(arguments: [
        "urn:uuid:c757873d-ec9a-4326-a141-556f43239520", "Patient/p1", "Patient/p2", "Patient/p2/_history/4",
        "http://x.org/fhir/Patient/p2",
        "http://elsewhere.org/fhir/Patient/9", "#d1", "#", "Patient?identifier=http://x.org|1",
    ])
    func referencesThatLeadSomewhere(_ reference: String) throws {
        #expect(try issues(bundle(reference: reference)) == [])
    }

    @Test func referencesThatLeadNowhere() throws {
        let inside = "/entry/2/resource/subject/reference"
        for reference in ["urn:uuid:00000000-0000-0000-0000-000000000000", "urn:oid:1.2.3", "#d2"] {
            let issues = try issues(bundle(reference: reference))
            #expect(issues.map { "\($0.severity) \($0.code) \($0.place)" } == ["error 204 \(inside)"])
        }
        let relative = try issues(bundle(reference: "Patient/p3"))
        #expect(relative.map { "\($0.severity) \($0.code) \($0.place)" } == ["warning 204 \(inside)"])
        // What a search returns points to resources that stay on the server.
        #expect(try issues(bundle("searchset", reference: "Patient/p3")) == [])
    }

    @Test func referencesInsideAResourceAloneNeedNoBundle() throws {
        #expect(
            try found(
                #"{"resourceType":"Observation","status":"final","code":{"text":"x"},"subject":{"reference":"Patient/9"}}"#)
                == [])
        #expect(
            try found(##"{"resourceType":"Observation","status":"final","code":{"text":"x"},"device":{"reference":"#d"}}"##)
                == ["204 /device/reference"])
    }
}

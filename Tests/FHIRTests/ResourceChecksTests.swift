import Clinical
import FHIR
import Testing

/// Cardinalities, required bindings and invariants of the resource pages of http://hl7.org/fhir/R4.
@Suite struct ResourceChecksTests {
    private func found(_ text: String) throws -> [String] {
        ResourceChecks.check(try JSON(parsing: text)).map { "\($0.code) \($0.place)" }
    }

    @Test func goodResourcesHaveNoIssues() {
        for resource in [Samples.patient, Samples.encounter, Samples.bloodPressure, Samples.bundle] {
            #expect(ResourceChecks.check(resource) == [])
        }
    }

    /// The smallest resource of each type that satisfies the specification.
    static let smallest: [(type: String, text: String)] = [
        ("Patient", #"{"resourceType":"Patient"}"#),
        ("Encounter", #"{"resourceType":"Encounter","status":"finished","class":{"code":"AMB"}}"#),
        ("Observation", #"{"resourceType":"Observation","status":"final","code":{"text":"x"}}"#),
        ("Bundle", #"{"resourceType":"Bundle","type":"collection"}"#),
        ("DiagnosticReport", #"{"resourceType":"DiagnosticReport","status":"partial","code":{"text":"x"}}"#),
        (
            "ServiceRequest",
            #"{"resourceType":"ServiceRequest","status":"active","intent":"order","subject":{"reference":"Patient/1"}}"#
        ),
        ("Specimen", #"{"resourceType":"Specimen"}"#),
        (
            "Provenance",
            #"{"resourceType":"Provenance","target":[{"reference":"Patient/1"}],"recorded":"2026-01-05T08:00:00Z","agent":[{"who":{"display":"x"}}]}"#
        ),
        ("RiskAssessment", #"{"resourceType":"RiskAssessment","status":"final","subject":{"reference":"Patient/1"}}"#),
        (
            "MessageHeader",
            #"{"resourceType":"MessageHeader","eventCoding":{"code":"A01"},"source":{"endpoint":"urn:oid:1.2"}}"#
        ),
        ("Practitioner", #"{"resourceType":"Practitioner"}"#),
        ("Organization", #"{"resourceType":"Organization","name":"x"}"#),
        ("Location", #"{"resourceType":"Location"}"#),
        ("Device", #"{"resourceType":"Device"}"#),
        ("OperationOutcome", #"{"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"processing"}]}"#),
    ]

    @Test(arguments: smallest) func smallestIsGood(_ type: String, _ text: String) throws {
        #expect(try found(text) == [])
    }

    @Test(arguments: [
        ("Patient", []), ("Encounter", ["101 /status", "101 /class"]), ("Observation", ["101 /status", "101 /code"]),
        ("Bundle", ["101 /type"]), ("DiagnosticReport", ["101 /status", "101 /code"]),
        ("ServiceRequest", ["101 /status", "101 /intent", "101 /subject"]), ("Specimen", []),
        ("Provenance", ["101 /target", "101 /recorded", "101 /agent"]),
        ("RiskAssessment", ["101 /status", "101 /subject"]),
        ("MessageHeader", ["101 ", "101 /source"]), ("Practitioner", []), ("Organization", ["101 "]), ("Location", []),
        ("Device", []), ("OperationOutcome", ["101 /issue"]),
    ])
    func requiredElements(_ type: String, _ expected: [String]) throws {
        #expect(try found(#"{"resourceType":"\#(type)"}"#) == expected)
    }

    @Test(arguments: [
        #"{"resourceType":"Encounter","status":"active","class":{"code":"AMB"}}"#,
        #"{"resourceType":"Observation","status":"F","code":{"text":"x"}}"#,
        #"{"resourceType":"Observation","status":"Final","code":{"text":"x"}}"#,
        #"{"resourceType":"Bundle","type":"list"}"#,
        #"{"resourceType":"DiagnosticReport","status":"complete","code":{"text":"x"}}"#,
        #"{"resourceType":"ServiceRequest","status":"final","intent":"order","subject":{"reference":"Patient/1"}}"#,
        #"{"resourceType":"ServiceRequest","status":"active","intent":"request","subject":{"reference":"Patient/1"}}"#,
        #"{"resourceType":"Specimen","status":"final"}"#,
        #"{"resourceType":"RiskAssessment","status":"active","subject":{"reference":"Patient/1"}}"#,
        #"{"resourceType":"Patient","gender":"M"}"#, #"{"resourceType":"Practitioner","gender":"F"}"#,
        #"{"resourceType":"Location","status":"A"}"#, #"{"resourceType":"Device","status":"on"}"#,
        #"{"resourceType":"Patient","identifier":[{"use":"primary","value":"1"}]}"#,
        #"{"resourceType":"Patient","name":[{"use":"L","family":"x"}]}"#,
        #"{"resourceType":"OperationOutcome","issue":[{"severity":"bad","code":"processing"}]}"#,
        #"{"resourceType":"Observation","status":"final","code":{"text":"x"},"valueQuantity":{"value":1,"comparator":"≤"}}"#,
    ])
    func codesOutsideRequiredBindings(_ text: String) throws {
        let issues = ResourceChecks.check(try JSON(parsing: text))
        #expect(issues.map(\.code) == [103])
        #expect(issues.first?.severity == .error)
    }

    @Test(arguments: [
        (#"{"resourceType":"Patient","id":"a_b"}"#, "102 /id"),
        (#"{"resourceType":"Patient","birthDate":"05.01.1974"}"#, "102 /birthDate"),
        (#"{"resourceType":"Patient","birthDate":"1974-02-30"}"#, "102 /birthDate"),
        (#"{"resourceType":"Patient","identifier":{"value":"1"}}"#, "102 /identifier"),
        (#"{"resourceType":"Patient","identifier":[]}"#, "102 /identifier"),
        (#"{"resourceType":"Patient","identifier":["1"]}"#, "102 /identifier/0"),
        (#"{"resourceType":"Patient","identifier":[{}]}"#, "102 /identifier/0"),
        (#"{"resourceType":"Patient","active":"true"}"#, "102 /active"),
        (#"{"resourceType":"Patient","identifier":[{"system":"a b"}]}"#, "102 /identifier/0/system"),
        (#"{"resourceType":"Patient","name":[{"family":""}]}"#, "102 /name/0/family"),
        (#"{"resourceType":"Patient","name":[{"given":["a",""]}]}"#, "102 /name/0/given/1"),
        (#"{"resourceType":"Patient","deceasedBoolean":true,"deceasedDateTime":"2026"}"#, "102 "),
        (#"{"resourceType":"Patient","link":[{"other":{"reference":"Patient/2"}}]}"#, "101 /link/0/type"),
        (#"{"resourceType":"Patient","contact":[{"gender":"male"}]}"#, "101 /contact/0"),
        (#"{"resourceType":"Patient","telecom":[{"value":"1"}]}"#, "101 /telecom/0/system"),
        (#"{"resourceType":"Patient","text":{"status":"generated"}}"#, "101 /text/div"),
        (#"{"resourceType":"Patient","extension":[{"valueString":"x"}]}"#, "101 /extension/0/url"),
        (#"{"resourceType":"Patient","meta":{"lastUpdated":"2026-01-05"}}"#, "102 /meta/lastUpdated"),
        (#"{"resourceType":"Patient","name":null}"#, "102 /name"),
        (
            #"{"resourceType":"Observation","status":"final","code":{"text":"x"},"valueQuantity":{"value":"7.4"}}"#,
            "102 /valueQuantity/value"
        ),
        (
            #"{"resourceType":"Observation","status":"final","code":{"text":"x"},"valueString":"a","valueInteger":1}"#,
            "102 "
        ),
        (
            #"{"resourceType":"Observation","status":"final","code":{"text":"x"},"valueString":"a","dataAbsentReason":{"text":"x"}}"#,
            "102 /dataAbsentReason"
        ),
        (
            #"{"resourceType":"Observation","status":"final","code":{"text":"x"},"effectiveDateTime":"2026-01-05T08:00:00"}"#,
            "102 /effectiveDateTime"
        ),
        (
            #"{"resourceType":"Observation","status":"final","code":{"text":"x"},"component":[{"valueString":"x"}]}"#,
            "101 /component/0/code"
        ),
        (
            #"{"resourceType":"Observation","status":"final","code":{"text":"x"},"referenceRange":[{"appliesTo":[{"text":"x"}]}]}"#,
            "101 /referenceRange/0"
        ),
        (
            #"{"resourceType":"Observation","status":"final","code":{"coding":[{"code":"a"}]},"valueInteger":1,"component":[{"code":{"coding":[{"code":"a"}]}}]}"#,
            "102 /component/0"
        ),
        (
            #"{"resourceType":"Encounter","status":"finished","class":{"code":"AMB"},"location":[{"status":"active"}]}"#,
            "101 /location/0/location"
        ),
        (#"{"resourceType":"Encounter","status":"finished","class":[{"code":"AMB"}]}"#, "102 /class"),
        (
            #"{"resourceType":"Encounter","status":"finished","class":{"code":"AMB"},"period":{"start":"2026-01-05T08:00:00Z","end":"2026-01-05T08:00:00+01:00"}}"#,
            "102 /period"
        ),
        (
            #"{"resourceType":"RiskAssessment","status":"final","subject":{"reference":"Patient/1"},"prediction":[{"probabilityDecimal":100.01}]}"#,
            "102 /prediction/0/probabilityDecimal"
        ),
        (
            #"{"resourceType":"Provenance","target":[{"reference":"Patient/1"}],"recorded":"2026-01-05","agent":[{"who":{"display":"x"}}]}"#,
            "102 /recorded"
        ),
        (
            #"{"resourceType":"Provenance","target":[{"reference":"Patient/1"}],"recorded":"2026-01-05T08:00:00Z","agent":[{"type":{"text":"x"}}]}"#,
            "101 /agent/0/who"
        ),
        (
            #"{"resourceType":"MessageHeader","eventUri":"urn:x","eventCoding":{"code":"x"},"source":{"endpoint":"urn:x"}}"#,
            "102 "
        ),
        (#"{"resourceType":"MessageHeader","eventUri":"urn:x","source":{"name":"x"}}"#, "101 /source/endpoint"),
        (#"{"resourceType":"Organization","name":"x","address":[{"use":"home","city":"x"}]}"#, "103 /address/0/use"),
        (
            #"{"resourceType":"ServiceRequest","status":"active","intent":"order","subject":{"reference":"Patient/1"},"orderDetail":[{"text":"x"}]}"#,
            "101 /code"
        ),
        (#"{"resourceType":"Location","position":{"longitude":1.0}}"#, "101 /position/latitude"),
        (#"{"resourceType":"Device","deviceName":[{"name":"x"}]}"#, "101 /deviceName/0/type"),
        (#"{"id":"x"}"#, "101 /resourceType"), (#"[]"#, "102 "), (#"{"resourceType":"Basic","id":"?"}"#, "102 /id"),
    ])
    func oneIssueEach(_ text: String, _ expected: String) throws {
        #expect(try found(text) == [expected])
    }

    /// http://hl7.org/fhir/R4/json.html#primitive: a primitive may have only extensions, under its name with `_`.
    @Test func extensionsOfAPrimitiveStandForIt() throws {
        let text =
            #"{"resourceType":"Observation","_status":{"extension":[{"url":"http://hl7.org/fhir/StructureDefinition/data-absent-reason","valueCode":"unknown"}]},"code":{"text":"x"}}"#
        #expect(try found(text) == [])
        #expect(
            try found(
                #"{"resourceType":"Patient","name":[{"given":[null,"Peter"],"_given":[{"extension":[{"url":"u"}]},null]}]}"#
            ) == [])
    }

    @Test func unknownElementsAndTypesAreLeftAlone() throws {
        #expect(try found(#"{"resourceType":"Patient","favouriteColour":{},"x":[]}"#) == [])
        #expect(try found(#"{"resourceType":"ClaimResponse","status":5}"#) == [])
    }

    @Test func controlCharactersAreAWarning() throws {
        let issues = ResourceChecks.check(try JSON(parsing: #"{"resourceType":"Patient","name":[{"family":"a\u0001b"}]}"#))
        #expect(issues.map(\.severity) == [.warning] && issues.first?.place == "/name/0/family")
    }

    @Test func placeIsPutInFront() {
        let issues = ResourceChecks.check(["resourceType": "Bundle"], place: "/entry/7/resource")
        #expect(issues.map(\.place) == ["/entry/7/resource/type"])
    }

    @Test func theListIsCutShortWithAWord() {
        let names: [JSON] = Array(repeating: ["use": "x"], count: 2000)
        let patient: JSON = ["resourceType": "Patient", "name": .array(names)]
        #expect(ResourceChecks.check(patient).count == 1001)
        let three = ResourceChecks.check(patient, maximumIssues: 3)
        #expect(three.map(\.code) == [103, 103, 103, 207] && three.last?.severity == .warning)
        #expect(ResourceChecks.check(patient, maximumIssues: 2000).count == 2000)
    }

    @Test func issuesNeverHoldValues() throws {
        let text =
            #"{"resourceType":"Patient","gender":"Geheim","birthDate":"Geheim","id":"Geheim!","name":[{"use":"Geheim"}],"active":"Geheim"}"#
        let issues = ResourceChecks.check(try JSON(parsing: text))
        #expect(issues.count == 5)
        #expect(issues.allSatisfy { !$0.text.contains("Geheim") && !$0.place.contains("Geheim") })
    }
}

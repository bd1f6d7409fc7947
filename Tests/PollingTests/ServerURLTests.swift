import Polling
import Testing

@Suite struct ServerURLTests {
    @Test(arguments: [
        ("https://ehr.example.org/fhir/R4", "https://ehr.example.org/fhir/R4/Patient"),
        ("https://ehr.example.org/fhir/R4/", "https://ehr.example.org/fhir/R4/Patient"),
        ("HTTPS://EHR.example.org:443/fhir", "https://ehr.example.org/fhir/Patient"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080/Patient"),
        ("http://[::1]:80/x", "http://[::1]/x/Patient"),
    ]) func basesAreNormalised(_ text: String, _ patient: String) throws {
        #expect(try ServerURL(text).appending("Patient") == patient)
    }

    @Test(arguments: [
        "", "ehr.example.org", "ftp://ehr.example.org", "file:///etc/passwd", "https://", "https://user:pw@ehr.example.org",
        "https://ehr.example.org?x=1", "https://ehr.example.org/#x", "https://ehr.example.org:99999/", "https://e h/",
        "https://ehr.example.org\\@evil.example.org/", "https://ehr.example.org:/", "https://ehr%2eexample.org/",
        "https://é.org/",
    ]) func otherBasesAreRefused(_ text: String) {
        let error = #expect(throws: PollingError.self) { try ServerURL(text) }
        #expect(error?.cause == .configuration)
    }

    @Test(arguments: [
        ("https://ehr.example.org/fhir?page=2", "https://ehr.example.org/fhir?page=2"),
        ("https://EHR.example.org:443/fhir?page=2", "https://ehr.example.org/fhir?page=2"),
        ("/other?page=2", "https://ehr.example.org/other?page=2"),
        ("?page=2", "https://ehr.example.org/fhir?page=2"),
        ("Observation?page=2", "https://ehr.example.org/fhir/Observation?page=2"),
        ("Observation?time=08:00", "https://ehr.example.org/fhir/Observation?time=08:00"),
    ]) func linksOnTheSameOrigin(_ link: String, _ expected: String) throws {
        #expect(try ServerURL("https://ehr.example.org/fhir").resolve(link) == expected)
    }

    @Test(arguments: [
        "", "https://evil.example.org/fhir?page=2", "http://ehr.example.org/fhir?page=2",
        "https://ehr.example.org:8443/fhir",
        "//evil.example.org/fhir", "https://ehr.example.org@evil.example.org/", "https://ehr.example.org.evil.org/",
        "https://evil.example.org\\.ehr.example.org/", "javascript:alert(1)", "file:///etc/passwd", "/a b", "/a\r\nX: y",
        "/a#b",
    ]) func linksElsewhereAreRefused(_ link: String) throws {
        #expect(try ServerURL("https://ehr.example.org/fhir").resolve(link) == nil)
    }

    @Test func loopbackAndEncryption() throws {
        for text in ["http://localhost:1/x", "http://127.0.0.1", "http://[::1]:8080"] {
            #expect(try ServerURL(text).isLoopback)
        }
        for text in ["http://localhost.example.org", "http://10.0.0.1", "https://ehr"] {
            #expect(try !ServerURL(text).isLoopback)
        }
        #expect(try ServerURL("https://ehr").isEncrypted)
        #expect(try !ServerURL("http://ehr").isEncrypted)
    }

    @Test func queriesAreReadAndWritten() throws {
        let query = try PollQuery(parsing: "Observation?category=vital-signs&code=http%3A%2F%2Floinc.org%7C8867-4")
        #expect(query.resourceType == "Observation")
        #expect(query.parameters == [.init("category", "vital-signs"), .init("code", "http://loinc.org|8867-4")])
        #expect(query.text == "Observation?category=vital-signs&code=http://loinc.org%7C8867-4")
        #expect(try PollQuery(parsing: "Patient").text == "Patient")
        for text in [
            "", "patient", "Patient/1", "../x", "Observation?_lastUpdated=gt2020", "Observation?x", "Observation?_count=5",
        ] {
            let error = #expect(throws: PollingError.self) { try PollQuery(parsing: text) }
            #expect(error?.cause == .configuration)
        }
    }
}

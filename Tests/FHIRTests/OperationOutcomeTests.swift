import Clinical
import FHIR
import Testing

/// http://hl7.org/fhir/R4/operationoutcome.html and http://hl7.org/fhir/R4/valueset-issue-type.html
@Suite struct OperationOutcomeTests {
    @Test func issuesKeepSeverityCodePlaceAndSentence() {
        let outcome = OperationOutcome.build([
            Clinical.Issue(.error, code: 101, place: "PID-3", "The patient identifier is missing."),
            Clinical.Issue(.warning, code: 1300, place: "", "Odd."),
        ])
        #expect(outcome.resourceType == "OperationOutcome")
        let first = outcome["issue"]?[0]
        #expect(first?["severity"] == "error" && first?["code"] == "required")
        #expect(first?["details"]?["text"] == "The patient identifier is missing.")
        #expect(first?["details"]?["coding"]?[0]?["code"] == "101")
        #expect(first?["details"]?["coding"]?[0]?["system"] == "http://terminology.hl7.org/CodeSystem/v2-0357")
        #expect(first?["diagnostics"]?.stringValue?.contains("PID-3") == true)
        let second = outcome["issue"]?[1]
        #expect(second?["severity"] == "warning" && second?["code"] == "processing" && second?["diagnostics"] == nil)
    }

    @Test(arguments: [100, 101, 102, 103, 200, 201, 202, 203, 204, 205, 206, 207, 1201, 1207, 1209, 1210, 1222, 5000])
    func everyOutcomeIsAValidResource(_ code: Int) {
        for severity in [Clinical.Issue.Severity.information, .warning, .error] {
            #expect(
                ResourceChecks.check(OperationOutcome.build([Clinical.Issue(severity, code: code, place: "x", "y")])) == [])
        }
    }

    @Test func withoutIssuesItSaysSo() {
        let outcome = OperationOutcome.build([])
        #expect(outcome["issue"]?[0]?["severity"] == "information")
        #expect(ResourceChecks.check(outcome) == [])
    }

    @Test func errorsBecomeIssues() throws {
        let error = #expect(throws: FHIRError.self) { try JSON(parsing: "[1,]") }
        let issue = try #require(error?.issue)
        #expect(issue.severity == .error && issue.code == 1201 && issue.place == "byte 3" && issue.text == error?.reason)
    }
}

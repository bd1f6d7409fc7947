import Annotation
import Clinical
import FHIR
import Testing

/// Expected shapes from the R4 resource definitions: http://hl7.org/fhir/R4/riskassessment.html,
/// observation.html, provenance.html, device.html, bundle.html.
@Suite struct FHIRRenderingTests {
    private func text(_ json: JSON?) -> String? { json?.stringValue }

    @Test func aScoreHasALevelAndNoProbability() {
        let json = RiskAssessmentRendering.render(SampleDecisions.seven)
        #expect(json.resourceType == "RiskAssessment")
        #expect(text(json["status"]) == "final")
        #expect(text(json["subject"]?["reference"]) == "Patient/" + SampleDecisions.patient.resourceID)
        #expect(text(json["occurrenceDateTime"]) == "2026-01-05T14:05:00Z")
        #expect(text(json["method"]?["coding"]?[0]?["code"]) == "news2")
        let prediction = json["prediction"]?[0]
        #expect(prediction?["probabilityDecimal"] == nil && prediction?["probabilityRange"] == nil)
        // http://terminology.hl7.org/CodeSystem/risk-probability
        #expect(text(prediction?["qualitativeRisk"]?["coding"]?[0]?["code"]) == "high")
        #expect(text(prediction?["qualitativeRisk"]?["text"]) == "high")
        let basis = (json["basis"]?.arrayValue ?? []).compactMap { text($0["reference"]) }
        #expect(basis.prefix(4) == ["Observation/f1", "Observation/f2", "Observation/f3", "Observation/f4"])
        #expect(basis.last == "Observation/" + ResourceIdentity.scoreObservation(SampleDecisions.seven))
        #expect(text(json["mitigation"]) == "Emergency assessment by a team.")
    }

    @Test func aProbabilityIsAPercentage() {
        let json = RiskAssessmentRendering.render(SampleDecisions.probability)
        // R4 constraint ras-2: a decimal probability is a percentage of at most 100.
        #expect(json["prediction"]?[0]?["probabilityDecimal"]?.numberValue?.literal == "23.45")
        #expect(json["prediction"]?[0]?["rationale"]?.stringValue?.contains("interval 15%–31%") == true)
        #expect(json["basis"]?.arrayValue?.count == 1)
        #expect(ScoreObservationRendering.render(SampleDecisions.probability) == nil)
    }

    @Test func aProbabilityKnownAsAnIntervalOnly() {
        let decision = SampleDecisions.changed(SampleDecisions.probability) {
            $0.result = .estimate(.init(value: nil, low: 0.1, high: 1))
        }
        let range = RiskAssessmentRendering.render(decision)["prediction"]?[0]?["probabilityRange"]
        // R4 constraint ras-1: both in UCUM percent.
        #expect(range?["low"]?["value"]?.numberValue?.literal == "10")
        #expect(range?["high"]?["value"]?.numberValue?.literal == "100")
        #expect(text(range?["low"]?["code"]) == "%" && text(range?["high"]?["system"]) == "http://unitsofmeasure.org")
    }

    @Test func theNumberIsAnObservationWithAComponentAPart() throws {
        let json = try #require(ScoreObservationRendering.render(SampleDecisions.seven))
        #expect(json["valueQuantity"]?["value"]?.numberValue?.literal == "7")
        #expect(text(json["valueQuantity"]?["code"]) == "{score}")
        // NHS NEWS2 FHIR guide: SNOMED CT code of the total score.
        #expect(text(json["code"]?["coding"]?[0]?["code"]) == "1104051000000101")
        #expect(json["component"]?.arrayValue?.count == 4)
        #expect(text(json["component"]?[1]?["code"]?["text"]) == "Respiratory rate")
        #expect(json["component"]?[1]?["valueQuantity"]?["value"]?.numberValue?.literal == "3")
        #expect(json["derivedFrom"]?.arrayValue?.count == 4)
    }

    @Test func aScoreWithMissingInputsIsARange() throws {
        let json = try #require(ScoreObservationRendering.render(SampleDecisions.range))
        #expect(json["valueQuantity"] == nil)
        #expect(json["valueRange"]?["low"]?["value"]?.numberValue?.literal == "5")
        #expect(json["valueRange"]?["high"]?["value"]?.numberValue?.literal == "9")
        #expect(json["component"]?[2]?["valueRange"]?["high"]?["value"]?.numberValue?.literal == "2")
        let notes = (json["note"]?.arrayValue ?? []).compactMap { text($0["text"]) }
        #expect(notes.contains("Missing input: Pulse, not measured"))
        #expect(notes.contains("Missing input: Temperature, too old"))
        #expect(json["derivedFrom"]?.arrayValue?.count == 2)
    }

    @Test func noResultHasAReasonAndNoValue() throws {
        let json = try #require(ScoreObservationRendering.render(SampleDecisions.insufficient))
        // R4 constraint obs-6: dataAbsentReason only without a value.
        #expect(json["valueQuantity"] == nil && json["valueRange"] == nil)
        #expect(text(json["dataAbsentReason"]?["coding"]?[0]?["code"]) == "unknown")
        #expect(text(json["note"]?[0]?["text"]) == "No result: Fewer than 3 inputs have a value.")
    }

    @Test func provenanceLinksResultsModelAndInputs() {
        let json = ModelProvenanceRendering.provenance(SampleDecisions.seven)
        #expect(json["target"]?.arrayValue?.count == 2)
        #expect(text(json["recorded"]) == "2026-01-05T14:05:02Z")
        let device = ModelProvenanceRendering.device(SampleDecisions.model)
        #expect(text(json["agent"]?[0]?["who"]?["reference"]) == "Device/" + (text(device["id"]) ?? ""))
        #expect(text(device["identifier"]?[0]?["value"]) == SampleDecisions.model.digest)
        #expect(text(device["version"]?[0]?["value"]) == "1.0.0")
        #expect(json["entity"]?.arrayValue?.allSatisfy { $0["role"]?.stringValue == "source" } == true)
        #expect(json["entity"]?.arrayValue?.count == 4)
    }

    @Test(arguments: [DecisionBundleRendering.Kind.collection, .transaction])
    func aBundleHoldsAllOfIt(kind: DecisionBundleRendering.Kind) {
        let bundle = DecisionBundleRendering.render(SampleDecisions.seven, kind: kind)
        let entries = bundle["entry"]?.arrayValue ?? []
        #expect(
            entries.compactMap { $0["resource"]?.resourceType } == [
                "Device", "Observation", "RiskAssessment", "Provenance",
            ])
        for entry in entries {
            let address = "\(entry["resource"]?.resourceType ?? "")/\(text(entry["resource"]?["id"]) ?? "")"
            #expect(text(entry["fullUrl"])?.hasSuffix("/" + address) == true)
            #expect(text(entry["request"]?["url"]) == (kind == .transaction ? address : nil))
            #expect(text(entry["request"]?["method"]) == (kind == .transaction ? "PUT" : nil))
        }
    }

    @Test func idsFollowTheDecision() {
        let again = SampleDecisions.changed(SampleDecisions.seven) { _ in }
        let other = SampleDecisions.changed(SampleDecisions.seven) { $0.id = "d-8" }
        #expect(
            DecisionBundleRendering.render(again).write() == DecisionBundleRendering.render(SampleDecisions.seven).write())
        #expect(ResourceIdentity.riskAssessment(other) != ResourceIdentity.riskAssessment(again))
        #expect(ResourceIdentity.device(other.model) == ResourceIdentity.device(again.model))
    }

    @Test(arguments: [
        SampleDecisions.seven, SampleDecisions.range, SampleDecisions.insufficient, SampleDecisions.index,
        SampleDecisions.probability,
    ])
    func everyResourcePassesTheChecks(decision: Decision) {
        let issues = ResourceChecks.check(DecisionBundleRendering.render(decision)).filter { $0.severity == .error }
        #expect(issues == [])
    }

    @Test func anyDecisionGivesAValidBundle() {
        var generator = SplitMix64(seed: 7)
        for _ in 0..<500 {
            let decision = RandomDecision.make(&generator)
            let bundle = DecisionBundleRendering.render(decision)
            let errors = ResourceChecks.check(bundle).filter { $0.severity == .error }
            #expect(errors.isEmpty, "decision \(decision.id): \(errors)")
            #expect((try? JSON(parsing: bundle.write())) == bundle)
        }
    }
}

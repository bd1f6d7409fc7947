import Annotation
import Clinical
import FHIR
import Testing

/// Expected shapes from CDS Hooks 2.0, "Card Attributes", "Source", "OverrideReason": https://cds-hooks.hl7.org/2.0/
@Suite struct CDSCardRenderingTests {
    private let source = CDSCardRendering.Source(label: "Headwall", url: "https://example.org")

    @Test func aHighScoreIsCritical() throws {
        let card = CDSCardRendering.render(SampleDecisions.seven, source: source)
        #expect(card["indicator"]?.stringValue == "critical")
        #expect(card["summary"]?.stringValue == "NEWS2 7, high risk: Respiratory rate 26 /min, Oxygen saturation 93 %")
        #expect(card["source"]?["label"]?.stringValue == "Headwall")
        #expect(card["source"]?["url"]?.stringValue == "https://example.org")
        #expect(card["source"]?["topic"]?["code"]?.stringValue == "news2")
        #expect(card["suggestions"] == nil)
        let reasons = card["overrideReasons"]?.arrayValue ?? []
        #expect(!reasons.isEmpty)
        #expect(reasons.allSatisfy { $0["code"]?.stringValue != nil && $0["system"]?.stringValue != nil })
        #expect(card["detail"]?.stringValue?.contains("| +3 | Respiratory rate 26 /min |") == true)
        #expect(card["detail"]?.stringValue?.contains("Emergency assessment by a team.") == true)
    }

    @Test func missingInputsAreInTheCardAndNeverCritical() {
        let card = CDSCardRendering.render(SampleDecisions.range, source: source)
        #expect(card["indicator"]?.stringValue == "warning")
        #expect(card["summary"]?.stringValue?.hasSuffix("; 2 missing") == true)
        #expect(card["detail"]?.stringValue?.contains("- Pulse: not measured") == true)
    }

    @Test func indicatorsByLevel() {
        #expect(CDSCardRendering.indicator(SampleDecisions.index) == "warning")
        #expect(CDSCardRendering.indicator(SampleDecisions.insufficient) == "info")
        let low = SampleDecisions.changed(SampleDecisions.seven) { $0.level = SampleDecisions.low }
        #expect(CDSCardRendering.indicator(low) == "info")
    }

    @Test func theUUIDIsStableAndWellFormed() {
        let uuid = CDSCardRendering.uuid(SampleDecisions.seven)
        #expect(uuid == CDSCardRendering.uuid(SampleDecisions.seven))
        #expect(uuid != CDSCardRendering.uuid(SampleDecisions.range))
        #expect(FHIRPrimitive.isUUID("urn:uuid:" + uuid))
        // RFC 9562: version 8, variant 10xx.
        let digits = Array(uuid)
        #expect(digits.count == 36 && digits[14] == "8" && "89ab".contains(digits[19]))
    }

    @Test func whatASenderWroteDoesNotBecomeMarkup() {
        let decision = SampleDecisions.changed(SampleDecisions.seven) {
            $0.reasons[0].text = "<img src=x> [a](http://b) | **c**"
        }
        let detail = CDSCardRendering.render(decision, source: source)["detail"]?.stringValue ?? ""
        #expect(!detail.contains("<img"))
        #expect(detail.contains("&lt;img src=x&gt; \\[a\\](http://b) \\| \\*\\*c\\*\\*"))
    }

    @Test func anySummaryHasFewerThan140Characters() {
        var generator = SplitMix64(seed: 11)
        for _ in 0..<500 {
            let card = CDSCardRendering.render(RandomDecision.make(&generator), source: source)
            let summary = card["summary"]?.stringValue ?? ""
            #expect(!summary.isEmpty && summary.unicodeScalars.count < 140)
            #expect(["info", "warning", "critical"].contains(card["indicator"]?.stringValue ?? ""))
        }
    }
}

import Annotation
import Clinical
import Testing

@Suite struct ChipTests {
    @Test func aCompleteScoreShowsItsNumber() {
        let chip = Chip(SampleDecisions.seven)
        #expect(chip.number == "7")
        #expect(!chip.isIncomplete)
        #expect(chip.colour == .red)
        #expect(chip.shape == .octagon)
        #expect(chip.accessibleLabel == "NEWS2 7, high risk, red octagon")
    }

    @Test func missingInputsGiveARange() {
        let chip = Chip(SampleDecisions.range)
        #expect(chip.number == "5–9")
        #expect(chip.isIncomplete)
        #expect(chip.accessibleLabel == "NEWS2 5 to 9, up to high risk, red octagon, measurements missing")
    }

    @Test func nothingCanBeSaid() {
        let chip = Chip(SampleDecisions.insufficient)
        #expect(chip.number == "–")
        #expect(chip.low == nil && chip.high == nil)
        #expect(chip.accessibleLabel == "NEWS2 cannot be calculated, not enough measurements")
    }

    @Test(arguments: [
        (Decision.Scale.index, 0.8367, "0.84"), (.index, 1, "1.00"), (.probability, 0.234, "23%"),
        (.probability, 0.031, "3.1%"), (.probability, 0, "0%"), (.points(minimum: 0, maximum: 3), 2, "2"),
    ])
    func numbersByScale(scale: Decision.Scale, value: Double, text: String) {
        let decision = SampleDecisions.changed(SampleDecisions.index) {
            $0.scale = scale
            $0.result = .estimate(.init(value: value, low: value, high: value))
        }
        #expect(Chip(decision).number == text)
    }

    @Test func aProbabilityIntervalIsNotAMissingInput() {
        #expect(Chip(SampleDecisions.probability).number == "23%")
        #expect(!Chip(SampleDecisions.probability).isIncomplete)
    }

    @Test(arguments: [Double.nan, .infinity, -.infinity, 1e300])
    func numbersThatNoScoreHasDoNotStopThePage(value: Double) {
        let decision = SampleDecisions.changed(SampleDecisions.index) {
            $0.result = .estimate(.init(value: value, low: value, high: value))
        }
        #expect(!Chip(decision).number.isEmpty)
    }
}

@Suite struct DecisionSummaryTests {
    @Test func reasonsComeStrongestFirstAndOnlyThoseThatAdd() {
        let summary = DecisionSummary(SampleDecisions.seven)
        #expect(summary.headline == "NEWS2 7, high risk")
        #expect(summary.reasons.map(\.text) == ["Respiratory rate 26 /min", "Oxygen saturation 93 %", "Pulse 112 /min"])
        #expect(summary.reasons.map(\.points) == ["+3", "+2", "+2"])
    }

    @Test func aMissingInputIsNoReason() {
        let summary = DecisionSummary(SampleDecisions.range)
        #expect(summary.headline == "NEWS2 5–9, up to high risk")
        #expect(summary.reasons.map(\.label) == ["Oxygen saturation", "Respiratory rate"])
        #expect(summary.missing.map(\.label) == ["Pulse", "Temperature"])
        #expect(summary.missing.map(\.reason) == ["not measured", "too old"])
    }

    @Test func anInputWithoutAPartHasItsNameInWords() {
        #expect(DecisionSummary(SampleDecisions.insufficient).missing.map(\.label) == ["Respiratory rate"])
        #expect(DecisionSummary(SampleDecisions.insufficient).insufficient == "Fewer than 3 inputs have a value.")
    }
}

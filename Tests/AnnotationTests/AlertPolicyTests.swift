import Annotation
import Clinical
import Testing

@Suite struct AlertPolicyTests {
    private let low = SampleDecisions.changed(SampleDecisions.seven) {
        $0.result = .estimate(.init(value: 2, low: 2, high: 2))
        $0.level = SampleDecisions.low
    }
    private let high = SampleDecisions.seven

    private func policy(_ trigger: AlertPolicy.Trigger, minimum: Int = 0) -> AlertPolicy {
        AlertPolicy(fallback: .init(trigger: trigger, minimumRank: minimum))
    }

    @Test func everyDecision() {
        #expect(policy(.every).delivers(low, after: low))
        #expect(policy(.every).delivers(high, after: nil))
    }

    @Test func onlyWhenTheResultOrTheLevelChanges() {
        let later = SampleDecisions.changed(high) {
            $0.id = "other"; $0.asOf = AsOf(SampleDecisions.moment.adding(seconds: 60))
        }
        #expect(policy(.onChange).delivers(high, after: nil))
        #expect(!policy(.onChange).delivers(later, after: high))
        #expect(policy(.onChange).delivers(SampleDecisions.range, after: high))
        #expect(policy(.onChange).delivers(low, after: high))
        #expect(policy(.onChange).delivers(SampleDecisions.insufficient, after: low))
        #expect(!policy(.onChange).delivers(SampleDecisions.insufficient, after: SampleDecisions.insufficient))
    }

    @Test func onlyWhenItGetsWorse() {
        #expect(policy(.onEscalation).delivers(high, after: low))
        #expect(policy(.onEscalation).delivers(high, after: nil))
        #expect(!policy(.onEscalation).delivers(low, after: nil))
        #expect(!policy(.onEscalation).delivers(low, after: high))
        let worse = SampleDecisions.changed(high) { $0.result = .estimate(.init(value: 9, low: 9, high: 9)) }
        #expect(!policy(.onEscalation).delivers(worse, after: high))
    }

    @Test func belowTheMinimumOnlyTheAllClear() {
        #expect(!policy(.every, minimum: 2).delivers(low, after: nil))
        #expect(policy(.every, minimum: 2).delivers(low, after: high))
        #expect(policy(.onChange, minimum: 2).delivers(low, after: high))
        #expect(!policy(.onChange, minimum: 2).delivers(low, after: low))
        #expect(!policy(.onEscalation, minimum: 2).delivers(low, after: high))
        #expect(policy(.onEscalation, minimum: 3).delivers(high, after: low))
    }

    @Test func modelsHaveTheirOwnRules() {
        let policy = AlertPolicy(fallback: nil, rules: ["shock-index": .init(trigger: .every)])
        #expect(policy.delivers(SampleDecisions.index, after: nil))
        #expect(!policy.delivers(high, after: nil))
    }
}

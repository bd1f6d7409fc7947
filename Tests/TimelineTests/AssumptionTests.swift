import Clinical
import Testing
import Timeline

struct AssumptionTests {
    private let lactate = FeatureRequest(
        name: "lactate", label: "Lactate", loinc: ["2524-7"], unit: "mmol/L", horizonSeconds: 86_400)

    /// What if: everything made of the value follows, and the timeline itself stays as it is.
    @Test func anAssumedValueCountsLikeAMeasuredOne() {
        let real = timeline(finding("ffff", quantity("4.1", "mmol/L"), code: "2524-7", at: 0))
        var mean = lactate
        mean.aggregate = .mean
        var age = lactate
        age.aggregate = .timeSinceLast
        let assumed = real.assuming([.init(lactate, value: 1)], asOf: asOf(60), patient: patient)
        let values = assumed.features([lactate, mean, age], asOf: asOf(60))
        #expect(values.map(\.content) == [.number(1), .number(2.55), .number(0)])
        #expect(real.features([lactate], asOf: asOf(60)).map(\.content) == [.number(4.1)])
        // Before it was assumed it is not there.
        #expect(assumed.features([lactate], asOf: asOf(59)).map(\.content) == [.number(4.1)])
    }

    @Test func ofEquallyRecentValuesTheAssumedOneCounts() {
        let real = timeline(finding("ffff", quantity("4.1", "mmol/L"), code: "2524-7", at: 60))
        let assumed = real.assuming([.init(lactate, value: 1)], asOf: asOf(60), patient: patient)
        #expect(assumed.features([lactate], asOf: asOf(60)).map(\.content) == [.number(1)])
    }
}

import Clinical
import Foundation
import Inference
import Testing

/// Same inputs, same model: the same decision, and a cache key that changes with whatever changes the result.
struct DeterminismTests {
    private let given: [String: Given] = [
        "respiratory-rate": 22, "spo2": 94, "oxygen-flow": 2, "systolic-pressure": 105, "heart-rate": 112,
        "consciousness": "A",
        "temperature": 38.4,
    ]

    @Test func sameInputsInAnyOrderGiveTheSameBytes() throws {
        let package = try package("news2")
        let inputs = package.inputs(given)
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        let expected = try encoder.encode(package.evaluate(patient: patient, asOf: moment, inputs: inputs))
        var random = SplitMix64(seed: 3)
        for _ in 0..<20 {
            let shuffled = inputs.shuffled(using: &random)
            let decision = try ModelPackage(manifest: manifest("news2")).evaluate(
                patient: patient, asOf: moment, inputs: shuffled)
            #expect(try encoder.encode(decision) == expected)
            #expect(package.cacheKey(inputs: shuffled) == package.cacheKey(inputs: inputs))
        }
        // An absent input is one that was not measured.
        let sparse = inputs.filter { if case .missing = $0.content { false } else { true } }
        #expect(package.cacheKey(inputs: sparse) == package.cacheKey(inputs: inputs))
    }

    @Test func theKeyChangesWithEveryValueTimeAndModel() throws {
        let package = try package("news2")
        let inputs = package.inputs(given)
        var keys: [ContentDigest] = [package.cacheKey(inputs: inputs)]
        for index in inputs.indices {
            for content in [
                FeatureValue.Content.number(1), .number(1.0000000000000002), .bound(1, .less), .bound(1, .lessOrEqual),
                .coded(Code(system: "a", code: "bc")), .coded(Code(system: "ab", code: "c")), .missing(.stale),
                .missing(.unit),
            ] {
                var changed = inputs
                changed[index].content = content
                keys.append(package.cacheKey(inputs: changed))
            }
            var later = inputs
            later[index].effective = (inputs[index].effective ?? moment.effective).adding(seconds: 1)
            keys.append(package.cacheKey(inputs: later))
            if inputs[index].effective != nil {
                later[index].effective = nil
                keys.append(package.cacheKey(inputs: later))
            }
            var unit = inputs
            unit[index].unit = "mmol/L"
            keys.append(package.cacheKey(inputs: unit))
        }
        let edited = try manifest("news2") + [UInt8(ascii: " ")]
        keys.append(try ModelPackage(manifest: edited).cacheKey(inputs: inputs))
        #expect(Set(keys).count == keys.count)
    }

    /// When it was known, and which message brought it, do not change a score.
    @Test func theKeyIgnoresWhatDoesNotMatter() throws {
        let package = try package("news2")
        let inputs = package.inputs(given)
        var other = inputs
        for index in other.indices {
            other[index].known = Instant(seconds: 1)
            other[index].finding = "f\(index)"
            other[index].loinc = "9279-1"
        }
        #expect(package.cacheKey(inputs: other) == package.cacheKey(inputs: inputs))
    }

    @Test func theIdFollowsModelPatientAndInputs() throws {
        let package = try package("news2")
        let inputs = package.inputs(given)
        let decision = package.evaluate(patient: patient, asOf: moment, inputs: inputs)
        let later = AsOf(moment.effective.adding(seconds: 60))
        #expect(decision.id.count == 32)
        #expect(package.evaluate(patient: patient, asOf: later, inputs: inputs).id == decision.id)
        let other = PatientKey(system: patient.system, value: "another")
        #expect(package.evaluate(patient: other, asOf: moment, inputs: inputs).id != decision.id)
        var changed = inputs
        changed[0].content = .number(23)
        #expect(package.evaluate(patient: patient, asOf: moment, inputs: changed).id != decision.id)
        #expect(decision.model == package.reference)
    }
}

import Clinical
import Terminology
import Testing

@Suite("Drift guard") struct DriftGuardTests {
    /// Creatinine in mg/dL: values of a ward, by a fixed sequence.
    private func sample(_ count: Int, seed: UInt64) -> [Double] {
        var random = SplitMix64(state: seed)
        return (0..<count).map { _ in
            let sum = (0..<6).reduce(0.0) { total, _ in total + Double.random(in: 0...1, using: &random) }
            return 0.4 + sum / 6 * 1.6
        }
    }

    private func drift(_ values: [Double]) throws -> DriftGuard.Verdict {
        let fingerprint = try #require(Fingerprint(unit: "mg/dL", sample: sample(2000, seed: 1)))
        var drift = try ShippedTables.terminology.get().driftGuard(fingerprint, loinc: "2160-0")
        for (index, value) in values.enumerated() { drift.add(value, at: Instant(seconds: Int64(index) * 60)) }
        return drift.verdict
    }

    @Test("usual values are usual, however often one looks") func usual() throws {
        for seed in 2..<60 { #expect(try drift(sample(100, seed: UInt64(seed))) == .usual) }
        #expect(try drift(sample(10, seed: 2)) == .collecting)
    }

    @Test("the unit that explains a shift is named, with the moment") func unit() throws {
        let usual = sample(60, seed: 3)
        let switched = sample(40, seed: 4).map { $0 * 88.4 }
        guard case .shifted(let shift) = try drift(usual + switched) else {
            Issue.record("no shift was seen")
            return
        }
        #expect(shift.unit == "umol/L")
        #expect(shift.since == Instant(seconds: 60 * 60))
        #expect(shift.description.hasPrefix("arrives as if in umol/L since "))
        #expect((shift.explained ?? 1) < shift.statistic)
    }

    @Test("a shift that no unit explains says so") func unexplained() throws {
        guard case .shifted(let shift) = try drift(sample(100, seed: 5).map { $0 + 1.1 }) else {
            Issue.record("no shift was seen")
            return
        }
        #expect(shift.unit == nil)
        #expect(shift.since == nil)
    }

    @Test("temperatures in Fahrenheit") func temperature() throws {
        var random = SplitMix64(state: 7)
        let values = (0..<200).map { _ in Double.random(in: 36...38.5, using: &random) }
        let fingerprint = try #require(Fingerprint(unit: "Cel", sample: values))
        var drift = try ShippedTables.terminology.get().driftGuard(fingerprint, loinc: "8310-5")
        for (index, value) in values.prefix(50).enumerated() {
            drift.add(value * 1.8 + 32, at: Instant(seconds: Int64(index)))
        }
        guard case .shifted(let shift) = drift.verdict else {
            Issue.record("no shift was seen")
            return
        }
        #expect(shift.unit == "[degF]")
    }

    /// Deciles of 0…100 are 0, 10, … 100 (Hyndman and Fan 1996, definition 7).
    @Test("fingerprints") func fingerprints() {
        #expect(
            Fingerprint(unit: "%", sample: (0...100).map(Double.init))?.deciles
                == [0, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100])
        #expect(Fingerprint(unit: "%", sample: [1, 2, 3]) == nil)
        #expect(Fingerprint(unit: "%", deciles: [1, 2]) == nil)
        #expect(Fingerprint(unit: "%", deciles: Array(repeating: 1, count: 11)) == nil)
    }
}

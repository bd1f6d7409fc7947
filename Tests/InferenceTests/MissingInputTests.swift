import Clinical
import Inference
import Testing

/// A score with a missing input is the range of what it can be, never what it would be if the input were normal.
struct MissingInputTests {
    // One value for every row, on every scale.
    private static let respiratoryRates = [8, 9, 12, 21, 25]
    private static let saturations = [83, 84, 86, 88, 91, 92, 93, 94, 95, 96, 97]
    private static let pressures = [90, 91, 101, 111, 220]
    private static let pulses = [40, 41, 51, 91, 111, 131]
    private static let temperatures = [350, 351, 361, 381, 391]
    private static let levels = ["low", "low-medium", "medium", "high"]

    /// The package's range and levels against the enumeration of every value that a missing input might have.
    @Test func news2RangesAreExactlyWhatEnumerationFinds() throws {
        let package = try package("news2")
        var random = SplitMix64(seed: 20_170)
        for _ in 0..<600 {
            var known = NEWS2Oracle()
            known.respiratoryRate = .random(in: 4...40, using: &random)
            known.spo2 = .random(in: 78...100, using: &random)
            known.scale2 = .random(using: &random)
            known.oxygen = .random(using: &random)
            known.systolic = .random(in: 70...240, using: &random)
            known.pulse = .random(in: 30...150, using: &random)
            known.consciousness = "ACVPU".randomElement(using: &random) ?? "A"
            known.temperature = .random(in: 340...400, using: &random)
            // 0–6: which parameters are missing; 7: whether an unusable answer hides the scale.
            let missing = (0..<8).map { _ in Int.random(in: 0..<3, using: &random) == 0 }
            guard missing[0..<7].contains(false) else { continue }

            var given: [String: Given] = ["spo2-scale": known.scale2 ? 2 : 1]
            if missing[7] { given["spo2-scale"] = .missing(.ambiguous) }
            if !missing[0] { given["respiratory-rate"] = .number(Double(known.respiratoryRate)) }
            if !missing[1] { given["spo2"] = .number(Double(known.spo2)) }
            if !missing[2] { given["oxygen-flow"] = .number(known.oxygen ? 4 : 0) }
            if !missing[3] { given["systolic-pressure"] = .number(Double(known.systolic)) }
            if !missing[4] { given["heart-rate"] = .number(Double(known.pulse)) }
            if !missing[5] { given["consciousness"] = .code(Code(system: "urn:local", code: String(known.consciousness))) }
            if !missing[6] { given["temperature"] = .number(Double(known.temperature) / 10) }

            var (low, high, lowestLevel, highestLevel) = (Int.max, Int.min, Int.max, Int.min)
            var trial = known
            for scale2 in missing[7] ? [false, true] : [known.scale2] {
                trial.scale2 = scale2
                for oxygen in missing[2] ? [false, true] : [known.oxygen] {
                    trial.oxygen = oxygen
                    for respiratoryRate in missing[0] ? Self.respiratoryRates : [known.respiratoryRate] {
                        trial.respiratoryRate = respiratoryRate
                        for spo2 in missing[1] ? Self.saturations : [known.spo2] {
                            trial.spo2 = spo2
                            for systolic in missing[3] ? Self.pressures : [known.systolic] {
                                trial.systolic = systolic
                                for pulse in missing[4] ? Self.pulses : [known.pulse] {
                                    trial.pulse = pulse
                                    for consciousness in missing[5] ? "AC" : String(known.consciousness) {
                                        trial.consciousness = consciousness
                                        for temperature in missing[6] ? Self.temperatures : [known.temperature] {
                                            trial.temperature = temperature
                                            let (score, level) = (trial.score, trial.level)
                                            (low, high) = (min(low, score), max(high, score))
                                            (lowestLevel, highestLevel) = (
                                                min(lowestLevel, level), max(highestLevel, level)
                                            )
                                        }
                                    }
                                }
                            }
                        }
                    }
                }
            }

            let decision = package.decide(given)
            let estimate = try #require(decision.estimate)
            #expect(estimate.low == Double(low) && estimate.high == Double(high))
            #expect(estimate.value == (low == high ? Double(low) : nil))
            #expect(decision.level.name == Self.levels[highestLevel])
            if low < high {
                var text = "\(low)–\(high): \(Self.levels[lowestLevel])"
                if lowestLevel < highestLevel { text += " at least, \(Self.levels[highestLevel]) possible" }
                #expect(decision.notes.first == text + ".")
            }
        }
    }

    /// The same for the other sums, each input taken through a value of each of its rows, with the complete package as the
    /// measure of a single combination (its points are checked against the publications elsewhere).
    @Test(arguments: [
        (
            "qsofa",
            ["respiratory-rate": [16, 22], "systolic-pressure": [100, 120], "consciousness": ["A", "V"]]
                as [String: [Given]]
        ),
        (
            "mews",
            [
                "systolic-pressure": [60, 75, 90, 120, 210], "heart-rate": [35, 45, 70, 105, 115, 140],
                "respiratory-rate": [6, 12, 18, 25, 32], "temperature": [34, 37, 39],
                "consciousness": ["A", "V", "P", "U"],
            ]
        ),
        (
            "sirs",
            ["temperature": [35, 37, 39], "heart-rate": [80, 100], "respiratory-rate": [16, 24], "wbc": [3, 8, 15]]
        ),
    ])
    func rangesAreWhatEnumerationFinds(model: String, values: [String: [Given]]) throws {
        let package = try package(model)
        let names = values.keys.sorted()
        var random = SplitMix64(seed: 42)
        for _ in 0..<40 {
            let missing = names.filter { _ in Bool.random(using: &random) }
            guard missing.count < names.count else { continue }
            var given: [String: Given] = [:]
            for name in names where !missing.contains(name) { given[name] = values[name]?.randomElement(using: &random) }
            var found: [(score: Double, rank: Int)] = []
            func enumerate(_ rest: ArraySlice<String>, _ chosen: [String: Given]) {
                guard let name = rest.first else {
                    let decision = package.decide(chosen)
                    if let value = decision.estimate?.value { found.append((value, decision.level.rank)) }
                    return
                }
                for value in values[name] ?? [] { enumerate(rest.dropFirst(), chosen.merging([name: value]) { $1 }) }
            }
            enumerate(missing[...], given)
            let decision = package.decide(given)
            #expect(decision.estimate?.low == found.map(\.score).min())
            #expect(decision.estimate?.high == found.map(\.score).max())
            #expect(decision.level.rank == found.map(\.rank).max())
        }
    }

    /// RCP 2017: oxygen is a scored parameter; nothing recorded is not the same as breathing air.
    @Test func unrecordedOxygenIsNotAir() throws {
        let package = try package("news2")
        let rest: [String: Given] = [
            "respiratory-rate": 16, "spo2": 97, "systolic-pressure": 120, "heart-rate": 70, "consciousness": "A",
            "temperature": 37,
        ]
        #expect(package.decide(rest).range == 0...2)
        #expect(package.decide(rest).estimate?.value == nil)
        #expect(package.decide(rest).part("oxygen")?.text == "Oxygen flow not measured, FiO₂ not measured")
        #expect(package.decide(rest.merging(["oxygen-flow": 0]) { $1 }).estimate?.value == 0)
        #expect(package.decide(rest.merging(["fio2": 21]) { $1 }).estimate?.value == 0)
        #expect(package.decide(rest.merging(["fio2": 28]) { $1 }).estimate?.value == 2)
    }

    /// Every reason for a gap leaves the same range; none is read as normal.
    @Test(arguments: [
        MissingReason.notMeasured, .stale, .unmappedCode, .noMap, .ambiguous, .unit, .noValue, .notUsable, .implausible,
    ])
    func noReasonIsReadAsNormal(reason: MissingReason) throws {
        let decision = try package("news2").decide([
            "respiratory-rate": 16, "spo2": 97, "systolic-pressure": 120, "heart-rate": 70, "consciousness": "A",
            "temperature": .missing(reason), "oxygen-flow": 0,
        ])
        #expect(decision.range == 0...3)
        #expect(decision.level.name == "low-medium")
        #expect(decision.missingInputs.contains { $0.name == "temperature" && $0.content == .missing(reason) })
    }

    /// Bone 1992 says "or": a blood gas nobody ordered leaves the rate to decide, one that cannot be read does not.
    @Test func sirsAlternatives() throws {
        let package = try package("sirs")
        let rest: [String: Given] = ["temperature": 37, "heart-rate": 80, "respiratory-rate": 16, "wbc": 8]
        let plain = package.decide(rest)
        #expect(plain.range == 0...0)
        #expect(plain.notes.contains("PaCO₂ not measured; Respiratory rate alone decides."))
        #expect(plain.notes.contains("Band neutrophils not measured; White cell count alone decides."))
        #expect(package.decide(rest.merging(["paco2": .missing(.unit)]) { $1 }).range == 0...1)
        #expect(package.decide(rest.merging(["paco2": 28]) { $1 }).range == 1...1)
        #expect(
            package.decide(rest.merging(["respiratory-rate": .missing(.notMeasured), "paco2": 40]) { $1 }).range == 0...1)
        #expect(package.decide(rest.merging(["respiratory-rate": .missing(.stale), "paco2": 28]) { $1 }).range == 1...1)
    }

    /// A bound serves where all it can mean lies in one row, and leaves a range where it does not.
    @Test func bounds() throws {
        let sirs = try package("sirs")
        let rest: [String: Given] = ["temperature": 37, "heart-rate": 80, "respiratory-rate": 16]
        func range(_ wbc: Given) -> ClosedRange<Double>? { sirs.decide(rest.merging(["wbc": wbc]) { $1 }).range }
        #expect(range(.bound(.less, 0.5)) == 1...1)
        #expect(range(.bound(.less, 4)) == 1...1)
        #expect(range(.bound(.lessOrEqual, 4)) == 0...1)
        #expect(range(.bound(.less, 8)) == 0...1)
        #expect(range(.bound(.greater, 12)) == 1...1)
        #expect(range(.bound(.greaterOrEqual, 12)) == 0...1)
        #expect(range(.bound(.greater, 100)) == 1...1)
        let reason = try #require(sirs.decide(rest.merging(["wbc": .bound(.less, 0.5)]) { $1 }).part("white-cells"))
        #expect(reason.text == "White cell count < 0.5 ×10⁹/L")
        #expect(reason.band == "< 4")
    }

    /// The most recent of ACVPU and Glasgow Coma Scale decides, so that yesterday's "alert" does not hide today's coma.
    @Test func theMoreRecentAssessmentDecides() throws {
        let package = try package("news2")
        func inputs(acvpu: Int64, gcs: Int64) -> [FeatureValue] {
            [
                FeatureValue(
                    name: "consciousness", content: .coded(Code(system: "", code: "A")),
                    effective: moment.effective.adding(seconds: acvpu)),
                FeatureValue(
                    name: "gcs", content: .number(8), unit: "{score}", effective: moment.effective.adding(seconds: gcs)),
            ]
        }
        func points(_ inputs: [FeatureValue]) -> Double? {
            package.evaluate(patient: patient, asOf: moment, inputs: inputs).part("consciousness")?.low
        }
        #expect(points(inputs(acvpu: -3600, gcs: -60)) == 3)
        #expect(points(inputs(acvpu: -60, gcs: -3600)) == 0)
        // Taken together, the worse one counts.
        #expect(points(inputs(acvpu: -60, gcs: -60)) == 3)
    }

    @Test func scaleOneIsTheDefaultAndSaysSo() throws {
        let package = try package("news2")
        let note = "SpO₂ scale 1 used: no decision for scale 2 is recorded."
        let unscaled = package.decide(["spo2": 90, "oxygen-flow": 0])
        #expect(unscaled.part("spo2")?.low == 3)
        #expect(unscaled.notes.contains(note))
        for value in ["2", 2] as [Given] {
            let scaled = package.decide(["spo2": 90, "oxygen-flow": 0, "spo2-scale": value])
            #expect(scaled.part("spo2")?.high == 0)
            #expect(!scaled.notes.contains(note))
        }
        // A decision that arrived and cannot be read may be either.
        let unreadable = package.decide(["spo2": 90, "oxygen-flow": 0, "spo2-scale": 3])
        #expect(unreadable.part("spo2").map { $0.low...$0.high } == 0...3)
        #expect(unreadable.inputs.first { $0.name == "spo2-scale" }?.content == .missing(.notUsable))
    }

    @Test func noInputAtAllIsInsufficient() throws {
        for model in ["news2", "qsofa", "sirs", "mews", "shock-index"] {
            let decision = try package(model).decide([:])
            #expect(decision.estimate == nil)
            #expect(decision.level == .unknown)
            #expect(decision.missingInputs.count == decision.inputs.count)
        }
    }

    /// Values that no patient has, or in another unit, are gaps even if a caller passes them as numbers.
    @Test func implausibleAndMislabelledValuesAreGaps() throws {
        let package = try package("news2")
        let decision = package.evaluate(
            patient: patient, asOf: moment,
            inputs: [
                FeatureValue(name: "temperature", content: .number(101.3), unit: "Cel"),
                FeatureValue(name: "heart-rate", content: .number(.nan), unit: "/min"),
                FeatureValue(name: "systolic-pressure", content: .number(16), unit: "kPa"),
                FeatureValue(name: "respiratory-rate", content: .number(16), unit: "/min"),
            ])
        func reason(_ name: String) -> FeatureValue.Content? { decision.inputs.first { $0.name == name }?.content }
        #expect(reason("temperature") == .missing(.implausible))
        #expect(reason("heart-rate") == .missing(.implausible))
        #expect(reason("systolic-pressure") == .missing(.unit))
        // Everything but the respiratory rate is open.
        #expect(decision.range == 0...17)
    }
}

import Clinical
import Inference
import Testing

/// Thresholds between levels, from the publications.
struct LevelTests {
    /// RCP 2017, chart 2: 0–4 low, 3 in a single parameter low-medium, 5–6 medium, 7 or more high.
    @Test(arguments: [
        (["heart-rate": 70] as [String: Given], 0.0, "low"),
        (["heart-rate": 111, "temperature": 39.1], 4, "low"),
        (["heart-rate": 131], 3, "low-medium"),
        (["heart-rate": 131, "temperature": 38.1], 4, "low-medium"),
        (["heart-rate": 111, "temperature": 39.1, "systolic-pressure": 110], 5, "medium"),
        (["heart-rate": 131, "temperature": 39.1], 5, "medium"),
        (["heart-rate": 131, "respiratory-rate": 25], 6, "medium"),
        (["heart-rate": 131, "respiratory-rate": 25, "temperature": 36.0], 7, "high"),
    ])
    func news2(change: [String: Given], score: Double, level: String) throws {
        let normal: [String: Given] = [
            "respiratory-rate": 16, "spo2": 97, "oxygen-flow": 0, "systolic-pressure": 120, "heart-rate": 70,
            "consciousness": "A", "temperature": 37,
        ]
        let decision = try package("news2").decide(normal.merging(change) { $1 })
        #expect(decision.estimate?.value == score)
        #expect(decision.level.name == level)
        #expect(decision.scale == .points(minimum: 0, maximum: 20))
    }

    /// Singer 2016: two of three. Bone 1992: two of four. Subbe 2001: five.
    @Test func twoCriteriaAndFivePoints() throws {
        let qsofa = try package("qsofa")
        #expect(qsofa.decide(["respiratory-rate": 22, "gcs": 15, "systolic-pressure": 120]).level.name == "low")
        #expect(qsofa.decide(["respiratory-rate": 22, "gcs": 14, "systolic-pressure": 120]).level.name == "high")
        let sirs = try package("sirs")
        let fever: [String: Given] = ["temperature": 38.5, "heart-rate": 80, "respiratory-rate": 16, "wbc": 8]
        #expect(sirs.decide(fever).level.name == "low")
        #expect(sirs.decide(fever.merging(["heart-rate": 91]) { $1 }).level.name == "medium")
        let mews = try package("mews")
        let ill: [String: Given] = ["systolic-pressure": 75, "heart-rate": 115, "respiratory-rate": 12, "temperature": 37]
        #expect(mews.decide(ill.merging(["consciousness": "A"]) { $1 }).level.name == "low")
        #expect(mews.decide(ill.merging(["consciousness": "V"]) { $1 }).level.name == "high")
    }

    /// Mutschler 2013: < 0.6, 0.6 to < 1.0, 1.0 to < 1.4, ≥ 1.4.
    @Test(arguments: [
        (59.0, 100.0, 0.59, "low"), (60, 100, 0.6, "low-medium"), (99, 100, 0.99, "low-medium"), (100, 100, 1, "medium"),
        (139, 100, 1.39, "medium"), (140, 100, 1.4, "high"), (150, 60, 2.5, "high"),
    ])
    func shockIndex(rate: Double, pressure: Double, ratio: Double, level: String) throws {
        let decision = try package("shock-index").decide([
            "heart-rate": .number(rate), "systolic-pressure": .number(pressure),
        ])
        #expect(decision.estimate?.value == ratio)
        #expect(decision.level.name == level)
        #expect(decision.scale == .index)
    }

    @Test func aRatioWithoutBothInputsIsInsufficient() throws {
        let package = try package("shock-index")
        for given in [
            [:], ["heart-rate": 90], ["systolic-pressure": 90], ["heart-rate": 90, "systolic-pressure": .bound(.less, 60)],
        ] as [[String: Given]] {
            let decision = package.decide(given)
            guard case .insufficient(let reason) = decision.result else {
                Issue.record("expected no result for \(given.keys)")
                continue
            }
            #expect(!reason.isEmpty)
            #expect(decision.level == .unknown)
        }
    }

    /// Colour is never the only cue: within a model every level has its own shape.
    @Test(arguments: ["news2", "qsofa", "sirs", "shock-index", "mews"])
    func levelsDifferByShape(model: String) throws {
        let package = try package(model)
        var levels: Set<RiskLevel> = []
        var random = SplitMix64(seed: 7)
        for _ in 0..<2000 {
            var given: [String: Given] = [:]
            for request in package.requests {
                guard let range = request.plausible else { continue }
                let usual: [String: Double] = [
                    "respiratory-rate": 13, "spo2": 97, "oxygen-flow": 0, "systolic-pressure": 120, "heart-rate": 70,
                    "gcs": 15,
                    "temperature": 37, "paco2": 40, "wbc": 8, "bands": 2, "fio2": 21,
                ]
                let isUsual = Int.random(in: 0..<4, using: &random) > 0
                given[request.name] = .number(isUsual ? usual[request.name] ?? 0 : Double.random(in: range, using: &random))
            }
            levels.insert(package.decide(given).level)
        }
        #expect(levels.count > 1)
        #expect(Set(levels.map(\.shape)).count == levels.count)
        #expect(Set(levels.map(\.rank)).count == levels.count)
        #expect(levels.allSatisfy { $0 == .unknown || !$0.action.isEmpty })
    }
}

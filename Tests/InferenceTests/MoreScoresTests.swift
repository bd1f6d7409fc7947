import Clinical
import Foundation
import Inference
import Testing

/// Scores beyond the early-warning ones, against their published tables and an independent calculator.
struct MoreScoresTests {
    /// Every shipped package loads, its golden cases included.
    @Test(arguments: ["curb-65", "hospital", "lace", "sofa", "apache-2", "meld-na", "meld-3"]) func loads(name: String)
        throws
    {
        let package = try package(name)
        #expect(package.reference.name == name)
        #expect(!package.about.citations.isEmpty)
    }

    /// van Walraven 2010, figure 1: public calculators disagree on the rows of four days and more.
    @Test(arguments: [(0, 0), (1, 1), (2, 2), (3, 3), (4, 4), (6, 4), (7, 5), (13, 5), (14, 7), (60, 7)])
    func laceLengthOfStay(days: Int, points: Int) throws {
        let decision = try package("lace").decide(["stay": .number(Double(days))])
        #expect(decision.part("stay")?.low == Double(points))
    }

    @Test(arguments: [(0, 0), (1, 1), (2, 2), (3, 3), (4, 5), (9, 5)])
    func laceComorbidity(charlson: Int, points: Int) throws {
        let decision = try package("lace").decide(["charlson": .number(Double(charlson))])
        #expect(decision.part("comorbidity")?.low == Double(points))
    }

    /// Vincent 1996, table 3: the ratio counts 3 or 4 only with respiratory support.
    @Test(arguments: [(400.0, 0.0, 0.0), (399, 1, 1), (299, 2, 2), (199, 2, 3), (99, 2, 4)])
    func sofaRespiration(ratio: Double, without: Double, with: Double) throws {
        let package = try package("sofa")
        let gas: [String: Given] = ["pao2": .number(ratio / 2), "fio2": 50]
        #expect(package.decide(gas.merging(["support": "N"]) { $1 }).part("respiration")?.low == without)
        #expect(package.decide(gas.merging(["support": "Y"]) { $1 }).part("respiration")?.low == with)
        let open = package.decide(gas).part("respiration")
        #expect(open?.low == without)
        #expect(open?.high == with)
        let alone = package.decide(["pao2": 80, "support": "N"]).part("respiration")
        #expect(alone?.low == 0)
        #expect(alone?.high == 2)
    }

    @Test func sofaCirculationTakesTheHighest() throws {
        let package = try package("sofa")
        #expect(package.decide(["mean-pressure": 65]).part("circulation")?.low == 1)
        #expect(package.decide(["mean-pressure": 80, "norepinephrine": 0.05]).part("circulation")?.low == 3)
        #expect(package.decide(["mean-pressure": 80, "norepinephrine": 0.1]).part("circulation")?.low == 3)
        #expect(package.decide(["mean-pressure": 80, "epinephrine": 0.11]).part("circulation")?.low == 4)
        #expect(package.decide(["mean-pressure": 60, "dobutamine": 2]).part("circulation")?.low == 2)
        #expect(package.decide(["mean-pressure": 60, "dopamine": 16]).part("circulation")?.low == 4)
    }

    /// Knaus 1985, figure 1: the worse of the lowest and the highest value counts, creatinine doubly in renal failure.
    @Test func apacheTakesTheWorseSide() throws {
        let package = try package("apache-2")
        let rate = package.decide(["heart-rate-lowest": 50, "heart-rate-highest": 185])
        #expect(rate.part("heart-rate")?.low == 4)
        #expect(package.decide(["heart-rate-lowest": 52, "heart-rate-highest": 100]).part("heart-rate")?.low == 3)
        let creatinine: [String: Given] = ["creatinine-lowest": 1, "creatinine-highest": 2.0]
        #expect(package.decide(creatinine).part("creatinine")?.low == 3)
        #expect(package.decide(creatinine.merging(["renal-failure": "Y"]) { $1 }).part("creatinine")?.low == 6)
    }

    @Test(arguments: [(40.0, 54.0, 4.0), (40, 60, 3), (40, 70, 1), (40, 71, 0)])
    func apacheOxygenationOnLittleOxygen(fio2: Double, pao2: Double, points: Double) throws {
        let part = try package("apache-2").decide(["fio2": .number(fio2), "pao2": .number(pao2)]).part("oxygenation")
        #expect(part?.low == points)
        #expect(part?.high == points)
    }

    @Test(arguments: [(199.0, 0.0), (200, 2), (350, 3), (500, 4)])
    func apacheOxygenationOnMuchOxygen(gradient: Double, points: Double) throws {
        let part = try package("apache-2").decide(["fio2": 60, "gradient": .number(gradient)]).part("oxygenation")
        #expect(part?.low == points)
        #expect(part?.high == points)
    }

    /// Kim 2021, the formula written out here a second time.
    @Test func meld3IsItsFormula() throws {
        let package = try package("meld-3")
        var random = SplitMix64(seed: 9)
        for _ in 0..<500 {
            let bilirubin = Double(Int.random(in: 3...400, using: &random)) / 10
            let inr = Double(Int.random(in: 8...60, using: &random)) / 10
            let creatinine = Double(Int.random(in: 4...60, using: &random)) / 10
            let sodium = Double(Int.random(in: 115...150, using: &random))
            let albumin = Double(Int.random(in: 10...50, using: &random)) / 10
            let isFemale = Bool.random(using: &random)
            let (b, i, c) = (log(max(1, bilirubin)), log(max(1, inr)), log(min(3, max(1, creatinine))))
            let (n, a) = (137 - min(137, max(125, sodium)), 3.5 - min(3.5, max(1.5, albumin)))
            let raw =
                (isFemale ? 1.33 : 0) + 4.56 * b + 0.82 * n - 0.24 * n * b + 9.09 * i + 11.14 * c + 1.85 * a - 1.83 * a * c
                + 6
            let expected = min(40, max(6, raw.rounded()))
            let given: [String: Given] = [
                "bilirubin": .number(bilirubin), "inr": .number(inr), "creatinine": .number(creatinine),
                "sodium": .number(sodium), "albumin": .number(albumin), "sex": isFemale ? "female" : "male",
            ]
            #expect(package.decide(given).estimate?.value == expected)
            // Whatever is left out, the range holds the result.
            var partial = given
            partial[["bilirubin", "inr", "creatinine", "sodium", "albumin", "sex"].randomElement(using: &random) ?? ""] =
                nil
            let range = try #require(package.decide(partial).estimate)
            #expect(range.low <= expected && expected <= range.high)
        }
    }

    @Test func aBoundLeavesARange() throws {
        let given: [String: Given] = [
            "bilirubin": .bound(.less, 1.5), "inr": 1, "creatinine": 1, "sodium": 137, "albumin": 3.5, "sex": "male",
        ]
        let estimate = try #require(package("meld-3").decide(given).estimate)
        #expect(estimate.low == 6)
        // 4.56 ln 1.5 + 6 = 7.85
        #expect(estimate.high == 8)
    }

    @Test(.enabled(if: VectorTests.present, "the shared test vectors are not there; nothing was compared"))
    func independentCalculator() throws {
        var compared = 0
        for line in try String(contentsOf: Folder.vectors, encoding: .utf8).split(separator: "\n") {
            guard let row = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any],
                let name = row["calculator_name"] as? String, let params = row["params"] as? [String: Any],
                let expected = (row["expected_value"] as? NSNumber)?.doubleValue
            else { continue }
            func flag(_ key: String) -> Bool { (params[key] as? NSNumber)?.boolValue ?? false }
            func number(_ key: String) -> Given? { (params[key] as? NSNumber).map { .number($0.doubleValue) } }
            var given: [String: Given] = [:]
            switch name {
            case "CURB-65 Score":
                given["consciousness"] = flag("confusion") ? "C" : "A"
                given["urea-nitrogen"] = flag("bun_gt_19_or_urea_gt_7") ? 20 : 19
                given["respiratory-rate"] = flag("respiratory_rate_gte_30") ? 30 : 29
                given["systolic-pressure"] = flag("sbp_lt_90_or_dbp_lte_60") ? 89 : 90
                given["diastolic-pressure"] = 61
                given["age"] = flag("age_gte_65") ? 65 : 64
                #expect(try package("curb-65").decide(given).estimate?.value == expected)
            case "APACHE II Score":
                let names = [
                    "temperature": "temperature", "mean_arterial_pressure": "mean-pressure", "heart_rate": "heart-rate",
                    "respiratory_rate": "respiratory-rate", "arterial_ph": "ph", "serum_sodium": "sodium",
                    "serum_potassium": "potassium", "serum_creatinine": "creatinine", "hematocrit": "hematocrit",
                    "wbc_count": "white-cells",
                ]
                for (key, name) in names {
                    given[name + "-lowest"] = number(key)
                    given[name + "-highest"] = number(key)
                }
                for (key, name) in ["pao2": "pao2", "gcs_score": "gcs", "age": "age"] { given[name] = number(key) }
                given["fio2"] = .number(((params["fio2"] as? NSNumber)?.doubleValue ?? 0) * 100)
                given["chronic-health"] = "none"
                given["renal-failure"] = "N"
                #expect(try package("apache-2").decide(given).estimate?.value == expected)
            case "MELD Score":
                for key in ["bilirubin", "creatinine", "inr", "sodium"] { given[key] = number(key) }
                given["dialysis"] = flag("on_dialysis") ? "Y" : "N"
                #expect(try package("meld-na").decide(given).estimate?.value == expected)
            default: continue
            }
            compared += 1
        }
        #expect(compared == 6)
    }
}

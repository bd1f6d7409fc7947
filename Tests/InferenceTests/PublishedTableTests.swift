import Clinical
import Inference
import Testing

/// Every row and both sides of every limit of the published tables, typed here from the publications.
struct PublishedTableTests {
    struct Row: Sendable, CustomTestStringConvertible {
        var model: String
        var part: String
        var given: [String: Given]
        var points: Double
        var testDescription: String { "\(model) \(part) \(points)" }

        init(_ model: String, _ part: String, _ given: [String: Given], _ points: Double) {
            (self.model, self.part, self.given, self.points) = (model, part, given, points)
        }
    }

    /// An input, and the points of each of its values.
    static func rows(_ model: String, _ part: String, _ input: String, _ points: [(Given, Double)]) -> [Row] {
        points.map { Row(model, part, [input: $0.0], $0.1) }
    }

    /// Royal College of Physicians, NEWS2, 2017, chart 1.
    static let news2: [Row] =
        rows(
            "news2", "respiratory-rate", "respiratory-rate",
            [(0, 3), (8, 3), (9, 1), (11, 1), (12, 0), (20, 0), (21, 2), (24, 2), (25, 3), (60, 3)])
        + rows(
            "news2", "systolic-pressure", "systolic-pressure",
            [(50, 3), (90, 3), (91, 2), (100, 2), (101, 1), (110, 1), (111, 0), (219, 0), (220, 3), (260, 3)])
        + rows(
            "news2", "heart-rate", "heart-rate",
            [
                (30, 3), (40, 3), (41, 1), (50, 1), (51, 0), (90, 0), (91, 1), (110, 1), (111, 2), (130, 2), (131, 3),
                (200, 3),
            ])
        + rows(
            "news2", "temperature", "temperature",
            [(30, 3), (35.0, 3), (35.1, 1), (36.0, 1), (36.1, 0), (38.0, 0), (38.1, 1), (39.0, 1), (39.1, 2), (42, 2)])
        + rows("news2", "consciousness", "consciousness", [("A", 0), ("C", 3), ("V", 3), ("P", 3), ("U", 3)])
        + rows("news2", "consciousness", "gcs", [(15, 0), (14, 3), (3, 3)])
        + rows("news2", "oxygen", "oxygen-flow", [(0, 0), (0.5, 2), (15, 2)])
        + rows("news2", "oxygen", "fio2", [(21, 0), (20.9, 0), (24, 2), (100, 2)])
        + rows("news2", "spo2", "spo2", [(70, 3), (91, 3), (92, 2), (93, 2), (94, 1), (95, 1), (96, 0), (100, 0)])
        + spo2Scale2(
            oxygenFlow: 0,
            [(70, 3), (83, 3), (84, 2), (85, 2), (86, 1), (87, 1), (88, 0), (92, 0), (93, 0), (97, 0), (100, 0)])
        + spo2Scale2(
            oxygenFlow: 2,
            [
                (83, 3), (84, 2), (85, 2), (86, 1), (87, 1), (88, 0), (92, 0), (93, 1), (94, 1), (95, 2), (96, 2), (97, 3),
                (100, 3),
            ])

    static func spo2Scale2(oxygenFlow: Given, _ points: [(Given, Double)]) -> [Row] {
        points.map { Row("news2", "spo2", ["spo2": $0.0, "spo2-scale": 2, "oxygen-flow": oxygenFlow], $0.1) }
    }

    /// Singer et al., JAMA 2016;315:801, box 4.
    static let qsofa: [Row] =
        rows("qsofa", "respiratory-rate", "respiratory-rate", [(21, 0), (21.9, 0), (22, 1), (40, 1)])
        + rows("qsofa", "systolic-pressure", "systolic-pressure", [(100, 1), (80, 1), (101, 0), (100.5, 0)])
        + rows("qsofa", "mentation", "gcs", [(15, 0), (14, 1), (3, 1)])
        + rows("qsofa", "mentation", "consciousness", [("A", 0), ("C", 1), ("V", 1), ("P", 1), ("U", 1)])

    /// Bone et al., Chest 1992;101:1644, table 1.
    static let sirs: [Row] =
        rows("sirs", "temperature", "temperature", [(35.9, 1), (36, 0), (37, 0), (38, 0), (38.1, 1), (38.01, 1)])
        + rows("sirs", "heart-rate", "heart-rate", [(60, 0), (90, 0), (91, 1)])
        + rows("sirs", "respiration", "respiratory-rate", [(20, 0), (21, 1)])
        + rows("sirs", "respiration", "paco2", [(31.9, 1), (32, 0)])
        + rows("sirs", "white-cells", "wbc", [(3.9, 1), (4, 0), (12, 0), (12.1, 1)])
        + rows("sirs", "white-cells", "bands", [(10, 0), (10.1, 1)])

    /// Subbe et al., QJM 2001;94:521, table 1.
    static let mews: [Row] =
        rows(
            "mews", "systolic-pressure", "systolic-pressure",
            [(60, 3), (69, 3), (71, 2), (80, 2), (81, 1), (100, 1), (101, 0), (199, 0), (200, 2), (250, 2)])
        + rows(
            "mews", "heart-rate", "heart-rate",
            [(39, 2), (41, 1), (50, 1), (51, 0), (100, 0), (101, 1), (110, 1), (111, 2), (129, 2), (130, 3)])
        + rows(
            "mews", "respiratory-rate", "respiratory-rate",
            [(8, 2), (9, 0), (14, 0), (15, 1), (20, 1), (21, 2), (29, 2), (30, 3)])
        + rows("mews", "temperature", "temperature", [(34.9, 2), (35, 0), (38.4, 0), (38.5, 2), (41, 2)])
        + rows("mews", "consciousness", "consciousness", [("A", 0), ("V", 1), ("P", 2), ("U", 3)])
        + rows("mews", "consciousness", "gcs", [(15, 0), (3, 3)])

    @Test(arguments: news2 + qsofa + sirs + mews)
    func partHasThePublishedPoints(row: Row) throws {
        let decision = try package(row.model).decide(row.given)
        let part = try #require(decision.part(row.part))
        // SIRS: where the given table does not meet the "or" criterion and the other one has no value, nothing arrived
        // for it, and the criterion rests on the given one.
        if row.model == "sirs", row.given.keys.contains(where: { $0 == "paco2" || $0 == "bands" }), row.points == 0 {
            #expect(part.low == 0 && part.high == 1)
        } else {
            #expect(part.low == row.points)
            #expect(part.high == row.points)
        }
    }

    @Test func everyPartHasItsWordsAndRow() throws {
        let decision = try package("news2").decide([
            "respiratory-rate": 26, "spo2": 92, "oxygen-flow": 2, "systolic-pressure": 101, "heart-rate": 95,
            "consciousness": "C", "temperature": 38.46,
        ])
        #expect(
            decision.reasons.map(\.text) == [
                "Respiratory rate 26 /min", "SpO₂ 92 %", "Oxygen flow 2 L/min", "Systolic blood pressure 101 mmHg",
                "Heart rate 95 /min", "Consciousness: New confusion", "Temperature 38.46 °C",
            ])
        #expect(
            decision.reasons.map(\.band) == ["≥ 25", "92–93", "Oxygen", "101–110", "91–110", "New confusion", "38.1–39"])
        #expect(decision.estimate == Decision.Estimate(value: 13, low: 13, high: 13))
        #expect(decision.level.name == "high")
    }

    /// A mercury manometer reads 70 and a pulse of 40 is counted: the published table has no row for either.
    @Test func valuesThatTheMEWSTableLeavesOutCountWithTheRowBelow() throws {
        let decision = try package("mews").decide(["systolic-pressure": 70, "heart-rate": 40])
        #expect(decision.part("systolic-pressure")?.low == 3)
        #expect(decision.part("heart-rate")?.low == 2)
    }

    /// Thermometers with two decimals and rates counted over 30 seconds give values between two rows of the chart.
    @Test(arguments: [(36.04, 1.0), (36.05, 0), (38.04, 0), (38.06, 1), (35.04, 3), (35.06, 1)])
    func valuesBetweenRowsAreRoundedToTheChart(temperature: Double, points: Double) throws {
        let decision = try package("news2").decide(["temperature": .number(temperature)])
        #expect(decision.part("temperature")?.low == points)
    }

    /// Answers of LOINC 67775-7 and SNOMED CT findings mean what the bare letters mean.
    @Test(arguments: [
        ("http://loinc.org", "LA9340-6", 0.0), ("http://loinc.org", "LA6560-2", 3), ("http://loinc.org", "LA17108-4", 3),
        ("http://loinc.org", "LA17107-6", 3), ("http://loinc.org", "LA9343-0", 3),
        ("http://snomed.info/sct", "248234008", 0),
        ("http://snomed.info/sct", "130987000", 3), ("http://snomed.info/sct", "300202002", 3),
        ("http://snomed.info/sct", "450847001", 3), ("http://snomed.info/sct", "422768004", 3),
        ("urn:local:monitor", "A", 0), ("urn:local:monitor", "V", 3),
    ])
    func consciousnessCodes(system: String, code: String, points: Double) throws {
        let decision = try package("news2").decide(["consciousness": .code(Code(system: system, code: code))])
        let part = try #require(decision.part("consciousness"))
        #expect(part.low == points && part.high == points)
    }

    /// A SNOMED code under another system's name is not that code.
    @Test func aCodeOfAnUnknownSystemIsNotUsable() throws {
        let decision = try package("news2").decide(["consciousness": .code(Code(system: "urn:local", code: "248234008"))])
        let part = try #require(decision.part("consciousness"))
        #expect(part.low == 0 && part.high == 3)
        #expect(decision.inputs.first { $0.name == "consciousness" }?.content == .missing(.notUsable))
    }
}

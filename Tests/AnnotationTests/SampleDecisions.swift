import Clinical

/// Decisions made by hand; the numbers follow the NEWS2 chart (Royal College of Physicians 2017).
enum SampleDecisions {
    static let moment = Instant(seconds: 1_767_621_900)  // 2026-01-05T14:05:00Z
    static let patient = PatientKey(system: "urn:oid:1.2.3.4", value: "4847702")
    static let model = ModelReference(
        name: "news2", version: "1.0.0", digest: String(repeating: "ab", count: 32), title: "NEWS2")
    static let high = RiskLevel(
        rank: 3, name: "high", colour: .red, shape: .octagon, action: "Emergency assessment by a team.")
    static let medium = RiskLevel(rank: 2, name: "medium", colour: .orange, shape: .diamond, action: "Urgent review.")
    static let low = RiskLevel(rank: 0, name: "low", colour: .green, shape: .circle, action: "")

    /// Respiratory rate 26 (3), SpO2 93 (2), pulse 112 (2): 7 in all.
    static let seven = Decision(
        id: "d-7", model: model, patient: patient, asOf: AsOf(effective: moment, known: moment.adding(seconds: 2)),
        scale: .points(minimum: 0, maximum: 20), result: .estimate(.init(value: 7, low: 7, high: 7)), level: high,
        reasons: [
            reason("spo2", "Oxygen saturation", 2, 2, "Oxygen saturation 93 %", "92–93"),
            reason("respiratory-rate", "Respiratory rate", 3, 3, "Respiratory rate 26 /min", "≥ 25"),
            reason("pulse", "Pulse", 2, 2, "Pulse 112 /min", "111–130"),
            reason("temperature", "Temperature", 0, 0, "Temperature 37.0 °C", "36.1–38.0"),
        ],
        inputs: [
            input("spo2", 93, "f1"), input("respiratory-rate", 26, "f2"), input("pulse", 112, "f3"),
            input("temperature", 37, "f4"),
        ],
        notes: ["SpO₂ scale 1 in use"])

    /// Respiratory rate 21 (2), SpO2 91 (3); pulse and temperature missing: 5 at least, 5 + 3 + 3 at most; 5–9 by the
    /// bounds given.
    static let range = Decision(
        id: "d-range", model: model, patient: patient, asOf: AsOf(moment), scale: .points(minimum: 0, maximum: 20),
        result: .estimate(.init(value: nil, low: 5, high: 9)), level: high,
        reasons: [
            reason("spo2", "Oxygen saturation", 3, 3, "Oxygen saturation 91 %", "≤ 91"),
            reason("respiratory-rate", "Respiratory rate", 2, 2, "Respiratory rate 21 /min", "21–24"),
            reason("pulse", "Pulse", 0, 2, "Pulse not measured", ""),
            reason("temperature", "Temperature", 0, 2, "Temperature too old", ""),
        ],
        inputs: [
            input("spo2", 91, "f1"), input("respiratory-rate", 21, "f2"),
            FeatureValue(name: "pulse", content: .missing(.notMeasured)),
            FeatureValue(name: "temperature", content: .missing(.stale), effective: moment.adding(seconds: -90_000)),
        ],
        notes: [])

    static let insufficient = Decision(
        id: "d-none", model: model, patient: patient, asOf: AsOf(moment), scale: .points(minimum: 0, maximum: 20),
        result: .insufficient("Fewer than 3 inputs have a value."), level: .unknown, reasons: [],
        inputs: [FeatureValue(name: "respiratory-rate", content: .missing(.unmappedCode))], notes: [])

    static let index = Decision(
        id: "d-index", model: ModelReference(name: "shock-index", version: "1", digest: "cd", title: "Shock index"),
        patient: patient, asOf: AsOf(moment), scale: .index,
        result: .estimate(.init(value: 0.8367, low: 0.8367, high: 0.8367)),
        level: medium, reasons: [], inputs: [input("pulse", 112, "f3")], notes: [])

    static let probability = Decision(
        id: "d-prob", model: ModelReference(name: "sepsis", version: "2", digest: "ef", title: "Sepsis risk"),
        patient: patient, asOf: AsOf(moment), scale: .probability,
        result: .estimate(.init(value: 0.2345, low: 0.15, high: 0.31)), level: medium,
        reasons: [reason("lactate", "Lactate", 0.12, 0.12, "Lactate 3.1 mmol/L", "")],
        inputs: [input("lactate", 3.1, "f9")], notes: [])

    static func reason(
        _ name: String, _ label: String, _ low: Double, _ high: Double, _ text: String, _ band: String
    ) -> Reason {
        Reason(name: name, label: label, inputs: [name], low: low, high: high, text: text, band: band)
    }

    static func input(_ name: String, _ value: Double, _ finding: String) -> FeatureValue {
        FeatureValue(name: name, content: .number(value), effective: moment.adding(seconds: -600), finding: finding)
    }

    static func changed(_ decision: Decision, _ change: (inout Decision) -> Void) -> Decision {
        var copy = decision
        change(&copy)
        return copy
    }
}

/// Seeded generator (Steele, Lea, Flood 2014), so that a failing case can be run again.
struct SplitMix64: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}

/// Decisions of every kind with hostile texts, for properties that hold for all of them.
enum RandomDecision {
    static func make(_ generator: inout SplitMix64) -> Decision {
        let scales: [Decision.Scale] = [.points(minimum: 0, maximum: 20), .index, .probability]
        let scale = scales.randomElement(using: &generator) ?? .index
        let top = scale == .probability ? 1.0 : 20.0
        let a = Double.random(in: 0...top, using: &generator)
        let b = Double.random(in: 0...top, using: &generator)
        let result: Decision.Result =
            switch Int.random(in: 0..<3, using: &generator) {
            case 0: .insufficient(text(&generator))
            case 1: .estimate(.init(value: a, low: a, high: a))
            default: .estimate(.init(value: nil, low: min(a, b), high: max(a, b)))
            }
        let colours: [RiskLevel.Colour] = [.none, .green, .yellow, .orange, .red]
        let shapes: [RiskLevel.Shape] = [.none, .circle, .triangle, .diamond, .octagon]
        let level = RiskLevel(
            rank: Int.random(in: 0...4, using: &generator),
            name: ["low", "low-medium", "high"].randomElement(using: &generator) ?? "low",
            colour: colours.randomElement(using: &generator) ?? .none,
            shape: shapes.randomElement(using: &generator) ?? .none,
            action: text(&generator))
        var decision = SampleDecisions.seven
        decision.id = String(generator.next(), radix: 16)
        decision.scale = scale
        decision.result = result
        decision.level = level
        decision.reasons = (0..<Int.random(in: 0...8, using: &generator)).map { index in
            let low = Double.random(in: -3...3, using: &generator)
            return Reason(
                name: "part-\(index)", label: text(&generator), inputs: ["part-\(index)"], low: low,
                high: low + Double(Int.random(in: 0...2, using: &generator)), text: text(&generator), band: text(&generator)
            )
        }
        decision.inputs = (0..<Int.random(in: 0...8, using: &generator)).map { index in
            Bool.random(using: &generator)
                ? FeatureValue(name: "part-\(index)", content: .number(1), finding: "f\(index)")
                : FeatureValue(name: "part-\(index)", content: .missing(.stale))
        }
        decision.notes = [text(&generator)]
        return decision
    }

    private static func text(_ generator: inout SplitMix64) -> String {
        let pieces = [
            "Pulse ", "112 /min", "|", "^", "~", "\\", "&", "\r", "\n", "<script>", "\"", "'", "`*_[x](y)", "é", "\u{301}",
            "𝄞",
            "\u{0}", " ", "{{x}}", "MSH|",
        ]
        return (0..<Int.random(in: 1...30, using: &generator)).map { _ in pieces.randomElement(using: &generator) ?? "" }
            .joined()
    }
}

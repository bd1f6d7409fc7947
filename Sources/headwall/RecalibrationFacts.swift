import FHIR
import Inference

/// What a recalibration rests on and changes, for the card and the terminal.
struct RecalibrationFacts {
    private let hours: [Recalibration.Hour]
    private let before: [Recalibration.Coverage]
    private let after: [Recalibration.Coverage]
    private let expectedBefore: Double
    private let expectedAfter: Double

    init(
        _ hours: [Recalibration.Hour], levels: [Double], recalibration: Recalibration
    ) {
        self.hours = hours
        before = Recalibration.coverageBefore(hours)
        after = Recalibration.coverageAfter(hours, levels: levels)
        let events = Double(max(1, hours.count { $0.label }))
        let calibration = recalibration.calibration
        expectedBefore = hours.reduce(0) { $0 + $1.probability } / events
        expectedAfter = hours.reduce(0) { $0 + calibration($1.margin) } / events
    }

    private var patients: Int { Set(hours.map(\.patient)).count }
    private var positive: Int { hours.count { $0.label } }

    private static func rounded(_ value: Double) -> Double { (value * 10_000).rounded() / 10_000 }

    var object: JSONObject {
        [
            "patients": JSON(patients), "patientsWithEvent": JSON(Recalibration.patientsWithEvent(hours)),
            "hours": JSON(hours.count), "eventHours": JSON(positive),
            "expectedOverObservedBefore": DecisionLine.number(Self.rounded(expectedBefore)),
            "expectedOverObservedAfter": DecisionLine.number(Self.rounded(expectedAfter)),
            "coverage": .array(
                zip(before, after).map { before, after in
                    [
                        "level": DecisionLine.number(before.level),
                        "before": DecisionLine.number(Self.rounded(before.all)),
                        "beforeEventHours": DecisionLine.number(Self.rounded(before.positive)),
                        "after": DecisionLine.number(Self.rounded(after.all)),
                        "afterEventHours": DecisionLine.number(Self.rounded(after.positive)),
                    ]
                }),
        ]
    }

    var text: String {
        var lines = [
            "\(hours.count) answered hours of \(patients) patients; \(positive) hours before an event of "
                + "\(Recalibration.patientsWithEvent(hours)) patients",
            "expected over observed: \(Self.rounded(expectedBefore)) before, \(Self.rounded(expectedAfter)) after",
            "coverage, of all hours and of those before an event, after as found on every other half of the patients:",
        ]
        for (before, after) in zip(before, after) {
            lines.append(
                "  at \(Self.percent(before.level)): \(Self.percent(before.all)) and \(Self.percent(before.positive)) before, "
                    + "\(Self.percent(after.all)) and \(Self.percent(after.positive)) after")
        }
        return lines.joined(separator: "\n")
    }

    private static func percent(_ share: Double) -> String { "\((share * 1000).rounded() / 10) %" }
}

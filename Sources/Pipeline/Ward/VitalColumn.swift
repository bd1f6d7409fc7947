internal import Clinical

/// A column of the ward page: which vital sign, in which unit, and what of it adds nothing to NEWS2.
struct VitalColumn: Sendable {
    /// Name of the input in the shipped model packages, so that contributions find their column.
    let name: String
    let label: String
    let shortLabel: String
    let loinc: [String]
    /// UCUM unit; `nil` for coded answers.
    let unit: String?
    /// The unit as people write it.
    let unitText: String?
    /// Values that score 0 in NEWS2 (Royal College of Physicians, 2017, chart 1; SpO₂ scale 1).
    let band: ClosedRange<Double>?
    let digits: Int

    /// The request for its latest value: vital signs are shown as current for twelve hours, as NEWS2 asks for at least
    /// twelve-hourly observation.
    var request: FeatureRequest {
        FeatureRequest(name: name, label: label, loinc: loinc, unit: unit, horizonSeconds: 12 * 3600)
    }

    /// SpO₂ that scores 0 on scale 2 (hypercapnic respiratory failure).
    static let scale2Band: ClosedRange<Double> = 88...92

    static let all = [
        VitalColumn(
            name: "respiratory-rate", label: "Respiratory rate", shortLabel: "RR", loinc: ["9279-1"], unit: "/min",
            unitText: "/min", band: 12...20, digits: 0),
        VitalColumn(
            name: "spo2", label: "Oxygen saturation", shortLabel: "SpO₂", loinc: ["59408-5", "2708-6"],
            unit: "%",
            unitText: "%", band: 96...100, digits: 0),
        VitalColumn(
            name: "oxygen-flow", label: "Oxygen flow", shortLabel: "O₂", loinc: ["3151-8"], unit: "L/min",
            unitText: "L/min",
            band: 0...0, digits: 0),
        VitalColumn(
            name: "systolic-pressure", label: "Systolic blood pressure", shortLabel: "BP sys", loinc: ["8480-6"],
            unit: "mm[Hg]", unitText: "mmHg", band: 111...219, digits: 0),
        VitalColumn(
            name: "heart-rate", label: "Heart rate", shortLabel: "HR", loinc: ["8867-4", "8889-8"], unit: "/min",
            unitText: "/min", band: 51...90, digits: 0),
        VitalColumn(
            name: "consciousness", label: "Consciousness", shortLabel: "ACVPU", loinc: ["80288-4", "67775-7"], unit: nil,
            unitText: nil, band: nil, digits: 0),
        VitalColumn(
            name: "temperature", label: "Temperature", shortLabel: "Temp", loinc: ["8310-5", "8331-1", "8332-9", "8333-7"],
            unit: "Cel", unitText: "°C", band: 36.1...38.0, digits: 1),
    ]
}

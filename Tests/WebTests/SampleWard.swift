import Annotation
import Clinical
import Web

/// A made-up ward whose scores follow the published NEWS2 table (Royal College of Physicians 2017, chart 1).
enum SampleWard {
    static let clock = Instant(seconds: 1_767_621_900)  // 2026-01-05T14:05:00Z

    struct Patient {
        var name: String
        var bed: String
        var age: Int
        var sex: PatientRecord.Sex
        /// Respiratory rate, SpO2, oxygen l/min, systolic, pulse, temperature, consciousness; `nil` is missing.
        var now: [Double?]
        var past: [Double?]
        var alert: Bool? = true
        var staleTemperature = false
    }

    static let patients: [Patient] = [
        Patient(
            name: "Okafor, Grace", bed: "4", age: 71, sex: .female, now: [27, 91, 4, 92, 124, 38.9],
            past: [17, 96, 0, 124, 84, 37.2], alert: false),
        Patient(
            name: "Lindqvist, Bo", bed: "11", age: 64, sex: .male, now: [22, 95, 0, 98, 118, 36.4],
            past: [16, 97, 0, 132, 78, 36.7]),
        Patient(
            name: "Marchetti, Lucia", bed: "2", age: 83, sex: .female, now: [21, 93, 2, 112, 96, 38.2],
            past: [20, 94, 2, 118, 92, 37.9]),
        Patient(
            name: "Petrov, Dmitri", bed: "9", age: 57, sex: .male, now: [9, 94, 0, 108, 54, 36.2],
            past: [14, 97, 0, 126, 72, 36.6]),
        Patient(
            name: "Haddad, Samir", bed: "7", age: 49, sex: .male, now: [nil, 95, 0, 121, 102, nil],
            past: [nil, 96, 0, 124, 88, 37.0]),
        Patient(
            name: "Nguyen, Thi Mai", bed: "1", age: 38, sex: .female, now: [16, 98, 0, 118, 76, 36.8],
            past: [16, 98, 0, 120, 74, 36.7]),
        Patient(
            name: "Schröder, Annegret", bed: "3", age: 77, sex: .female, now: [18, 96, 0, 142, 88, 37.1],
            past: [18, 95, 0, 138, 92, 37.4], staleTemperature: true),
        Patient(
            name: "O'Brien, Patrick", bed: "5", age: 66, sex: .male, now: [19, 95, 0, 128, 94, 37.6],
            past: [21, 94, 2, 120, 104, 38.1]),
        Patient(
            name: "Kowalski, Jan", bed: "6", age: 52, sex: .male, now: [14, 97, 0, 134, 68, 36.5],
            past: [14, 98, 0, 131, 70, 36.5]),
        Patient(
            name: "Ferreira da Silva Santos, Maria Antónia", bed: "8", age: 90, sex: .female,
            now: [20, 94, 0, 151, 81, 36.1], past: [18, 95, 0, 148, 78, 36.3]),
        Patient(
            name: "Yamamoto, Kenji", bed: "10", age: 45, sex: .male, now: [15, 99, 0, 116, 62, 36.9],
            past: [15, 99, 0, 118, 64, 36.8]),
        Patient(
            name: "Abdi, Halima", bed: "12", age: 29, sex: .female, now: [17, 98, 0, 107, 93, 37.3],
            past: [17, 98, 0, 112, 86, 37.1]),
        Patient(
            name: "Novák, Tomáš", bed: "13", age: 60, sex: .male, now: [16, 96, 0, 126, 79, 36.9],
            past: [16, 95, 0, 122, 84, 37.0]),
        Patient(
            name: "Singh, Harpreet", bed: "14", age: 74, sex: .male, now: [23, 92, 1, 119, 99, 37.4],
            past: [21, 93, 1, 121, 97, 37.4]),
        Patient(
            name: "Dubois, Claire", bed: "15", age: 33, sex: .female, now: [nil, nil, nil, nil, nil, nil],
            past: [nil, nil, nil, nil, nil, nil], alert: nil),
        Patient(
            name: "Eriksen, Liv", bed: "16", age: 69, sex: .female, now: [13, 97, 0, 129, 71, 36.6],
            past: [13, 97, 0, 133, 69, 36.6]),
    ]

    private struct Vital {
        var name: String
        var label: String
        var short: String
        var unit: String
        var band: ClosedRange<Double>
        var decimals: Int
    }

    private static let vitals = [
        Vital(name: "respiratory-rate", label: "Respiratory rate", short: "RR", unit: "/min", band: 12...20, decimals: 0),
        Vital(name: "spo2", label: "Oxygen saturation", short: "SpO₂", unit: "%", band: 96...100, decimals: 0),
        Vital(name: "oxygen", label: "Supplemental oxygen", short: "O₂", unit: "l/min", band: 0...0, decimals: 0),
        Vital(name: "systolic", label: "Systolic blood pressure", short: "SBP", unit: "mmHg", band: 111...219, decimals: 0),
        Vital(name: "pulse", label: "Pulse", short: "Pulse", unit: "/min", band: 51...90, decimals: 0),
        Vital(name: "temperature", label: "Temperature", short: "Temp", unit: "°C", band: 36.1...38.0, decimals: 1),
    ]

    /// Points of a value by the published table; SpO2 scale 1.
    static func points(_ index: Int, _ value: Double) -> Int {
        switch index {
        case 0: value <= 8 ? 3 : value <= 11 ? 1 : value <= 20 ? 0 : value <= 24 ? 2 : 3
        case 1: value <= 91 ? 3 : value <= 93 ? 2 : value <= 95 ? 1 : 0
        case 2: value > 0 ? 2 : 0
        case 3: value <= 90 ? 3 : value <= 100 ? 2 : value <= 110 ? 1 : value <= 219 ? 0 : 3
        case 4: value <= 40 ? 3 : value <= 50 ? 1 : value <= 90 ? 0 : value <= 110 ? 1 : value <= 130 ? 2 : 3
        default: value <= 35 ? 3 : value <= 36 ? 1 : value <= 38 ? 0 : value <= 39 ? 1 : 2
        }
    }

    static func level(total: Int, anyThree: Bool) -> RiskLevel {
        switch total {
        case 7...:
            RiskLevel(
                rank: 3, name: "high", colour: .red, shape: .octagon,
                action: "Emergency assessment by a team with critical care skills.")
        case 5...6:
            RiskLevel(
                rank: 2, name: "medium", colour: .orange, shape: .diamond,
                action: "Urgent review by a clinician; at least hourly observations.")
        default:
            anyThree
                ? RiskLevel(
                    rank: 1, name: "low-medium", colour: .yellow, shape: .triangle, action: "Urgent ward-based review.")
                : RiskLevel(rank: 0, name: "low", colour: .green, shape: .circle, action: "")
        }
    }

    static func key(_ patient: Patient) -> PatientKey { PatientKey(system: "urn:oid:1.2.3.4", value: "MRN-" + patient.bed) }

    static func decision(_ patient: Patient, _ values: [Double?], at time: Instant) -> Decision {
        var reasons: [Reason] = []
        var inputs: [FeatureValue] = []
        for (index, vital) in vitals.enumerated() {
            if let value = values[index] {
                let points = Double(points(index, value))
                let number = vital.decimals == 0 ? String(Int(value)) : String(value)
                reasons.append(
                    Reason(
                        name: vital.name, label: vital.label, inputs: [vital.name], low: points, high: points,
                        text: "\(vital.label) \(number) \(vital.unit)", band: ""))
                inputs.append(
                    FeatureValue(
                        name: vital.name, content: .number(value), unit: vital.unit, effective: time,
                        finding: "f-\(patient.bed)-\(vital.name)"))
            } else {
                reasons.append(
                    Reason(
                        name: vital.name, label: vital.label, inputs: [vital.name], low: 0,
                        high: vital.name == "oxygen" ? 2 : 3, text: "\(vital.label) not measured", band: ""))
                inputs.append(FeatureValue(name: vital.name, content: .missing(.notMeasured)))
            }
        }
        if let alert = patient.alert {
            let points = alert ? 0.0 : 3
            reasons.append(
                Reason(
                    name: "consciousness", label: "Consciousness", inputs: ["consciousness"], low: points, high: points,
                    text: alert ? "Alert" : "New confusion", band: ""))
            inputs.append(
                FeatureValue(
                    name: "consciousness",
                    content: .coded(Code(system: CodeSystem.snomed, code: alert ? "248234008" : "130987000")),
                    finding: "f-\(patient.bed)-c"))
        } else {
            reasons.append(
                Reason(
                    name: "consciousness", label: "Consciousness", inputs: ["consciousness"], low: 0, high: 3,
                    text: "Consciousness not assessed", band: ""))
            inputs.append(FeatureValue(name: "consciousness", content: .missing(.notMeasured)))
        }
        let low = reasons.map(\.low).reduce(0, +)
        let high = reasons.map(\.high).reduce(0, +)
        let missing = inputs.filter { if case .missing = $0.content { true } else { false } }.count
        let result: Decision.Result =
            missing == 7
            ? .insufficient("No input of the score has a value.")
            : .estimate(.init(value: low == high ? low : nil, low: low, high: high))
        let level =
            missing == 7 ? RiskLevel.unknown : Self.level(total: Int(high), anyThree: reasons.contains { $0.high >= 3 })
        return Decision(
            id: "news2-\(patient.bed)-\(time.microseconds)",
            model: ModelReference(name: "news2", version: "1.0.0", digest: "aa", title: "NEWS2"),
            patient: key(patient), asOf: AsOf(time), scale: .points(minimum: 0, maximum: 20), result: result, level: level,
            reasons: reasons, inputs: inputs, notes: missing == 0 ? ["SpO₂ scale 1 in use"] : [])
    }

    private static func secondary(_ patient: Patient) -> [ScoreView] {
        func view(_ name: String, _ title: String, _ value: Double?, _ scale: Decision.Scale, _ level: RiskLevel)
            -> ScoreView
        {
            let result: Decision.Result =
                value.map { .estimate(.init(value: $0, low: $0, high: $0)) } ?? .insufficient("No input.")
            return ScoreView(
                Decision(
                    id: name + patient.bed, model: ModelReference(name: name, version: "1", digest: "b", title: title),
                    patient: key(patient), asOf: AsOf(clock), scale: scale, result: result,
                    level: value == nil ? .unknown : level, reasons: [], inputs: [], notes: []),
                isPrimary: false)
        }
        let low = RiskLevel(rank: 0, name: "low", colour: .green, shape: .circle, action: "")
        let high = RiskLevel(rank: 2, name: "high", colour: .red, shape: .octagon, action: "")
        let rate = patient.now[0], pressure = patient.now[3], pulse = patient.now[4]
        let quick = rate.flatMap { r in
            pressure.map { p in (r >= 22 ? 1.0 : 0) + (p <= 100 ? 1 : 0) + (patient.alert == false ? 1 : 0) }
        }
        let index = pulse.flatMap { p in pressure.map { p / $0 } }
        let sirs = rate.flatMap { r in pulse.map { (r > 20 ? 1.0 : 0) + ($0 > 90 ? 1 : 0) } }
        return [
            view("qsofa", "qSOFA", quick, .points(minimum: 0, maximum: 3), (quick ?? 0) >= 2 ? high : low),
            view("sirs", "SIRS", sirs, .points(minimum: 0, maximum: 4), (sirs ?? 0) >= 2 ? high : low),
            view("shock-index", "Shock index", index, .index, (index ?? 0) >= 0.9 ? high : low),
            view("mews", "MEWS", sirs, .points(minimum: 0, maximum: 14), low),
        ]
    }

    static func row(_ patient: Patient) -> WardRow {
        var views: [VitalView] = []
        for (index, vital) in vitals.enumerated() {
            guard let value = patient.now[index] else {
                views.append(
                    VitalView(
                        name: vital.name, label: vital.label, shortLabel: vital.short, valueText: nil, unit: vital.unit,
                        effective: nil, missing: "not measured"))
                continue
            }
            let old = patient.past[index] ?? value
            let stale = patient.staleTemperature && vital.name == "temperature"
            let last = clock.adding(seconds: stale ? -9 * 3600 : Int64(-60 * (3 + index * 4)))
            var points: [VitalView.Point] = []
            for step in 0..<24 {
                let part = Double(step) / 23
                let wobble =
                    vital.name == "oxygen"
                    ? 0 : Double((step * 7 + index * 3) % 5 - 2) * (vital.band.upperBound - vital.band.lowerBound) * 0.04
                let way = part < 0.6 ? 0 : (part - 0.6) / 0.4
                points.append(
                    .init(
                        time: last.adding(seconds: Int64(-(23 - step)) * 3500),
                        value: step == 23 ? value : old + (value - old) * way + wobble))
            }
            views.append(
                VitalView(
                    name: vital.name, label: vital.label, shortLabel: vital.short,
                    valueText: vital.decimals == 0 ? String(Int(value)) : String(value), unit: vital.unit, effective: last,
                    isStale: stale, points: points,
                    band: vital.name == "oxygen" ? nil : vital.band, contribution: Self.points(index, value)))
        }
        views.append(
            VitalView(
                name: "consciousness", label: "Consciousness", shortLabel: "ACVPU",
                valueText: patient.alert.map { $0 ? "Alert" : "Confused" }, unit: nil,
                effective: patient.alert == nil ? nil : clock.adding(seconds: -2400),
                contribution: patient.alert == false ? 3 : 0, missing: patient.alert == nil ? "not assessed" : nil))
        let present = decision(patient, patient.now, at: clock.adding(seconds: -180))
        let past = decision(
            {
                var old = patient; if old.alert == false { old.alert = true }; return old
            }(), patient.past, at: clock.adding(seconds: -5 * 3600))
        let changed = Chip(present).number != Chip(past).number
        return WardRow(
            id: key(patient).resourceID, name: PHI(patient.name), age: patient.age, sex: patient.sex,
            recordNumber: PHI("48\(patient.bed)7702"), ward: "Ward 3 North", bed: patient.bed, vitals: views,
            scores: [ScoreView(present, previous: changed ? past : nil, isPrimary: true)] + secondary(patient),
            lastChange: clock)
    }

    static var snapshot: WardSnapshot {
        WardSnapshot(
            title: "St. Elsewhere", clock: clock, isRecordedClock: true, wards: ["Ward 3 North", "Ward 4 & ICU"], ward: nil,
            patients: patients.map { row($0) },
            counters: WardCounters(messages: 12_480, quarantined: 3, unmapped: 2))
    }
}

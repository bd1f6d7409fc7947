/// What happens to a simulated patient.
public enum Course: String, Sendable, CaseIterable {
    case stable
    /// Chronic hypercapnic respiratory failure on oxygen, stable: SpO₂ scale 2.
    case hypercapnic
    case sepsis
    case bleeding
    /// Respiratory depression, then an antagonist.
    case opioid
}

/// The state of one patient's body, advanced in steps; vital signs and laboratory values are read off it and belong
/// together because one severity drives them all.
struct Physiology: Sendable {
    struct Vitals: Sendable {
        var heartRate: Int
        var respiratoryRate: Int
        var oxygenSaturation: Int
        var systolic: Int
        var diastolic: Int
        var meanPressure: Int
        /// Tenths of a degree Celsius.
        var temperatureTenths: Int
        /// Litres of oxygen per minute; 0 is room air.
        var oxygenFlow: Int
        /// A, C, V, P or U.
        var consciousness: Character
    }

    struct Laboratory: Sendable {
        var sodium, potassium, urea, creatinine, glucose, lactate: Double
        var haemoglobin, leucocytes, bands, platelets, crp, bilirubin, troponin: Double
        var ph, pco2, po2: Double
    }

    let course: Course
    /// Hour after the start at which deterioration begins.
    let onset: Double
    private let base: (hr: Double, rr: Double, spo2: Double, sbp: Double, temp: Double, creatinine: Double, hb: Double)
    private var drift: (hr: Double, rr: Double, spo2: Double, sbp: Double, temp: Double) = (0, 0, 0, 0, 0)
    private(set) var severity = 0.0
    private(set) var oxygenFlow = 0

    init(course: Course, hours: Int, random: inout SeededGenerator) {
        self.course = course
        // The opioid course is short: late enough that a day ends in the middle of it.
        onset = Double(hours) * (course == .opioid ? 0.80 : 0.35 + 0.25 * random.unit())
        base = (
            hr: 74 + 7 * random.normal(), rr: 15 + 1.2 * random.normal(),
            spo2: course == .hypercapnic ? 90 : min(99, 97 + 0.8 * random.normal()), sbp: 126 + 10 * random.normal(),
            temp: 36.8 + 0.2 * random.normal(), creatinine: max(0.5, 0.9 + 0.2 * random.normal()),
            hb: max(10.5, 13.4 + 1.1 * random.normal())
        )
        if course == .hypercapnic { oxygenFlow = 1 }
    }

    /// Moves to an hour after the start; steps are about an hour.
    mutating func advance(to hour: Double, random: inout SeededGenerator) {
        severity = Self.severity(course, hoursSinceOnset: hour - onset)
        // First-order autoregressive noise: a vital sign wanders, it does not jump.
        drift.hr = 0.7 * drift.hr + 2.5 * random.normal()
        drift.rr = 0.6 * drift.rr + 0.7 * random.normal()
        drift.spo2 = 0.6 * drift.spo2 + 0.4 * random.normal()
        drift.sbp = 0.7 * drift.sbp + 3.5 * random.normal()
        drift.temp = 0.8 * drift.temp + 0.08 * random.normal()
        if course != .hypercapnic {
            let saturation = saturationOnAir
            oxygenFlow = saturation < 85 ? 10 : saturation < 90 ? 4 : saturation < 93 ? 2 : 0
        }
    }

    /// 0 well … 1 critically ill.
    private static func severity(_ course: Course, hoursSinceOnset hours: Double) -> Double {
        guard hours > 0 else { return 0 }
        switch course {
        case .stable, .hypercapnic: return 0
        case .sepsis: return smoothstep(hours / 12)
        case .bleeding: return smoothstep(hours / 9)
        case .opioid: return hours < 6 ? smoothstep(hours / 4) : 1 - smoothstep((hours - 6) / 2)
        }
    }

    private static func smoothstep(_ x: Double) -> Double {
        let t = min(max(x, 0), 1)
        return t * t * (3 - 2 * t)
    }

    private var saturationOnAir: Double {
        let loss: Double =
            switch course {
            case .sepsis: 9
            case .opioid: 14
            case .bleeding: 2
            case .stable, .hypercapnic: 0
            }
        return base.spo2 + drift.spo2 - loss * severity
    }

    var vitals: Vitals {
        // Changes at full severity: heart rate, respiration, systolic pressure, temperature.
        let change: (hr: Double, rr: Double, sbp: Double, temp: Double) =
            switch course {
            case .stable, .hypercapnic: (0, course == .hypercapnic ? 3 : 0, 0, 0)
            case .sepsis: (52, 14, -42, 2.1)
            case .bleeding: (58, 9, -52, -0.6)
            case .opioid: (-14, -9, -14, -0.3)
            }
        let scale = course == .hypercapnic ? 1 : severity
        let gainFromOxygen = course == .hypercapnic ? 0 : Double(oxygenFlow) * 0.7
        let systolic = max(58, base.sbp + drift.sbp + change.sbp * scale)
        let diastolic = max(34, systolic * 0.6 - 2)
        return Vitals(
            heartRate: Int((base.hr + drift.hr + change.hr * scale).rounded()),
            respiratoryRate: max(5, Int((base.rr + drift.rr + change.rr * scale).rounded())),
            oxygenSaturation: min(100, max(70, Int((saturationOnAir + gainFromOxygen).rounded()))),
            systolic: Int(systolic.rounded()), diastolic: Int(diastolic.rounded()),
            meanPressure: Int((diastolic + (systolic - diastolic) / 3).rounded()),
            temperatureTenths: Int(((base.temp + drift.temp + change.temp * scale) * 10).rounded()),
            oxygenFlow: oxygenFlow, consciousness: consciousness)
    }

    private var consciousness: Character {
        switch course {
        case .stable, .hypercapnic: "A"
        case .sepsis: severity > 0.9 ? "V" : severity > 0.6 ? "C" : "A"
        case .bleeding: severity > 0.85 ? "C" : "A"
        case .opioid: severity > 0.85 ? "P" : severity > 0.45 ? "V" : "A"
        }
    }

    /// Conventional (US) units: mmol/L for electrolytes, mg/dL for metabolites, g/dL, 10³/µL, mmHg.
    func laboratory(random: inout SeededGenerator) -> Laboratory {
        func about(_ mean: Double, _ spread: Double) -> Double { max(0, mean + spread * random.normal()) }
        let septic = course == .sepsis ? severity : 0
        let bleeding = course == .bleeding ? severity : 0
        let hypoventilating = course == .opioid ? severity : course == .hypercapnic ? 0.5 : 0
        return Laboratory(
            sodium: about(139, 1.5), potassium: about(4.1 + 0.7 * septic, 0.2),
            urea: about(15 + 25 * septic + 12 * bleeding, 1.5),
            creatinine: about(base.creatinine * (1 + 1.4 * septic + 0.4 * bleeding), 0.04),
            glucose: about(108 + 60 * septic, 8),
            lactate: about(1.1 + 4.2 * septic + 4.6 * bleeding, 0.15), haemoglobin: about(base.hb - 5.8 * bleeding, 0.2),
            leucocytes: about(7.5 + 12 * septic + 2 * bleeding, 0.6), bands: about(2 + 14 * septic, 0.8),
            platelets: about(245 - 120 * septic - 60 * bleeding, 10), crp: about(6 + 190 * septic, 2),
            bilirubin: about(0.7 + 1.6 * septic, 0.08), troponin: about(0.004, 0.001),
            ph: 7.40 - 0.12 * septic - 0.10 * bleeding - 0.18 * hypoventilating + 0.01 * random.normal(),
            pco2: about(40 - 9 * septic - 5 * bleeding + 30 * hypoventilating, 1.2), po2: about(90 - 25 * septic, 4))
    }
}

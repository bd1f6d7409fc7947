import Clinical
import Timeline

/// Small and seeded, so that a failure can be repeated (Steele, Lea, Flood: SplitMix64).
struct SplitMix64: RandomNumberGenerator {
    var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }
}

/// 2026-01-05T08:00:00Z, and so many minutes after it.
func minute(_ minutes: Int64) -> Instant {
    Instant(seconds: 1_767_600_000 + minutes * 60)
}

let patient = PatientKey(system: "urn:oid:1.2.3", value: "one")

/// A finding; times in minutes after ``minute(_:)`` 0.
func finding(
    _ id: String, _ value: Finding.Value, code: String = "8867-4", at effective: Int64, known: Int64? = nil,
    status: Finding.Status = .final, system: String = CodeSystem.loinc, patient: PatientKey = patient
) -> Finding {
    Finding(
        id: id, patient: patient, code: Code(system: system, code: code), value: value, status: status,
        effective: ClinicalTime(minute(effective)), known: minute(known ?? effective),
        origin: Finding.Origin(
            source: "monitors", address: SourceAddress(messageID: known ?? effective, path: "OBX[1]-5"),
            rawCode: Code(system: "urn:local", code: code), rawValue: PHI("raw"), rawUnit: "bpm", mapping: nil))
}

func quantity(_ text: String, _ unit: String? = "/min", _ comparator: Quantity.Comparator? = nil) -> Finding.Value {
    .quantity(Quantity(value: ExactDecimal(text) ?? ExactDecimal(0), unit: unit, comparator: comparator))
}

func rate(_ value: Int) -> Finding.Value { quantity(String(value)) }

func timeline(_ findings: Finding...) -> PatientTimeline {
    var timeline = PatientTimeline()
    for finding in findings { timeline.record(finding) }
    return timeline
}

func asOf(_ effective: Int64, known: Int64? = nil) -> AsOf {
    AsOf(effective: minute(effective), known: minute(known ?? effective))
}

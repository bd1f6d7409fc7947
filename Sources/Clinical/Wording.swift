/// How numbers, units, ages and gaps read in a decision.
package enum Wording {
    /// Up to two decimals, without trailing zeros: `26`, `36.6`, `0.83`.
    package static func number(_ value: Double) -> String {
        if let whole = Int(exactly: value) { return String(whole) }
        guard abs(value) < 1e12 else { return value.description }
        let hundredths = Int((abs(value) * 100).rounded())
        if hundredths == 0 { return value.description }
        let sign = value < 0 ? "-" : ""
        let (whole, rest) = (hundredths / 100, hundredths % 100)
        if rest == 0 { return "\(sign)\(whole)" }
        return rest % 10 == 0 ? "\(sign)\(whole).\(rest / 10)" : "\(sign)\(whole).\(rest < 10 ? "0" : "")\(rest)"
    }

    package static func range(_ low: Double, _ high: Double) -> String {
        low == high ? number(low) : "\(number(low))–\(number(high))"
    }

    /// A UCUM code as clinicians write it, with a space in front; empty for scores and none.
    package static func unit(_ code: String?) -> String {
        switch code {
        case nil, "1", "{score}": ""
        case "Cel": " °C"
        case "mm[Hg]": " mmHg"
        case "10*9/L": " ×10⁹/L"
        case "10*3/uL": " ×10³/µL"
        case .some(let unit): " " + unit
        }
    }

    package static func comparator(_ comparator: Quantity.Comparator) -> String {
        switch comparator {
        case .less: "<"
        case .lessOrEqual: "≤"
        case .greaterOrEqual: "≥"
        case .greater: ">"
        }
    }

    package static func missing(_ reason: MissingReason, effective: Instant?, asOf: AsOf) -> String {
        switch reason {
        case .notMeasured: "not measured"
        case .stale:
            effective.map { "last measured \(age(asOf.effective.seconds(since: $0))) ago" } ?? "measured too long ago"
        case .unmappedCode: "arrived under a code that is not mapped"
        case .noMap: "arrived under a code that no LOINC code fits"
        case .ambiguous: "arrived with an ambiguous code or unit"
        case .unit: "arrived in a unit that does not convert"
        case .noValue: "arrived without a value"
        case .notUsable: "arrived with a value that cannot be used"
        case .implausible: "is outside what is possible"
        }
    }

    /// `40 min`, `14 h`, `3 d`, rounded down.
    package static func age(_ seconds: Double) -> String {
        guard seconds.isFinite, seconds >= 0, seconds < 1e11 else { return "some time" }
        let minutes = Int(seconds / 60)
        if minutes < 60 { return "\(minutes) min" }
        return minutes < 48 * 60 ? "\(minutes / 60) h" : "\(minutes / (24 * 60)) d"
    }
}

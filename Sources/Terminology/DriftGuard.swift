public import Clinical
internal import UCUM

/// The usual values of one mapping: what live values are tested against.
public struct Fingerprint: Hashable, Sendable {
    /// UCUM unit of the values.
    public var unit: String
    /// Smallest value, nine deciles, largest: eleven numbers, ascending.
    public let deciles: [Double]

    /// `nil` unless there are eleven finite numbers in ascending order, not all the same.
    public init?(unit: String, deciles: [Double]) {
        guard deciles.count == 11, deciles.allSatisfy(\.isFinite),
            zip(deciles, deciles.dropFirst()).allSatisfy({ $0 <= $1 }),
            deciles[0] < deciles[10]
        else { return nil }
        self.unit = unit
        self.deciles = deciles
    }

    /// From a sample, by linear interpolation between order statistics (Hyndman and Fan 1996, definition 7).
    public init?(unit: String, sample: [Double]) {
        let sorted = sample.filter(\.isFinite).sorted()
        guard sorted.count >= 20 else { return nil }
        let deciles = (0...10).map { tenth -> Double in
            let place = Double(sorted.count - 1) * Double(tenth) / 10
            let below = Int(place)
            let above = min(below + 1, sorted.count - 1)
            return sorted[below] + (sorted[above] - sorted[below]) * (place - Double(below))
        }
        self.init(unit: unit, deciles: deciles)
    }

    /// The share of usual values at or below a value, linear between deciles.
    func share(upTo value: Double) -> Double {
        guard value >= deciles[0] else { return 0 }
        guard value < deciles[10] else { return 1 }
        var index = 0
        while index < 9, deciles[index + 1] <= value { index += 1 }
        let (low, high) = (deciles[index], deciles[index + 1])
        let within = high > low ? (value - low) / (high - low) : 0
        return (Double(index) + within) / 10
    }
}

/// Tests the live values of one mapping against its fingerprint, and names the unit that explains a shift.
///
/// A window of the last values is compared by the one-sample Kolmogorov–Smirnov statistic D. Deciles say nothing of what
/// lies between them: D may be up to 0.1 off, so that the limit is that of the test plus 0.1. A value type without a
/// clock; the moments are those of the values.
public struct DriftGuard: Sendable {
    public struct Settings: Hashable, Sendable {
        /// Values in the window.
        public var window: Int
        /// Fewest values that are judged.
        public var minimum: Int
        /// The Kolmogorov–Smirnov coefficient c(α): 1.95 is α = 0.001 (Smirnov 1948).
        public var coefficient: Double

        public init(window: Int = 100, minimum: Int = 30, coefficient: Double = 1.95) {
            self.window = max(10, window)
            self.minimum = min(max(10, minimum), self.window)
            self.coefficient = coefficient
        }
    }

    public enum Verdict: Hashable, Sendable {
        /// Not enough values yet.
        case collecting
        case usual
        /// The values differ; `unit` would explain it, and `since` is the first value that is likelier in that unit.
        case shifted(Shift)
    }

    public struct Shift: Hashable, Sendable {
        /// D of the values as they are.
        public var statistic: Double
        /// D if they are in ``unit``; `nil` where no unit explains them.
        public var explained: Double?
        /// UCUM unit they seem to be in.
        public var unit: String?
        public var since: Instant?

        /// `arrives as if in mg/dL since 2026-01-05T14:05:00Z`; names no value.
        public var description: String {
            guard let unit else { return "values differ from the usual ones, and no unit explains it" }
            return "arrives as if in \(unit)" + (since.map { " since \($0)" } ?? "")
        }
    }

    public let fingerprint: Fingerprint
    private let settings: Settings
    /// Unit → what a value in the unit of the fingerprint would have been.
    private let alternatives: [(unit: String, conversion: UnitConversion)]
    private var values: [(value: Double, at: Instant)] = []

    init(_ fingerprint: Fingerprint, alternatives: [(unit: String, conversion: UnitConversion)], settings: Settings) {
        self.fingerprint = fingerprint
        self.alternatives = alternatives
        self.settings = settings
    }

    /// Adds a value as it was taken: in the unit of the fingerprint. A value that is no number is left out.
    public mutating func add(_ value: Double, at moment: Instant) {
        guard value.isFinite else { return }
        if values.count == settings.window { values.removeFirst() }
        values.append((value, moment))
    }

    public var verdict: Verdict {
        guard values.count >= settings.minimum else { return .collecting }
        let limit = settings.coefficient / Double(values.count).squareRoot() + 0.1
        let plain = statistic(values.map(\.value))
        guard plain > limit else { return .usual }
        // From the first value on that the other unit makes likelier: the window may hold values from before.
        var best: (explained: Double, unit: String, since: Instant, count: Int)?
        for alternative in alternatives {
            let converted = values.map { convert($0.value, alternative.conversion) }
            guard let start = onset(converted) else { continue }
            let tail = converted[start...].compactMap { $0 }
            guard tail.count >= 10, tail.count == converted.count - start else { continue }
            let explained = statistic(tail)
            let tailLimit = settings.coefficient / Double(tail.count).squareRoot() + 0.1
            guard explained <= tailLimit, explained < plain, explained < (best?.explained ?? .infinity) else { continue }
            best = (explained, alternative.unit, values[start].at, tail.count)
        }
        return .shifted(
            Shift(statistic: plain, explained: best?.explained, unit: best?.unit, since: best?.since))
    }

    /// The place from which on values are farther from usual as they are than converted; by the largest sum of evidence.
    private func onset(_ converted: [Double?]) -> Int? {
        var sum = 0.0
        var best = 0.0
        var place: Int?
        for index in values.indices.reversed() {
            guard let other = converted[index] else { return place }
            sum += distance(values[index].value) - distance(other)
            if sum > best { (best, place) = (sum, index) }
        }
        return place
    }

    /// How far outside the middle eight tenths a value is, in their width; at most 3.
    private func distance(_ value: Double) -> Double {
        let (low, high) = (fingerprint.deciles[1], fingerprint.deciles[9])
        let width = max(high - low, .leastNormalMagnitude)
        let outside = max(low - value, value - high, 0) / width
        // A value inside speaks for its unit, though less than one far outside speaks against it.
        return outside == 0 ? -0.25 : min(outside, 3)
    }

    private func convert(_ value: Double, _ conversion: UnitConversion) -> Double? {
        ExactDecimal(shortest: value).flatMap { conversion.apply($0) }?.doubleValue
    }

    private func statistic(_ sample: [Double]) -> Double {
        let sorted = sample.sorted()
        var largest = 0.0
        for (index, value) in sorted.enumerated() {
            let usual = fingerprint.share(upTo: value)
            let below = Double(index) / Double(sorted.count)
            let upTo = Double(index + 1) / Double(sorted.count)
            largest = max(largest, abs(usual - below), abs(usual - upTo))
        }
        return largest
    }
}

extension Terminology {
    /// The fingerprint of a mapping in the unit in which its values are kept; `nil` where it has none.
    ///
    /// A row states it in the unit that it expects.
    public func fingerprint(of mapping: CodeMapping) -> Fingerprint? {
        guard let target = mapping.target?.code, let unit = concepts[target]?.unit, mapping.deciles.count == 11 else {
            return nil
        }
        let stated = mapping.unit ?? unit
        let deciles = mapping.deciles.compactMap { decile -> Double? in
            guard let value = ExactDecimal(shortest: decile),
                case .converted(let converted) = convert(value: value, from: stated, to: unit, loinc: target)
            else { return nil }
            return converted.value.doubleValue
        }
        return Fingerprint(unit: unit, deciles: deciles)
    }

    /// A guard for the values of a LOINC code.
    ///
    /// - Parameter units: UCUM units that the sender may have switched to; those that do not convert to the unit of the
    ///   fingerprint for this code are left out.
    public func driftGuard(
        _ fingerprint: Fingerprint, loinc: String? = nil, units: [String]? = nil,
        settings: DriftGuard.Settings = DriftGuard.Settings()
    ) -> DriftGuard {
        guard let own = try? UnitAliases.Reading(fingerprint.unit) else {
            return DriftGuard(fingerprint, alternatives: [], settings: settings)
        }
        let target = UnitBinding.Target(unit: own.code, of: loinc, loinc.flatMap { concepts[$0] }, clinical)
        var seen: Set<UnitConversion> = [.identity]
        var alternatives: [(unit: String, conversion: UnitConversion)] = []
        for code in units ?? Self.usualUnits {
            guard let other = try? UnitAliases.Reading(code), other.unit != own.unit,
                case .converts(let conversion) = UnitBinding(reading: other, target: target, into: own),
                seen.insert(conversion.arithmetic).inserted
            else { continue }
            alternatives.append((code, conversion.arithmetic))
        }
        return DriftGuard(fingerprint, alternatives: alternatives, settings: settings)
    }

    /// Units in which laboratories and monitors report the same things.
    private static let usualUnits = [
        "mg/dL", "g/dL", "g/L", "mg/L", "ug/dL", "ug/L", "ng/mL", "ng/dL", "ng/L", "pg/mL", "mmol/L", "umol/L", "nmol/L",
        "pmol/L", "meq/L", "10*9/L", "/uL", "10*12/L", "10*3/mL", "%", "1", "mmol/mol", "mm[Hg]", "kPa", "cm[H2O]", "Cel",
        "[degF]", "U/L", "ukat/L", "kg", "[lb_av]", "g", "cm", "[in_i]", "m", "L/min", "mL/min",
    ]
}

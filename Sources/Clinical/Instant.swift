/// A point on the UTC time line, in microseconds since 1970-01-01T00:00:00Z.
public struct Instant: Hashable, Comparable, Sendable, Codable {
    public var microseconds: Int64

    public init(microseconds: Int64) {
        self.microseconds = microseconds
    }

    public init(seconds: Int64) {
        self.microseconds = seconds &* 1_000_000
    }

    public static let distantPast = Instant(microseconds: .min)
    public static let distantFuture = Instant(microseconds: .max)

    public static func < (left: Instant, right: Instant) -> Bool {
        left.microseconds < right.microseconds
    }

    /// This moment plus a number of seconds, clamped to the representable range.
    public func adding(seconds: Int64) -> Instant {
        let (delta, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000)
        let (sum, carried) = microseconds.addingReportingOverflow(delta)
        if overflow || carried { return seconds < 0 ? .distantPast : .distantFuture }
        return Instant(microseconds: sum)
    }

    /// Seconds from `earlier` to this moment; negative if `earlier` is later.
    public func seconds(since earlier: Instant) -> Double {
        (Double(microseconds) - Double(earlier.microseconds)) / 1_000_000
    }

    public init(from decoder: any Decoder) throws {
        microseconds = try decoder.singleValueContainer().decode(Int64.self)
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(microseconds)
    }
}

extension Instant: CustomStringConvertible {
    /// RFC 3339 in UTC: `2026-01-05T08:00:00Z`, with milliseconds or microseconds only where they are not zero.
    public var description: String {
        rfc3339(offsetMinutes: 0)
    }

    /// RFC 3339 at the given offset from UTC in minutes; offset 0 is written `Z`.
    public func rfc3339(offsetMinutes: Int) -> String {
        let local = microseconds &+ Int64(offsetMinutes) &* 60_000_000
        let (seconds, fraction) = local.flooredDivision(by: 1_000_000)
        let (days, secondOfDay) = seconds.flooredDivision(by: 86_400)
        let date = CivilDate(daysSinceEpoch: Int(days))
        var text = date.description + "T" + twoDigits(Int(secondOfDay) / 3600) + ":"
        text += twoDigits(Int(secondOfDay) / 60 % 60) + ":" + twoDigits(Int(secondOfDay) % 60)
        if fraction != 0 {
            let micros = String(fraction)
            let padded = String(repeating: "0", count: 6 - micros.count) + micros
            text += "." + (fraction % 1000 == 0 ? String(padded.prefix(3)) : padded)
        }
        return text + offsetText(offsetMinutes)
    }
}

func twoDigits(_ value: Int) -> String {
    value < 10 ? "0\(value)" : String(value)
}

func offsetText(_ minutes: Int) -> String {
    if minutes == 0 { return "Z" }
    return (minutes < 0 ? "-" : "+") + twoDigits(abs(minutes) / 60) + ":" + twoDigits(abs(minutes) % 60)
}

extension Int64 {
    /// Quotient rounded towards negative infinity, and the non-negative remainder.
    func flooredDivision(by divisor: Int64) -> (quotient: Int64, remainder: Int64) {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
    }
}

/// A time as a sender wrote it: its precision and its offset from UTC are part of the value.
public struct ClinicalTime: Hashable, Sendable, Codable {
    public enum Precision: UInt8, Sendable, Comparable, Codable {
        case year, month, day, hour, minute, second, fraction

        public static func < (left: Precision, right: Precision) -> Bool { left.rawValue < right.rawValue }
    }

    /// Where the offset came from.
    public enum OffsetOrigin: UInt8, Sendable, Codable {
        /// Written in the source.
        case stated
        /// The source had none; the configured zone of the source was applied.
        case configured
        /// The source had none and none is configured; ``instant`` then reads the local time as UTC.
        case absent
    }

    public let date: CivilDate
    /// 0…23; 0 when the precision is a day or coarser.
    public let hour: Int
    public let minute: Int
    /// 0…60; 60 only for a leap second, which ``instant`` folds into the next minute.
    public let second: Int
    /// Fraction of the second in nanoseconds; ``fractionDigits`` says how many digits were written.
    public let nanosecond: Int
    public let fractionDigits: Int
    public let precision: Precision
    /// Minutes east of UTC, −1439…1439; 0 when ``offsetOrigin`` is `absent`.
    public let offsetMinutes: Int
    public let offsetOrigin: OffsetOrigin

    /// `nil` when a component is out of range.
    public init?(
        date: CivilDate, hour: Int = 0, minute: Int = 0, second: Int = 0, nanosecond: Int = 0, fractionDigits: Int = 0,
        precision: Precision, offsetMinutes: Int = 0, offsetOrigin: OffsetOrigin
    ) {
        guard (0...23).contains(hour), (0...59).contains(minute), (0...60).contains(second),
            (0..<1_000_000_000).contains(nanosecond), (0...9).contains(fractionDigits),
            (-1439...1439).contains(offsetMinutes)
        else { return nil }
        self.date = date
        self.hour = hour
        self.minute = minute
        self.second = second
        self.nanosecond = nanosecond
        self.fractionDigits = fractionDigits
        self.precision = precision
        self.offsetMinutes = offsetMinutes
        self.offsetOrigin = offsetOrigin
    }

    /// A UTC time of second precision (microsecond precision where the instant has a fraction).
    public init(_ instant: Instant) {
        let (seconds, micros) = instant.microseconds.flooredDivision(by: 1_000_000)
        let (days, secondOfDay) = seconds.flooredDivision(by: 86_400)
        date = CivilDate(daysSinceEpoch: Int(days))
        hour = Int(secondOfDay) / 3600
        minute = Int(secondOfDay) / 60 % 60
        second = Int(secondOfDay) % 60
        nanosecond = Int(micros) * 1000
        fractionDigits = micros == 0 ? 0 : (micros % 1000 == 0 ? 3 : 6)
        precision = micros == 0 ? .second : .fraction
        offsetMinutes = 0
        offsetOrigin = .stated
    }

    /// The earliest moment the written time can mean.
    public var instant: Instant {
        let seconds =
            Int64(date.daysSinceEpoch) * 86_400 + Int64(hour * 3600 + minute * 60 + second) - Int64(offsetMinutes * 60)
        return Instant(microseconds: seconds * 1_000_000 + Int64(nanosecond / 1000))
    }

    /// The same written time with an offset from a configured zone; unchanged where one was stated.
    public func applying(zone: ZoneRule) -> ClinicalTime {
        guard offsetOrigin == .absent, precision > .day else { return self }
        return ClinicalTime(
            date: date, hour: hour, minute: minute, second: second, nanosecond: nanosecond, fractionDigits: fractionDigits,
            precision: precision, offsetMinutes: zone.offsetMinutes(atLocal: instant), offsetOrigin: .configured) ?? self
    }
}

extension ClinicalTime: CustomStringConvertible {
    /// FHIR R4 `dateTime` text of the same precision: `2026-01`, `2026-01-05T08:00:00+01:00`.
    ///
    /// FHIR has no hour or minute precision: missing minutes and seconds are written `00` there (the precision stays
    /// in ``precision``). A time without any offset is written without one, which is not a valid FHIR `dateTime`;
    /// callers degrade it to a date or report it.
    public var description: String {
        switch precision {
        case .year: return String(date.description.prefix(4))
        case .month: return String(date.description.prefix(7))
        case .day: return date.description
        case .hour, .minute, .second, .fraction:
            var text = date.description + "T" + twoDigits(hour) + ":" + twoDigits(minute) + ":" + twoDigits(second)
            if fractionDigits > 0 {
                let digits = String(nanosecond)
                let padded = String(repeating: "0", count: 9 - digits.count) + digits
                text += "." + padded.prefix(fractionDigits)
            }
            return offsetOrigin == .absent ? text : text + offsetText(offsetMinutes)
        }
    }
}

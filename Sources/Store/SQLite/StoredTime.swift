import Clinical

/// A clinical time as two integers: the instant, which sorts, and the form in which it was written.
///
/// Form, from the lowest bit: precision 3, offset origin 2, offset + 1439 minutes 12, fraction digits 4,
/// leap second 1, nanoseconds below the microsecond 10.
struct StoredTime: Equatable {
    var instant: Int64
    var form: Int64

    init(instant: Int64, form: Int64) {
        self.instant = instant
        self.form = form
    }

    init(_ time: ClinicalTime) {
        instant = time.instant.microseconds
        form =
            Int64(time.precision.rawValue) | Int64(time.offsetOrigin.rawValue) << 3 | Int64(time.offsetMinutes + 1439) << 5
            | Int64(time.fractionDigits) << 17 | (time.second == 60 ? 1 << 21 : 0) | Int64(time.nanosecond % 1000) << 22
    }

    /// `nil` when the integers are not those of a time.
    var time: ClinicalTime? {
        let offset = Int(form >> 5 & 0xfff) - 1439
        let isLeap = form >> 21 & 1 == 1
        guard let precision = ClinicalTime.Precision(rawValue: UInt8(form & 7)),
            let origin = ClinicalTime.OffsetOrigin(rawValue: UInt8(form >> 3 & 3)),
            // Years 1 to 9999 with a day to spare for the offset; also keeps the sums below from overflowing.
            (-62_135_683_200_000_000...253_402_387_200_000_000).contains(instant)
        else { return nil }
        let local = instant + Int64(offset) * 60_000_000 - (isLeap ? 1_000_000 : 0)
        let day = local >= 0 ? local / Self.day : (local - Self.day + 1) / Self.day
        let microOfDay = Int(local - day * Self.day)
        let secondOfDay = microOfDay / 1_000_000
        return ClinicalTime(
            date: CivilDate(daysSinceEpoch: Int(day)), hour: secondOfDay / 3600, minute: secondOfDay / 60 % 60,
            second: secondOfDay % 60 + (isLeap ? 1 : 0),
            nanosecond: microOfDay % 1_000_000 * 1000 + Int(form >> 22 & 0x3ff), fractionDigits: Int(form >> 17 & 15),
            precision: precision, offsetMinutes: offset, offsetOrigin: origin)
    }

    private static let day: Int64 = 86_400_000_000
}

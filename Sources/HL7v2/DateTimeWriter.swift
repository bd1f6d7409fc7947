public import Clinical

/// Writes times as DTM (HL7 v2.5.1 section 2.A.22), at the precision and offset they have.
public enum DateTimeWriter {
    /// `20260105080000.123+0100`; at most four digits of a second, further ones are cut.
    public static func text(_ time: ClinicalTime) -> String {
        var text = padded(time.date.year, 4)
        if time.precision >= .month { text += padded(time.date.month, 2) }
        if time.precision >= .day { text += padded(time.date.day, 2) }
        if time.precision >= .hour { text += padded(time.hour, 2) }
        if time.precision >= .minute { text += padded(time.minute, 2) }
        if time.precision >= .second { text += padded(time.second, 2) }
        if time.precision == .fraction, time.fractionDigits > 0 {
            text += "." + padded(time.nanosecond, 9).prefix(min(time.fractionDigits, 4))
        }
        if time.offsetOrigin != .absent {
            let minutes = abs(time.offsetMinutes)
            text += (time.offsetMinutes < 0 ? "-" : "+") + padded(minutes / 60, 2) + padded(minutes % 60, 2)
        }
        return text
    }

    /// In UTC: `20260105080000+0000`, with milliseconds where they are not zero.
    public static func text(_ instant: Instant) -> String {
        text(ClinicalTime(instant))
    }

    private static func padded(_ value: Int, _ width: Int) -> String {
        let digits = String(value)
        return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
    }
}

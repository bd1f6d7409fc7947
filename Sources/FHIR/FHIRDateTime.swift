public import Clinical

/// Reading of FHIR R4 `date`, `dateTime` and `instant` (http://hl7.org/fhir/R4/datatypes.html).
///
/// Dates must exist. Once there is a time, seconds and an offset are required; `24:00` does not exist; second 60 is
/// allowed for leap seconds. Offsets reach from −14:00 to +14:00. Fractions keep nine digits, further ones are cut off.
public enum FHIRDateTime {
    /// A `dateTime`: `2026`, `2026-01`, `2026-01-05` or `2026-01-05T08:00:00+01:00`.
    ///
    /// - Parameter requiringOffset: `false` reads a time without an offset with ``ClinicalTime/OffsetOrigin/absent``,
    ///   for senders who leave it out against the standard; the caller applies a zone and reports it.
    public static func read(_ text: String, requiringOffset: Bool = true) throws(FHIRError) -> ClinicalTime {
        try parse(text, timeAllowed: true, requiringOffset: requiringOffset)
    }

    /// The same as ``read(_:requiringOffset:)`` with the offset required.
    public static func dateTime(_ text: String) throws(FHIRError) -> ClinicalTime {
        try parse(text, timeAllowed: true, requiringOffset: true)
    }

    /// A `date`: a year, a month or a day, without time.
    public static func date(_ text: String) throws(FHIRError) -> ClinicalTime {
        try parse(text, timeAllowed: false, requiringOffset: true)
    }

    /// An `instant`: to the second at least, with an offset.
    public static func instant(_ text: String) throws(FHIRError) -> ClinicalTime {
        let time = try parse(text, timeAllowed: true, requiringOffset: true)
        guard time.precision >= .second else {
            throw FHIRError(
                code: FHIRError.Code.timeFormat, place: "character \(text.utf8.count + 1)",
                reason: "An instant needs a time to the second and an offset from UTC.")
        }
        return time
    }

    private static func parse(
        _ text: String, timeAllowed: Bool, requiringOffset: Bool
    ) throws(FHIRError) -> ClinicalTime {
        var fields = Fields(text)
        let year = try fields.number(4, "a year of four digits")
        guard year > 0 else { throw fields.rangeError(1, "The year 0000 does not exist.") }
        var (month, day) = (1, 1)
        var precision = ClinicalTime.Precision.year
        if fields.take("-") {
            month = try fields.number(2, "a month of two digits")
            guard (1...12).contains(month) else { throw fields.rangeError(6, "The month is not 01 to 12.") }
            precision = .month
            if fields.take("-") {
                day = try fields.number(2, "a day of two digits")
                precision = .day
            }
        }
        guard let date = CivilDate(year: year, month: month, day: day) else {
            throw fields.rangeError(9, "The month has no such day.")
        }
        guard timeAllowed, precision == .day, fields.take("T") else {
            guard fields.isAtEnd else {
                throw fields.formatError(
                    timeAllowed
                        ? "Expected is YYYY, YYYY-MM, YYYY-MM-DD or YYYY-MM-DDThh:mm:ss±hh:mm."
                        : "Expected is YYYY, YYYY-MM or YYYY-MM-DD, without a time.")
            }
            return try fields.time(date, (0, 0, 0), (0, 0), precision, (0, .absent))
        }

        let hour = try fields.number(2, "an hour of two digits")
        guard hour < 24 else { throw fields.rangeError(12, "The hour is not 00 to 23; 24:00 is not allowed.") }
        try fields.require(":", "minutes, which FHIR requires")
        let minute = try fields.number(2, "minutes of two digits")
        guard minute < 60 else { throw fields.rangeError(15, "The minute is not 00 to 59.") }
        try fields.require(":", "seconds, which FHIR requires")
        let second = try fields.number(2, "seconds of two digits")
        guard second <= 60 else { throw fields.rangeError(18, "The second is not 00 to 60.") }
        precision = .second
        var fraction = (nanosecond: 0, digits: 0)
        if fields.take(".") {
            fraction = try fields.fraction()
            precision = .fraction
        }
        let offset = try fields.offset(required: requiringOffset)
        guard fields.isAtEnd else { throw fields.formatError("Nothing may follow the offset from UTC.") }
        return try fields.time(date, (hour, minute, second), fraction, precision, offset)
    }
}

extension FHIRDateTime {
    /// A cursor over the text; every place it reports counts characters from 1.
    private struct Fields {
        private var rest: Substring.UTF8View
        private let length: Int

        init(_ text: String) {
            rest = text.utf8[...]
            length = rest.count
        }

        var isAtEnd: Bool { rest.isEmpty }

        mutating func take(_ character: Unicode.Scalar) -> Bool {
            guard rest.first == UInt8(ascii: character) else { return false }
            rest = rest.dropFirst()
            return true
        }

        mutating func require(_ character: Unicode.Scalar, _ what: String) throws(FHIRError) {
            guard take(character) else { throw formatError("Here must stand \(what).") }
        }

        mutating func number(_ digits: Int, _ what: String) throws(FHIRError) -> Int {
            let text = rest.prefix(digits)
            guard text.count == digits, text.allSatisfy(FHIRPrimitive.isDigit) else {
                throw formatError("Here must stand \(what).")
            }
            rest = rest.dropFirst(digits)
            return text.reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) }
        }

        mutating func fraction() throws(FHIRError) -> (nanosecond: Int, digits: Int) {
            let text = rest.prefix(while: FHIRPrimitive.isDigit)
            guard !text.isEmpty else { throw formatError("Here must stand a fraction of the second.") }
            rest = rest.dropFirst(text.count)
            let kept = text.prefix(9)
            let value = kept.reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) }
            let scale = (kept.count..<9).reduce(1) { power, _ in power * 10 }
            return (value * scale, kept.count)
        }

        mutating func offset(required: Bool) throws(FHIRError) -> (minutes: Int, origin: ClinicalTime.OffsetOrigin) {
            if take("Z") { return (0, .stated) }
            let isNegative = rest.first == UInt8(ascii: "-")
            guard take("+") || take("-") else {
                if !required, isAtEnd { return (0, .absent) }
                throw FHIRError(
                    code: isAtEnd ? FHIRError.Code.timeOffset : FHIRError.Code.timeFormat, place: place,
                    reason: "A time needs an offset from UTC, as Z or ±hh:mm.")
            }
            let start = length - rest.count
            let hours = try number(2, "the hours of the offset, two digits")
            try require(":", "a colon and the minutes of the offset")
            let minutes = try number(2, "the minutes of the offset, two digits")
            guard minutes < 60, hours < 14 || (hours == 14 && minutes == 0) else {
                throw rangeError(start, "The offset from UTC is not within ±14:00.")
            }
            let total = hours * 60 + minutes
            return (isNegative ? -total : total, .stated)
        }

        func time(
            _ date: CivilDate, _ clock: (hour: Int, minute: Int, second: Int),
            _ fraction: (nanosecond: Int, digits: Int), _ precision: ClinicalTime.Precision,
            _ offset: (minutes: Int, origin: ClinicalTime.OffsetOrigin)
        ) throws(FHIRError) -> ClinicalTime {
            guard
                let time = ClinicalTime(
                    date: date, hour: clock.hour, minute: clock.minute, second: clock.second,
                    nanosecond: fraction.nanosecond, fractionDigits: fraction.digits, precision: precision,
                    offsetMinutes: offset.minutes, offsetOrigin: offset.origin)
            else { throw rangeError(1, "There is no such time.") }
            return time
        }

        func formatError(_ reason: String) -> FHIRError {
            FHIRError(code: FHIRError.Code.timeFormat, place: place, reason: reason)
        }

        func rangeError(_ character: Int, _ reason: String) -> FHIRError {
            FHIRError(code: FHIRError.Code.timeRange, place: "character \(character)", reason: reason)
        }

        private var place: String { "character \(length - rest.count + 1)" }
    }
}

public import Clinical

/// Reads times: DTM and TS (HL7 v2.5.1 sections 2.A.22 and 2.A.77), DT (2.A.21).
///
/// `YYYY[MM[DD[HH[MM[SS[.S[S[S[S]]]]]]]]][+/-ZZZZ]`. Precision and offset are kept as written; no zone is invented. Up to
/// nine digits of a second are read, where the standard allows four.
public enum DateTimeReader {
    /// Reads a DTM. The text itself is never part of the error.
    ///
    /// - Throws: code 102 (data type error), at `place`.
    public static func read(
        _ text: String, at place: HL7v2Location = HL7v2Location(segment: "", occurrence: 0)
    ) throws(HL7v2Error) -> ClinicalTime {
        try read(Array(text.utf8), at: place)
    }

    /// Reads a DT: a date without time of day.
    public static func readDate(
        _ text: String, at place: HL7v2Location = HL7v2Location(segment: "", occurrence: 0)
    ) throws(HL7v2Error) -> ClinicalTime {
        let time = try read(text, at: place)
        guard time.precision <= .day, time.offsetOrigin == .absent else {
            throw error("A date has no time of day and no offset.", place)
        }
        return time
    }

    /// Reads the first component of a field; `nil` when it is not valued.
    public static func read(_ field: Field) throws(HL7v2Error) -> ClinicalTime? {
        guard let text = field.text else { return nil }
        return try read(text, at: field.location)
    }

    /// Reads a component; `nil` when it is not valued.
    public static func read(_ component: Component) throws(HL7v2Error) -> ClinicalTime? {
        guard let text = component.text else { return nil }
        return try read(text, at: component.location)
    }

    /// Reads a DTM from bytes.
    public static func read(_ bytes: [UInt8], at place: HL7v2Location) throws(HL7v2Error) -> ClinicalTime {
        var end = bytes.count
        var offset: Int?
        if let sign = bytes.firstIndex(where: { $0 == UInt8(ascii: "+") || $0 == UInt8(ascii: "-") }) {
            guard bytes.count - sign == 5, let hours = digits(bytes, sign + 1, 2), let minutes = digits(bytes, sign + 3, 2),
                hours < 24, minutes < 60
            else { throw error("The offset from UTC is a sign and four digits, hours and minutes.", place) }
            offset = (hours * 60 + minutes) * (bytes[sign] == UInt8(ascii: "-") ? -1 : 1)
            end = sign
        }
        var nanosecond = 0
        var fractionDigits = 0
        if let point = bytes[..<end].firstIndex(of: UInt8(ascii: ".")) {
            fractionDigits = end - point - 1
            guard point == 14, (1...9).contains(fractionDigits), let fraction = digits(bytes, point + 1, fractionDigits)
            else { throw error("A fraction of one to nine digits may follow whole seconds only.", place) }
            nanosecond = fraction
            for _ in fractionDigits..<9 { nanosecond *= 10 }
            end = point
        }
        guard let precision = precision(ofLength: end, hasFraction: fractionDigits > 0) else {
            throw error("A time has 4, 6, 8, 10, 12 or 14 digits: year, month, day, hour, minute, second.", place)
        }
        guard let year = digits(bytes, 0, 4), let month = end >= 6 ? digits(bytes, 4, 2) : 1,
            let day = end >= 8 ? digits(bytes, 6, 2) : 1, let hour = end >= 10 ? digits(bytes, 8, 2) : 0,
            let minute = end >= 12 ? digits(bytes, 10, 2) : 0, let second = end >= 14 ? digits(bytes, 12, 2) : 0
        else { throw error("A time holds digits only, before its fraction and offset.", place) }
        guard let date = CivilDate(year: year, month: month, day: day) else {
            throw error("There is no such date in the calendar.", place)
        }
        // ISO 8601, which DTM constrains, has second 60 for a leap second only, at the end of an hour.
        guard second < 60 || minute == 59,
            let time = ClinicalTime(
                date: date, hour: hour, minute: minute, second: second, nanosecond: nanosecond,
                fractionDigits: fractionDigits, precision: precision, offsetMinutes: offset ?? 0,
                offsetOrigin: offset == nil ? .absent : .stated)
        else { throw error("There is no such time of day.", place) }
        return time
    }

    private static func precision(ofLength length: Int, hasFraction: Bool) -> ClinicalTime.Precision? {
        switch length {
        case 4: .year
        case 6: .month
        case 8: .day
        case 10: .hour
        case 12: .minute
        case 14: hasFraction ? .fraction : .second
        default: nil
        }
    }

    private static func digits(_ bytes: [UInt8], _ start: Int, _ count: Int) -> Int? {
        var value = 0
        for byte in bytes[start..<start + count] {
            guard byte &- UInt8(ascii: "0") < 10 else { return nil }
            value = value * 10 + Int(byte - UInt8(ascii: "0"))
        }
        return value
    }

    private static func error(_ reason: String, _ place: HL7v2Location) -> HL7v2Error {
        HL7v2Error(code: HL7v2Error.Code.dataType, place: place, reason: reason)
    }
}

public import Clinical

/// A point in time of an HL7 V3 `TS`: the text as written, and what it means.
public struct CDATime: Hashable, Sendable {
    /// The `value` attribute.
    public let text: String
    /// `nil` when the text is not a time that exists (`99991399`, `unknown`).
    public let time: ClinicalTime?

    public init(_ text: String) {
        self.text = text
        self.time = Self.read(text)
    }

    /// Reads `YYYY[MM[DD[HH[MM[SS[.S…]]]]]][±ZZ[ZZ]]` (HL7 V3 data types R1, section 2.3.8 `TS`, literal form).
    ///
    /// An offset of two digits is accepted because it is common. `nil` for anything else, or a date that does not exist.
    public static func read(_ text: String) -> ClinicalTime? {
        let bytes = Array(text.utf8)
        var position = 0

        func digits(_ count: Int) -> Int? {
            guard position + count <= bytes.count else { return nil }
            var value = 0
            for offset in 0..<count {
                let digit = bytes[position + offset] &- UInt8(ascii: "0")
                guard digit <= 9 else { return nil }
                value = value * 10 + Int(digit)
            }
            position += count
            return value
        }

        guard let year = digits(4) else { return nil }
        var parts: [Int] = []
        while parts.count < 5, position < bytes.count, bytes[position] &- UInt8(ascii: "0") <= 9 {
            guard let part = digits(2) else { return nil }
            parts.append(part)
        }
        var nanosecond = 0
        var fractionDigits = 0
        if parts.count == 5, position < bytes.count, bytes[position] == UInt8(ascii: ".") {
            position += 1
            var count = 0
            while position < bytes.count, bytes[position] &- UInt8(ascii: "0") <= 9 {
                // Digits beyond the nanosecond carry no clinical meaning.
                if count < 9 {
                    nanosecond = nanosecond * 10 + Int(bytes[position] &- UInt8(ascii: "0"))
                    fractionDigits += 1
                }
                count += 1
                position += 1
            }
            guard count > 0 else { return nil }
            for _ in fractionDigits..<9 { nanosecond *= 10 }
        }
        var offset: Int?
        if position < bytes.count {
            let sign = bytes[position]
            guard sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-") else { return nil }
            position += 1
            guard let hours = digits(2) else { return nil }
            var minutes = 0
            if position < bytes.count {
                guard let value = digits(2) else { return nil }
                minutes = value
            }
            guard hours < 24, minutes < 60 else { return nil }
            offset = (hours * 60 + minutes) * (sign == UInt8(ascii: "-") ? -1 : 1)
        }
        guard position == bytes.count,
            let date = CivilDate(
                year: year, month: parts.count > 0 ? parts[0] : 1, day: parts.count > 1 ? parts[1] : 1)
        else { return nil }
        let precision: ClinicalTime.Precision =
            switch parts.count {
            case 0: .year
            case 1: .month
            case 2: .day
            case 3: .hour
            case 4: .minute
            default: fractionDigits > 0 ? .fraction : .second
            }
        return ClinicalTime(
            date: date, hour: parts.count > 2 ? parts[2] : 0, minute: parts.count > 3 ? parts[3] : 0,
            second: parts.count > 4 ? parts[4] : 0, nanosecond: nanosecond, fractionDigits: fractionDigits,
            precision: precision, offsetMinutes: offset ?? 0, offsetOrigin: offset == nil ? .absent : .stated)
    }
}

/// An `effectiveTime`: a point, or an interval of which one end may be open.
public struct CDAInterval: Hashable, Sendable {
    public var point: CDATime?
    public var low: CDATime?
    public var high: CDATime?

    public init(point: CDATime? = nil, low: CDATime? = nil, high: CDATime? = nil) {
        self.point = point
        self.low = low
        self.high = high
    }

    /// The moment to file a value under: the point, else the end of the interval, else its start.
    public var moment: CDATime? { point ?? high ?? low }
}

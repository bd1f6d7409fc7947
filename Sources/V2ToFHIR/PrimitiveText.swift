import Clinical

/// Converts v2 text to FHIR primitives, bytes to bytes. Every function returns `false` when the text is not such a value.
enum PrimitiveText {
    /// What a conversion needs to know of the message.
    struct Context {
        /// Minutes from MSH-7 (HL7 v2.5.1 section 2.A.22: the default for every time of the message); `nil` without.
        var messageOffset: Int?
        /// Configured for the sender; `nil` leaves times without an offset as dates.
        var zone: ZoneRule?
        /// Set when the configured zone was used.
        var usedDefaultOffset = false
        /// Set when a time of day was left out because no offset is known.
        var lostTimeOfDay = false
    }

    static func isDigit(_ byte: UInt8) -> Bool { byte >= 0x30 && byte <= 0x39 }

    /// `YYYY[MM[DD[HH[MM[SS[.S…]]]]]][+/-ZZZZ]` to `date`.
    static func date(_ text: ArraySlice<UInt8>, to output: inout [UInt8]) -> Bool {
        var context = Context(messageOffset: 0)
        guard let parts = TimeParts(text), parts.isDate else { return false }
        return parts.write(dateOnly: true, &context, to: &output)
    }

    static func dateTime(_ text: ArraySlice<UInt8>, _ context: inout Context, to output: inout [UInt8]) -> Bool {
        guard let parts = TimeParts(text), parts.isDate else { return false }
        return parts.write(dateOnly: false, &context, to: &output)
    }

    static func instant(_ text: ArraySlice<UInt8>, _ context: inout Context, to output: inout [UInt8]) -> Bool {
        guard let parts = TimeParts(text), parts.isDate, parts.hour >= 0 else { return false }
        guard parts.offset != nil || context.messageOffset != nil || context.zone != nil else { return false }
        return parts.write(dateOnly: false, &context, to: &output)
    }

    /// `HH[MM[SS]]` to `time`; of a full time its time of day.
    static func time(_ text: ArraySlice<UInt8>, to output: inout [UInt8]) -> Bool {
        let digits = Array(text.prefix { isDigit($0) || $0 == 0x3A }.filter(isDigit))
        guard digits.count == 2 || digits.count == 4 || digits.count == 6 else { return false }
        func two(_ at: Int) -> Int { at + 1 < digits.count ? Int(digits[at] - 0x30) * 10 + Int(digits[at + 1] - 0x30) : 0 }
        guard two(0) < 24, two(2) < 60, two(4) < 60 else { return false }
        for (index, value) in [two(0), two(2), two(4)].enumerated() {
            if index > 0 { output.append(0x3A) }
            output.append(UInt8(0x30 + value / 10))
            output.append(UInt8(0x30 + value % 10))
        }
        return true
    }

    /// NM to a JSON number: sign `+` and leading zeros go, digits after the point stay.
    static func decimal(_ text: ArraySlice<UInt8>, to output: inout [UInt8]) -> Bool {
        guard let (negative, whole, fraction) = decimalParts(text) else { return false }
        if negative { output.append(0x2D) }
        let trimmed = whole.drop { $0 == 0x30 }
        output.append(trimmed.isEmpty ? [0x30] : trimmed)
        if !fraction.isEmpty {
            output.append(0x2E)
            output.append(fraction)
        }
        return true
    }

    static func isDecimal(_ text: ArraySlice<UInt8>) -> Bool { decimalParts(text) != nil }

    /// `<15`, `>= 2.5`: a comparator of FHIR and the number it stands before; `nil` for anything else.
    ///
    /// v2 has the type SN for it, but laboratories send it as NM.
    static func comparison(
        _ text: ArraySlice<UInt8>
    ) -> (comparator: ArraySlice<UInt8>, magnitude: ArraySlice<UInt8>)? {
        let shown = text.drop { $0 == 0x20 }
        guard let first = shown.first, first == 0x3C || first == 0x3E else { return nil }
        let comparator = shown.prefix(shown.dropFirst().first == 0x3D ? 2 : 1)
        let magnitude = shown[comparator.endIndex...].drop { $0 == 0x20 }
        return isDecimal(magnitude) ? (comparator, magnitude) : nil
    }

    private static func decimalParts(
        _ text: ArraySlice<UInt8>
    ) -> (isNegative: Bool, whole: ArraySlice<UInt8>, fraction: ArraySlice<UInt8>)? {
        var digits = text
        while digits.first == 0x20 { digits.removeFirst() }
        while digits.last == 0x20 { digits.removeLast() }
        var negative = false
        if digits.first == 0x2B || digits.first == 0x2D { negative = digits.removeFirst() == 0x2D }
        let whole = digits.prefix(while: isDigit)
        digits = digits.dropFirst(whole.count)
        var fraction: ArraySlice<UInt8> = []
        if digits.first == 0x2E {
            fraction = digits.dropFirst().prefix(while: isDigit)
            digits = digits.dropFirst(fraction.count + 1)
        }
        guard digits.isEmpty, !whole.isEmpty || !fraction.isEmpty, whole.count + fraction.count <= 40 else { return nil }
        return (negative, whole, fraction)
    }

    static func integer(_ text: ArraySlice<UInt8>, minimum: Int, to output: inout [UInt8]) -> Bool {
        let trimmed = text.filter { $0 != 0x20 }
        let bare = trimmed.first == 0x2B ? Array(trimmed.dropFirst()) : trimmed
        guard bare.count <= 10, let value = Int(String(decoding: bare, as: UTF8.self)), value >= minimum,
            value <= 2_147_483_647
        else { return false }
        output.append(contentsOf: String(value).utf8)
        return true
    }

    /// A time in whole minutes; `nil` when it is none, or has a part of a minute.
    static func minutes(_ text: ArraySlice<UInt8>, perMinute: Int, each: Int) -> Int? {
        var digits: [UInt8] = []
        guard integer(text, minimum: 0, to: &digits), let value = Int(String(decoding: digits, as: UTF8.self)),
            value % perMinute == 0
        else { return nil }
        return value / perMinute * each
    }

    static func boolean(_ text: ArraySlice<UInt8>, to output: inout [UInt8]) -> Bool {
        let bare = text.drop { $0 == 0x20 }.prefix { $0 != 0x20 }
        switch String(decoding: bare, as: UTF8.self).lowercased() {
        case "y", "yes", "1", "t", "true": output.append("true")
        case "n", "no", "0", "f", "false": output.append("false")
        default: return false
        }
        return true
    }

    /// A code has no space at its ends and no two spaces within.
    static func code(_ text: ArraySlice<UInt8>, to output: inout [UInt8]) -> Bool {
        var words = text
        while words.first == 0x20 { words.removeFirst() }
        while words.last == 0x20 { words.removeLast() }
        guard !words.isEmpty else { return false }
        var previous: UInt8 = 0
        for byte in words {
            if byte < 0x20 || byte == 0x20 && previous == 0x20 { return false }
            previous = byte
        }
        output.append(words)
        return true
    }

    static func uri(_ text: ArraySlice<UInt8>, to output: inout [UInt8]) -> Bool {
        guard !text.isEmpty, text.allSatisfy({ $0 > 0x20 }) else { return false }
        output.append(text)
        return true
    }

    /// Not empty and not only spaces.
    static func string(_ text: ArraySlice<UInt8>, to output: inout [UInt8]) -> Bool {
        guard text.contains(where: { $0 > 0x20 }) else { return false }
        output.append(text)
        return true
    }

    /// Base64 as it is; anything else is encoded.
    static func base64(_ text: ArraySlice<UInt8>, to output: inout [UInt8]) -> Bool {
        let bare = text.filter { $0 > 0x20 }
        guard !bare.isEmpty else { return false }
        let body = bare.prefix { $0 != 0x3D }
        let padding = bare.dropFirst(body.count)
        let isEncoded =
            bare.count % 4 == 0 && padding.count <= 2 && padding.allSatisfy { $0 == 0x3D }
            && body.allSatisfy { alphabet.contains($0) }
        if isEncoded {
            output.append(contentsOf: bare)
        } else {
            encodeBase64(Array(text), to: &output)
        }
        return true
    }

    static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    static func encodeBase64(_ bytes: [UInt8], to output: inout [UInt8]) {
        var index = 0
        while index < bytes.count {
            let a = bytes[index]
            let b = index + 1 < bytes.count ? bytes[index + 1] : 0
            let c = index + 2 < bytes.count ? bytes[index + 2] : 0
            output.append(alphabet[Int(a >> 2)])
            output.append(alphabet[Int((a & 3) << 4 | b >> 4)])
            output.append(index + 1 < bytes.count ? alphabet[Int((b & 15) << 2 | c >> 6)] : 0x3D)
            output.append(index + 2 < bytes.count ? alphabet[Int(c & 63)] : 0x3D)
            index += 3
        }
    }

    /// A URI for an assigner or code system that is an OID, a UUID, a URI or a name.
    static func system(_ text: ArraySlice<UInt8>, prefix: String, to output: inout [UInt8]) {
        if text.contains(0x3A), text.allSatisfy({ $0 > 0x20 }) {
            output.append(text)
        } else if text.count > 3, text.contains(0x2E), text.allSatisfy({ isDigit($0) || $0 == 0x2E }),
            text.first.map(isDigit) == true
        {
            output.append("urn:oid:")
            output.append(text)
        } else if text.count == 36, text.filter({ $0 == 0x2D }).count == 4 {
            output.append("urn:uuid:")
            output.append(contentsOf: String(decoding: text, as: UTF8.self).lowercased().utf8)
        } else {
            output.append(prefix)
            let hex = Array("0123456789ABCDEF".utf8)
            for byte in text {
                let isPlain =
                    isDigit(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte) || byte == 0x2D
                    || byte == 0x2E
                    || byte == 0x5F
                if isPlain {
                    output.append(byte)
                } else {
                    output.append(0x25)
                    output.append(hex[Int(byte >> 4)])
                    output.append(hex[Int(byte & 15)])
                }
            }
        }
    }
}

/// A v2 time, cut into its parts.
struct TimeParts {
    var digits: ArraySlice<UInt8>
    var fraction: ArraySlice<UInt8> = []
    var hour = -1
    var offset: Int?

    init?(_ text: ArraySlice<UInt8>) {
        var rest = text
        while rest.last == 0x20 { rest.removeLast() }
        digits = rest.prefix(while: PrimitiveText.isDigit)
        rest = rest.dropFirst(digits.count)
        if rest.first == 0x2E {
            fraction = rest.dropFirst().prefix(while: PrimitiveText.isDigit)
            rest = rest.dropFirst(fraction.count + 1)
            guard digits.count == 14, !fraction.isEmpty, fraction.count <= 9 else { return nil }
        }
        if let sign = rest.first {
            let zone = rest.dropFirst().filter { $0 != 0x3A }
            guard sign == 0x2B || sign == 0x2D, zone.count == 4, zone.allSatisfy(PrimitiveText.isDigit) else { return nil }
            let hours = Int(zone[0] - 0x30) * 10 + Int(zone[1] - 0x30)
            let minutes = Int(zone[2] - 0x30) * 10 + Int(zone[3] - 0x30)
            guard hours <= 14, minutes < 60 else { return nil }
            offset = (hours * 60 + minutes) * (sign == 0x2D ? -1 : 1)
        }
        guard [4, 6, 8, 10, 12, 14].contains(digits.count) else { return nil }
        if digits.count >= 10 { hour = number(8) }
    }

    private func number(_ at: Int) -> Int {
        let start = digits.startIndex + at
        guard start + 1 < digits.endIndex else { return 0 }
        return Int(digits[start] - 0x30) * 10 + Int(digits[start + 1] - 0x30)
    }

    /// The day exists and the time too.
    var isDate: Bool {
        let year = number(0) * 100 + number(2)
        guard year > 0 else { return false }
        if digits.count >= 6 {
            let month = number(4)
            guard (1...12).contains(month) else { return false }
            if digits.count >= 8 {
                let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
                let lengths = [31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
                guard (1...lengths[month - 1]).contains(number(6)) else { return false }
            }
        }
        return hour < 24 && number(10) < 60 && number(12) < 61
    }

    /// The wall-clock time as if it were UTC.
    private var local: Instant? {
        guard let date = CivilDate(year: number(0) * 100 + number(2), month: number(4), day: number(6)) else { return nil }
        let seconds = (date.daysSinceEpoch * 24 + hour) * 3600 + number(10) * 60 + number(12)
        return Instant(microseconds: Int64(seconds) * 1_000_000)
    }

    func write(dateOnly: Bool, _ context: inout PrimitiveText.Context, to output: inout [UInt8]) -> Bool {
        output.append(digits.prefix(4))
        for at in [4, 6] where digits.count >= at + 2 {
            output.append(0x2D)
            output.append(digits.dropFirst(at).prefix(2))
        }
        guard !dateOnly, hour >= 0 else { return true }
        var minutes = offset ?? context.messageOffset
        if minutes == nil, let zone = context.zone, let local {
            minutes = zone.offsetMinutes(atLocal: local)
            context.usedDefaultOffset = true
        }
        guard let minutes else {
            context.lostTimeOfDay = true
            return true
        }
        output.append(0x54)
        for (index, at) in [8, 10, 12].enumerated() {
            if index > 0 { output.append(0x3A) }
            let part = digits.dropFirst(at).prefix(2)
            output.append(part.isEmpty ? [0x30, 0x30] : part)
        }
        if !fraction.isEmpty {
            output.append(0x2E)
            output.append(fraction)
        }
        let magnitude = abs(minutes)
        output.append(minutes < 0 ? 0x2D : 0x2B)
        for (index, value) in [magnitude / 60, magnitude % 60].enumerated() {
            if index > 0 { output.append(0x3A) }
            output.append(UInt8(0x30 + value / 10))
            output.append(UInt8(0x30 + value % 10))
        }
        return true
    }
}

import Clinical
internal import FHIR

/// Text of a message in the form that FHIR requires of its primitive types.
enum CleanText {
    /// A FHIR `string`: no control characters, no white space at the ends; `nil` when nothing is left.
    static func string(_ text: String?) -> String? {
        guard let text, !text.isEmpty else { return nil }
        var needsWork = false
        var hasContent = false
        let bytes = text.utf8
        for byte in bytes {
            if byte > 0x20 { hasContent = true }
            if byte < 0x20 && byte != 0x0A { needsWork = true }
        }
        guard hasContent else { return nil }
        if !needsWork, let first = bytes.first, let last = bytes.last, first > 0x20, last > 0x20 { return text }
        var kept: [UInt8] = []
        for byte in bytes where byte >= 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { kept.append(byte) }
        while let last = kept.last, last <= 0x20 { kept.removeLast() }
        return String(decoding: kept.drop { $0 <= 0x20 }, as: UTF8.self)
    }

    /// A FHIR `code`: single spaces inside, none at the ends; `nil` when nothing is left.
    static func code(_ text: String?) -> String? {
        guard let text, !text.isEmpty else { return nil }
        if text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x80 }) { return text }
        let words = text.split(whereSeparator: \.isWhitespace)
        return string(words.joined(separator: " "))
    }

    /// A FHIR `uri`: nothing but what may stand in one.
    static func uri(_ text: String) -> String {
        if !text.isEmpty, text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) { return text }
        return FHIRPrimitive.isURI(text) ? text : text.split(whereSeparator: \.isWhitespace).joined(separator: "%20")
    }
}

extension ClinicalTime {
    /// Whether this comes before the other, compared as precisely as both are written.
    func isBefore(_ other: ClinicalTime) -> Bool {
        switch min(precision, other.precision) {
        case .year: date.year < other.date.year
        case .month: (date.year, date.month) < (other.date.year, other.date.month)
        case .day: date.daysSinceEpoch < other.date.daysSinceEpoch
        default: instant < other.instant
        }
    }
}

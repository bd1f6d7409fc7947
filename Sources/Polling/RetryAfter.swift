public import Clinical

/// The header with which a server says when to come again (RFC 9110, 10.2.3).
public enum RetryAfter {
    /// The moment a header value means: seconds from now, or an HTTP date. `nil` when it is neither.
    ///
    /// A date in the past means now.
    public static func read(_ value: String, now: Instant) -> Instant? {
        let text = value.trimming
        guard !text.isEmpty else { return nil }
        if text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) {
            return now.adding(seconds: Int64(text) ?? .max)
        }
        return HTTPDate.read(text, now: now).map { max($0, now) }
    }
}

/// Dates in HTTP headers (RFC 9110, 5.6.7): the preferred form and the two obsolete ones, which must be understood.
public enum HTTPDate {
    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

    /// - Parameter now: decides the century of the obsolete form with a year of two digits.
    public static func read(_ text: String, now: Instant) -> Instant? {
        let words = text.split(whereSeparator: { $0 == " " || $0 == "," }).map(String.init)
        if words.count == 6, words[5] == "GMT" {
            // Sun, 06 Nov 1994 08:49:37 GMT
            guard words[3].utf8.count == 4 else { return nil }
            return moment(day: words[1], month: words[2], year: Int(words[3]), time: words[4])
        }
        if words.count == 4, words[3] == "GMT" {
            // Sunday, 06-Nov-94 08:49:37 GMT
            let parts = words[1].split(separator: "-").map(String.init)
            guard parts.count == 3, parts[2].utf8.count == 2, let short = Int(parts[2]), short >= 0 else { return nil }
            let thisYear = ClinicalTime(now).date.year
            var year = thisYear / 100 * 100 + short
            // More than 50 years ahead means the past century.
            if year > thisYear + 50 { year -= 100 }
            return moment(day: parts[0], month: parts[1], year: year, time: words[2])
        }
        if words.count == 5 {
            // Sun Nov  6 08:49:37 1994
            guard words[4].utf8.count == 4 else { return nil }
            return moment(day: words[2], month: words[1], year: Int(words[4]), time: words[3])
        }
        return nil
    }

    private static func moment(day: String, month: String, year: Int?, time: String) -> Instant? {
        let clock = time.split(separator: ":", omittingEmptySubsequences: false).map { $0.utf8.count == 2 ? Int($0) : nil }
        guard let year, let day = Int(day), let month = months.firstIndex(of: month),
            let date = CivilDate(year: year, month: month + 1, day: day), clock.count == 3,
            let hour = clock[0], let minute = clock[1], let second = clock[2],
            let read = ClinicalTime(
                date: date, hour: hour, minute: minute, second: second, precision: .second, offsetMinutes: 0,
                offsetOrigin: .stated)
        else { return nil }
        return read.instant
    }
}

extension String {
    /// Without spaces, tabs and line ends on both sides.
    var trimming: String {
        let isSpace: (Character) -> Bool = { $0 == " " || $0 == "\t" || $0 == "\r" || $0 == "\n" || $0 == "\r\n" }
        var text = self[...]
        while let first = text.first, isSpace(first) { text = text.dropFirst() }
        while let last = text.last, isSpace(last) { text = text.dropLast() }
        return String(text)
    }
}

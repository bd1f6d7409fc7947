internal import Foundation

/// The zone a source's local times are in, for sources that state no offset.
public enum ZoneRule: Hashable, Sendable {
    /// A fixed offset in minutes east of UTC.
    case fixed(minutes: Int)
    /// An IANA zone (`Europe/Berlin`), with its daylight saving rules.
    case named(String)

    /// `nil` unless the text is `Z`, `±HH:MM`, or a zone identifier this system knows.
    public init?(_ text: String) {
        if text == "Z" || text == "UTC" {
            self = .fixed(minutes: 0)
            return
        }
        if let sign = text.first, sign == "+" || sign == "-" {
            let parts = text.dropFirst().split(separator: ":", omittingEmptySubsequences: false)
            guard parts.count == 2, let hours = Int(parts[0]), let minutes = Int(parts[1]),
                (0...23).contains(hours), (0...59).contains(minutes)
            else { return nil }
            self = .fixed(minutes: (hours * 60 + minutes) * (sign == "-" ? -1 : 1))
            return
        }
        guard TimeZone(identifier: text) != nil else { return nil }
        self = .named(text)
    }

    /// The offset in force at a local wall-clock time, given as if it were UTC.
    ///
    /// A time that occurs twice (end of daylight saving) takes the earlier reading, a skipped one the offset before
    /// the gap.
    public func offsetMinutes(atLocal local: Instant) -> Int {
        switch self {
        case .fixed(let minutes): return minutes
        case .named(let name):
            guard let zone = TimeZone(identifier: name) else { return 0 }
            let asUTC = Double(local.microseconds) / 1_000_000
            func offset(at seconds: Double) -> Int { zone.secondsFromGMT(for: Date(timeIntervalSince1970: seconds)) }
            // The largest offset near this time gives the earliest instant that reads as this wall clock.
            let candidates = [offset(at: asUTC - 86_400), offset(at: asUTC + 86_400)].sorted(by: >)
            let match = candidates.first { offset(at: asUTC - Double($0)) == $0 }
            return (match ?? offset(at: asUTC - 86_400)) / 60
        }
    }
}

import Clinical

/// Times and ages as a page shows them.
struct ClockText {
    let zone: ZoneRule

    /// Minutes east of UTC at a moment.
    func offset(at instant: Instant) -> Int {
        // The rule answers for a local time; one step finds it from UTC except within an hour of a change.
        let guess = zone.offsetMinutes(atLocal: instant)
        return zone.offsetMinutes(atLocal: instant.adding(seconds: Int64(guess) * 60))
    }

    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

    /// `5 Jan 2026, 14:05`
    func long(_ instant: Instant) -> String {
        let time = local(instant)
        let month = Self.months.indices.contains(time.date.month - 1) ? Self.months[time.date.month - 1] : ""
        return "\(time.date.day) \(month) \(time.date.year), " + clock(time)
    }

    /// `14:05`; with the day in front when it is not that of `reference`.
    func short(_ instant: Instant, relativeTo reference: Instant?) -> String {
        let time = local(instant)
        guard let reference, local(reference).date != time.date else { return clock(time) }
        let month = Self.months.indices.contains(time.date.month - 1) ? Self.months[time.date.month - 1] : ""
        return "\(time.date.day) \(month) " + clock(time)
    }

    /// `now`, `12 min`, `3 h`, `2 d`; a time in the future is `now` within a minute and `in 5 min` beyond.
    static func age(of instant: Instant, at clock: Instant) -> String {
        let minutes = Int((clock.seconds(since: instant) / 60).rounded(.towardZero).clamped(to: -1e9...1e9))
        let size = abs(minutes)
        let text = size < 1 ? "now" : size < 60 ? "\(size) min" : size < 48 * 60 ? "\(size / 60) h" : "\(size / 1440) d"
        return minutes < 0 ? "in " + text : text
    }

    private func local(_ instant: Instant) -> ClinicalTime {
        ClinicalTime(instant.adding(seconds: Int64(offset(at: instant)) * 60))
    }

    private func clock(_ time: ClinicalTime) -> String {
        func two(_ value: Int) -> String { value < 10 ? "0\(value)" : String(value) }
        return two(time.hour) + ":" + two(time.minute)
    }
}

extension Double {
    func clamped(to range: ClosedRange<Double>) -> Double {
        isNaN ? 0 : Swift.min(Swift.max(self, range.lowerBound), range.upperBound)
    }
}

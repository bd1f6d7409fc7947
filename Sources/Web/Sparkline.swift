import Clinical

/// The way of a vital sign over the last 24 hours as inline SVG, 76 by 18.
struct Sparkline {
    let svg: String
    /// What the line shows, for those who do not see it: `last 24 h 14 to 26`.
    let words: String

    private static let width = 76.0
    private static let height = 18.0
    private static let inset = 2.0
    private static let span = 24.0 * 3600
    private static let columns = 72

    /// `nil` with fewer than two values in the window.
    init?(points: [VitalView.Point], band: ClosedRange<Double>?, end: Instant) {
        let visible = points.compactMap { point -> (age: Double, value: Double)? in
            let age = end.seconds(since: point.time)
            return age >= 0 && age <= Self.span && point.value.isFinite ? (age, point.value) : nil
        }
        guard visible.count > 1, var low = visible.map(\.value).min(), var high = visible.map(\.value).max() else {
            return nil
        }
        words = "last 24 h " + Self.number(low) + " to " + Self.number(high)
        // A quarter of the normal band at least is the height of the picture, so that noise does not look like a crisis.
        let room = max((band.map { $0.upperBound - $0.lowerBound } ?? 0) / 2, high - low, 1e-9)
        let middle = (low + high) / 2
        low = min(low, middle - room / 2)
        high = max(high, middle + room / 2)

        func x(_ age: Double) -> Double { Self.inset + (1 - age / Self.span) * (Self.width - 2 * Self.inset) }
        func y(_ value: Double) -> Double {
            Self.inset + (1 - (value - low) / (high - low)).clamped(to: 0...1) * (Self.height - 2 * Self.inset)
        }
        var markup = ""
        if let band, band.upperBound > low, band.lowerBound < high {
            let top = y(min(band.upperBound, high))
            let bottom = y(max(band.lowerBound, low))
            markup += "<rect class=\"band\" x=\"0\" width=\"\(Int(Self.width))\" y=\"\(Self.short(top))\" "
            markup += "height=\"\(Self.short(max(bottom - top, 1)))\"/>"
        }
        let drawn = Self.thinned(visible)
        markup += "<polyline points=\""
        markup += drawn.map { Self.short(x($0.age)) + "," + Self.short(y($0.value)) }.joined(separator: " ") + "\"/>"
        if let last = drawn.last {
            markup += "<circle cx=\"\(Self.short(x(last.age)))\" cy=\"\(Self.short(y(last.value)))\" r=\"2\"/>"
        }
        svg = markup
    }

    /// At most two values a column, its lowest and its highest in their order, so that no peak is lost.
    private static func thinned(_ points: [(age: Double, value: Double)]) -> [(age: Double, value: Double)] {
        let ordered = points.sorted { $0.age > $1.age }
        guard ordered.count > columns * 2 else { return ordered }
        var result: [(age: Double, value: Double)] = []
        var column: [(age: Double, value: Double)] = []
        var current = -1
        func flush() {
            guard let low = column.min(by: { $0.value < $1.value }), let high = column.max(by: { $0.value < $1.value })
            else { return }
            if low.age == high.age {
                result.append(low)
            } else {
                result += low.age > high.age ? [low, high] : [high, low]
            }
        }
        for point in ordered {
            let index = Int((1 - point.age / span) * Double(columns))
            if index != current {
                flush()
                column = []
                current = index
            }
            column.append(point)
        }
        flush()
        if let last = ordered.last, result.last?.age != last.age { result.append(last) }
        return result
    }

    /// One decimal, as coordinates need.
    private static func short(_ value: Double) -> String {
        let tenths = Int((value * 10).rounded())
        let size = abs(tenths)
        return (tenths < 0 ? "-" : "") + (size % 10 == 0 ? "\(size / 10)" : "\(size / 10).\(size % 10)")
    }

    private static func number(_ value: Double) -> String {
        guard value.magnitude < 1e12 else { return value.description }
        return short((value * 10).rounded() / 10)
    }
}

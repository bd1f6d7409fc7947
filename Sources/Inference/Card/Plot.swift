import Clinical

/// A small line drawing in SVG, with ticks, names on its axes and a legend.
struct Plot {
    struct Line {
        var name: String
        var points: [(x: Double, y: Double)]
        var isMarked = false
        var isDashed = false
    }

    /// An axis from its lower to its upper end, with ticks at round numbers.
    struct Axis {
        var name: String
        var range: ClosedRange<Double>
        /// Whether numbers are shares, shown in per cent.
        var isShare = false

        /// Four to eight multiples of 1, 2 or 5 times a power of ten.
        var ticks: [Double] {
            let span = range.upperBound - range.lowerBound
            guard span > 0, span.isFinite else { return [range.lowerBound] }
            let power = Elementary.power(10, (Elementary.log(span) / Elementary.log(10)).rounded(.down) - 1)
            let step = [1.0, 2, 5, 10, 20, 50].map { $0 * power }.first { span / $0 <= 6 } ?? span
            var ticks: [Double] = []
            var multiple = (range.lowerBound / step).rounded(.up)
            while multiple * step <= range.upperBound + step * 1e-9 {
                ticks.append(multiple == 0 ? 0 : multiple * step)
                multiple += 1
            }
            return ticks
        }

        func text(_ value: Double) -> String {
            isShare ? "\(Wording.number((value * 1e5).rounded() / 1e3)) %" : "\((value * 1e4).rounded() / 1e4)"
        }
    }

    private let x: Axis
    private let y: Axis
    private static let (width, height) = (440.0, 320.0)
    private static let (left, right, top, bottom) = (64.0, 16.0, 16.0, 52.0)

    init(x: Axis, y: Axis) {
        self.x = x
        self.y = y
    }

    private func place(_ point: (x: Double, y: Double)) -> (x: Double, y: Double) {
        func share(_ value: Double, _ range: ClosedRange<Double>) -> Double {
            (min(max(value, range.lowerBound), range.upperBound) - range.lowerBound)
                / max(1e-12, range.upperBound - range.lowerBound)
        }
        return (
            Self.left + share(point.x, x.range) * (Self.width - Self.left - Self.right),
            Self.height - Self.bottom - share(point.y, y.range) * (Self.height - Self.top - Self.bottom)
        )
    }

    func figure(_ lines: [Line], caption: String) -> String {
        let (low, high) = (Self.height - Self.bottom, Self.width - Self.right)
        var drawing = ""
        for tick in x.ticks {
            let at = place((tick, y.range.lowerBound)).x
            drawing += "<path d=\"M\(short(at)),\(Self.top)V\(low)\" class=\"grid\"/>"
            drawing += "<text x=\"\(short(at))\" y=\"\(low + 16)\" text-anchor=\"middle\">\(x.text(tick))</text>"
        }
        for tick in y.ticks {
            let at = place((x.range.lowerBound, tick)).y
            drawing += "<path d=\"M\(Self.left),\(short(at))H\(high)\" class=\"grid\"/>"
            drawing += "<text x=\"\(Self.left - 6)\" y=\"\(short(at + 4))\" text-anchor=\"end\">\(y.text(tick))</text>"
        }
        let middle = (Self.left + high) / 2
        drawing += "<text x=\"\(middle)\" y=\"\(Self.height - 14)\" text-anchor=\"middle\">\(Self.escaped(x.name))</text>"
        let centre = (Self.top + low) / 2
        drawing +=
            "<text transform=\"translate(14,\(centre)) rotate(-90)\" text-anchor=\"middle\">\(Self.escaped(y.name))</text>"
        drawing += "<path d=\"M\(Self.left),\(Self.top)V\(low)H\(high)\" fill=\"none\" stroke=\"#57606a\"/>"
        for line in lines { drawing += self.line(line) }
        drawing += legend(lines)
        return
            "<figure><svg viewBox=\"0 0 \(Int(Self.width)) \(Int(Self.height))\" width=\"\(Int(Self.width))\" role=\"img\" "
            + "aria-label=\"\(Self.escaped(caption))\">\(drawing)</svg><figcaption>\(Self.escaped(caption))</figcaption></figure>"
    }

    private func line(_ line: Line) -> String {
        let points = line.points.map(place)
        let path = points.map { "\(short($0.x)),\(short($0.y))" }.joined(separator: " ")
        var drawing = "<polyline points=\"\(path)\" fill=\"none\" \(Self.stroke(line))/>"
        guard line.isMarked else { return drawing }
        for point in points {
            drawing += "<circle cx=\"\(short(point.x))\" cy=\"\(short(point.y))\" r=\"3\" fill=\"#0550ae\"/>"
        }
        return drawing
    }

    private static func stroke(_ line: Line) -> String {
        line.isDashed
            ? "stroke=\"#57606a\" stroke-width=\"1.5\" stroke-dasharray=\"4 4\"" : "stroke=\"#0550ae\" stroke-width=\"2\""
    }

    private func legend(_ lines: [Line]) -> String {
        var drawing = ""
        for (index, line) in lines.enumerated() {
            let y = Self.top + 12 + 18 * Double(index)
            let x = Self.left + 12
            drawing += "<path d=\"M\(x),\(y)h24\" fill=\"none\" \(Self.stroke(line))/>"
            drawing += "<text x=\"\(x + 30)\" y=\"\(y + 4)\" class=\"legend\">\(Self.escaped(line.name))</text>"
        }
        return drawing
    }

    /// Quantiles as a box with whiskers, between the second and the last but one.
    static func box(_ quantiles: [Double]) -> String {
        guard quantiles.count == 7, quantiles[5] > quantiles[1] else { return "" }
        let place = quantiles.map { ($0 - quantiles[1]) / (quantiles[5] - quantiles[1]) * 96 + 2 }
        func text(_ value: Double) -> String { "\((value * 10).rounded() / 10)" }
        return "<svg width=\"100\" height=\"14\" aria-hidden=\"true\"><path d=\"M2,7H98\" stroke=\"#57606a\"/><rect x=\""
            + "\(text(place[2]))\" y=\"2\" width=\"\(text(max(1, place[4] - place[2])))\" height=\"10\" fill=\"#b6d7ff\" "
            + "stroke=\"#0550ae\"/><path d=\"M\(text(place[3])),2V12\" stroke=\"#0550ae\" stroke-width=\"2\"/></svg>"
    }

    private func short(_ value: Double) -> String { "\((value * 10).rounded() / 10)" }

    static func escaped(_ text: String) -> String {
        var escaped = ""
        for character in text {
            switch character {
            case "&": escaped += "&amp;"
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            case "\"": escaped += "&quot;"
            default: escaped.append(character)
            }
        }
        return escaped
    }
}

/// A small line drawing in SVG, with axes.
struct Plot {
    struct Line {
        var points: [(x: Double, y: Double)]
        var isMarked = false
        var isDashed = false
    }

    private let x: ClosedRange<Double>
    private let y: ClosedRange<Double>
    private static let (width, height, margin) = (320.0, 260.0, 44.0)

    init(x: ClosedRange<Double>, y: ClosedRange<Double>) {
        self.x = x
        self.y = y
    }

    private func place(_ point: (x: Double, y: Double)) -> (x: Double, y: Double) {
        let inside = (Self.width - 2 * Self.margin, Self.height - 2 * Self.margin)
        let across = (point.x - x.lowerBound) / max(1e-12, x.upperBound - x.lowerBound)
        let up = (min(max(point.y, y.lowerBound), y.upperBound) - y.lowerBound) / max(1e-12, y.upperBound - y.lowerBound)
        return (Self.margin + across * inside.0, Self.height - Self.margin - up * inside.1)
    }

    func figure(_ lines: [Line], caption: String) -> String {
        let (left, bottom) = (Self.margin, Self.height - Self.margin)
        var drawing =
            "<path d=\"M\(left),\(Self.margin)V\(bottom)H\(Self.width - Self.margin)\" fill=\"none\" stroke=\"#57606a\"/>"
        for end in [x.lowerBound, x.upperBound] {
            let at = place((end, y.lowerBound))
            drawing += "<text x=\"\(short(at.x))\" y=\"\(bottom + 16)\" text-anchor=\"middle\">\(label(end))</text>"
        }
        for end in [y.lowerBound, y.upperBound] {
            let at = place((x.lowerBound, end))
            drawing += "<text x=\"\(left - 6)\" y=\"\(short(at.y + 4))\" text-anchor=\"end\">\(label(end))</text>"
        }
        for line in lines {
            let points = line.points.map(place)
            let path = points.map { "\(short($0.x)),\(short($0.y))" }.joined(separator: " ")
            drawing += "<polyline points=\"\(path)\" fill=\"none\" stroke=\"\(line.isDashed ? "#57606a" : "#0550ae")\""
            drawing += line.isDashed ? " stroke-dasharray=\"4 4\"/>" : " stroke-width=\"2\"/>"
            guard line.isMarked else { continue }
            for point in points {
                drawing += "<circle cx=\"\(short(point.x))\" cy=\"\(short(point.y))\" r=\"3\" fill=\"#0550ae\"/>"
            }
        }
        return "<figure><svg width=\"\(Int(Self.width))\" height=\"\(Int(Self.height))\" role=\"img\" aria-label=\""
            + "\(Self.escaped(caption))\">\(drawing)</svg><figcaption>\(Self.escaped(caption))</figcaption></figure>"
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

    private func label(_ value: Double) -> String { "\((value * 1000).rounded() / 1000)" }

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

import Annotation
import Clinical
import Web

/// The ward as a table for a terminal.
struct WardTable {
    private let snapshot: WardSnapshot

    init(_ snapshot: WardSnapshot) {
        self.snapshot = snapshot
    }

    /// - Parameter colours: whether ANSI colours may be used. The shape and the words carry the level in any case.
    func text(colours: Bool) -> String {
        let columns = snapshot.patients.first?.vitals.map(\.shortLabel) ?? []
        let header = ["Bed", "Patient", "Score", "Level"] + columns + ["Reasons (points), missing"]
        let rows = snapshot.patients.sorted(by: Self.isMoreUrgent).map { (cells($0), $0.primaryScore?.chip.colour) }
        var widths = header.map(\.count)
        for (cells, _) in rows {
            for (index, cell) in cells.enumerated() { widths[index] = max(widths[index], cell.count) }
        }
        var lines = [
            "\(snapshot.title), as of \(snapshot.clock)\(snapshot.isRecordedClock ? " (recorded)" : "")",
            "Each vital sign with the age of its value in minutes or hours; a range means that inputs are missing.",
            "", line(header, widths), widths.map { String(repeating: "─", count: $0) }.joined(separator: "  "),
        ]
        for (cells, colour) in rows {
            let text = line(cells, widths)
            lines.append(colours ? Self.escape(colour) + text + "\u{1B}[0m" : text)
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private func line(_ cells: [String], _ widths: [Int]) -> String {
        zip(cells, widths).map { cell, width in cell + String(repeating: " ", count: max(0, width - cell.count)) }
            .joined(separator: "  ")
    }

    private func cells(_ row: WardRow) -> [String] {
        let score = row.primaryScore
        let place = [row.ward, row.bed].compactMap { $0 }.joined(separator: "/")
        let person = "\(row.name?.exposed ?? "unknown") \(row.age.map(String.init) ?? "?")\(Self.sex(row.sex))"
        var cells = [place.isEmpty ? "–" : place, person]
        if let chip = score?.chip {
            cells.append("\(Self.symbol(chip.shape)) \(chip.title) \(chip.number)")
            cells.append("\(chip.level), \(chip.colour.rawValue) \(chip.shape.rawValue)")
        } else {
            cells += ["–", "no score"]
        }
        cells += row.vitals.map(vital)
        var reasons = (score?.reasons ?? []).filter { $0.points != "+0" && $0.points != "0" }.prefix(3).map {
            "\($0.text) (\($0.points))"
        }
        reasons += (score?.missing ?? []).map { "\($0.label) \($0.reason)" }
        return cells + [reasons.joined(separator: "; ")]
    }

    private func vital(_ vital: VitalView) -> String {
        guard let value = vital.valueText else { return vital.missing == "not measured" ? "–" : vital.missing ?? "–" }
        let minutes = vital.effective.map { Int(snapshot.clock.seconds(since: $0) / 60) } ?? 0
        let age = minutes < 120 ? "\(max(minutes, 0))m" : "\(minutes / 60)h"
        return "\(value) \(age)\(vital.isStale ? "!" : "")"
    }

    private static func isMoreUrgent(_ left: WardRow, _ right: WardRow) -> Bool {
        let (a, b) = (left.primaryScore?.chip, right.primaryScore?.chip)
        if a?.rank != b?.rank { return (a?.rank ?? -1) > (b?.rank ?? -1) }
        if a?.high != b?.high { return (a?.high ?? -1) > (b?.high ?? -1) }
        return (left.bed ?? "", left.id) < (right.bed ?? "", right.id)
    }

    private static func symbol(_ shape: RiskLevel.Shape) -> String {
        switch shape {
        case .none: "?"
        case .circle: "●"
        case .triangle: "▲"
        case .diamond: "◆"
        case .octagon: "⬣"
        }
    }

    private static func sex(_ sex: PatientRecord.Sex?) -> String {
        switch sex {
        case .female: "f"
        case .male: "m"
        default: ""
        }
    }

    private static func escape(_ colour: RiskLevel.Colour?) -> String {
        switch colour {
        case .red: "\u{1B}[1;31m"
        case .orange: "\u{1B}[38;5;208m"
        case .yellow: "\u{1B}[33m"
        case .green: "\u{1B}[32m"
        default: ""
        }
    }
}

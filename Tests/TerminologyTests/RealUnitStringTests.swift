import Clinical
import Foundation
import Terminology
import Testing

/// Unit strings that hospitals sent, against the table in docs/units.md, which is made of exactly these lines.
@Suite(
    "Real unit strings",
    .enabled(if: SharedTerminology.isPresent, "../shared/data/terminology/units is not there"))
struct RealUnitStringTests {
    static let document = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "docs/units.md").path

    /// `| Kanta | `u/l` | 9785518 | alias | `U/L` |`
    static func line(_ row: [String: String]) throws -> String {
        let (source, raw) = (row["source"] ?? "", row["unit_string"] ?? "")
        let reading = try ShippedTables.terminology.get().readUnit(raw, source: source == "Kanta" ? "kanta" : "mimic")
        let (outcome, detail) =
            switch reading {
            case .ucum: ("UCUM", "")
            case .alias(let code): ("alias", "`\(code)`")
            case .refused(.ambiguous, let explanation): ("ambiguous", explanation)
            case .refused(_, let explanation): ("refused", explanation)
            }
        return "| \(source) | `\(raw.replacing("|", with: "\\|"))` | \(row["records"] ?? "") | \(outcome) | \(detail) |"
    }

    @Test("every string is UCUM, aliased or refused, as docs/units.md says") func document() throws {
        let rows = try SharedTerminology.tsv("units/real-unit-strings.tsv")
        #expect(rows.count == 140)
        let documented = Set(try String(contentsOfFile: Self.document, encoding: .utf8).split(separator: "\n"))
        for row in rows {
            let line = try Self.line(row)
            #expect(documented.contains(line[...]), "docs/units.md should have: \(line)")
        }
    }

    /// Strings whose case sensitive UCUM reading is something that no laboratory measures.
    @Test(
        "homographs are never taken at their word",
        arguments: ["u/l", "K/uL", "ph", "N/A", "mu/l", "au/ml", "A", "N", "EU/dL", "PH", "Mg/dL", "m/uL"])
    func homographs(_ raw: String) throws {
        let reading = try ShippedTables.terminology.get().readUnit(raw, source: "a source without aliases")
        guard case .refused(let reason, let explanation) = reading else {
            Issue.record("\(raw) was read as \(reading)")
            return
        }
        #expect(reason == .ambiguous || raw == "N/A")
        #expect(!explanation.contains(raw) || raw.count < 3)
    }
}

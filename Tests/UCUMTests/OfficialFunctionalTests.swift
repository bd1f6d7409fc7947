import Clinical
import Foundation
import Testing
import UCUM

/// The functional tests that UCUM's implementers share (UcumFunctionalTests.xml, Eclipse Public License), read where
/// they lie beside the repository; they are not part of it.
private enum FunctionalTests {
    static let path = SharedData.ucum + "/UcumFunctionalTests.xml"
    static let isPresent = FileManager.default.fileExists(atPath: path)

    /// The attributes of every `case` element inside a section.
    static func cases(_ section: String) throws -> [[String: String]] {
        var text = try String(contentsOfFile: path, encoding: .utf8)
        text = text.replacing(/<!--[\s\S]*?-->/, with: "")
        guard let start = text.range(of: "<\(section)>"), let end = text.range(of: "</\(section)>") else { return [] }
        return text[start.upperBound..<end.lowerBound].matches(of: /<case\s([^>]*)\/>/).map { element in
            var attributes: [String: String] = [:]
            for match in element.1.matches(of: /(\w+)\s*=\s*"([^"]*)"/) {
                attributes[String(match.1)] = String(match.2).replacing("&#232;", with: "è").replacing("&apos;", with: "'")
                    .replacing("&amp;", with: "&").replacing("&lt;", with: "<")
            }
            return attributes
        }
    }
}

@Suite(
    "Official UCUM functional tests",
    .enabled(if: FunctionalTests.isPresent, "../shared/data/terminology/ucum/UcumFunctionalTests.xml is not there"))
struct OfficialFunctionalTests {
    @Test("there are 573 cases") func count() throws {
        let sections = ["validation", "displayNameGeneration", "conversion", "multiplication", "division"]
        #expect(try sections.map { try FunctionalTests.cases($0).count } == [529, 9, 30, 2, 3])
    }

    @Test("valid and invalid codes") func validation() throws {
        let cases = try FunctionalTests.cases("validation")
        #expect(cases.count > 500)
        for item in cases {
            let unit = item["unit"] ?? ""
            let error = validate(unit)
            #expect(
                (error == nil) == (item["valid"] == "true"),
                "case \(item["id"] ?? "?"): \(unit) \(error.map { "\($0)" } ?? "")")
        }
    }

    @Test("display names") func displayNames() throws {
        let cases = try FunctionalTests.cases("displayNameGeneration")
        #expect(cases.count == 9)
        for item in cases {
            #expect(try displayName(item["unit"] ?? "") == item["display"], "case \(item["id"] ?? "?")")
        }
    }

    @Test("conversions") func conversion() throws {
        let cases = try FunctionalTests.cases("conversion")
        #expect(cases.count >= 28)
        for item in cases {
            let value = try #require(ExactDecimal(item["value"] ?? ""))
            let outcome = item["outcome"] ?? ""
            let conversion = try Unit(item["srcUnit"] ?? "").conversion(to: Unit(item["dstUnit"] ?? ""))
            let digits = max(15, significantDigits(outcome))
            let result = try #require(conversion.apply(value, significantDigits: digits))
            #expect(agrees(result, outcome), "case \(item["id"] ?? "?"): \(result)")
        }
    }

    @Test("products and quotients", arguments: ["multiplication", "division"]) func arithmetic(_ section: String) throws {
        let cases = try FunctionalTests.cases(section)
        #expect(cases.count >= 2)
        for item in cases {
            let (first, second) = (try Unit(item["u1"] ?? ""), try Unit(item["u2"] ?? ""))
            let unit = try section == "division" ? first.divided(by: second) : first.multiplied(by: second)
            let (v1, v2) = (Double(item["v1"] ?? "") ?? .nan, Double(item["v2"] ?? "") ?? .nan)
            let value = try #require(ExactDecimal(shortest: section == "division" ? v1 / v2 : v1 * v2))
            let target = try Unit(item["uRes"].flatMap { $0.isEmpty ? nil : $0 } ?? "1")
            let result = try #require(try unit.conversion(to: target).apply(value, significantDigits: 24))
            #expect(agrees(result, item["vRes"] ?? ""), "case \(item["id"] ?? "?"): \(result)")
        }
    }
}

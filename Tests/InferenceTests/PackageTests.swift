import Clinical
import Foundation
import Inference
import Testing

/// A package is refused for anything that is not right, with the place of it.
struct PackageTests {
    /// The smallest package: one input, one table.
    static let small = """
        {
          "schema": 1, "kind": "score", "name": "small", "version": "1.0.0", "title": "Small", "description": "d",
          "intendedUse": "u", "population": "p", "citations": ["c"],
          "inputs": [{ "name": "rate", "label": "Rate", "loinc": ["8867-4"], "unit": "/min", "horizonHours": 1,
            "plausible": [0, 300] }],
          "score": {
            "aggregate": { "kind": "sum" },
            "parts": [{ "name": "rate", "label": "Rate", "tables": [{ "input": "rate", "decimals": 0, "rows": [
              { "to": 40, "points": 3 }, { "from": 41, "to": 90, "points": 0 }, { "from": 91, "points": 1 }] }] }],
            "levels": [
              { "name": "low", "colour": "green", "shape": "circle", "action": "a" },
              { "name": "high", "from": 3, "colour": "red", "shape": "octagon", "action": "b" }]
          },
          "cases": [{ "name": "n", "inputs": { "rate": 40 }, "value": 3, "level": "high" }]
        }
        """

    @Test func theSmallPackageLoads() throws {
        let package = try ModelPackage(manifest: Array(Self.small.utf8))
        #expect(package.decide(["rate": 100]).estimate?.value == 1)
        #expect(package.kind == .score)
        #expect(package.about.citations == ["c"])
        #expect(
            package.requests == [
                FeatureRequest(
                    name: "rate", label: "Rate", loinc: ["8867-4"], unit: "/min", horizonSeconds: 3600, plausible: 0...300)
            ])
    }

    struct Fault: Sendable, CustomTestStringConvertible {
        var replace: String
        var with: String
        var cause: InferenceError.Cause
        var place: String
        var testDescription: String { "\(with) → \(cause) at \(place)" }

        init(_ replace: String, _ with: String, _ cause: InferenceError.Cause, _ place: String) {
            (self.replace, self.with, self.cause, self.place) = (replace, with, cause, place)
        }
    }

    static let rows = "/score/parts/0/tables/0/rows"

    @Test(arguments: [
        // Gaps, overlaps, ends, rows out of reach.
        Fault("\"from\": 91", "\"from\": 92", .bands, "\(rows)/2"),
        Fault("\"from\": 91", "\"from\": 90", .bands, "\(rows)/2"),
        Fault("\"from\": 91, ", "\"from\": 91, \"to\": 200, ", .bands, "\(rows)/2"),
        Fault("\"to\": 40", "\"from\": 0, \"to\": 40", .bands, "\(rows)/0"),
        Fault("\"from\": 41, \"to\": 90", "\"from\": 41", .bands, "\(rows)/2"),
        Fault("\"from\": 41, \"to\": 90", "\"from\": 90, \"to\": 41", .bands, "\(rows)/1"),
        Fault("\"from\": 91", "\"above\": 90", .bands, "\(rows)/2"),
        Fault("\"plausible\": [0, 300]", "\"plausible\": [50, 300]", .bands, "\(rows)/0"),
        Fault("\"plausible\": [0, 300]", "\"plausible\": [300, 0]", .badValue, "/inputs/0/plausible"),
        Fault("\"decimals\": 0, ", "", .bands, "\(rows)/1"),
        // Names.
        Fault("\"input\": \"rate\"", "\"input\": \"pulse\"", .unresolved, "/score/parts/0/tables/0/input"),
        Fault("{ \"rate\": 40 }", "{ \"pulse\": 40 }", .unresolved, "/cases/0/inputs/pulse"),
        Fault("\"name\": \"small\"", "\"name\": \"Small score\"", .badValue, "/name"),
        Fault("\"version\": \"1.0.0\"", "\"version\": \"1.0\"", .badValue, "/version"),
        Fault("\"version\": \"1.0.0\"", "\"version\": \"1.02.0\"", .badValue, "/version"),
        // Keys and types.
        Fault("\"title\": \"Small\"", "\"titel\": \"Small\"", .unknownKey, "/titel"),
        Fault("\"title\": \"Small\", ", "", .missingKey, ""),
        Fault("\"points\": 1", "\"points\": 1, \"note/~\": 2", .unknownKey, "\(rows)/2/note~1~0"),
        Fault("\"points\": 1", "\"points\": \"1\"", .badValue, "\(rows)/2/points"),
        Fault("\"points\": 1", "\"points\": [2, 1]", .badValue, "\(rows)/2/points"),
        Fault("\"points\": 1", "\"is\": \"x\"", .badValue, "\(rows)/2"),
        Fault("\"horizonHours\": 1", "\"horizonHours\": 0", .badValue, "/inputs/0/horizonHours"),
        Fault("[\"8867-4\"]", "[]", .missingKey, "/inputs/0/loinc"),
        Fault("\"colour\": \"red\"", "\"colour\": \"purple\"", .badValue, "/score/levels/1/colour"),
        Fault("\"shape\": \"octagon\"", "\"shape\": \"circle\"", .duplicate, "/score/levels/1"),
        Fault("\"from\": 3, ", "", .missingKey, "/score/levels/1"),
        Fault("\"kind\": \"sum\"", "\"kind\": \"mean\"", .badValue, "/score/aggregate/kind"),
        // What this version does not read.
        Fault("\"schema\": 1", "\"schema\": 2", .unsupported, "/schema"),
        Fault("\"kind\": \"score\"", "\"kind\": \"oracle\"", .unsupported, "/kind"),
        // Golden cases.
        Fault("\"value\": 3", "\"value\": 2", .goldenCase, "/cases/0"),
        Fault("\"level\": \"high\"", "\"level\": \"low\"", .goldenCase, "/cases/0"),
        Fault("\"value\": 3", "\"insufficient\": true", .goldenCase, "/cases/0"),
        Fault("\"value\": 3", "\"value\": 3, \"parts\": { \"rate\": 1 }", .goldenCase, "/cases/0/parts/rate"),
        Fault("\"points\": 3", "\"points\": 2", .goldenCase, "/cases/0"),
        Fault(
            "[{ \"name\": \"n\", \"inputs\": { \"rate\": 40 }, \"value\": 3, \"level\": \"high\" }]", "[]", .missingKey,
            "/cases"),
        // An input that nothing uses would be asked for in vain.
        Fault(
            "\"inputs\": [{",
            "\"inputs\": [{ \"name\": \"other\", \"label\": \"o\", \"loinc\": [\"1-8\"], \"horizonHours\": 1 }, {",
            .unresolved, "/inputs/0"),
    ])
    func faultsAreNamedWithTheirPlace(fault: Fault) throws {
        let text = Self.small.replacing(fault.replace, with: fault.with, maxReplacements: 1)
        #expect(text != Self.small)
        let error = #expect(throws: InferenceError.self) { try ModelPackage(manifest: Array(text.utf8)) }
        #expect(error?.cause == fault.cause)
        #expect(error?.place == fault.place)
        #expect(error?.reason.hasSuffix(".") == true)
    }

    @Test func textThatIsNotJSONIsRefusedWithItsLine() throws {
        let broken = Self.small.replacing("\"intendedUse\": \"u\",", with: "\"intendedUse\" \"u\",")
        let error = #expect(throws: InferenceError.self) { try ModelPackage(manifest: Array(broken.utf8)) }
        #expect(error?.cause == .notJSON)
        #expect(error?.place == "line 3")
        for bytes in [[], [0xFF, 0xFE], Array("[1, 2".utf8), Array("[]".utf8), Array("7".utf8), Array("null".utf8)] {
            #expect(throws: InferenceError.self) { try ModelPackage(manifest: bytes) }
        }
        let limits = ModelPackage.Limits(maximumBytes: 100)
        #expect(throws: InferenceError.self) { try ModelPackage(manifest: Array(Self.small.utf8), limits: limits) }
    }

    /// A decoder would keep one of two rows' limits and nobody would know which.
    @Test(arguments: [
        ("\"to\": 40", "\"to\": 40, \"to\": 30", 9), ("\"title\": \"Small\"", "\"title\": \"Small\", \"name\" : \"x\"", 2),
    ])
    func keysAreNotRepeated(replace: String, with: String, line: Int) throws {
        let text = Self.small.replacing(replace, with: with, maxReplacements: 1)
        let error = #expect(throws: InferenceError.self) { try ModelPackage(manifest: Array(text.utf8)) }
        #expect(error?.cause == .duplicate)
        #expect(error?.place == "line \(line)")
    }

    /// Choices between tables must cover every combination of states once, or some patient has no row.
    @Test func choicesMustCoverEveryState() throws {
        let news2 = String(decoding: try manifest("news2"), as: UTF8.self)
        let gap = news2.replacing("\"when\": {\"scale\": \"1\"}", with: "\"when\": {\"scale\": \"1\", \"gas\": \"air\"}")
            .replacing("\"when\": { \"scale\": \"1\" }", with: "\"when\": { \"scale\": \"1\", \"gas\": \"air\" }")
        #expect(gap != news2)
        let error = #expect(throws: InferenceError.self) { try ModelPackage(manifest: Array(gap.utf8)) }
        #expect(error?.cause == .bands)
        #expect(error?.place == "/score/parts/1/choices")
    }

    /// An input in two parts would make a range wider than what can occur.
    @Test func anInputServesOnePart() throws {
        let again = """
            { "name": "again", "label": "l", "tables": [{ "input": "rate", "rows": [
              { "to": 1, "points": 0 }, { "above": 1, "points": 1 }] }] }
            """
        let text = Self.small.replacing("\"points\": 1 }] }] }],", with: "\"points\": 1 }] }] }, \(again)],")
        #expect(text != Self.small)
        let error = #expect(throws: InferenceError.self) { try ModelPackage(manifest: Array(text.utf8)) }
        #expect(error?.cause == .duplicate)
        #expect(error?.place == "/score/parts/1/tables/0/input")
    }

    /// Bytes of a valid package changed at random: refused with a reason or loaded, never a crash.
    @Test func damagedPackagesNeverCrash() throws {
        let sources = try ["news2", "sirs", "shock-index"].map(manifest) + [Array(Self.small.utf8)]
        var random = SplitMix64(seed: 99)
        var refused = 0
        for round in 0..<1200 {
            var bytes = sources[round % sources.count]
            for _ in 0...Int.random(in: 0..<4, using: &random) {
                let position = Int.random(in: 0..<bytes.count, using: &random)
                switch Int.random(in: 0..<4, using: &random) {
                case 0: bytes[position] = UInt8.random(in: 0...255, using: &random)
                case 1: bytes.remove(at: position)
                case 2: bytes.insert(UInt8(ascii: "9"), at: position)
                default: bytes.removeSubrange(position..<min(bytes.count, position + 12))
                }
            }
            do {
                let package = try ModelPackage(manifest: bytes)
                #expect(package.decide([:]).estimate == nil)
            } catch {
                refused += 1
                #expect(!error.reason.isEmpty)
            }
        }
        #expect(refused > 600)
    }

    @Test(arguments: ["news2", "qsofa", "sirs", "shock-index", "mews"])
    func shippedPackagesSayWhatTheyAreFor(model: String) throws {
        let package = try package(model)
        #expect(package.reference.name == model)
        #expect(package.reference.version == "1.0.0")
        #expect(!package.about.intendedUse.isEmpty && !package.about.population.isEmpty && !package.about.citations.isEmpty)
        // Each input is defined: a plausible range with a unit, or a coded answer.
        #expect(package.requests.allSatisfy { ($0.unit == nil) == ($0.plausible == nil) && $0.horizonSeconds >= 12 * 3600 })
    }

    /// LOINC numbers end in a Mod 10 check digit (LOINC Users' Guide, appendix C): a mistyped one would never be found.
    @Test(arguments: ["news2", "qsofa", "sirs", "shock-index", "mews"])
    func loincCodesHaveTheirCheckDigit(model: String) throws {
        for code in try package(model).requests.flatMap(\.loinc) where !code.contains("|") {
            let parts = code.split(separator: "-")
            #expect(parts.count == 2)
            var sum = 0
            for (position, digit) in (parts.first ?? "").reversed().compactMap(\.wholeNumberValue).enumerated() {
                let weighted = position % 2 == 0 ? digit * 2 : digit
                sum += weighted / 10 + weighted % 10
            }
            #expect(String((10 - sum % 10) % 10) == parts.last.map(String.init), "\(code)")
        }
    }

    @Test func news2IsNotForChildrenOrPregnancy() throws {
        let population = try package("news2").about.population
        #expect(population.contains("16") && population.contains("pregnancy"))
    }
}

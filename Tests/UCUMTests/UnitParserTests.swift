import Clinical
import Foundation
import Testing
import UCUM

@Suite("Unit parser") struct UnitParserTests {
    @Test(
        "errors name the cause and the byte",
        arguments: [
            ("", UCUMError.Cause.empty, 0), ("mg//dL", .missingTerm, 3), ("mg/", .missingTerm, 3),
            ("mg..L", .missingTerm, 3),
            ("kmin", .prefixNotAllowed, 0), ("mg/kcm", .unknownUnit, 3), ("mg/dl{x", .unbalanced, 5),
            ("(m.s", .unbalanced, 0),
            ("m)", .unbalanced, 1), ("m s", .invalidCharacter, 1), ("µg", .invalidCharacter, 0),
            ("m2.{a{b}}", .unbalanced, 5),
            ("0.m", .invalidNumber, 0), ("m1000", .exponentTooLarge, 1), ("m+", .missingTerm, 2),
            ("2m", .missingOperator, 1),
            ("[in_i", .unbalanced, 0), ("m[Hg]x", .unknownUnit, 0), ("mg/dL/", .missingTerm, 6),
            ("K/ul(", .missingOperator, 4),
        ])
    func place(_ code: String, _ cause: UCUMError.Cause, _ byte: Int) {
        let error = validate(code)
        #expect(error?.cause == cause)
        #expect(error?.place == byte)
    }

    /// UCUM sections 21 and 22: special units take part in no algebra but multiplication with a number.
    @Test("special units stand alone") func specialUnits() {
        for code in ["Cel/min", "Cel2", "m.Cel", "/[pH]", "mg/dB", "[degF].s"] {
            #expect(validate(code)?.cause == .specialUnitInTerm, "\(code)")
        }
        for code in ["mCel", "2.Cel", "dB[SPL]", "Cel{oral}", "10*-3.[pH]"] { #expect(validate(code) == nil, "\(code)") }
    }

    /// UCUM section 3: codes are case sensitive; section 6: annotations have no meaning.
    @Test("case matters, annotations do not") func caseAndAnnotation() throws {
        #expect(try Unit("mg") != Unit("Mg"))
        #expect(try Unit("{beats}/min") == Unit("/min"))
        #expect(try Unit("kg{body_wt}") == Unit("kg"))
        #expect(try Unit("10*3/uL") == Unit("10^9/L"))
        // Homographs: valid codes that mean something else than they look like.
        #expect(try Unit("K/uL").isCommensurable(with: Unit("10*3/uL")) == false)
        #expect(try Unit("u/L").isCommensurable(with: Unit("U/L")) == false)
    }

    @Test("length and depth are bounded") func limits() {
        #expect(validate(String(repeating: "m.", count: 200) + "m")?.cause == .tooLong)
        #expect(validate(String(repeating: "(", count: 40) + "m" + String(repeating: ")", count: 40))?.cause == .tooDeep)
        #expect(validate(String(repeating: "(", count: 16) + "m" + String(repeating: ")", count: 16)) == nil)
        #expect(throws: UCUMError.self) { try Unit("m.m.m", limits: UnitParser.Limits(maximumBytes: 4)) }
    }

    @Test(
        "every unit and prefix of the UCUM essence is known",
        .enabled(
            if: FileManager.default.fileExists(atPath: SharedData.ucum + "/ucum-essence.xml"),
            "../shared/data/terminology/ucum/ucum-essence.xml is not there"))
    func essence() throws {
        let text = try String(contentsOfFile: SharedData.ucum + "/ucum-essence.xml", encoding: .utf8)
        let units = text.matches(of: /<(?:base-)?unit\s+Code="([^"]+)"/).map { String($0.1).replacing("&apos;", with: "'") }
        #expect(units.count == 312)
        for code in units { #expect(validate(code) == nil, "\(code)") }
        let prefixes = text.matches(of: /<prefix\s+Code="([^"]+)"/).map { String($0.1) }
        #expect(prefixes.count >= 20)
        for prefix in prefixes { #expect(validate(prefix + "m") == nil, "\(prefix)") }
    }

    // MARK: Properties

    static let lengths = ["m", "cm", "[in_i]", "[ft_us]", "km", "Ao", "[mi_i]", "um", "[nmi_i]", "pc"]
    static let masses = ["g", "kg", "[lb_av]", "[oz_tr]", "t", "[gr]", "ug", "u", "[car_m]"]
    static let others = ["s", "h", "L", "Pa", "mm[Hg]", "mol", "[IU]", "U", "deg", "K", "%", "[psi]", "10*3", "A", "cd"]

    @Test("there and back again", arguments: [lengths, masses]) func roundTrip(_ units: [String]) throws {
        var random = SplitMix64(state: 1)
        for _ in 0..<2000 {
            let source = try Unit(units.randomElement(using: &random) ?? "m")
            let target = try Unit(units.randomElement(using: &random) ?? "m")
            let value = ExactDecimal(coefficient: Int128(Int.random(in: 1...999_999_999, using: &random)), scale: 4)
            let there = try #require(try source.conversion(to: target).apply(value))
            let back = try #require(try target.conversion(to: source).apply(there))
            #expect(abs(back.doubleValue - value.doubleValue) <= 2e-14 * value.doubleValue)
        }
    }

    @Test("products commute, quotients are negative powers, groups divide as a whole") func algebra() throws {
        var random = SplitMix64(state: 2)
        let all = Self.lengths + Self.masses + Self.others
        for _ in 0..<2000 {
            let a = all.randomElement(using: &random) ?? "m"
            let b = all.randomElement(using: &random) ?? "m"
            let c = all.randomElement(using: &random) ?? "m"
            #expect(try Unit("\(a).\(b)") == Unit("\(b).\(a)"))
            #expect(try Unit("\(a)/(\(b).\(c))") == Unit("\(a)/\(b)/\(c)"))
            #expect(try Unit("\(a)/\(b)/\(c)") == Unit("\(a)/\(c)/\(b)"))
            #expect(try Unit("\(a)/\(b)").conversion(to: Unit("\(a)/\(b).{x}")).kind == .none)
            #expect(try Unit("(\(a).\(b))/\(b)").isCommensurable(with: Unit(a)))
        }
    }

    @Test("conversion through a third unit is the direct one") func transitive() throws {
        let value = ExactDecimal(coefficient: 123_456, scale: 3)
        for a in Self.lengths {
            for b in Self.lengths {
                let direct = try #require(try Unit(a).conversion(to: Unit("m")).apply(value)).doubleValue
                let first = try #require(try Unit(a).conversion(to: Unit(b)).apply(value))
                let second = try #require(try Unit(b).conversion(to: Unit("m")).apply(first)).doubleValue
                #expect(abs(direct - second) <= 3e-14 * direct)
            }
        }
    }

    @Test("no input crashes the parser; errors lie inside it") func fuzz() {
        var random = SplitMix64(state: 3)
        let alphabet = Array("mgLsdlkuU[]{}()./10*^-+ HPAcelB%'_iµ\u{0}".utf8)
        let seeds = [
            "mg/dL", "10*3/uL", "mm[Hg]", "kg.m/s2", "(8.h){x}", "dB[10.nV]", "[m/s2/Hz^(1/2)]", "4.[pi].10*-7.N/A2",
        ]
        var valid = 0
        for round in 0..<30_000 {
            var bytes: [UInt8]
            if round % 2 == 0 {
                bytes = Array((seeds.randomElement(using: &random) ?? "m").utf8)
                for _ in 0..<Int.random(in: 1...3, using: &random) {
                    let index = Int.random(in: 0..<bytes.count, using: &random)
                    switch Int.random(in: 0..<3, using: &random) {
                    case 0: bytes[index] = alphabet.randomElement(using: &random) ?? 0
                    case 1: bytes.insert(alphabet.randomElement(using: &random) ?? 0, at: index)
                    default: if bytes.count > 1 { bytes.remove(at: index) }
                    }
                }
            } else {
                bytes = (0..<Int.random(in: 0...40, using: &random)).map { _ in alphabet.randomElement(using: &random) ?? 0
                }
            }
            let code = String(decoding: bytes, as: UTF8.self)
            if let error = validate(code) {
                #expect(error.place >= 0 && error.place <= code.utf8.count)
                #expect(!error.reason.isEmpty)
            } else {
                valid += 1
                #expect((try? UnitExpression(code).displayName.isEmpty) == false)
            }
        }
        #expect(valid > 1000)
    }
}

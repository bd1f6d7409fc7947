import Clinical
import Foundation
import Testing
import UCUM

/// UCUM section 3: every unit also has a case insensitive code.
@Suite("Case insensitive codes") struct CaseInsensitiveTests {
    @Test(
        "the unit is that of the case sensitive code",
        arguments: [
            ("MG/DL", "mg/dL"), ("mg/dl", "mg/dL"), ("MM[HG]", "mm[Hg]"), ("NMOL/L", "nmol/L"), ("10*3/UL", "10*3/uL"),
            ("KPAL", "kPa"), ("SIE", "S"), ("S", "s"), ("HR", "h"), ("H", "H"), ("G", "g"), ("GS", "G"), ("MEQ/L", "meq/L"),
            ("MAPAL", "MPa"), ("MPAL", "mPa"), ("[DEGF]", "[degF]"), ("CEL", "Cel"), ("M[IU]/L", "m[IU]/L"), ("ANN", "a"),
            ("TNE", "t"), ("AMU", "u"), ("U/L", "U/L"), ("KIBBIT", "Kibit"), ("L", "L"), ("l", "L"), ("PA", "pA"),
            ("MU/L", "mU/L"), ("MO", "mo"),
        ])
    func reads(_ capitals: String, _ code: String) throws {
        #expect(try Unit(caseInsensitive: capitals) == Unit(code))
    }

    @Test(
        "what is no case insensitive code is refused, not guessed", arguments: ["ROEX", "KMIN", "SECS", "TORR", "MOL//L"])
    func refuses(_ code: String) {
        #expect(throws: UCUMError.self) { try Unit(caseInsensitive: code) }
    }

    @Test("an expression knows its case sensitive code") func code() throws {
        for code in ["mg/dL", "10*3/uL", "mL/min/{1.73_m2}", "m3.kg-1.s-2", "/(24.h)", "4.[pi].10*-7.N/A2", "ng/mL{FEU}"] {
            #expect(try UnitExpression(code).code == code)
        }
        #expect(try UnitExpression(caseInsensitive: "MG/DL").code == "mg/dl")
    }

    @Test("annotations are kept with their side of the line") func annotations() throws {
        typealias Annotation = UnitExpression.Annotation
        #expect(try UnitExpression("mg/g{creat}").annotations == [Annotation(text: "creat", isBelow: true)])
        #expect(try UnitExpression("{a}/({b}/m-1{c})").annotations.map(\.isBelow) == [false, true, true])
    }

    @Test(
        "every code of the UCUM essence in its case insensitive form",
        .enabled(
            if: FileManager.default.fileExists(atPath: SharedData.ucum + "/ucum-essence.xml"),
            "../shared/data/terminology/ucum/ucum-essence.xml is not there"))
    func essence() throws {
        let text = try String(contentsOfFile: SharedData.ucum + "/ucum-essence.xml", encoding: .utf8)
        var count = 0
        for match in text.matches(of: /<(?:base-)?unit\s+Code="([^"]+)"\s+CODE="([^"]+)"/) {
            let code = String(match.1).replacing("&apos;", with: "'")
            let capitals = String(match.2).replacing("&apos;", with: "'")
            #expect(try Unit(caseInsensitive: capitals) == Unit(code), "\(code)")
            count += 1
        }
        #expect(count == 312)
        for match in text.matches(of: /<prefix\s+Code="([^"]+)"\s+CODE="([^"]+)"/) {
            #expect(try Unit(caseInsensitive: match.2 + "BIT") == Unit(match.1 + "bit"), "\(match.1)")
        }
    }
}

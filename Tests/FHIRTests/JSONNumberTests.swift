import Clinical
import FHIR
import Testing

/// FHIR R4, datatypes, decimal (http://hl7.org/fhir/R4/datatypes.html#decimal): "The precision of the decimal value has
/// significance: e.g. 0.010 is regarded as different to 0.01 … implementations SHALL handle decimal values in ways that
/// preserve and respect the precision".
@Suite struct JSONNumberTests {
    @Test(arguments: [
        "1.00", "1.0", "1", "0.010", "0.01", "-0", "-0.0", "1e-7", "1E-7", "1.0e+3", "100", "1e400", "1e-400",
        "3.14159265358979323846264338327950288", "123456789012345678901234567890123456789012345678901234567890",
        "0.1000000000000000055511151231257827", "9007199254740993", "-273.150",
    ])
    func comesOutAsItCameIn(_ literal: String) throws {
        let text = "{\"value\":\(literal)}"
        let value = try JSON(parsing: text)
        #expect(value.description == text)
        #expect(value["value"]?.numberValue?.literal == literal)
    }

    @Test func exactValue() throws {
        let value = try JSON(parsing: "[7.40, 1e-7, -12, 1e3, 9007199254740993]")
        #expect(value[0]?.decimalValue == ExactDecimal(coefficient: 740, scale: 2))
        #expect(value[1]?.decimalValue == ExactDecimal(coefficient: 1, scale: 7))
        #expect(value[2]?.decimalValue == ExactDecimal(-12))
        #expect(value[2]?.integerValue == -12)
        #expect(value[3]?.decimalValue?.isNumericallyEqual(to: ExactDecimal(1000)) == true)
        #expect(value[3]?.integerValue == nil)
        #expect(value[4]?.integerValue == 9_007_199_254_740_993)
    }

    @Test func beyondTheExactTypeTheLiteralIsKept() throws {
        let value = try JSON(parsing: "1e401")
        #expect(value.decimalValue == nil)
        #expect(value.description == "1e401")
    }

    @Test func decimalsAreWrittenWithTheirDigits() throws {
        #expect(JSON(try #require(ExactDecimal("7.40"))).description == "7.40")
        #expect(JSON(try #require(ExactDecimal("-0.50"))).description == "-0.50")
        #expect(JSON(ExactDecimal(5)).description == "5")
    }

    @Test func differentPrecisionIsADifferentValue() throws {
        #expect(try JSON(parsing: "1.0") != JSON(parsing: "1.00"))
        #expect(try JSON(parsing: "1.00") == JSON(parsing: " 1.00 "))
    }

    @Test func literalsAreChecked() {
        for good in ["0", "-0", "10", "1.5", "1e5", "-1.50E-07"] { #expect(JSONNumber(good)?.literal == good) }
        for bad in ["", "-", "+1", "01", "-01", "1.", ".5", "1e", "1e+", "NaN", "Infinity", " 1", "1 ", "0x1", "1,5", "١"] {
            #expect(JSONNumber(bad) == nil)
        }
    }
}

import Clinical
import HL7v2
import Testing

/// NM: HL7 v2.5.1 section 2.A.47, with its examples; SN: section 2.A.70, with its examples.
@Suite struct NumericTests {
    @Test(arguments: [
        ("999", "999"), ("-123.792", "-123.792"), ("+4", "4"), ("7.40", "7.40"), (".5", "0.5"), ("5.", "5"), ("007", "7"),
        ("0", "0"),
    ])
    func numbersAreExact(text: String, value: String) throws {
        #expect(try NumericReader.read(text).description == value)
    }

    @Test(arguments: [
        "", "FOO", "1e3", "<5", "5 ", " 5", "1,5", "1-2", "--1", "+", ".", "1.2.3", "٣", "NaN", "0x10",
        String(repeating: "9", count: 40),
    ])
    func whatIsNoNumberIsADataTypeError(text: String) {
        let error = #expect(throws: HL7v2Error.self) {
            try NumericReader.read(text, at: HL7v2Location(segment: "OBX", occurrence: 3, field: 5))
        }
        #expect(error?.code == 102)
        #expect(error?.place.description == "OBX[3]-5")
    }

    private func structured(_ text: String) throws -> StructuredNumeric {
        let field = try #require(try message("OBX|1|SN|x||\(text)").segment("OBX")).field(5)
        return try StructuredNumeric(field.repetition(1))
    }

    @Test func structuredNumericsOfTheStandardAreRead() throws {
        #expect(try structured(">^100") == StructuredNumeric(comparator: .greater, first: ExactDecimal(100)))
        #expect(
            try structured("^100^-^200")
                == StructuredNumeric(first: ExactDecimal(100), separator: .range, second: ExactDecimal(200)))
        #expect(
            try structured("^1^:^228")
                == StructuredNumeric(first: ExactDecimal(1), separator: .titre, second: ExactDecimal(228)))
        #expect(try structured("^2^+") == StructuredNumeric(first: ExactDecimal(2), separator: .orMore))
    }

    @Test func boundsHaveFHIRComparators() throws {
        #expect(try structured("<^5").bound?.comparator == .less)
        #expect(try structured("<^5").bound?.value == ExactDecimal(5))
        #expect(try structured("^2^+").bound?.comparator == .greaterOrEqual)
        #expect(try structured("=^7").bound.map { $0.comparator == nil } == true)
        #expect(try structured("<>^7").bound == nil)
        #expect(try structured("^1^-^2").bound == nil)
    }

    @Test(arguments: [
        ("!^5", "OBX[1]-5.1"), ("^x", "OBX[1]-5.2"), ("^5^#", "OBX[1]-5.3"), ("^5^-^y", "OBX[1]-5.4"), ("<", "OBX[1]-5"),
    ])
    func faultsNameTheComponent(text: String, place: String) {
        let error = #expect(throws: HL7v2Error.self) { try structured(text) }
        #expect(error?.place.description == place)
    }

    @Test(arguments: [
        ("<0.1", StructuredNumeric.Comparator.less, "0.1"), (">= 90", .greaterOrEqual, "90"), ("<=3", .lessOrEqual, "3"),
        (">500", .greater, "500"), ("12.50", .equal, "12.50"), ("=4", .equal, "4"),
    ])
    func comparatorsInFrontOfNumbersAreRead(text: String, comparator: StructuredNumeric.Comparator, value: String) throws {
        let numeric = try StructuredNumeric(text: text)
        #expect(numeric.comparator == comparator)
        #expect(numeric.first?.description == value)
    }

    @Test(arguments: ["<", "", "< <5", "5<", "positive", ">\u{00A0}5"])
    func otherTextIsADataTypeError(text: String) {
        let error = #expect(throws: HL7v2Error.self) { try StructuredNumeric(text: text) }
        #expect(error?.code == 102)
    }
}

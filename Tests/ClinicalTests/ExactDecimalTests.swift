import Clinical
import Testing

@Suite struct ExactDecimalTests {
    @Test(arguments: [
        ("7.40", 740, 2), ("-12.5", -125, 1), ("0", 0, 0), ("+.5", 5, 1), ("5.", 5, 0), ("1.0e-3", 10, 4), ("1E3", 1, -3),
        ("000123", 123, 0),
    ])
    func readsLiterals(_ text: String, _ coefficient: Int, _ scale: Int) throws {
        let value = try #require(ExactDecimal(text))
        #expect(value.coefficient == Int128(coefficient))
        #expect(value.scale == Int16(scale))
    }

    @Test(arguments: [
        "", "-", ".", "1.2.3", "1e", "e5", "1,5", "١", "0x10", "NaN", "1e401", "1 2", String(repeating: "9", count: 38),
    ])
    func refusesWhatIsNoNumber(_ text: String) {
        #expect(ExactDecimal(text) == nil)
    }

    /// FHIR R4 datatypes, decimal: "the precision of the decimal value has significance".
    @Test(arguments: ["1.00", "0.010", "-0.5", "120", "88.420", "0.0000001"])
    func keepsPrecision(_ text: String) throws {
        #expect(try #require(ExactDecimal(text)).description == text)
    }

    @Test func comparesByValueNotByPrecision() throws {
        let short = try #require(ExactDecimal("7.4"))
        let long = try #require(ExactDecimal("7.40"))
        #expect(short != long)
        #expect(short.isNumericallyEqual(to: long))
        #expect(!(short < long) && !(long < short))
        #expect(try #require(ExactDecimal("-3")) < short)
    }

    /// Double.init(String) is the oracle.
    @Test func agreesWithTheStandardLibrary() throws {
        var random = Generator(state: 7)
        for _ in 0..<20_000 {
            let digits = String(random.next() % 1_000_000_000)
            let fraction = String(random.next() % 1_000_000)
            let text = (random.next() & 1 == 0 ? "-" : "") + digits + "." + fraction
            let value = try #require(ExactDecimal(text))
            #expect(value.doubleValue == Double(text))
            #expect(ExactDecimal(value.description) == value)
        }
    }

    @Test func anyBytesAreReadOrRefused() {
        var random = Generator(state: 11)
        let alphabet = Array("0123456789+-.eE ".utf8)
        var read = 0
        for _ in 0..<50_000 {
            let bytes = (0..<Int(random.next() % 12)).map { _ in alphabet[Int(random.next() % UInt64(alphabet.count))] }
            guard let value = ExactDecimal(utf8: bytes) else { continue }
            read += 1
            #expect(ExactDecimal(value.description)?.isNumericallyEqual(to: value) == true)
        }
        #expect(read > 1000)
    }
}

struct Generator: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return (state ^ (state >> 33)) &* 0xff51_afd7_ed55_8ccd
    }
}

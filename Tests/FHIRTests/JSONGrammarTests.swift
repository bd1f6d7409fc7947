import FHIR
import Testing

/// Texts that a reader must accept or refuse by RFC 8259; the sections are named with each group. Written after the
/// idea of "Parsing JSON is a Minefield" (N. Seriot): one feature a text.
@Suite struct JSONGrammarTests {
    static let accepted: [String] = [
        // 2: structural characters and white space
        "[]", "{}", " [ ] ", "\t\n\r{\t\n\r}\t\n\r", "[[]]", "[{}]", "[1,2]", "[ 1 , 2 ]", #"{"a":1}"#, #"{ "a" : 1 }"#,
        #"{"a":{"b":[{"c":[]}]}}"#, "        [        1        ]        ", "[\n                1\n]",
        // 3: literals, and any value alone
        "true", "false", "null", "[true,false,null]", #""""#, "0", " 1 ",
        // 4: empty keys, keys that look alike, keys that differ only beyond 8 characters or in case
        #"{"":1}"#, #"{"a":1,"A":2}"#, #"{"abcdefgh1":1,"abcdefgh2":2}"#, #"{"a":1,"aa":2,"aaa":3}"#,
        #"{"a":1,"\u0041":2}"#,
        #"{"x":{"a":1},"y":{"a":1}}"#, #"[{"a":1},{"a":1}]"#, #"{"a":{"a":{"a":1}}}"#,
        // 6: numbers
        "-0", "0.0", "-0.0", "0e0", "0E+0", "1e5", "1E5", "1e+5", "1e-5", "1.5e10", "123456789012345678901234567890",
        "0.000000000000000000000000000001", "1e999", "-1e-999", "[1e1,1E1]", "10", "-10", "1.00", "100e00",
        // 7: strings
        #""\"\\\/\b\f\n\r\t""#, #""\u0000""#, #""\u00e9\u00E9""#, #""\ud83d\ude00""#, #""\uD834\uDD1E""#,
        #""\udbff\udfff""#,
        "\"\u{7F}\"", "\"\u{80}\"", "\"\u{7FF}\u{800}\u{FFFF}\u{10000}\u{10FFFF}\"", "\"\u{2028}\u{2029}\"", "\"\u{FEFF}\"",
        #""\uFFFF""#, #""a/b""#, #""1234567""#, #""12345678""#, #""123456789""#, "\"1234567é\"", "\"12345678é\"",
        #""1234567\n""#, #""12345678\n""#, "\"\u{D7FF}\u{E000}\"",
        // 8.1: a byte order mark may be ignored
        "\u{FEFF}[]",
    ]

    static let refused: [(text: String, code: Int)] = {
        typealias Code = FHIRError.Code
        let cases: [(Int, [String])] = [
            (
                Code.truncated,
                [
                    "", " ", "\u{FEFF}", "[", "{", "[1", "[1,", #"{"a""#, #"{"a":"#, #"{"a":1"#, #"{"a":1,"#, "\"", "\"abc",
                    "\"12345678", "\"\\", "tru", "t", "nul", "fals", "[[]", #"{"a":{}"#,
                ]
            ),
            (
                Code.grammar,
                [
                    "[1,]", "[,1]", "[,]", "[1,,2]", "[1 2]", "[1}", "{]", #"{"a":1,}"#, #"{,"a":1}"#, #"{"a":1 "b":2}"#,
                    #"{"a" 1}"#, #"{"a"}"#, #"{"a":}"#, #"{"a"::1}"#, #"{a:1}"#, #"{'a':1}"#, "{1:1}", "{null:1}", "{[]:1}",
                    "'a'", "]", "}", ",", ":", "True", "TRUE", "nulL", "truE", "NaN", "Infinity", "undefined", "+1", ".5",
                    "[+1]", "[.5]", "[a]", "// x\n[]", "/* x */[]", "[1] ]".replacing("] ]", with: "}"), "\u{A0}[]",
                    "\u{B}[]",
                    "\u{C}[]", "\0[]", "[\u{2060}]", "(1)", "<a/>", "#", "\\u005b]",
                ]
            ),
            (
                Code.trailingContent,
                [
                    "[]]", "{}}", "[]x", "[] []", "{}{}", "1 2", "null null", "truex", "[]\0", "[];", "\"a\"b", "[]//x",

                    "1x", "0x10", "1.5.5", "[]\u{A0}", "[]\u{FEFF}", "1_000", "1-",
                ]
            ),
            (
                Code.number,
                [
                    "-", "-a", "1.", "1.e5", "1e", "1e+", "1E-", "-.5", "-01", "01", "00", "[1.]", "[-]", "[1.a]", "[1ea]",
                    "--1",
                ]
            ),
            (
                Code.escape,
                [
                    #""\x41""#, #""\a""#, #""\'""#, #""\u""#, #""\u12""#, #""\u12G4""#, #""\uZZZZ""#, #""\U0041""#,
                    #""\0""#,
                    #""\ud800""#, #""\udc00""#, #""\ud800x""#, #""\ud800\n""#, #""\ud800\ud800""#, #""\udc00\ud800""#,
                    #""\ud83d\u0041""#, #""\ud83d\ude0""#, #""\ud83d""#, #"{"\ud800":1}"#, "\"\\ \"", "\"\\é\"",
                ]
            ),
            (
                Code.controlCharacter,
                [
                    "\"\u{0}\"", "\"\u{1}\"", "\"\u{1F}\"", "\"\n\"", "\"\r\"", "\"\t\"", "\"12345678\n\"",
                    "\"1234567\u{1F}\"",
                    "{\"a\nb\":1}", "\"é\n\"",
                ]
            ),
            (
                Code.duplicateKey,
                [
                    #"{"a":1,"a":1}"#, #"{"a":1,"b":2,"a":3}"#, #"{"":1,"":2}"#, #"{"a":1,"\u0061":2}"#,
                    #"{"\u0061":1,"a":2}"#,
                    #"{"a":1,"b":[],"a":2}"#, #"{"a":{"x":1},"b":{"c":1,"c":2}}"#,
                    #"[0,{"resourceType":1,"id":2,"resourceType":3}]"#,
                    #"{"abcdefgh1":1,"abcdefgh2":2,"abcdefgh1":3}"#, #"{"a\/b":1,"a/b":2}"#, #"{"\u00e9":1,"é":2}"#,
                    #"{"\ud83d\ude00":1,"😀":2}"#, #"{"\n":1,"\u000a":2}"#,
                ]
            ),
        ]
        return cases.flatMap { code, texts in texts.map { ($0, code) } }
    }()

    @Test(arguments: accepted) func accepts(_ text: String) throws {
        let value = try JSON(parsing: text)
        #expect(try JSON(parsing: value.write()) == value)
        #expect(try JSON(parsing: value.write(pretty: true)) == value)
    }

    @Test(arguments: refused) func refuses(_ text: String, _ code: Int) {
        let error = #expect(throws: FHIRError.self) { try JSON(parsing: text) }
        #expect(error?.code == code, "\(error?.description ?? "accepted")")
        #expect(error?.place.hasPrefix("byte ") == true)
        #expect(error?.reason.hasSuffix(".") == true)
    }

    /// Unicode Standard, table 3-7: well-formed UTF-8 byte sequences.
    @Test(
        arguments: [
            [0x80], [0xBF], [0xC0, 0x80], [0xC0, 0xAF], [0xC1, 0xBF], [0xC2], [0xC2, 0x20], [0xC2, 0xC0],
            [0xE0, 0x80, 0x80],
            [0xE0, 0x9F, 0xBF], [0xE1, 0x80], [0xE1, 0x80, 0x20], [0xED, 0xA0, 0x80], [0xED, 0xBF, 0xBF],
            [0xF0, 0x80, 0x80, 0x80], [0xF0, 0x8F, 0xBF, 0xBF], [0xF0, 0x90, 0x80], [0xF4, 0x90, 0x80, 0x80],
            [0xF5, 0x80, 0x80, 0x80], [0xF8, 0x88, 0x80, 0x80, 0x80], [0xFE], [0xFF], [0xE9],
        ] as [[UInt8]])
    func refusesMalformedUTF8(_ sequence: [UInt8]) {
        for prefix in ["", "1234567", "12345678", "é"] {
            for (opening, closing) in [("\"", "\""), (#"{"x":1,""#, #"":2}"#)] {
                let bytes = Array((opening + prefix).utf8) + sequence + Array(closing.utf8)
                let error = #expect(throws: FHIRError.self) { try JSON(parsing: bytes) }
                #expect(error?.code == FHIRError.Code.encoding)
            }
        }
        #expect(throws: FHIRError.self) { try JSON(parsing: sequence) }
        #expect(throws: FHIRError.self) { try JSON(parsing: [0x22] + sequence) }
    }

    @Test func decodesEscapes() throws {
        let value = try JSON(
            parsing: #"["\"\\\/\b\f\n\r\t", "\u0041\u00e9\u20AC\ud83d\ude00", "a\u0000b", {"k\u0065y": 1}]"#)
        #expect(value[0] == .string("\"\\/\u{8}\u{C}\n\r\t"))
        #expect(value[1] == "Aé€😀")
        #expect(value[2] == .string("a\0b"))
        #expect(value[3]?["key"] == 1)
    }

    /// RFC 8259 section 7: what must be escaped; the rest is left as it is.
    @Test func writesEscapes() throws {
        let value: JSON = .string("\"\\/\u{8}\u{C}\n\r\t\u{0}\u{1F}\u{7F}é\u{2028}😀")
        #expect(value.description == "\"\\\"\\\\/\\b\\f\\n\\r\\t\\u0000\\u001f\u{7F}é\u{2028}😀\"")
        #expect(try JSON(parsing: value.write()) == value)
    }

    @Test func placeIsTheByteOfTheFault() {
        func place(_ text: String) -> String? {
            do {
                _ = try JSON(parsing: text)
                return nil
            } catch { return error.place }
        }
        #expect(place(#"{"a":1,"a":2}"#) == "byte 8")
        #expect(place("[1,2,x]") == "byte 5")
        #expect(place("[\"abcdefghij\\q\"]") == "byte 12")
        #expect(place("[1] x") == "byte 4")
    }

    @Test func errorsNeverHoldValues() {
        for text in [#"{"name":"Geheim","name":"Geheim"}"#, #"["Geheim" "Geheim"]"#, #"{"Geheim":1,"Geheim":2}"#, "Geheim"]
        {
            let error = #expect(throws: FHIRError.self) { try JSON(parsing: text) }
            #expect(error?.description.contains("Geheim") == false)
        }
    }
}

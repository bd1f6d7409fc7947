import Foundation

extension ProgramTests.HostileTests {
    static let goodResults = [(code: VitalsMessage.heartRate, value: "80", unit: VitalsMessage.perMinute)]
    private static let (name, number) = (canaries[0], canaries[1])
    static let large = 17 << 20

    private static func message(_ change: (inout VitalsMessage) -> Void) -> [UInt8] {
        var message = VitalsMessage(control: "BAD", number: number, name: "\(name)^Canary", results: goodResults)
        change(&message)
        return message.bytes
    }

    private static func framed(_ bytes: [UInt8]) -> [UInt8] { [0x0B] + bytes + [0x1C, 0x0D] }

    private static func mllp(
        _ name: String, _ content: [UInt8], code: String = "AE", errors: Set<Int>, place: String
    ) -> Case {
        Case(name: name, door: .mllp, bytes: framed(content), code: code, errors: errors, place: place, kept: content)
    }

    /// HL7 v2.5.1 table 0357: 100 segment sequence, 101 required field, 102 data type, 200 message type, 201 event code,
    /// 207 application internal error; above 1000 the rooms' own (1001: no message, 1501 to 1503: no whole frame).
    static var mllpCases: [Case] {
        let whole = message { $0.control = "CUT" }
        let cut = Array(whole.prefix(whole.count - 40))
        let garbage = utf8("GET / HTTP/1.1 \(name) \(number)\r\n\r\n")
        var invalid = message { $0.control = "UTF8" }
        invalid[invalid.count / 2] = 0xFF
        let over =
            utf8("MSH|^~\\&|A|B\rPID|1||\(number)||\(name)\rNTE|1||") + [UInt8](repeating: UInt8(ascii: "A"), count: large)
        let noType = utf8("MSH|^~\\&|A|B|C|D|20260105080000||||P|2.5.1\rPID|1||\(number)^^^HOSPA^MR||\(name)\r")
        return [
            Case(
                name: "garbage bytes", door: .mllp, bytes: garbage, code: "AE", errors: [1501], place: "byte 0",
                kept: garbage),
            Case(
                name: "truncated frame", door: .mllp, bytes: [0x0B] + cut, code: "AE", errors: [1503],
                place: "byte \(cut.count)", kept: cut),
            Case(
                name: "17 MiB", door: .mllp, bytes: framed(over), code: "AE", errors: [1502], place: "byte 65536",
                kept: Array(over.prefix(64 << 10))),
            mllp("not HL7", utf8("hello, \(name)"), errors: [1001], place: "MSH"),
            mllp("no bytes", [], errors: [1001], place: "MSH"),
            mllp("invalid UTF-8", invalid, errors: Set(1000...1999), place: ""),
            mllp(
                "unknown character set", message { $0.characterSet = "KLINGON" }, errors: Set(1000...1999).union([103]),
                place: "MSH"),
            mllp("UTF-16", Array(message { $0.control = "U16" }.flatMap { [$0, 0] }), errors: [1008], place: "MSH"),
            mllp("unknown type", message { $0.type = "ZZZ^Z01" }, code: "AR", errors: [200], place: "MSH"),
            mllp("unknown event", message { $0.type = "ADT^Z99" }, code: "AR", errors: [201], place: "MSH"),
            mllp("absent MSH-9", noType, errors: [101], place: "MSH"),
            mllp("date 99991399", message { $0.birth = "99991399" }, errors: [102], place: "PID"),
            mllp("observation at 99991399", message { $0.time = "99991399" }, errors: [102], place: ""),
        ]
    }

    static var hl7OverHTTPCases: [Case] {
        let garbage = utf8("\(name)|\(number)")
        let date = message {
            $0.control = "HTTPDATE"
            $0.birth = "99991399"
        }
        return [
            Case(
                name: "17 MiB", door: .hl7v2, bytes: [UInt8](repeating: 65, count: large), status: 413, errors: [9413],
                place: "body"),
            Case(name: "garbage", door: .hl7v2, bytes: garbage, status: 400, errors: [1001], place: "MSH", kept: garbage),
            Case(name: "date 99991399", door: .hl7v2, bytes: date, status: 400, errors: [102], place: "PID", kept: date),
        ]
    }

    static func observation(number: Int, effective: String = "2026-01-05T08:00:00+01:00", extra: String = "") -> String {
        """
        {"resourceType":"Bundle","type":"collection","entry":[
         {"fullUrl":"urn:uuid:00000000-0000-4000-8000-000000000001","resource":{"resourceType":"Patient","id":"p1",
          "identifier":[{"system":"urn:oid:2.16.840.1.113883.3.9999.2","value":"\(Self.number)"}],"name":[{"family":"\(name)"}]}},
         {"fullUrl":"urn:uuid:00000000-0000-4000-8000-000000000002","resource":{"resourceType":"Observation","id":"o\(number)",\(extra)
          "status":"final","code":{"coding":[{"system":"http://loinc.org","code":"8867-4"}]},
          "subject":{"reference":"urn:uuid:00000000-0000-4000-8000-000000000001"},"effectiveDateTime":"\(effective)",
          "valueQuantity":{"value":80,"unit":"/min","system":"http://unitsofmeasure.org","code":"/min"}}}]}
        """
    }

    private static func fhir(_ name: String, _ body: [UInt8], place: String) -> Case {
        Case(name: name, door: .fhir, bytes: body, place: place, kept: body)
    }

    static var fhirCases: [Case] {
        let good = observation(number: 0)
        var invalid = utf8(good)
        if let index = good.utf8.firstIndex(of: UInt8(ascii: "Z")) {
            invalid[good.utf8.distance(from: good.utf8.startIndex, to: index)] = 0xFF
        }
        let depth = 100_000
        let deep =
            utf8("{\"resourceType\":\"Bundle\",\"name\":\"\(name)\",\"x\":")
            + [UInt8](repeating: UInt8(ascii: "["), count: depth)
            + [UInt8](repeating: UInt8(ascii: "]"), count: depth) + utf8("}")
        return [
            fhir("invalid JSON", utf8("{\"resourceType\":\"Patient\",\"name\":\"\(name)\",}"), place: "byte"),
            fhir("cut JSON", Array(utf8(good).prefix(300)), place: "byte"),
            fhir("deep JSON", deep, place: "byte"),
            fhir("duplicate keys", utf8(observation(number: 0, extra: "\"status\":\"final\",")), place: "byte"),
            fhir("invalid UTF-8", invalid, place: "byte"),
            fhir("UTF-16", [0xFF, 0xFE] + good.utf8.flatMap { [$0, 0] }, place: "byte"),
            fhir(
                "unknown resource", utf8("{\"resourceType\":\"no-such-type\",\"name\":\"\(name)\",\"id\":\"\(number)\"}"),
                place: "resourceType"),
            fhir("no resource", utf8("[\"\(name)\"]"), place: ""),
            fhir("date 99991399", utf8(observation(number: 0, effective: "9999-13-99")), place: "effectiveDateTime"),
            Case(
                name: "17 MiB", door: .fhir, bytes: utf8("{\"a\":\"") + [UInt8](repeating: 65, count: large) + utf8("\"}"),
                status: 413, errors: [9413], place: "body"),
        ]
    }

    /// The referral of the committed ward day, with another id each time.
    static func referral(number: Int) throws -> [UInt8] {
        let path = ServerProcess.repository + "/Fixtures/ward-day/referral-0001.xml"
        return utf8(try String(contentsOfFile: path, encoding: .utf8) + "<!-- \(number) -->")
    }

    private static func cda(_ name: String, _ body: [UInt8], place: String = "") -> Case {
        Case(name: name, door: .cda, bytes: body, place: place, kept: body)
    }

    static var cdaCases: [Case] {
        let root = "<ClinicalDocument xmlns=\"urn:hl7-org:v3\"><title>\(name) \(number)</title>"
        var bomb = "<?xml version=\"1.0\"?><!DOCTYPE lolz [<!ENTITY lol \"\(name)\">"
        for level in 1...9 {
            bomb +=
                "<!ENTITY lol\(level) \"" + String(repeating: "&lol\(level == 1 ? "" : "\(level - 1)");", count: 10) + "\">"
        }
        bomb += "]><ClinicalDocument xmlns=\"urn:hl7-org:v3\"><title>&lol9;</title></ClinicalDocument>"
        let attributes = (0..<200_000).map { "a\($0)=\"\(name)\"" }.joined(separator: " ")
        let good = (try? referral(number: 0)).map(text) ?? ""
        return [
            cda(
                "DOCTYPE",
                utf8(
                    "<?xml version=\"1.0\"?><!DOCTYPE ClinicalDocument SYSTEM \"http://127.0.0.1:1/\(name).dtd\">" + root
                        + "</ClinicalDocument>")),
            cda("entity bomb", utf8(bomb)),
            cda("200,000 attributes", utf8("<ClinicalDocument xmlns=\"urn:hl7-org:v3\" \(attributes)></ClinicalDocument>")),
            cda("cut document", Array(utf8(good).prefix(1500))),
            cda("another root", utf8("<html><body>\(name)</body></html>")),
            cda("garbage", utf8("\(name) \(number)")),
            cda("deep", utf8(root + String(repeating: "<component>", count: 100_000))),
            cda("invalid UTF-8", utf8(root) + [0xFF, 0xFE] + utf8("</ClinicalDocument>")),
            cda(
                "wrong encoding",
                utf8("<?xml version=\"1.0\" encoding=\"KLINGON\"?>" + root + "</ClinicalDocument>")),
            cda(
                "date 99991399",
                utf8(good.replacing(/effectiveTime value="[0-9+-]+"/, with: "effectiveTime value=\"99991399\""))),
            Case(
                name: "17 MiB", door: .cda, bytes: utf8(root) + [UInt8](repeating: 65, count: large), status: 413,
                errors: [9413], place: "body"),
        ]
    }
}

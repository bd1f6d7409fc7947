import Clinical
import FHIR
import Normalization
import Testing

@Suite("Values by type (OBX-2)")
struct ValueTests {
    private func message(_ type: String, _ code: String, _ value: String, _ unit: String = "") throws -> NormalizedMessage {
        try Bench().hl7(
            Segment.msh("ORU^R01"), Segment.pid, Segment.obr, "OBX|1|\(type)|\(code)||\(value)|\(unit)|||||F")
    }

    private func number(_ type: String, _ code: String, _ value: String, _ unit: String = "") throws -> String? {
        let message = try message(type, code, value, unit)
        #expect(message.faults == [])
        return message.findings.first?.number
    }

    @Test func numeric() throws {
        #expect(try number("NM", "CREA", "1.20", "mg/dL") == "1.20 mg/dL")
        #expect(try number("NM", "CREA", " 1.2 ", "mg/dL") == "1.2 mg/dL")
        #expect(try number("NM", "CREA", "<0.3", "mg/dL") == "<0.3 mg/dL")
        let comma = try message("NM", "CREA", "1,2", "mg/dL")
        #expect(comma.findings.first?.value == .missing(.notUsable))
        #expect(comma.has(102, at: "OBX[1]-5"))
        #expect(comma.resources("Observation").first?["valueString"]?.stringValue == "1,2")
        #expect(comma.faults == [])
    }

    // SN: v2.5.1 section 2.A.71, with its examples >^100, ^100^-^200, ^1^:^128.
    @Test func structuredNumeric() throws {
        #expect(try number("SN", "CREA", ">^100", "mg/dL") == ">100 mg/dL")
        #expect(try number("SN", "CREA", "<=^0.5", "mg/dL") == "<=0.5 mg/dL")
        #expect(try number("SN", "CREA", "^7", "mg/dL") == "7 mg/dL")
        let ratio = try message("SN", "COLOR", "^1^:^128")
        #expect(ratio.findings.first?.value == .text(PHI("1:128")))
        #expect(ratio.resources("Observation").first?["valueString"]?.stringValue == "1:128")
        let range = try message("SN", "COLOR", "^100^-^200")
        #expect(range.findings.first?.value == .text(PHI("100-200")))
        #expect(range.resources("Observation").first?["valueRange"]?["high"]?["value"]?.integerValue == 200)
        #expect(try message("SN", "CREA", "~^x", "mg/dL").findings.first?.value == .missing(.notUsable))
    }

    @Test func numbersInTextFields() throws {
        #expect(try number("ST", "TROP", "<0.01", "ng/mL") == "<0.01 ug/L")
        #expect(try number("TX", "CREA", "12.5", "mg/dL") == "12.5 mg/dL")
        // No unit, but the code has one.
        #expect(try number("ST", "CREA", "12.5") == "12.5 mg/dL")
        // No unit, and the code has none: text.
        #expect(try message("ST", "COLOR", "5").findings.first?.value == .text(PHI("5")))
        #expect(try message("ST", "COLOR", "yellow").findings.first?.value == .text(PHI("yellow")))
        #expect(try message("FT", "COLOR", "line\\.br\\two").findings.first?.value == .text(PHI("line\ntwo")))
    }

    @Test func coded() throws {
        let message = try message("CWE", "COLOR", "248234008^Mentally alert^SCT")
        let code = Code(system: CodeSystem.snomed, code: "248234008", display: "Mentally alert")
        #expect(message.findings.first?.value == .coded(code))
        let coding = message.resources("Observation").first?["valueCodeableConcept"]?["coding"]?[0]
        #expect(coding?["code"]?.stringValue == "248234008")
        #expect(message.faults == [])
        #expect(try self.message("CE", "COLOR", "^only text").findings.first?.value == .text(PHI("only text")))
    }

    @Test(arguments: ["NM", "ST", "CWE", "SN", "TX"], ["", "\"\""])
    func emptyAndNullAreMissing(type: String, value: String) throws {
        let message = try message(type, "CREA", value, "mg/dL")
        #expect(message.findings.first?.value == .missing(.noValue))
        let reason = message.resources("Observation").first?["dataAbsentReason"]?["coding"]?[0]?["code"]?.stringValue
        #expect(reason == "unknown")
        #expect(message.faults == [])
    }

    @Test func timesAreTextAndUnknownTypesAreSaid() throws {
        #expect(try message("TS", "COLOR", "20260105").findings.first?.value == .text(PHI("20260105")))
        let encapsulated = try message("ED", "COLOR", "^IM^PNG^Base64^QUJD")
        #expect(encapsulated.findings.first?.value == .missing(.notUsable))
        #expect(encapsulated.has(1403, at: "OBX[1]-5"))
        #expect(encapsulated.faults == [])
    }

    @Test func repetitions() throws {
        let numbers = try message("NM", "CREA", "1~2", "mg/dL")
        #expect(numbers.findings.first?.number == "1 mg/dL")
        #expect(numbers.has(1405, at: "OBX[1]-5"))
        let lines = try message("TX", "COLOR", "first~second")
        #expect(lines.findings.first?.value == .text(PHI("first\nsecond")))
        #expect(!lines.has(1405, at: "OBX[1]-5"))
    }

    @Test func hugeNumbersDoNotOverflow() throws {
        let digits = String(repeating: "9", count: 60)
        #expect(try message("NM", "CREA", digits, "mg/dL").findings.first?.value == .missing(.notUsable))
    }
}

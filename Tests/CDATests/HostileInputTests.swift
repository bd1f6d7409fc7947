import CDA
import Testing

@Suite("What is refused, and how")
struct HostileInputTests {
    private func refusal(_ bytes: [UInt8], limits: CDALimits = CDALimits()) -> CDAError? {
        do {
            _ = try CDAReader.read(bytes, limits: limits)
            return nil
        } catch {
            return error
        }
    }

    private func refusal(_ text: String, limits: CDALimits = CDALimits()) -> CDAError? {
        refusal(Array(text.utf8), limits: limits)
    }

    @Test func emptyInput() {
        #expect(refusal("")?.code == CDAError.Kind.empty.rawValue)
        #expect(refusal(" \n\t ")?.code == CDAError.Kind.empty.rawValue)
    }

    @Test func size() {
        let bytes = [UInt8](repeating: UInt8(ascii: " "), count: 1001)
        #expect(refusal(bytes, limits: CDALimits(maximumBytes: 1000))?.code == CDAError.Kind.tooLarge.rawValue)
    }

    @Test func entityBomb() {
        var bomb = "<?xml version=\"1.0\"?>\n<!DOCTYPE lolz [<!ENTITY lol \"lol\">"
        for level in 1...9 {
            let before = level == 1 ? "lol" : "lol\(level - 1)"
            bomb += "<!ENTITY lol\(level) \"" + String(repeating: "&\(before);", count: 10) + "\">"
        }
        bomb += "]><ClinicalDocument xmlns=\"urn:hl7-org:v3\">&lol9;</ClinicalDocument>"
        let error = refusal(bomb)
        #expect(error?.code == CDAError.Kind.documentType.rawValue)
        #expect(error?.place.contains("line 2") == true)
    }

    @Test func externalEntity() {
        let text =
            #"<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/hostname">]><ClinicalDocument xmlns="urn:hl7-org:v3">"#
            + "<title>&x;</title></ClinicalDocument>"
        #expect(refusal(text)?.code == CDAError.Kind.documentType.rawValue)
        #expect(refusal("<!doctype html><html></html>")?.code == CDAError.Kind.documentType.rawValue)
    }

    @Test func documentTypeHiddenInUTF16() {
        let text = Sample.document(declaration: #"<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE a>"#)
        var bytes: [UInt8] = [0xFF, 0xFE]
        for unit in text.utf16 { bytes += [UInt8(unit & 0xFF), UInt8(unit >> 8)] }
        #expect(refusal(bytes)?.code == CDAError.Kind.documentType.rawValue)
    }

    @Test func undeclaredEntity() {
        let error = refusal(Sample.document(family: "&secret;"))
        #expect(error?.code == CDAError.Kind.notWellFormed.rawValue)
        #expect(error.map { !"\($0)".contains("secret") } == true)
    }

    @Test func manyAttributes() {
        // libxml2 2.9 needs minutes for this tag; the test suite would show it.
        let attributes = (0..<200_000).map { " a\($0)=\"\"" }.joined()
        let text = "<ClinicalDocument xmlns=\"urn:hl7-org:v3\"\(attributes)/>"
        #expect(refusal(text)?.code == CDAError.Kind.tag.rawValue)
        let namespaces = (0..<200_000).map { " xmlns:a\($0)='u'" }.joined()
        #expect(refusal("<ClinicalDocument\(namespaces)/>")?.code == CDAError.Kind.tag.rawValue)
        let roomy = CDALimits(maximumTagBytes: 16 << 20)
        #expect(refusal(text, limits: roomy)?.code == CDAError.Kind.tag.rawValue)
    }

    @Test func attributesBehindAQuoteTrick() {
        // An unbalanced quote must not lead the scan past a tag that the parser would read.
        let attributes = (0..<200_000).map { " a\($0)=\"\"" }.joined()
        for trick in ["<a b='>", "<a '>", "<a b=\"x><", "<!-- -- > -->", "<a b=<", "</a '>"] {
            let text = "<ClinicalDocument xmlns=\"urn:hl7-org:v3\">\(trick)<b\(attributes)/></ClinicalDocument>"
            #expect(refusal(text) != nil, "\(trick)")
        }
    }

    @Test func longTag() {
        let text = "<ClinicalDocument xmlns=\"urn:hl7-org:v3\" a=\"\(String(repeating: "x", count: 70_000))\"/>"
        #expect(refusal(text)?.code == CDAError.Kind.tag.rawValue)
    }

    @Test func deepNesting() {
        let text =
            "<ClinicalDocument xmlns=\"urn:hl7-org:v3\">" + String(repeating: "<component>", count: 100_000)
            + String(repeating: "</component>", count: 100_000) + "</ClinicalDocument>"
        let error = refusal(text)
        #expect(error?.code == CDAError.Kind.depth.rawValue)
        #expect(error?.place.hasPrefix("/ClinicalDocument/component[1]") == true)
    }

    @Test func deepNestingInNarrative() {
        let text = Sample.document().replacing(
            "Pulse 88", with: String(repeating: "<p>", count: 1000) + String(repeating: "</p>", count: 1000))
        #expect(refusal(text)?.code == CDAError.Kind.depth.rawValue)
    }

    @Test func manyElementsNamesAndMuchText() {
        let many =
            "<ClinicalDocument xmlns=\"urn:hl7-org:v3\">" + String(repeating: "<id/>", count: 2000) + "</ClinicalDocument>"
        #expect(refusal(many, limits: CDALimits(maximumElements: 1000))?.code == CDAError.Kind.amount.rawValue)
        let names =
            "<ClinicalDocument xmlns=\"urn:hl7-org:v3\">" + (0..<300).map { "<n\($0)/>" }.joined() + "</ClinicalDocument>"
        #expect(refusal(names)?.code == CDAError.Kind.amount.rawValue)
        let text = Sample.document(family: String(repeating: "x", count: 2 << 20))
        #expect(refusal(text)?.code == CDAError.Kind.amount.rawValue)
        let observations = Sample.document(vitals: String(repeating: Sample.heartRate, count: 5))
        #expect(refusal(observations, limits: CDALimits(maximumObservations: 4))?.code == CDAError.Kind.amount.rawValue)
        #expect(refusal(observations, limits: CDALimits(maximumObservations: 5)) == nil)
    }

    @Test func everyTruncationIsRefusedWithAPlace() {
        let bytes = Array(Sample.document().utf8)
        for length in stride(from: 0, to: bytes.count - 1, by: 7) {
            let error = refusal(Array(bytes.prefix(length)))
            #expect(error != nil, "cut at \(length)")
            #expect(error?.place.isEmpty == false)
        }
    }

    @Test func mismatchedEndTagNamesTheOpenElement() {
        let error = refusal(Sample.document().replacing("</patientRole>", with: "</patientRoll>"))
        #expect(error?.code == CDAError.Kind.notWellFormed.rawValue)
        #expect(error?.place.hasPrefix("/ClinicalDocument/recordTarget[1]") == true)
        #expect(error?.reason == "An end tag does not match the start tag.")
    }

    @Test func otherRoots() {
        #expect(refusal("<Bundle xmlns=\"http://hl7.org/fhir\"/>")?.code == CDAError.Kind.notClinicalDocument.rawValue)
        #expect(refusal("<ClinicalDocument xmlns=\"urn:other\"/>")?.code == CDAError.Kind.notClinicalDocument.rawValue)
        #expect(refusal("{\"resourceType\": \"Bundle\"}")?.code == CDAError.Kind.notWellFormed.rawValue)
    }

    @Test func nulCharacter() {
        #expect(refusal("<ClinicalDocument xmlns=\"urn:hl7-org:v3\"/>\0<a")?.code == CDAError.Kind.notWellFormed.rawValue)
    }
}

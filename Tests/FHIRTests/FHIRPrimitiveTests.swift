import FHIR
import Testing

/// Regular expressions of http://hl7.org/fhir/R4/datatypes.html#primitive.
@Suite struct FHIRPrimitiveTests {
    @Test func id() {
        for good in ["a", "Z", "9", "-", ".", "a-B.9", String(repeating: "a", count: 64)] {
            #expect(FHIRPrimitive.isID(good))
        }
        for bad in ["", " ", "a b", "a_b", "a/b", "ä", "a\n", String(repeating: "a", count: 65), "urn:uuid:1"] {
            #expect(!FHIRPrimitive.isID(bad))
        }
    }

    @Test func code() {
        for good in ["final", "in-progress", "a b", "ä", "<=", "mm[Hg]"] { #expect(FHIRPrimitive.isCode(good)) }
        for bad in ["", " ", " a", "a ", "a  b", "\ta", "a\n"] { #expect(!FHIRPrimitive.isCode(bad)) }
    }

    @Test func uri() {
        for good in ["http://loinc.org", "urn:oid:1.2", "a", "#x"] { #expect(FHIRPrimitive.isURI(good)) }
        for bad in ["", "a b", " http://x", "http://x\n", "a\u{A0}b"] { #expect(!FHIRPrimitive.isURI(bad)) }
    }

    @Test func oid() {
        for good in ["urn:oid:1.2.3.4.5", "urn:oid:0.0", "urn:oid:2.16.840.1.113883"] { #expect(FHIRPrimitive.isOID(good)) }
        for bad in [
            "1.2.3", "urn:oid:", "urn:oid:1", "urn:oid:3.1", "urn:oid:1.02", "urn:oid:1.", "urn:oid:1..2", "urn:oid:1.a",
            "URN:OID:1.2",
        ] {
            #expect(!FHIRPrimitive.isOID(bad))
        }
    }

    @Test func uuid() {
        #expect(FHIRPrimitive.isUUID("urn:uuid:c757873d-ec9a-4326-a141-556f43239520"))
        for bad in [
            "c757873d-ec9a-4326-a141-556f43239520", "urn:uuid:C757873D-EC9A-4326-A141-556F43239520",
            "urn:uuid:c757873dec9a4326a141556f43239520",
            "urn:uuid:c757873d-ec9a-4326-a141-556f4323952", "urn:uuid:g757873d-ec9a-4326-a141-556f43239520", "urn:uuid:",
        ] { #expect(!FHIRPrimitive.isUUID(bad)) }
    }

    @Test func string() {
        #expect(FHIRPrimitive.isString("a") && FHIRPrimitive.isString(String(repeating: "é", count: 1_048_576)))
        #expect(!FHIRPrimitive.isString("") && !FHIRPrimitive.isString(String(repeating: "a", count: 1_048_577)))
        #expect(FHIRPrimitive.hasControlCharacters("a\u{1}") && !FHIRPrimitive.hasControlCharacters("a\t\r\nb"))
    }
}

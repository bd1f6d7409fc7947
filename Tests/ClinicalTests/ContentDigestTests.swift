import Clinical
import Testing

@Suite struct ContentDigestTests {
    /// FIPS 180-4 examples published by NIST (CSRC, "SHA-256 examples"), and the million-letter message.
    @Test(arguments: [
        ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (
            "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
        ),
    ])
    func matchesTheStandard(_ text: String, _ digest: String) {
        #expect(ContentDigest(of: text.utf8).hex == digest)
    }

    @Test func matchesTheStandardOnALongMessage() {
        let digest = ContentDigest(of: [UInt8](repeating: UInt8(ascii: "a"), count: 1_000_000))
        #expect(digest.hex == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0")
        #expect(ContentDigest(hex: digest.hex) == digest)
    }

    /// The processor's instructions and our own steps are two implementations of one standard.
    @Test func instructionsAgreeWithOurOwnSteps() {
        for length in 0..<300 {
            let content = (0..<length).map { UInt8(truncatingIfNeeded: $0 &* 167 &+ length) }
            var digests: [[UInt8]] = []
            for usesInstructions in [true, false] {
                var hash = SHA256(usesInstructions: usesInstructions)
                hash.update(content.prefix(length / 3))
                hash.update(Array(content.dropFirst(length / 3)))
                digests.append(hash.finalize())
            }
            #expect(digests[0] == digests[1])
        }
        var own = SHA256(usesInstructions: false)
        own.update(Array("abc".utf8))
        #expect(own.finalize() == ContentDigest(of: "abc".utf8).bytes)
    }

    @Test func identifiersOfDifferentPartsDiffer() {
        #expect(ContentDigest.identifier("ab", "c") != ContentDigest.identifier("a", "bc"))
        #expect(ContentDigest.identifier("a", "") != ContentDigest.identifier("", "a"))
        #expect(ContentDigest.identifier("a").count == 32)
    }
}

@Suite struct PHITests {
    @Test func neverShowsItsValue() {
        let key = PatientKey(system: "urn:oid:1.2.3", value: "MRN4711")
        let record = PatientRecord(
            key: key, name: PHI("Canary, Yellow"), birthDate: nil, sex: .female, known: Instant(microseconds: 0))
        for text in ["\(key)", "\(record)", String(reflecting: record), String(describing: key.value)] {
            #expect(!text.contains("MRN4711"))
            #expect(!text.contains("Canary"))
        }
        var dumped = ""
        dump(record, to: &dumped)
        #expect(!dumped.contains("Canary") && !dumped.contains("MRN4711"))
    }
}

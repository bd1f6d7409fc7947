import CDA
import Testing

@Suite("Encodings")
struct EncodingTests {
    private func utf16(_ text: String, littleEndian: Bool, mark: Bool) -> [UInt8] {
        var bytes: [UInt8] = []
        for unit in (mark ? [0xFEFF] : []) + Array(text.utf16) {
            let (high, low) = (UInt8(unit >> 8), UInt8(unit & 0xFF))
            bytes += littleEndian ? [low, high] : [high, low]
        }
        return bytes
    }

    private func family(_ bytes: [UInt8]) throws -> String? {
        try CDAReader.read(bytes).recordTargets.first?.family
    }

    @Test(arguments: [true, false], [true, false])
    func sixteenBit(littleEndian: Bool, mark: Bool) throws {
        let text = Sample.document(declaration: #"<?xml version="1.0" encoding="UTF-16"?>"#, family: "Måns 𝔛")
        #expect(try family(utf16(text, littleEndian: littleEndian, mark: mark)) == "Måns 𝔛")
    }

    @Test func latin1() throws {
        let text = Sample.document(declaration: #"<?xml version="1.0" encoding="ISO-8859-1"?>"#, family: "Müller-Öß")
        let bytes = text.unicodeScalars.map { UInt8(truncatingIfNeeded: $0.value) }
        #expect(try family(bytes) == "Müller-Öß")
    }

    @Test func utf8WithAndWithoutMarkAndDeclaration() throws {
        #expect(try family(Array(Sample.document().utf8)) == "Müller")
        #expect(try family([0xEF, 0xBB, 0xBF] + Array(Sample.document().utf8)) == "Müller")
        let bare = Sample.document(declaration: "").drop { $0.isWhitespace }
        #expect(try family(Array(bare.utf8)) == "Müller")
    }

    @Test func bytesThatDisagreeWithTheirLabelAreRefused() {
        let latin = Sample.document(family: "X").utf8.map { $0 == UInt8(ascii: "X") ? 0xFC : $0 }
        let sixteenAsEight = utf16(Sample.document(), littleEndian: true, mark: true)
        let eightAsSixteen = Array(Sample.document(declaration: #"<?xml version="1.0" encoding="UTF-16"?>"#).utf8)
        var unpaired = utf16("<a>", littleEndian: true, mark: true)
        unpaired += [0x00, 0xD8, 0x3C, 0x00]
        for bytes in [latin, sixteenAsEight, eightAsSixteen, unpaired, [0xFF, 0xFE, 0x3C]] {
            #expect { try CDAReader.read(bytes) } throws: { ($0 as? CDAError)?.code == CDAError.Kind.encoding.rawValue }
        }
    }

    @Test(arguments: ["UTF-7", "EBCDIC-CP-US", "x-unknown", "UTF-32"])
    func unsupportedLabels(label: String) {
        let bytes = Array(Sample.document(declaration: "<?xml version=\"1.0\" encoding=\"\(label)\"?>").utf8)
        #expect { try CDAReader.read(bytes) } throws: { ($0 as? CDAError)?.code == CDAError.Kind.encoding.rawValue }
    }
}

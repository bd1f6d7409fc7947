import CDA
import Testing

/// SplitMix64 (Steele, Lea, Flood 2014), so that a failing case can be run again.
private struct SplitMix64 {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    mutating func below(_ bound: Int) -> Int { bound <= 0 ? 0 : Int(next() % UInt64(bound)) }
}

@Suite("Mutated documents")
struct MutationTests {
    private static let pieces = [
        "<", ">", "&", "\"", "'", "<!--", "-->", "<![CDATA[", "]]>", "<?x ?>", "</", "/>", "&#38;", "&#0;", "&lt;", "\0",
        "<!DOCTYPE a>", " xmlns:a=''", " xmlns=''", "xsi:type=\"PQ\"", "<observation/>", "\u{FEFF}", "<a:b/>",
    ]

    private func mutate(_ original: [UInt8], _ random: inout SplitMix64) -> [UInt8] {
        var bytes = original
        for _ in 0...random.below(4) where !bytes.isEmpty {
            let at = random.below(bytes.count)
            switch random.below(5) {
            case 0: bytes[at] = UInt8(truncatingIfNeeded: random.next())
            case 1: bytes.removeSubrange(at..<min(bytes.count, at + random.below(40)))
            case 2: bytes.insert(contentsOf: Array(Self.pieces[random.below(Self.pieces.count)].utf8), at: at)
            case 3:
                let end = min(bytes.count, at + random.below(300))
                bytes.insert(contentsOf: Array(bytes[at..<end]), at: random.below(bytes.count))
            default: bytes.removeSubrange(at...)
            }
        }
        return bytes
    }

    @Test func everyMutantIsReadOrRefusedWithoutQuotingIt() {
        var random = SplitMix64(state: 2026)
        let marker = "ZQXJKVW"
        let original = Array(Sample.document(family: marker, results: Sample.heartRate).utf8)
        var (read, refused) = (0, 0)
        for round in 0..<5000 {
            let mutant = mutate(original, &random)
            do {
                let document = try CDAReader.read(mutant)
                for observation in document.observations {
                    #expect(observation.path.hasPrefix("/ClinicalDocument/"), "round \(round)")
                }
                read += 1
            } catch {
                #expect((1301...1310).contains(error.code), "round \(round)")
                #expect(!error.place.isEmpty && !error.reason.isEmpty, "round \(round)")
                #expect(!error.description.contains(marker), "round \(round)")
                refused += 1
            }
        }
        #expect(read > 100)
        #expect(refused > 100)
    }

    @Test func randomBytesAreRefused() {
        var random = SplitMix64(state: 7)
        for _ in 0..<2000 {
            let bytes = (0..<random.below(200)).map { _ in UInt8(truncatingIfNeeded: random.next()) }
            #expect(throws: CDAError.self) { try CDAReader.read(bytes) }
        }
    }

    @Test func readingTwiceGivesTheSame() throws {
        let bytes = Array(Sample.document(results: Sample.heartRate).utf8)
        #expect(try CDAReader.read(bytes) == CDAReader.read(bytes))
    }
}

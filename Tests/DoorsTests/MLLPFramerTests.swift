import Doors
import Testing

/// HL7 Minimal Lower Layer Protocol, release 1: `<SB> dddd <EB><CR>` with SB 0x0B, EB 0x1C, CR 0x0D.
@Suite struct MLLPFramerTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let stream: String
        let frames: [MLLPFrame]
        /// What the end of the stream adds.
        var rest: MLLPFrame?

        init(_ name: String, _ stream: String, _ frames: [MLLPFrame], rest: MLLPFrame? = nil) {
            testDescription = name
            self.stream = stream
            self.frames = frames
            self.rest = rest
        }
    }

    // In the streams, `<` is VT, `>` is FS and `/` is CR.
    static let cases = [
        Case("one frame", "<MSH|1>/", [.message(ascii("MSH|1"))]),
        Case("two frames in a row", "<a>/<b>/", [.message(ascii("a")), .message(ascii("b"))]),
        Case("an empty frame", "<>/", [.message([])]),
        Case("white space between frames", " /\n\t<a>//\r\n<b>/ \n", [.message(ascii("a")), .message(ascii("b"))]),
        Case("FS without CR is content", "<a>b>/", [.message(ascii("a>b"))]),
        Case("FS before the end bytes is content", "<a>>/", [.message(ascii("a>"))]),
        Case("CR inside is content", "<a/b/>/", [.message(ascii("a/b/"))]),
        Case("VT inside begins anew", "<a<b>/", [.truncated(ascii("a")), .message(ascii("b"))]),
        Case("VT after FS begins anew", "<a><b>/", [.truncated(ascii("a>")), .message(ascii("b"))]),
        Case("VT twice", "<<b>/", [.truncated([]), .message(ascii("b"))]),
        Case("garbage before a frame", "xyz<b>/", [.garbage(count: 3, kept: ascii("xyz")), .message(ascii("b"))]),
        Case("a frame without its start", "MSH|1>/<b>/", [.garbage(count: 7, kept: ascii("MSH|1")), .message(ascii("b"))]),
        Case("end bytes alone", ">/<b>/", [.garbage(count: 2, kept: []), .message(ascii("b"))]),
        Case("garbage with spaces is one", "x y/z<b>/", [.garbage(count: 5, kept: ascii("x y/z")), .message(ascii("b"))]),
        Case("no frame ever", "GET HTTP", [], rest: .garbage(count: 8, kept: ascii("GET HTTP"))),
        Case("closed inside a frame", "<a>/<MSH|", [.message(ascii("a"))], rest: .truncated(ascii("MSH|"))),
        Case("closed between the end bytes", "<a>", [], rest: .truncated(ascii("a>"))),
        Case("above the limit", "<0123456789A>/<b>/", [.tooLarge(prefix: ascii("0123"), size: 11), .message(ascii("b"))]),
        Case("at the limit", "<0123456789>/", [.message(ascii("0123456789"))]),
        Case("above the limit by FS", "<0123456789>x>/", [.tooLarge(prefix: ascii("0123"), size: 12)]),
        Case(
            "above the limit, cut", "<0123456789ABC<b>/",
            [.tooLarge(prefix: ascii("0123"), size: 13), .message(ascii("b"))]),
        Case("above the limit, closed", "<0123456789ABC", [], rest: .tooLarge(prefix: ascii("0123"), size: 13)),
    ]

    @Test(arguments: cases) func framesOfAStream(_ example: Case) {
        let stream = ascii(example.stream)
        for cut in 0...stream.count {
            var framer = MLLPFramer(maximumFrameBytes: 10, maximumKeptBytes: keptBytes(example))
            let frames = framer.consume(Array(stream[..<cut])) + framer.consume(Array(stream[cut...]))
            #expect(frames == example.frames, "cut at \(cut)")
            #expect(framer.finish() == example.rest, "cut at \(cut)")
            #expect(!framer.isOpen)
        }
    }

    /// The cases on the limit keep 4 bytes, the others all.
    private func keptBytes(_ example: Case) -> Int {
        example.testDescription.hasPrefix("above") ? 4 : 10
    }

    @Test(arguments: 0..<200 as Range<UInt64>) func anySplitGivesTheSameFrames(_ seed: UInt64) {
        let stream = RandomStream(seed: seed, pieces: 40)
        for longest in [1, 2, 3, 17, 4096] {
            var framer = MLLPFramer(
                maximumFrameBytes: RandomStream.maximumFrameBytes, maximumKeptBytes: RandomStream.maximumKeptBytes)
            var frames: [MLLPFrame] = []
            for piece in stream.pieces(seed: seed &* 31 &+ UInt64(longest), longest: longest) {
                frames += framer.consume(piece)
                #expect(framer.bufferedBytes <= RandomStream.maximumFrameBytes)
            }
            #expect(frames == stream.expected)
            #expect(framer.finish() == nil)
        }
    }

    @Test(arguments: 0..<200 as Range<UInt64>) func arbitraryBytesAreAccountedFor(_ seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let bytes = (0..<2000).map { _ in [0x0B, 0x1C, 0x0D, 0x41, 0x20].randomElement(using: &random) ?? 0x41 as UInt8 }
        var whole = MLLPFramer(maximumFrameBytes: 20, maximumKeptBytes: 5)
        let expected = whole.consume(bytes)
        let rest = whole.finish()
        var single = MLLPFramer(maximumFrameBytes: 20, maximumKeptBytes: 5)
        #expect(bytes.flatMap { single.consume([$0]) } == expected)
        #expect(single.finish() == rest)
        // Content, framing bytes and white space are all there is: no byte is counted twice.
        let content = (expected + [rest].compactMap(\.self)).reduce(0) { sum, frame in
            switch frame {
            case .message(let bytes): sum + bytes.count + 3
            case .garbage(let count, _): sum + count
            case .tooLarge(_, let size): sum + size + 1
            case .truncated(let bytes): sum + bytes.count + 1
            }
        }
        #expect(content <= bytes.count)
        #expect(content >= bytes.count - bytes.filter { $0 == 0x20 || $0 == 0x0D }.count - 2 * expected.count)
    }

    @Test func aFrameAboveTheLimitIsNotBuffered() {
        var framer = MLLPFramer(maximumFrameBytes: 1 << 20, maximumKeptBytes: 1000)
        let chunk = [UInt8](repeating: 0x41, count: 64 << 10)
        #expect(framer.consume([0x0B]).isEmpty)
        var largest = 0
        for _ in 0..<272 {
            #expect(framer.consume(chunk).isEmpty)
            largest = max(largest, framer.bufferedBytes)
        }
        #expect(largest <= 1 << 20)
        #expect(framer.isOversized)
        #expect(framer.bufferedBytes == 1000)
        #expect(framer.consume([0x1C, 0x0D]) == [.tooLarge(prefix: Array(chunk.prefix(1000)), size: 17 << 20)])
    }

    @Test func framingRoundTrips() {
        #expect(MLLPFramer.frame(Array("MSH".utf8)) == [0x0B, 0x4D, 0x53, 0x48, 0x1C, 0x0D])
        #expect(MLLPFramer.canCarry(ascii("a>b")))
        #expect(MLLPFramer.canCarry([]))
        #expect(!MLLPFramer.canCarry(ascii("a<b")))
        #expect(!MLLPFramer.canCarry(ascii("a>/b")))
        #expect(!MLLPFramer.canCarry(ascii("a>")))
    }
}

/// `<` for VT, `>` for FS, `/` for CR.
func ascii(_ text: String) -> [UInt8] {
    text.utf8.map { byte in
        switch byte {
        case UInt8(ascii: "<"): 0x0B
        case UInt8(ascii: ">"): 0x1C
        case UInt8(ascii: "/"): 0x0D
        default: byte
        }
    }
}

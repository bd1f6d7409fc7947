import Clinical
import HL7v2
import Testing

/// Whatever the bytes: an error with a place, or a message of which every part can be read.
@Suite struct HostileInputTests {
    private let time = Instant(seconds: 0)

    /// Reads the bytes in every way there is; true when they were a message.
    private func exercise(_ bytes: [UInt8]) -> Bool {
        let answer = Acknowledgement.build(forUnreadable: bytes, code: .AR, controlID: "1", time: time)
        #expect((try? Acknowledgement.parse(answer))?.code == .AR)
        if let batch = try? BatchReader(bytes) {
            for range in batch.messages { _ = try? Message(Array(bytes[range])) }
        }
        do {
            let message = try Message(bytes)
            #expect(message.segments.first?.name == "MSH")
            #expect(readEverything(message) < 1_000_000)
            let answer = Acknowledgement.build(
                for: message, code: .AE, controlID: "1", time: time, issues: message.issues)
            #expect((try? Acknowledgement.parse(answer))?.errors.count == message.issues.count)
            return true
        } catch {
            #expect(!error.place.description.isEmpty)
            #expect(!error.reason.isEmpty)
            #expect((error.place.byteOffset ?? 0) <= bytes.count)
            return false
        }
    }

    @Test func everyTruncationIsReadOrRefused() {
        let bytes = Array(usualMessage.utf8)
        var read = 0
        for length in 0...bytes.count where exercise(Array(bytes[..<length])) { read += 1 }
        #expect(read > bytes.count / 2)
        #expect(exercise(bytes))
    }

    @Test func randomBytesAreReadOrRefused() {
        var random = SplitMix64(seed: 1)
        var read = 0
        for round in 0..<4_000 {
            var bytes: [UInt8] = round.isMultiple(of: 2) ? Array("MSH|^~\\&|".utf8) : []
            for _ in 0..<Int.random(in: 0...120, using: &random) { bytes.append(UInt8.random(in: 0...255, using: &random)) }
            if exercise(bytes) { read += 1 }
        }
        #expect(read < 4_000)
    }

    @Test func randomStructureIsReadOrRefused() {
        var random = SplitMix64(seed: 2)
        let alphabet = Array("||||^^~~\\\\&&\r\r\n\"\" APIDOBXMSH019.XFSTRE#".utf8) + [0, 0x1C, 0xC3, 0xA4, 0xFF]
        var read = 0
        for _ in 0..<6_000 {
            var bytes = Array("MSH|^~\\&|A\r".utf8)
            for _ in 0..<Int.random(in: 0...4, using: &random) {
                bytes.append(contentsOf: "OBX|".utf8)
                for _ in 0..<Int.random(in: 0...24, using: &random) {
                    bytes.append(alphabet.randomElement(using: &random) ?? 0)
                }
                bytes.append(0x0D)
            }
            if exercise(bytes) { read += 1 }
        }
        #expect(read > 500)
    }

    @Test func mutatedMessagesAreReadOrRefused() {
        var random = SplitMix64(seed: 3)
        let original = Array(usualMessage.utf8)
        let interesting: [UInt8] = [0, 0x0A, 0x0B, 0x0D, 0x1C, 0x22, 0x5C, 0x5E, 0x7C, 0x7E, 0x26, 0x7F, 0x80, 0xC3, 0xFF]
        var read = 0
        for _ in 0..<4_000 {
            var bytes = original
            for _ in 0..<Int.random(in: 1...6, using: &random) {
                let position = Int.random(in: 0..<bytes.count, using: &random)
                switch Int.random(in: 0..<5, using: &random) {
                case 0: bytes[position] = UInt8.random(in: 0...255, using: &random)
                case 1: bytes[position] = interesting.randomElement(using: &random) ?? 0
                case 2: bytes.remove(at: position)
                case 3: bytes.insert(interesting.randomElement(using: &random) ?? 0, at: position)
                default:
                    let end = min(bytes.count, position + Int.random(in: 1...60, using: &random))
                    bytes.append(contentsOf: bytes[position..<end])
                }
            }
            if exercise(bytes) { read += 1 }
        }
        #expect(read > 400 && read < 4_000)
    }

    @Test func randomTextIsReadOrRefusedByTheValueReaders() {
        var random = SplitMix64(seed: 4)
        let alphabet: [Character] = Array("0123456789+-.<>=:/ eE٣é")
        var times = 0
        for _ in 0..<20_000 {
            var text = ""
            for _ in 0..<Int.random(in: 0...24, using: &random) {
                text.append(alphabet.randomElement(using: &random) ?? "0")
            }
            if let time = try? DateTimeReader.read(text) {
                times += 1
                #expect(CivilDate(year: time.date.year, month: time.date.month, day: time.date.day) != nil)
            }
            if let number = try? NumericReader.read(text) { #expect(number.doubleValue.isFinite) }
            if let numeric = try? StructuredNumeric(text: text) { #expect(numeric.first != nil) }
            if let place = HL7v2Location(text) { #expect(place.occurrence > 0) }
        }
        #expect(times > 0)
    }

    /// The index against plain splitting, with separators at every offset within the words the scan works on.
    @Test func theIndexAgreesWithPlainSplitting() throws {
        var random = SplitMix64(seed: 5)
        for round in 0..<1_500 {
            var text = "MSH|^~\\&|" + String(repeating: "a", count: round % 17)
            for _ in 0..<Int.random(in: 0...10, using: &random) {
                text += "\rZ\(Int.random(in: 10...12, using: &random))"
                for _ in 0..<Int.random(in: 0...6, using: &random) {
                    text += "|"
                    for _ in 0..<Int.random(in: 0...9, using: &random) {
                        text += ["a", "b", "^", "~", "&", "é", "ÿ", "}", "{", "\u{7F}"].randomElement(using: &random) ?? ""
                    }
                }
            }
            let bytes = Array((text + "\r").utf8)
            let message = try Message(bytes)
            let expected = PlainSplit.segments(bytes)
            #expect(message.segments.map { Array($0.raw) } == expected)
            for (segment, line) in zip(message.segments, expected).dropFirst() {
                let fields = PlainSplit.cut(line, at: "|").dropFirst()
                #expect(segment.fields.map { Array($0.raw) } == Array(fields))
                for (field, bytes) in zip(segment.fields, fields) {
                    let repetitions = PlainSplit.cut(bytes, at: "~")
                    #expect(field.repetitions.map { Array($0.raw) } == repetitions)
                    for (repetition, bytes) in zip(field.repetitions, repetitions) {
                        let components = PlainSplit.cut(bytes, at: "^")
                        #expect(repetition.components.map { Array($0.raw) } == components)
                        for (number, bytes) in components.enumerated() {
                            let component = repetition.component(number + 1)
                            #expect(Array(component.raw) == bytes)
                            #expect(component.subcomponents.map { Array($0.raw) } == PlainSplit.cut(bytes, at: "&"))
                        }
                        #expect(repetition.component(components.count + 1).isAbsent)
                    }
                    #expect(field.repetition(repetitions.count + 1).isAbsent)
                }
            }
        }
    }
}

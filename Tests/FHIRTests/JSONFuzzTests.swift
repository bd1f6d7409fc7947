import FHIR
import Testing

@Suite struct JSONFuzzTests {
    @Test(arguments: 1...8 as ClosedRange<UInt64>) func writingThenReadingIsIdentity(_ seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<600 {
            let value = RandomJSON.value(depth: 6, using: &generator)
            let compact = value.write()
            let read = try JSON(parsing: compact)
            #expect(read == value)
            #expect(read.write() == compact)
            #expect(try JSON(parsing: value.write(pretty: true)) == value)
        }
    }

    /// The reader over the text must say the same as the tree.
    @Test func readerAndTreeAgree() throws {
        var generator = SeededGenerator(seed: 21)
        for _ in 0..<1500 {
            let value = RandomJSON.value(depth: 5, using: &generator)
            let reader = try JSONReader(value.write(pretty: Bool.random(using: &generator)))
            #expect(rebuild(reader.root) == value)
            #expect(reader.root.tree == value)
        }
    }

    private func rebuild(_ value: JSONReader.Value) -> JSON {
        switch value.kind {
        case .null: return .null
        case .bool: return value.bool.map(JSON.bool) ?? .null
        case .number: return value.number.map(JSON.number) ?? .null
        case .string: return value.string.map(JSON.string) ?? .null
        case .array:
            let elements = value.elements.map(rebuild)
            #expect(elements.count == value.count)
            return .array(elements)
        case .object:
            var object = JSONObject()
            for (key, member) in value.members {
                object[key] = rebuild(member)
                #expect(value[key]?.kind == member.kind)
            }
            #expect(object.count == value.count)
            return .object(object)
        }
    }

    @Test func readerAnswersNothingForOtherKinds() throws {
        let reader = try JSONReader(Array(#"{"a":[1,"x",null,true],"b":{"c":2}}"#.utf8))
        #expect(reader.root.string == nil && reader.root.number == nil && reader.root.bool == nil)
        #expect(reader.root["a"]?["x"] == nil)
        #expect(reader.root["c"] == nil)
        #expect(reader.root["b"]?["c"]?.number?.integer == 2)
        #expect(reader.root["b"]?["c"]?.offset == 32)
        #expect(Array(reader.root.elements).isEmpty)
        #expect(reader.root["a"].map { Array($0.members).isEmpty } == true)
        #expect(reader.root["a"].map { Array($0.elements).map(\.kind) } == [.number, .string, .null, .bool])
    }

    /// Any change to a real text must end in a value or an error with a place, and never in a trap.
    @Test(arguments: 1...6 as ClosedRange<UInt64>) func changedTextsEndInAValueOrAnError(_ seed: UInt64) {
        var generator = SeededGenerator(seed: seed &* 7919)
        let base = Samples.bundle.write(pretty: seed % 2 == 0)
        var accepted = 0
        var refused = 0
        for _ in 0..<3000 {
            var bytes = base
            for _ in 0...Int.random(in: 0..<4, using: &generator) {
                let position = Int.random(in: 0..<bytes.count, using: &generator)
                switch Int.random(in: 0..<6, using: &generator) {
                case 0: bytes[position] = UInt8.random(in: 0...255, using: &generator)
                case 1: bytes[position] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
                case 2: bytes.insert(UInt8.random(in: 0...255, using: &generator), at: position)
                case 3:
                    bytes.removeSubrange(
                        position..<min(bytes.count, position + 1 + Int.random(in: 0..<9, using: &generator)))
                case 4:
                    let length = Int.random(in: 0..<min(200, bytes.count - position), using: &generator)
                    bytes.insert(contentsOf: bytes[position..<position + length], at: position)
                default: bytes.swapAt(position, Int.random(in: 0..<bytes.count, using: &generator))
                }
                if bytes.isEmpty { bytes = [0x20] }
            }
            do {
                let value = try JSON(parsing: bytes)
                #expect(try JSON(parsing: value.write()) == value)
                _ = ResourceChecks.check(value)
                accepted += 1
            } catch {
                #expect(!error.place.isEmpty && (1201...1211).contains(error.code))
                refused += 1
            }
        }
        #expect(accepted > 100 && refused > 100)
    }

    @Test func everyTruncationIsRefused() {
        let bytes = Samples.bundle.write()
        for length in 0..<bytes.count {
            let error = #expect(throws: FHIRError.self) { try JSON(parsing: bytes.prefix(length)) }
            // Within a character of several bytes it ends in malformed UTF-8.
            #expect([FHIRError.Code.truncated, FHIRError.Code.encoding].contains(error?.code))
        }
    }

    @Test func randomBytesEndInAnError() {
        var generator = SeededGenerator(seed: 99)
        var values = 0
        for _ in 0..<20_000 {
            let bytes = (0..<Int.random(in: 1..<40, using: &generator)).map { _ in
                UInt8.random(in: 0...255, using: &generator)
            }
            if (try? JSON(parsing: bytes)) != nil { values += 1 }
        }
        #expect(values < 2000)
    }
}

import Clinical
import FHIR
import Foundation
import Testing

/// Foundation's `JSONSerialization` and `JSONDecoder` as an independent reader of the same bytes.
enum Oracle {
    static func value(_ bytes: [UInt8]) -> Any? {
        try? JSONSerialization.jsonObject(with: Data(bytes), options: .fragmentsAllowed)
    }

    /// Whether both readers saw the same value; numbers are compared as doubles, which is all that Foundation keeps.
    static func agrees(_ value: JSON, _ other: Any) -> Bool {
        switch value {
        case .null: return other is NSNull
        case .bool(let flag): return (other as? Bool) == flag
        case .number(let number):
            guard let double = (other as? NSNumber)?.doubleValue, let own = Double(number.literal) else { return false }
            return own == double || abs(own - double) <= abs(own) * 1e-15
        case .string(let text): return (other as? String).map { Array($0.utf16) == Array(text.utf16) } ?? false
        case .array(let elements):
            guard let others = other as? [Any], others.count == elements.count else { return false }
            return zip(elements, others).allSatisfy { agrees($0, $1) }
        case .object(let object):
            guard let others = other as? [String: Any], others.count == object.count else { return false }
            return object.allSatisfy { key, value in others[key].map { agrees(value, $0) } ?? false }
        }
    }
}

@Suite struct JSONOracleTests {
    /// Both must refuse what is outside the grammar; Foundation lets duplicate keys pass and decides otherwise on `1e999`,
    /// and drops a byte order mark inside a string.
    @Test(arguments: JSONGrammarTests.accepted.filter { !$0.contains("999") && $0 != "\"\u{FEFF}\"" })
    func agreesOnAcceptedTexts(_ text: String) throws {
        // Dictionaries of Swift hold one key for canonically equivalent ones; none of these texts has such keys.
        let other = try #require(Oracle.value(Array(text.utf8)))
        #expect(Oracle.agrees(try JSON(parsing: text), other))
    }

    @Test func agreesOnRandomValues() throws {
        var generator = SeededGenerator(seed: 11)
        var compared = 0
        for _ in 0..<2000 {
            let value = RandomJSON.value(depth: 4, using: &generator)
            let bytes = value.write(pretty: Bool.random(using: &generator))
            guard let other = Oracle.value(bytes) else { continue }  // a number beyond Double's range
            #expect(Oracle.agrees(try JSON(parsing: bytes), other))
            compared += 1
        }
        #expect(compared > 1900)
    }

    /// Changes bytes of good texts (never to zero, from which Foundation would conclude UTF-16 or UTF-32); whatever Foundation refuses must be refused here, too, and what both accept must
    /// mean the same.
    @Test func refusesWhateverFoundationRefuses() throws {
        var generator = SeededGenerator(seed: 12)
        let alphabet =
            Array(#"{}[]:,"\/bfnrtu0123456789aAeE+-. xé"#.utf8) + [
                1, 9, 10, 13, 0x1F, 0x7F, 0x80, 0xC2, 0xED, 0xF0, 0xFF,
            ]
        var accepted = 0
        var refused = 0
        for _ in 0..<20_000 {
            var bytes = RandomJSON.value(depth: 3, using: &generator).write()
            for _ in 0...Int.random(in: 0..<3, using: &generator) where !bytes.isEmpty {
                let position = Int.random(in: 0..<bytes.count, using: &generator)
                let byte = alphabet.randomElement(using: &generator) ?? 0
                switch Int.random(in: 0..<4, using: &generator) {
                case 0: bytes.insert(byte, at: position)
                case 1: bytes.remove(at: position)
                case 2: bytes.removeLast(bytes.count - position)
                default: bytes[position] = byte
                }
            }
            do {
                let value = try JSON(parsing: bytes)
                accepted += 1
                #expect(try JSON(parsing: value.write()) == value)
                if let other = Oracle.value(bytes), !hasEquivalentKeys(value) {
                    #expect(Oracle.agrees(value, other), "\(String(decoding: bytes, as: UTF8.self))")
                } else if !hasEquivalentKeys(value) {
                    #expect(hasHugeNumber(value), "Foundation refuses \(String(decoding: bytes, as: UTF8.self))")
                }
            } catch {
                refused += 1
                let expected: Set = [FHIRError.Code.duplicateKey]
                #expect(
                    Oracle.value(bytes) == nil || expected.contains(error.code),
                    "\(error): \(String(decoding: bytes, as: UTF8.self))")
            }
        }
        #expect(accepted > 2000 && refused > 2000)
    }

    private func hasHugeNumber(_ value: JSON) -> Bool {
        switch value {
        case .number(let number):
            return Double(number.literal).map { !$0.isFinite || $0.magnitude > 1e15 || $0.magnitude < 1e-300 } ?? true
        case .array(let elements): return elements.contains(where: hasHugeNumber)
        case .object(let object): return object.contains { hasHugeNumber($0.value) }
        default: return false
        }
    }

    private func hasEquivalentKeys(_ value: JSON) -> Bool {
        switch value {
        case .array(let elements): return elements.contains(where: hasEquivalentKeys)
        case .object(let object):
            return Set(object.keys).count != object.count || object.contains { hasEquivalentKeys($0.value) }
        default: return false
        }
    }

    @Test func decoderReadsWhatIsWritten() throws {
        struct Value: Codable, Equatable {
            var value: Double
            var unit: String
            var codes: [String?]
        }
        let json: JSON = [
            "value": JSON(try #require(JSONNumber("7.40")).decimal ?? .init(0)), "unit": "µmol/L \"\n",
            "codes": ["a", nil],
        ]
        for pretty in [false, true] {
            let decoded = try JSONDecoder().decode(Value.self, from: Data(json.write(pretty: pretty)))
            #expect(decoded == Value(value: 7.4, unit: "µmol/L \"\n", codes: ["a", nil]))
        }
        let encoded = try JSONEncoder().encode(Value(value: 0.1, unit: "é/\u{1}", codes: [nil]))
        let read = try JSON(parsing: Array(encoded))
        #expect(read["unit"] == .string("é/\u{1}"))
        #expect(read["value"]?.numberValue?.literal == "0.1")
        #expect(read["codes"] == [nil])
    }
}

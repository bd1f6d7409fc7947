import FHIR
import Testing

@Suite struct JSONLimitsTests {
    private func code(_ bytes: [UInt8], _ limits: JSONLimits = JSONLimits()) -> Int? {
        do {
            _ = try JSON(parsing: bytes, limits: limits)
            return nil
        } catch { return error.code }
    }

    private func nested(_ depth: Int, _ open: String, _ close: String) -> [UInt8] {
        Array((String(repeating: open, count: depth) + String(repeating: close, count: depth)).utf8)
    }

    @Test func hundredThousandLevelsAreRefused() {
        #expect(code(nested(100_000, "[", "]")) == FHIRError.Code.depth)
        #expect(code(nested(100_000, "[", "")) == FHIRError.Code.depth)
        #expect(code(nested(100_000, #"{"a":"#, "")) == FHIRError.Code.depth)
    }

    @Test func depthCountsArraysAndObjects() {
        #expect(code(nested(64, "[", "]")) == nil)
        #expect(code(nested(65, "[", "]")) == FHIRError.Code.depth)
        #expect(code(Array(#"{"a":[{"b":1}]}"#.utf8), JSONLimits(maximumDepth: 3)) == nil)
        #expect(code(Array(#"{"a":[{"b":1}]}"#.utf8), JSONLimits(maximumDepth: 2)) == FHIRError.Code.depth)
        #expect(code(Array("[]".utf8), JSONLimits(maximumDepth: 0)) == FHIRError.Code.depth)
        #expect(code(Array("1".utf8), JSONLimits(maximumDepth: 0)) == nil)
        // Sideways is not deeper.
        #expect(code(Array("[[],[],[[]]]".utf8), JSONLimits(maximumDepth: 3)) == nil)
    }

    @Test func depthCannotBeSetBeyondWhatTheStackHolds() throws {
        let limits = JSONLimits(maximumDepth: .max)
        #expect(limits.maximumDepth == JSONLimits.deepest)
        let value = try JSON(parsing: nested(JSONLimits.deepest, "[", "]"), limits: limits)
        #expect(try JSON(parsing: value.write(pretty: true), limits: limits) == value)
        #expect(code(nested(JSONLimits.deepest + 1, "[", "]"), limits) == FHIRError.Code.depth)
    }

    @Test func sixteenMebibytesAreTheDefaultLimit() throws {
        var text = [UInt8](repeating: UInt8(ascii: "a"), count: 16 << 20)
        text[0] = UInt8(ascii: "\"")
        text[text.count - 1] = UInt8(ascii: "\"")
        #expect(try JSON(parsing: text).stringValue?.utf8.count == (16 << 20) - 2)
        text.append(UInt8(ascii: " "))
        #expect(code(text) == FHIRError.Code.size)
        #expect(code(text, JSONLimits(maximumBytes: 17 << 20)) == nil)
        #expect(code(Array("[]".utf8), JSONLimits(maximumBytes: 1)) == FHIRError.Code.size)
    }

    @Test func nodesAreCounted() throws {
        let text = Array(#"{"a":[1,2,3],"b":null}"#.utf8)  // object, 2 keys, array, 3 numbers, null
        #expect(try JSONReader(text).nodeCount == 8)
        #expect(code(text, JSONLimits(maximumNodes: 8)) == nil)
        #expect(code(text, JSONLimits(maximumNodes: 7)) == FHIRError.Code.nodes)
        let many = Array(("[" + String(repeating: "1,", count: 4_000_000) + "1]").utf8)
        #expect(code(many) == FHIRError.Code.nodes)
    }

    @Test func limitsBelowZeroReadNothing() {
        let limits = JSONLimits(maximumBytes: -1, maximumDepth: -1, maximumNodes: -1)
        #expect(code(Array("1".utf8), limits) == FHIRError.Code.size)
        #expect(code(Array("1".utf8), JSONLimits(maximumNodes: -5)) == FHIRError.Code.nodes)
    }

    private func object(keys: some Sequence<String>) -> [UInt8] {
        Array(("{" + keys.map { "\"\($0)\":0" }.joined(separator: ",") + "}").utf8)
    }

    /// Duplicate detection must not become quadratic; the test would then run for minutes.
    @Test func hundredThousandKeys() throws {
        let keys = (0..<100_000).map { "key\($0)" }
        let value = try JSON(parsing: object(keys: keys))
        #expect(value.objectValue?.count == 100_000)
        #expect(value["key99999"] == 0)
        #expect(Array(value.objectValue?.keys ?? JSONObject().keys) == keys)
        #expect(code(object(keys: keys + ["key0"])) == FHIRError.Code.duplicateKey)
        #expect(code(object(keys: keys + ["\\u006bey50000"])) == FHIRError.Code.duplicateKey)
    }

    /// Keys alike in length, first and last eight bytes, so that a hash of those says nothing.
    @Test func keysMadeToCollide() throws {
        let keys = (0..<50_000).map { "aaaaaaaa\(1_000_000 + $0)zzzzzzzz" }
        #expect(code(object(keys: keys)) == nil)
        #expect(code(object(keys: keys + [keys[49_999]])) == FHIRError.Code.duplicateKey)
        for size in [2, 8, 31, 32, 33, 34] {
            let few = Array(keys.prefix(size))
            #expect(code(object(keys: few)) == nil)
            for repeated in few { #expect(code(object(keys: few + [repeated])) == FHIRError.Code.duplicateKey) }
        }
    }

    @Test func duplicateKeyIsFoundAtEverySizeAndPlace() {
        var generator = SeededGenerator(seed: 5)
        for size in 1...80 {
            let keys = (0..<size).map { "k\($0 * 7919)" }
            #expect(code(object(keys: keys)) == nil)
            let repeated = keys[Int.random(in: 0..<size, using: &generator)]
            var with = keys
            with.insert(repeated, at: Int.random(in: 0...size, using: &generator))
            #expect(code(object(keys: with)) == FHIRError.Code.duplicateKey)
        }
    }

    /// RFC 8259 compares code units, not what looks the same: U+00E9 and "e" with U+0301 are two keys.
    @Test func keysAreComparedByCodePoints() {
        #expect(code(Array("{\"\u{E9}\":1,\"e\u{301}\":2}".utf8)) == nil)
        #expect(code(Array("{\"\u{E9}\":1,\"\\u00e9\":2}".utf8)) == FHIRError.Code.duplicateKey)
    }
}

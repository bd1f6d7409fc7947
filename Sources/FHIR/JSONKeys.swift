/// Comparing the keys of a scanned object.
enum JSONKeys {
    /// A hash of the length and of the first and last eight bytes.
    @inline(__always)
    static func hash(_ bytes: RawSpan, _ start: Int, _ length: Int) -> UInt32 {
        var word: UInt64
        if length >= 8 {
            word = bytes.word(start) ^ (bytes.word(start + length - 8) &* 0x9E37_79B9_7F4A_7C15)
        } else if start + 8 <= bytes.byteCount {
            word = bytes.word(start) & ((1 << UInt64(length * 8)) - 1)
        } else {
            word = 0
            for offset in 0..<length { word |= UInt64(bytes.byte(start + offset)) << UInt64(offset * 8) }
        }
        word = (word ^ UInt64(length)) &* 0xD6E8_FEB8_6659_FD93
        return UInt32(truncatingIfNeeded: word >> 32)
    }

    /// Offset of a key that occurs earlier in the same object, whether or not it is written with escapes.
    ///
    /// Sorts, so that no choice of keys makes it quadratic.
    static func firstDuplicate(in tape: [JSONTapeEntry], object: Int, bytes: RawSpan) -> Int? {
        struct Key {
            var start: Int
            var length: Int
            var prefix: UInt64
            var offset: Int
        }
        var decoded: [UInt8] = []
        var keys: [Key] = []
        keys.reserveCapacity(Int(tape[object].length))
        var entry = object + 1
        let end = Int(tape[object].next)
        while entry < end {
            let start = decoded.count
            let offset = Int(tape[entry].offset)
            JSONStrings.decode(bytes, offset, Int(tape[entry].length), into: &decoded)
            var prefix: UInt64 = 0
            for position in start..<min(decoded.count, start + 8) { prefix = prefix << 8 | UInt64(decoded[position]) }
            keys.append(Key(start: start, length: decoded.count - start, prefix: prefix, offset: offset))
            entry = Int(tape[entry + 1].next)
        }
        func order(_ left: Key, _ right: Key) -> Int {
            if left.length != right.length { return left.length < right.length ? -1 : 1 }
            if left.prefix != right.prefix { return left.prefix < right.prefix ? -1 : 1 }
            for position in 0..<left.length {
                let (a, b) = (decoded[left.start + position], decoded[right.start + position])
                if a != b { return a < b ? -1 : 1 }
            }
            return 0
        }
        keys.sort { left, right in
            let order = order(left, right)
            return order == 0 ? left.offset < right.offset : order < 0
        }
        var first: Int?
        for position in keys.indices.dropFirst() where order(keys[position - 1], keys[position]) == 0 {
            first = min(first ?? .max, keys[position].offset)
        }
        return first
    }
}

extension RawSpan {
    @inline(__always)
    func byte(_ offset: Int) -> UInt8 {
        unsafeLoad(fromByteOffset: offset, as: UInt8.self)
    }

    /// Eight bytes, the first in the lowest place.
    @inline(__always)
    func word(_ offset: Int) -> UInt64 {
        UInt64(littleEndian: unsafeLoadUnaligned(fromByteOffset: offset, as: UInt64.self))
    }

    func equal(_ left: Int, _ right: Int, length: Int) -> Bool {
        var offset = 0
        while offset + 8 <= length {
            if word(left + offset) != word(right + offset) { return false }
            offset += 8
        }
        while offset < length {
            if byte(left + offset) != byte(right + offset) { return false }
            offset += 1
        }
        return true
    }

    /// The UTF-16 code unit of `\uXXXX` at an offset; `nil` when there is no such escape.
    func codeUnit(escapedAt offset: Int) -> UInt32? {
        guard offset + 6 <= byteCount, byte(offset) == UInt8(ascii: "\\"), byte(offset + 1) == UInt8(ascii: "u") else {
            return nil
        }
        var unit: UInt32 = 0
        for position in offset + 2..<offset + 6 {
            let digit: UInt8
            switch byte(position) {
            case let byte where byte &- UInt8(ascii: "0") < 10: digit = byte - UInt8(ascii: "0")
            case let byte where (byte | 0x20) &- UInt8(ascii: "a") < 6: digit = (byte | 0x20) - UInt8(ascii: "a") + 10
            default: return nil
            }
            unit = unit << 4 | UInt32(digit)
        }
        return unit
    }
}

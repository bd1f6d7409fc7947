/// Finds every field separator and segment terminator in one pass, eight bytes at a time.
///
/// A word is tested for all its bytes at once with the carry-free zero-byte test (H. S. Warren, Hacker's Delight, 2nd
/// ed., section 6-1): the marker of a byte never depends on its neighbours, so no false hits need checking.
struct SeparatorScan {
    /// Offsets of field separators and segment terminators, ascending, closed by the offset of the end.
    private(set) var separators: [UInt32] = []
    /// Which of ``separators`` are CR, LF or the end.
    private(set) var terminators: [UInt32] = []
    private(set) var hasNonASCII = false
    private(set) var nulCount = 0
    private(set) var firstNul = 0
    /// Control characters other than CR, LF, TAB and NUL.
    private(set) var controlCount = 0
    private(set) var firstControl = 0
    /// Whether there is an ESC, which switches between character sets (ISO/IEC 2022).
    private(set) var hasEscape = false

    /// `nil` when there are more than `maximum` separators.
    init?(_ bytes: [UInt8], from start: Int, fieldSeparator: UInt8, maximum: Int) {
        let length = bytes.count - start
        let worst = min(length, maximum) + 9
        // A quarter of the bytes is more separators than real messages have; memory for the worst case is asked for
        // only when that is not enough.
        if !scan(bytes, from: start, fieldSeparator: fieldSeparator, capacity: min(length / 4 + 64, worst)) {
            self.separators = []
            guard scan(bytes, from: start, fieldSeparator: fieldSeparator, capacity: worst) else { return nil }
        }
        guard separators.count <= maximum + 1 else { return nil }
    }

    private mutating func scan(_ bytes: [UInt8], from start: Int, fieldSeparator: UInt8, capacity: Int) -> Bool {
        var terminators: [UInt32] = []
        terminators.reserveCapacity(bytes.count / 64 + 4)
        var marks = Marks()
        var isComplete = false
        let pattern = 0x0101_0101_0101_0101 &* UInt64(fieldSeparator)
        let raw = bytes.span.bytes
        separators = [UInt32](unsafeUninitializedCapacity: capacity) { buffer, count in
            var offset = start
            var high: UInt64 = 0
            while offset &+ 8 <= raw.byteCount {
                let word = UInt64(littleEndian: raw.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt64.self))
                high |= word
                let fields = Self.bytes(of: word, equalTo: pattern)
                let controls = Self.bytesBelowSpace(word)
                var hits = fields | controls
                if hits != 0 {
                    guard count &+ 9 <= capacity else { return }
                    if controls == 0 {
                        repeat {
                            buffer[count] = UInt32(truncatingIfNeeded: offset &+ hits.trailingZeroBitCount >> 3)
                            count &+= 1
                            hits &= hits &- 1
                        } while hits != 0
                    } else {
                        repeat {
                            let position = offset &+ hits.trailingZeroBitCount >> 3
                            let byte = UInt8(truncatingIfNeeded: word >> UInt64((position &- offset) &* 8))
                            marks.take(byte, at: position, fieldSeparator, buffer, &count, &terminators)
                            hits &= hits &- 1
                        } while hits != 0
                    }
                }
                offset &+= 8
            }
            guard count &+ 9 <= capacity else { return }
            while offset < raw.byteCount {
                let byte = raw.unsafeLoad(fromByteOffset: offset, as: UInt8.self)
                high |= UInt64(byte)
                if byte == fieldSeparator || byte < 0x20 {
                    marks.take(byte, at: offset, fieldSeparator, buffer, &count, &terminators)
                }
                offset &+= 1
            }
            buffer[count] = UInt32(truncatingIfNeeded: raw.byteCount)
            terminators.append(UInt32(truncatingIfNeeded: count))
            count &+= 1
            marks.hasNonASCII = high & 0x8080_8080_8080_8080 != 0
            isComplete = true
        }
        self.terminators = terminators
        hasNonASCII = marks.hasNonASCII
        (nulCount, firstNul) = (marks.nulCount, marks.firstNul)
        (controlCount, firstControl) = (marks.controlCount, marks.firstControl)
        hasEscape = marks.hasEscape
        return isComplete
    }

    /// 0x80 in each byte of the result whose byte in `word` equals that in `pattern`.
    @inline(__always)
    private static func bytes(of word: UInt64, equalTo pattern: UInt64) -> UInt64 {
        let difference = word ^ pattern
        let low: UInt64 = 0x7F7F_7F7F_7F7F_7F7F
        return ~(((difference & low) &+ low) | difference | low)
    }

    /// 0x80 in each byte of the result whose byte in `word` is below 0x20.
    @inline(__always)
    private static func bytesBelowSpace(_ word: UInt64) -> UInt64 {
        let high: UInt64 = 0x8080_8080_8080_8080
        return ~((word | high) &- 0x2020_2020_2020_2020) & ~word & high
    }

    /// What the scan has seen besides field separators.
    private struct Marks {
        var hasNonASCII = false
        var nulCount = 0
        var firstNul = 0
        var controlCount = 0
        var firstControl = 0
        var hasEscape = false

        @inline(__always)
        mutating func take(
            _ byte: UInt8, at position: Int, _ fieldSeparator: UInt8, _ buffer: UnsafeMutableBufferPointer<UInt32>,
            _ count: inout Int, _ terminators: inout [UInt32]
        ) {
            switch byte {
            case fieldSeparator:
                break
            case 0x0D, 0x0A:
                terminators.append(UInt32(truncatingIfNeeded: count))
            case 0x09:
                return
            case 0:
                if nulCount == 0 { firstNul = position }
                nulCount &+= 1
                return
            default:
                if controlCount == 0 { firstControl = position }
                if byte == 0x1B { hasEscape = true }
                controlCount &+= 1
                return
            }
            buffer[count] = UInt32(truncatingIfNeeded: position)
            count &+= 1
        }
    }
}

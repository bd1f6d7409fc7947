/// Finds every field separator and segment terminator in one pass, sixteen bytes at a time.
///
/// A block is compared with the separator and with the space in one vector operation each; the marks of its bytes are then
/// taken out of two words, lowest first. A mark never depends on its neighbours, so no false hits need checking.
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
        let worst = min(length, maximum) + 17
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
        let raw = bytes.span.bytes
        separators = [UInt32](unsafeUninitializedCapacity: capacity) { buffer, count in
            var offset = start
            var high: UInt64 = 0
            let separator = SIMD16<UInt8>(repeating: fieldSeparator)
            let space = SIMD16<UInt8>(repeating: 0x20)
            var seen = SIMD16<UInt8>(repeating: 0)
            while offset &+ 16 <= raw.byteCount {
                let block = raw.unsafeLoadUnaligned(fromByteOffset: offset, as: SIMD16<UInt8>.self)
                seen |= block
                let controls = block .< space
                let hits = unsafeBitCast((block .== separator) .| controls, to: SIMD2<UInt64>.self)
                if hits.x | hits.y != 0 {
                    guard count &+ 17 <= capacity else { return }
                    let marked = unsafeBitCast(controls, to: SIMD2<UInt64>.self)
                    for half in 0..<2 {
                        var bits = (half == 0 ? hits.x : hits.y) & 0x8080_8080_8080_8080
                        let start = offset &+ half &* 8
                        if (half == 0 ? marked.x : marked.y) == 0 {
                            while bits != 0 {
                                buffer[count] = UInt32(truncatingIfNeeded: start &+ bits.trailingZeroBitCount >> 3)
                                count &+= 1
                                bits &= bits &- 1
                            }
                        } else {
                            while bits != 0 {
                                let position = start &+ bits.trailingZeroBitCount >> 3
                                let byte = raw.unsafeLoad(fromByteOffset: position, as: UInt8.self)
                                marks.take(byte, at: position, fieldSeparator, buffer, &count, &terminators)
                                bits &= bits &- 1
                            }
                        }
                    }
                }
                offset &+= 16
            }
            high = unsafeBitCast(seen, to: SIMD2<UInt64>.self).x | unsafeBitCast(seen, to: SIMD2<UInt64>.self).y
            guard count &+ 17 <= capacity else { return }
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

internal import CKernels

/// SHA-256 (FIPS 180-4), incremental.
///
/// Written here because a second BoringSSL would cost the first build more than all of this project's own code; see
/// docs/dependencies.md. Used for content addresses and deterministic ids, never for secrets.
package struct SHA256 {
    private var state: [8 of UInt32] = [
        0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab, 0x5be0_cd19,
    ]
    private var block: [16 of UInt32] = InlineArray(repeating: 0)
    private var filled = 0
    private var length: UInt64 = 0
    private let usesInstructions: Bool

    /// - Parameter usesInstructions: whether the processor's own instructions are used, where it has some.
    package init(usesInstructions: Bool = true) {
        self.usesInstructions = usesInstructions && Self.hasInstructions
    }

    private static let hasInstructions = hasSHA256Instructions()

    package mutating func update(_ content: some Sequence<UInt8>) {
        let done: Void? = content.withContiguousStorageIfAvailable { append(UnsafeRawBufferPointer($0).bytes) }
        if done == nil {
            for byte in content { append(byte) }
        }
    }

    package mutating func update(_ content: [UInt8]) { append(content.span.bytes) }

    package mutating func finalize() -> [UInt8] {
        pad()
        return [UInt8](unsafeUninitializedCapacity: 32) { digest, count in
            for word in state.indices {
                for place in 0..<4 {
                    digest[word * 4 + place] = UInt8(truncatingIfNeeded: state[word] >> UInt32(24 - place * 8))
                }
            }
            count = 32
        }
    }

    /// The first 16 bytes of the digest as a number, the first byte the highest.
    mutating func finalizeHalf() -> UInt128 {
        pad()
        var half: UInt128 = 0
        for word in 0..<4 { half = half << 32 | UInt128(state[word]) }
        return half
    }

    private mutating func pad() {
        let bits = length &* 8
        append(0x80)
        while filled & 3 != 0 { append(0) }
        if filled > 56 {
            for word in (filled >> 2)..<16 { block[word] = 0 }
            compress()
            filled = 0
        }
        for word in (filled >> 2)..<14 { block[word] = 0 }
        block[14] = UInt32(truncatingIfNeeded: bits >> 32)
        block[15] = UInt32(truncatingIfNeeded: bits)
        compress()
    }

    @inline(__always)
    private mutating func append(_ byte: UInt8) {
        let word = filled >> 2
        block[word] = block[word] << 8 | UInt32(byte)
        filled += 1
        length &+= 1
        if filled == 64 {
            compress()
            filled = 0
        }
    }

    private mutating func append(_ content: RawSpan) {
        var offset = 0
        while offset < content.byteCount, filled & 3 != 0 {
            append(content.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt8.self))
            offset += 1
        }
        // Whole words from here on.
        while content.byteCount - offset >= 4 {
            block[filled >> 2] = UInt32(bigEndian: content.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt32.self))
            filled += 4
            length &+= 4
            offset += 4
            if filled == 64 {
                compress()
                filled = 0
            }
        }
        while offset < content.byteCount {
            append(content.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt8.self))
            offset += 1
        }
    }

    private mutating func compress() {
        if usesInstructions {
            withUnsafeMutableBytes(of: &state) { state in
                withUnsafeBytes(of: &block) { block in
                    guard let state = state.baseAddress, let block = block.baseAddress else { return }
                    compressSHA256(
                        state.assumingMemoryBound(to: UInt32.self), block.assumingMemoryBound(to: UInt32.self))
                }
            }
            return
        }
        var w = block
        let k = Self.constants
        var (a, b, c, d) = (state[0], state[1], state[2], state[3])
        var (e, f, g, h) = (state[4], state[5], state[6], state[7])

        @inline(__always)
        func round(
            _ a: UInt32, _ b: UInt32, _ c: UInt32, _ d: inout UInt32, _ e: UInt32, _ f: UInt32, _ g: UInt32,
            _ h: inout UInt32, _ number: Int
        ) {
            let slot = number & 15
            if number >= 16 {
                let w15 = w[(number &+ 1) & 15]
                let w2 = w[(number &+ 14) & 15]
                let s0 = rotate(w15, 7) ^ rotate(w15, 18) ^ (w15 >> 3)
                let s1 = rotate(w2, 17) ^ rotate(w2, 19) ^ (w2 >> 10)
                w[slot] = w[slot] &+ s0 &+ w[(number &+ 9) & 15] &+ s1
            }
            let sum1 = rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)
            let choose = (e & f) ^ (~e & g)
            let t1 = h &+ sum1 &+ choose &+ k[number] &+ w[slot]
            let sum0 = rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)
            let majority = (a & b) ^ (a & c) ^ (b & c)
            d = d &+ t1
            h = t1 &+ sum0 &+ majority
        }

        // Eight rounds at a time bring the variables back to their places, so that none is moved.
        for first in stride(from: 0, to: 64, by: 8) {
            round(a, b, c, &d, e, f, g, &h, first)
            round(h, a, b, &c, d, e, f, &g, first &+ 1)
            round(g, h, a, &b, c, d, e, &f, first &+ 2)
            round(f, g, h, &a, b, c, d, &e, first &+ 3)
            round(e, f, g, &h, a, b, c, &d, first &+ 4)
            round(d, e, f, &g, h, a, b, &c, first &+ 5)
            round(c, d, e, &f, g, h, a, &b, first &+ 6)
            round(b, c, d, &e, f, g, h, &a, first &+ 7)
        }
        state[0] &+= a
        state[1] &+= b
        state[2] &+= c
        state[3] &+= d
        state[4] &+= e
        state[5] &+= f
        state[6] &+= g
        state[7] &+= h
    }

    @inline(__always)
    private func rotate(_ value: UInt32, _ count: UInt32) -> UInt32 {
        value >> count | value << (32 &- count)
    }

    private static let constants: [64 of UInt32] = [
        0x428a_2f98, 0x7137_4491, 0xb5c0_fbcf, 0xe9b5_dba5, 0x3956_c25b, 0x59f1_11f1, 0x923f_82a4, 0xab1c_5ed5,
        0xd807_aa98, 0x1283_5b01, 0x2431_85be, 0x550c_7dc3, 0x72be_5d74, 0x80de_b1fe, 0x9bdc_06a7, 0xc19b_f174,
        0xe49b_69c1, 0xefbe_4786, 0x0fc1_9dc6, 0x240c_a1cc, 0x2de9_2c6f, 0x4a74_84aa, 0x5cb0_a9dc, 0x76f9_88da,
        0x983e_5152, 0xa831_c66d, 0xb003_27c8, 0xbf59_7fc7, 0xc6e0_0bf3, 0xd5a7_9147, 0x06ca_6351, 0x1429_2967,
        0x27b7_0a85, 0x2e1b_2138, 0x4d2c_6dfc, 0x5338_0d13, 0x650a_7354, 0x766a_0abb, 0x81c2_c92e, 0x9272_2c85,
        0xa2bf_e8a1, 0xa81a_664b, 0xc24b_8b70, 0xc76c_51a3, 0xd192_e819, 0xd699_0624, 0xf40e_3585, 0x106a_a070,
        0x19a4_c116, 0x1e37_6c08, 0x2748_774c, 0x34b0_bcb5, 0x391c_0cb3, 0x4ed8_aa4a, 0x5b9c_ca4f, 0x682e_6ff3,
        0x748f_82ee, 0x78a5_636f, 0x84c8_7814, 0x8cc7_0208, 0x90be_fffa, 0xa450_6ceb, 0xbef9_a3f7, 0xc671_78f2,
    ]
}

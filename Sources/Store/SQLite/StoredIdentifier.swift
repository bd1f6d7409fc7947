/// An identifier as a row holds it: hexadecimal digests take half their digits, anything else stays text.
enum StoredIdentifier: Sendable, Hashable {
    case bytes([UInt8])
    case text(String)

    init(_ text: String) {
        let utf8 = text.utf8.span
        guard utf8.count == 32 || utf8.count == 64 else {
            self = .text(text)
            return
        }
        var isHexadecimal = true
        let bytes = [UInt8](unsafeUninitializedCapacity: utf8.count / 2) { bytes, count in
            for place in utf8.indices {
                let digit = utf8[place]
                let value: UInt8
                switch digit {
                case UInt8(ascii: "0")...UInt8(ascii: "9"): value = digit - UInt8(ascii: "0")
                // Capitals would read back as small letters.
                case UInt8(ascii: "a")...UInt8(ascii: "f"): value = digit - UInt8(ascii: "a") + 10
                default:
                    isHexadecimal = false
                    return
                }
                if place & 1 == 0 { bytes[place / 2] = value << 4 } else { bytes[place / 2] |= value }
            }
            count = utf8.count / 2
        }
        guard isHexadecimal else {
            self = .text(text)
            return
        }
        self = .bytes(bytes)
    }

    var text: String {
        switch self {
        case .text(let text): return text
        case .bytes(let bytes):
            return String(unsafeUninitializedCapacity: bytes.count * 2) { buffer in
                var index = 0
                for byte in bytes {
                    for digit in [byte >> 4, byte & 15] {
                        buffer[index] = digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10
                        index += 1
                    }
                }
                return index
            }
        }
    }
}

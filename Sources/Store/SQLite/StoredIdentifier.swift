/// An identifier as a row holds it: hexadecimal digests take half their digits, anything else stays text.
enum StoredIdentifier: Sendable, Hashable {
    case bytes([UInt8])
    case text(String)

    init(_ text: String) {
        let utf8 = text.utf8
        guard utf8.count == 32 || utf8.count == 64 else {
            self = .text(text)
            return
        }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(utf8.count / 2)
        var high: UInt8?
        for digit in utf8 {
            let value: UInt8
            switch digit {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): value = digit - UInt8(ascii: "0")
            // Capitals would read back as small letters.
            case UInt8(ascii: "a")...UInt8(ascii: "f"): value = digit - UInt8(ascii: "a") + 10
            default:
                self = .text(text)
                return
            }
            if let first = high {
                bytes.append(first << 4 | value)
                high = nil
            } else {
                high = value
            }
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

/// The id of a finding. Deterministic ids are 32 hexadecimal digits and take 16 bytes here instead of a heap string.
public enum FindingID: Hashable, Sendable {
    case hexadecimal(UInt64, UInt64)
    case text(String)

    public init(_ id: String) {
        if let packed = Self.packed(id) {
            self = .hexadecimal(packed.0, packed.1)
        } else {
            self = .text(id)
        }
    }

    public var text: String {
        switch self {
        case .text(let id): return id
        case .hexadecimal(let high, let low):
            return String(unsafeUninitializedCapacity: 32) { buffer in
                for index in 0..<32 {
                    let word = index < 16 ? high : low
                    let digit = UInt8(truncatingIfNeeded: word >> UInt64(60 - 4 * (index & 15))) & 15
                    buffer[index] = digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10
                }
                return 32
            }
        }
    }

    /// Order of the ids as text.
    public static func precedes(_ left: FindingID, _ right: FindingID) -> Bool {
        if case .hexadecimal(let a, let b) = left, case .hexadecimal(let c, let d) = right {
            return a == c ? b < d : a < c
        }
        return left.text < right.text
    }

    private static func packed(_ id: String) -> (UInt64, UInt64)? {
        guard id.utf8.count == 32 else { return nil }
        var high: UInt64 = 0
        var low: UInt64 = 0
        for byte in id.utf8 {
            let digit: UInt8
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = byte - UInt8(ascii: "0")
            case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = byte - UInt8(ascii: "a") + 10
            default: return nil
            }
            high = high << 4 | low >> 60
            low = low << 4 | UInt64(digit)
        }
        return (high, low)
    }
}

extension Message {
    /// How the bytes of a message stand for characters (MSH-18, HL7 table 0211).
    ///
    /// Only single-byte sets and UTF-8 are read; switching sets inside a message by escape sequences
    /// (v2.5.1 section 2.7.2) is not.
    public enum CharacterSet: Sendable, Hashable {
        /// 7-bit ASCII, the default of the standard.
        case ascii
        /// ISO/IEC 8859 part 1…9 or 15.
        case iso8859(part: Int)
        case utf8

        /// Reads a code of table 0211 (`ASCII`, `8859/1`, `UNICODE UTF-8`) or one of the usual spellings of UTF-8 that are
        /// not in it; `nil` when the set cannot be read.
        public init?(label: String) {
            switch label {
            case "ASCII": self = .ascii
            case "UNICODE UTF-8": self = .utf8
            case "8859/1": self = .iso8859(part: 1)
            case "8859/2": self = .iso8859(part: 2)
            case "8859/3": self = .iso8859(part: 3)
            case "8859/4": self = .iso8859(part: 4)
            case "8859/5": self = .iso8859(part: 5)
            case "8859/6": self = .iso8859(part: 6)
            case "8859/7": self = .iso8859(part: 7)
            case "8859/8": self = .iso8859(part: 8)
            case "8859/9": self = .iso8859(part: 9)
            case "8859/15": self = .iso8859(part: 15)
            case let other where Self.isAliasOfUTF8(other): self = .utf8
            default: return nil
            }
        }

        static func isAliasOfUTF8(_ label: String) -> Bool {
            ["UTF-8", "UTF8", "UNICODE UTF8"].contains(label.uppercased()) || label.uppercased() == "UNICODE UTF-8"
        }

        /// The code in table 0211.
        public var label: String {
            switch self {
            case .ascii: "ASCII"
            case .iso8859(let part): "8859/\(part)"
            case .utf8: "UNICODE UTF-8"
            }
        }

        /// Offset of the first byte that means nothing in this set.
        func firstInvalidOffset(in bytes: [UInt8], from start: Int) -> Int? {
            switch self {
            case .ascii:
                return bytes[start...].firstIndex { $0 >= 0x80 }
            case .utf8:
                do {
                    _ = try UTF8Span(validating: bytes.span.extracting(start..<bytes.count))
                    return nil
                } catch {
                    return start + error.byteOffsets.lowerBound
                }
            case .iso8859(let part):
                guard let table = ISO8859.upperHalf(part: part) else { return start }
                return bytes[start...].firstIndex { $0 >= 0x80 && ($0 < 0xA0 || table[Int($0) - 0xA0] == 0xFFFD) }
            }
        }

        /// Appends the bytes as UTF-8. Bytes that mean nothing in the set become U+FFFD, as does NUL, which no later
        /// format can hold.
        func append(_ bytes: Span<UInt8>, to text: inout [UInt8]) {
            let table: [UInt16]? =
                if case .iso8859(let part) = self { ISO8859.upperHalf(part: part) } else { nil }
            for index in bytes.indices {
                let byte = bytes[index]
                if byte == 0 {
                    Self.appendScalar(0xFFFD, to: &text)
                } else if byte < 0x80 || self == .utf8 {
                    text.append(byte)
                } else if let table, byte >= 0xA0 {
                    Self.appendScalar(table[Int(byte) - 0xA0], to: &text)
                } else {
                    Self.appendScalar(0xFFFD, to: &text)
                }
            }
        }

        private static func appendScalar(_ scalar: UInt16, to text: inout [UInt8]) {
            if scalar < 0x80 {
                text.append(UInt8(scalar))
            } else if scalar < 0x800 {
                text.append(UInt8(0xC0 | scalar >> 6))
                text.append(UInt8(0x80 | scalar & 0x3F))
            } else {
                text.append(UInt8(0xE0 | scalar >> 12))
                text.append(UInt8(0x80 | scalar >> 6 & 0x3F))
                text.append(UInt8(0x80 | scalar & 0x3F))
            }
        }
    }
}

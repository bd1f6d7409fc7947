extension Message {
    /// How the bytes of a message stand for characters (MSH-18, HL7 table 0211).
    ///
    /// ASCII, ISO 8859 and UTF-8 are read where they stand. The others are converted to UTF-8 first, because their
    /// characters may hold bytes that look like delimiters; ``Message/bytes`` then holds the converted text.
    public enum CharacterSet: Sendable, Hashable {
        /// 7-bit ASCII, the default of the standard.
        case ascii
        /// ISO/IEC 8859 part 1…9 or 15.
        case iso8859(part: Int)
        case utf8
        /// By its byte order mark, without one by how `MSH` begins.
        case utf16
        case utf32
        /// China's national set, with all of GB 2312 and GBK.
        case gb18030
        /// Taiwan's.
        case big5
        /// Korea's, in the form EUC-KR.
        case ksX1001
        /// Japanese in Extended Unix Code.
        case eucJP
        /// ASCII or a part of ISO 8859 with escape sequences into further sets, such as ISO IR87 (Japanese).
        case iso2022(part: Int?)

        /// Reads a code of table 0211 (`ASCII`, `8859/1`, `UNICODE UTF-8`) or one of the usual spellings that are not in it;
        /// `nil` when the set cannot be read.
        public init?(label: String) {
            switch label {
            case "ASCII", "ISO IR6": self = .ascii
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
            case "UNICODE UTF-16", "UNICODE": self = .utf16
            case "UNICODE UTF-32": self = .utf32
            case "GB 18030-2000", "GB 18030", "GB18030": self = .gb18030
            case "BIG-5", "BIG5": self = .big5
            case "KS X 1001", "EUC-KR": self = .ksX1001
            case "EUC-JP": self = .eucJP
            case "ISO IR14", "ISO IR87", "ISO IR159", "ISO IR13", "JIS X 0202", "JAS2020", "ISO-2022-JP", "ISO 2022-JP":
                self = .iso2022(part: nil)
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
            case .utf16: "UNICODE UTF-16"
            case .utf32: "UNICODE UTF-32"
            case .gb18030: "GB 18030-2000"
            case .big5: "BIG-5"
            case .ksX1001: "KS X 1001"
            case .eucJP: "EUC-JP"
            case .iso2022(let part): part.map { "8859/\($0)" } ?? "ISO IR87"
            }
        }

        /// Whether a message in this set is converted to UTF-8 before it is cut at its delimiters.
        var isConverted: Bool {
            switch self {
            case .ascii, .iso8859, .utf8: false
            default: true
            }
        }

        /// The name iconv has for a set that is read by it.
        private var iconvName: String? {
            switch self {
            case .gb18030: "GB18030"
            case .big5: "BIG5"
            case .ksX1001: "EUC-KR"
            case .eucJP: "EUC-JP"
            default: nil
            }
        }

        /// A whole message in a converted set as UTF-8.
        func utf8(_ bytes: [UInt8]) -> Transcoding.Outcome {
            switch self {
            case .utf16, .utf32:
                guard let form = UnicodeForms.form(of: bytes), form.width == (self == .utf16 ? 2 : 4) else {
                    return .invalid(0)
                }
                return UnicodeForms.utf8(bytes, form)
            case .iso2022(let part):
                var text: [UInt8] = []
                text.reserveCapacity(bytes.count)
                var state = ISO2022(part: part)
                return state.append(bytes[...], to: &text).map { .invalid($0) } ?? .converted(text)
            default:
                return iconvName.map { Transcoding.convert(bytes, from: $0, to: "UTF-8") } ?? .converted(bytes)
            }
        }

        /// UTF-8 text in this set; `nil` when a character has no place in it.
        ///
        /// - Parameter form: byte order and mark of UTF-16 and UTF-32.
        func encode(_ text: [UInt8], form: UnicodeForms.Form? = nil) -> [UInt8]? {
            switch self {
            case .utf8: return text
            case .ascii: return text.allSatisfy { $0 < 0x80 } ? text : nil
            case .iso8859(let part):
                var bytes: [UInt8] = []
                for scalar in String(decoding: text, as: UTF8.self).unicodeScalars {
                    guard let byte = ISO8859.byte(of: scalar, part: part) else { return nil }
                    bytes.append(byte)
                }
                return bytes
            case .utf16: return UnicodeForms.encode(text, form ?? .init(width: 2, isBigEndian: true, hasMark: true))
            case .utf32: return UnicodeForms.encode(text, form ?? .init(width: 4, isBigEndian: true, hasMark: true))
            case .iso2022(let part): return ISO2022.encode(text, part: part)
            default:
                guard let name = iconvName, case .converted(let bytes) = Transcoding.convert(text, from: "UTF-8", to: name)
                else {
                    return nil
                }
                return bytes
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
            default:
                if case .converted = utf8(start == 0 ? bytes : Array(bytes[start...])) { return nil }
                return start
            }
        }

        /// Appends the bytes as UTF-8. Bytes that mean nothing in the set become U+FFFD, as does NUL, which no later
        /// format can hold.
        func append(_ bytes: Span<UInt8>, to text: inout [UInt8]) {
            if isConverted {
                var copy: [UInt8] = []
                for index in bytes.indices { copy.append(bytes[index]) }
                if case .converted(let converted) = utf8(copy) { text += converted }
                return
            }
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

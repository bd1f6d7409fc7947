/// A place in a JSON value, RFC 6901: `/entry/0/resource/status`. The empty pointer is the whole value.
public struct JSONPointer: Sendable, Hashable {
    /// Unescaped reference tokens from the root down.
    public var tokens: [String]

    public static let root = JSONPointer(tokens: [])

    public init(tokens: [String]) {
        self.tokens = tokens
    }

    /// `nil` unless the text is a pointer: empty, or `/` in front of each token, `~` only as `~0` and `~1`.
    public init?(_ text: some StringProtocol) {
        if text.isEmpty {
            tokens = []
            return
        }
        var tokens: [String] = []
        var token: [UInt8] = []
        var bytes = text.utf8.makeIterator()
        guard bytes.next() == UInt8(ascii: "/") else { return nil }
        while let byte = bytes.next() {
            switch byte {
            case UInt8(ascii: "/"):
                tokens.append(String(decoding: token, as: UTF8.self))
                token.removeAll(keepingCapacity: true)
            case UInt8(ascii: "~"):
                switch bytes.next() {
                case UInt8(ascii: "0"): token.append(UInt8(ascii: "~"))
                case UInt8(ascii: "1"): token.append(UInt8(ascii: "/"))
                default: return nil
                }
            default:
                token.append(byte)
            }
        }
        tokens.append(String(decoding: token, as: UTF8.self))
        self.tokens = tokens
    }

    public func appending(_ key: String) -> JSONPointer {
        JSONPointer(tokens: tokens + [key])
    }

    public func appending(_ position: Int) -> JSONPointer {
        JSONPointer(tokens: tokens + [String(position)])
    }

    /// An array index of RFC 6901 section 4: digits without a leading zero.
    static func position(_ token: String) -> Int? {
        guard token == "0" || (1...18).contains(token.utf8.count) && token.utf8.first != UInt8(ascii: "0"),
            token.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) })
        else { return nil }
        return Int(token)
    }
}

extension JSONPointer: ExpressibleByStringLiteral {
    /// A pointer written in code; a text without a slash in front is one key.
    public init(stringLiteral text: String) {
        self = JSONPointer(text) ?? JSONPointer(tokens: [text])
    }
}

extension JSONPointer: CustomStringConvertible {
    public var description: String {
        var text: [UInt8] = []
        for token in tokens {
            text.append(UInt8(ascii: "/"))
            for byte in token.utf8 {
                switch byte {
                case UInt8(ascii: "~"): text += [UInt8(ascii: "~"), UInt8(ascii: "0")]
                case UInt8(ascii: "/"): text += [UInt8(ascii: "~"), UInt8(ascii: "1")]
                default: text.append(byte)
                }
            }
        }
        return String(decoding: text, as: UTF8.self)
    }
}

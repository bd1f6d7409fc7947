/// SHA-256 of some content.
public struct ContentDigest: Hashable, Sendable, Codable {
    public let bytes: [UInt8]

    public init(of content: some Sequence<UInt8>) {
        var hash = SHA256()
        hash.update(content)
        bytes = hash.finalize()
    }

    /// `nil` unless there are 32 bytes.
    public init?(bytes: [UInt8]) {
        guard bytes.count == 32 else { return nil }
        self.bytes = bytes
    }

    /// `nil` unless the text is 64 hexadecimal digits.
    public init?(hex: String) {
        let digits = Array(hex.utf8)
        guard digits.count == 64 else { return nil }
        var bytes: [UInt8] = []
        for index in stride(from: 0, to: 64, by: 2) {
            guard let high = Character(UnicodeScalar(digits[index])).hexDigitValue,
                let low = Character(UnicodeScalar(digits[index + 1])).hexDigitValue
            else { return nil }
            bytes.append(UInt8(high << 4 | low))
        }
        self.bytes = bytes
    }

    /// Lower-case hexadecimal, 64 digits.
    public var hex: String {
        Self.hex(bytes[...])
    }

    /// A deterministic 32-digit identifier from parts, none of which can be confused with another: each part is
    /// hashed with its length in front. Used for FHIR logical ids.
    public static func identifier(_ parts: String...) -> String {
        identifier(parts)
    }

    public static func identifier(_ parts: [String]) -> String {
        var hash = SHA256()
        for part in parts {
            hash.update(String(part.utf8.count).utf8)
            hash.update(CollectionOfOne(UInt8(ascii: ":")))
            hash.update(part.utf8)
        }
        return hex(hash.finalize().prefix(16))
    }

    /// The number that ``identifier(_:)-swift.type.method`` writes, of parts that were joined already, each with its length
    /// and a colon in front.
    public static func identifierNumber(ofJoined parts: [UInt8]) -> UInt128 {
        var hash = SHA256()
        hash.update(parts)
        return hash.finalizeHalf()
    }

    private static func hex(_ bytes: ArraySlice<UInt8>) -> String {
        func digit(_ value: UInt8) -> UInt8 {
            value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
        }
        return String(unsafeUninitializedCapacity: bytes.count * 2) { text in
            for (index, byte) in bytes.enumerated() {
                text[index * 2] = digit(byte >> 4)
                text[index * 2 + 1] = digit(byte & 15)
            }
            return bytes.count * 2
        }
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let digest = ContentDigest(hex: try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "not a SHA-256 digest")
        }
        self = digest
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(hex)
    }
}

extension ContentDigest: CustomStringConvertible {
    public var description: String { hex }
}

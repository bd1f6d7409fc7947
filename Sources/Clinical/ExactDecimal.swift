/// A decimal number exactly as it was written: `7.40` keeps its trailing zero.
///
/// The value is `coefficient × 10^-scale`. FHIR R4 (datatypes, `decimal`) requires that precision is
/// preserved, so equality is on representation; use ``isNumericallyEqual(to:)`` or the `<` operator to
/// compare values.
public struct ExactDecimal: Hashable, Sendable {
    /// The digits, with sign and without the decimal point.
    public let coefficient: Int128
    /// Number of digits after the decimal point; negative for exponents above zero (`1e3` has scale −3).
    public let scale: Int16

    /// Most digits a coefficient may have. FHIR asks for 18 at least; 37 always fit in 128 bits.
    public static let maximumDigits = 37
    /// Largest absolute exponent that is read.
    public static let maximumScale = 400

    public init(coefficient: Int128, scale: Int = 0) {
        self.coefficient = coefficient
        self.scale = Int16(clamping: scale)
    }

    public init(_ value: Int) {
        self.init(coefficient: Int128(value))
    }

    /// Reads an optionally signed decimal literal with an optional exponent (`-12.50`, `+.5`, `1.0e-3`).
    ///
    /// Accepts the union of HL7v2 NM (v2.9 section 2A.2.44) and the JSON number grammar; callers that need the
    /// stricter grammar check it themselves. `nil` when the text is not such a literal, has more than
    /// ``maximumDigits`` significant digits, or an exponent beyond ``maximumScale``.
    public init?(_ text: some StringProtocol) {
        let parsed: ExactDecimal?? = text.utf8.withContiguousStorageIfAvailable { ExactDecimal(utf8: $0) }
        if let parsed {
            guard let parsed else { return nil }
            self = parsed
            return
        }
        guard let slow = ExactDecimal(utf8: Array(text.utf8)) else { return nil }
        self = slow
    }

    /// The same, from UTF-8 bytes.
    public init?(utf8 bytes: some Collection<UInt8>) {
        var coefficient: Int128 = 0
        var digits = 0
        var significant = 0
        var scale = 0
        var seenPoint = false
        var negative = false
        var index = bytes.startIndex
        if index < bytes.endIndex, bytes[index] == UInt8(ascii: "-") || bytes[index] == UInt8(ascii: "+") {
            negative = bytes[index] == UInt8(ascii: "-")
            index = bytes.index(after: index)
        }
        scan: while index < bytes.endIndex {
            let byte = bytes[index]
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"):
                digits += 1
                if significant > 0 || byte != UInt8(ascii: "0") { significant += 1 }
                guard significant <= Self.maximumDigits else { return nil }
                coefficient = coefficient &* 10 &+ Int128(byte &- UInt8(ascii: "0"))
                if seenPoint { scale += 1 }
            case UInt8(ascii: "."):
                guard !seenPoint else { return nil }
                seenPoint = true
            case UInt8(ascii: "e"), UInt8(ascii: "E"):
                guard let exponent = Self.exponent(bytes[bytes.index(after: index)...]) else { return nil }
                scale -= exponent
                break scan
            default:
                return nil
            }
            index = bytes.index(after: index)
        }
        guard digits > 0, abs(scale) <= Self.maximumScale else { return nil }
        self.coefficient = negative ? -coefficient : coefficient
        self.scale = Int16(scale)
    }

    private static func exponent(_ bytes: some Collection<UInt8>) -> Int? {
        var value = 0
        var digits = 0
        var negative = false
        for (offset, byte) in bytes.enumerated() {
            switch byte {
            case UInt8(ascii: "-") where offset == 0: negative = true
            case UInt8(ascii: "+") where offset == 0: break
            case UInt8(ascii: "0")...UInt8(ascii: "9"):
                value = value * 10 + Int(byte - UInt8(ascii: "0"))
                digits += 1
                guard value <= maximumScale else { return nil }
            default: return nil
            }
        }
        guard digits > 0 else { return nil }
        return negative ? -value : value
    }

    /// The nearest double.
    public var doubleValue: Double {
        // Both powers are exact up to 10^22, which makes the usual clinical value correctly rounded.
        if coefficient.magnitude < (1 << 53), scale >= 0, scale <= 22 {
            return Double(Int64(coefficient)) / Self.powersOfTen[Int(scale)]
        }
        return Double(description) ?? .nan
    }

    private static let powersOfTen: [Double] = [
        1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11,
        1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
    ]

    /// The double's shortest decimal form that reads back as the same double; `nil` for NaN and infinities.
    public init?(shortest value: Double) {
        guard value.isFinite else { return nil }
        self.init(value.description)
    }

    /// Without trailing zeros after the decimal point; `0.0` becomes `0`.
    public var normalized: ExactDecimal {
        if coefficient == 0 { return ExactDecimal(coefficient: 0) }
        var coefficient = coefficient
        var scale = Int(scale)
        while scale > 0, coefficient % 10 == 0 {
            coefficient /= 10
            scale -= 1
        }
        while scale < 0, coefficient.magnitude < Self.shiftLimit {
            coefficient *= 10
            scale += 1
        }
        return ExactDecimal(coefficient: coefficient, scale: scale)
    }

    private static let shiftLimit: UInt128 = 1_000_000_000_000_000_000_000_000_000_000_000_000

    /// Whether both stand for the same number: `7.4` and `7.40` do.
    public func isNumericallyEqual(to other: ExactDecimal) -> Bool {
        normalized == other.normalized
    }
}

extension ExactDecimal: Comparable {
    public static func < (left: ExactDecimal, right: ExactDecimal) -> Bool {
        let (a, b) = (left.normalized, right.normalized)
        if a.scale == b.scale { return a.coefficient < b.coefficient }
        return a.doubleValue < b.doubleValue
    }
}

extension ExactDecimal: CustomStringConvertible {
    /// Plain notation where the exponent allows it, otherwise scientific; reads back as the same value and scale.
    public var description: String {
        if scale == 0 { return String(coefficient) }
        if scale < 0 || scale > 60 { return "\(coefficient)e\(-Int(scale))" }
        var digits = String(coefficient.magnitude)
        if digits.utf8.count <= Int(scale) {
            digits = String(repeating: "0", count: Int(scale) + 1 - digits.utf8.count) + digits
        }
        let point = digits.utf8.index(digits.utf8.endIndex, offsetBy: -Int(scale))
        return (coefficient < 0 ? "-" : "") + digits[..<point] + "." + digits[point...]
    }
}

extension ExactDecimal: Codable {
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let value = ExactDecimal(try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "not a decimal number")
        }
        self = value
    }

    /// Encoded as a string, because JSON numbers pass through `Double` in Codable.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}

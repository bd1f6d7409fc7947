/// The forms of FHIR R4 primitive types (http://hl7.org/fhir/R4/datatypes.html#primitive).
public enum FHIRPrimitive {
    /// `id`: `[A-Za-z0-9\-\.]{1,64}`.
    public static func isID(_ text: some StringProtocol) -> Bool {
        let bytes = text.utf8
        return (1...64).contains(bytes.count)
            && bytes.allSatisfy { isAlphanumeric($0) || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: ".") }
    }

    /// `code`: `[^\s]+(\s[^\s]+)*`, so no white space at the ends and never two in a row.
    public static func isCode(_ text: some StringProtocol) -> Bool {
        var afterSpace = true
        for scalar in text.unicodeScalars {
            let isSpace = isWhitespace(scalar)
            if isSpace, afterSpace { return false }
            afterSpace = isSpace
        }
        return !afterSpace
    }

    /// `uri`, `url`, `canonical`: `\S*`, and not empty, as no FHIR string is.
    public static func isURI(_ text: some StringProtocol) -> Bool {
        !text.isEmpty && !text.unicodeScalars.contains(where: isWhitespace)
    }

    /// `oid`: `urn:oid:[0-2](\.(0|[1-9][0-9]*))+`.
    public static func isOID(_ text: some StringProtocol) -> Bool {
        guard text.hasPrefix("urn:oid:") else { return false }
        let arcs = text.utf8.dropFirst(8).split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard arcs.count >= 2, let first = arcs.first, first.count == 1,
            let root = first.first, (UInt8(ascii: "0")...UInt8(ascii: "2")).contains(root)
        else { return false }
        return arcs.dropFirst().allSatisfy { arc in
            guard let leading = arc.first, arc.allSatisfy(isDigit) else { return false }
            return arc.count == 1 || leading != UInt8(ascii: "0")
        }
    }

    /// `uuid`: `urn:uuid:` and 8-4-4-4-12 lower-case hexadecimal digits.
    public static func isUUID(_ text: some StringProtocol) -> Bool {
        guard text.hasPrefix("urn:uuid:") else { return false }
        let groups = text.utf8.dropFirst(9).split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
        return groups.map(\.count) == [8, 4, 4, 4, 12]
            && groups.allSatisfy { $0.allSatisfy { isDigit($0) || $0 &- UInt8(ascii: "a") < 6 } }
    }

    /// `string`, `markdown`: not empty, at most 1,048,576 characters.
    public static func isString(_ text: some StringProtocol) -> Bool {
        !text.isEmpty && (text.utf8.count <= 1_048_576 || text.unicodeScalars.count <= 1_048_576)
    }

    /// Whether a `string` has control characters other than tab, CR and LF, which it should not have.
    public static func hasControlCharacters(_ text: some StringProtocol) -> Bool {
        text.utf8.contains { $0 < 0x20 && $0 != 9 && $0 != 10 && $0 != 13 }
    }

    private static func isWhitespace(_ scalar: Unicode.Scalar) -> Bool {
        scalar.isASCII ? scalar == " " || (9...13).contains(scalar.value) : scalar.properties.isWhitespace
    }

    static func isDigit(_ byte: UInt8) -> Bool {
        byte &- UInt8(ascii: "0") < 10
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        isDigit(byte) || (byte | 0x20) &- UInt8(ascii: "a") < 26
    }
}

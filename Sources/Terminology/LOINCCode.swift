/// The form of a LOINC code: digits, a hyphen, a check digit.
public enum LOINCCode {
    /// Whether the code has the form of a LOINC code and the right check digit (LOINC Users' Guide, appendix
    /// "Calculating Mod 10 check digits").
    public static func isWellFormed(_ code: String) -> Bool {
        let bytes = Array(code.utf8)
        guard bytes.count >= 3, bytes.count <= 10, bytes[bytes.count - 2] == UInt8(ascii: "-") else { return false }
        var sum = 0
        let digits = bytes.dropLast(2)
        for (index, byte) in digits.reversed().enumerated() {
            guard let digit = digit(byte) else { return false }
            let doubled = index % 2 == 0 ? digit * 2 : digit
            sum += doubled > 9 ? doubled - 9 : doubled
        }
        return digit(bytes[bytes.count - 1]) == (10 - sum % 10) % 10
    }

    private static func digit(_ byte: UInt8) -> Int? {
        byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") ? Int(byte - UInt8(ascii: "0")) : nil
    }
}

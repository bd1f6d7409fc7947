public import Clinical

/// Reads numbers: NM (HL7 v2.5.1 section 2.A.47) and SI (2.A.69).
public enum NumericReader {
    /// An optional sign, digits, an optional decimal point among or after them. No exponent, no blanks, no comparator.
    ///
    /// - Throws: code 102 (data type error), at `place`.
    public static func read(
        _ text: String, at place: HL7v2Location = HL7v2Location(segment: "", occurrence: 0)
    ) throws(HL7v2Error) -> ExactDecimal {
        for byte in text.utf8 where !isNumeric(byte) {
            throw HL7v2Error(
                code: HL7v2Error.Code.dataType, place: place,
                reason: "A number (NM) holds an optional sign, digits and an optional decimal point only.")
        }
        guard let number = ExactDecimal(text) else {
            throw HL7v2Error(
                code: HL7v2Error.Code.dataType, place: place,
                reason: "This is not a number (NM), or it has more than \(ExactDecimal.maximumDigits) digits.")
        }
        return number
    }

    /// Reads the first component of a field; `nil` when it is not valued.
    public static func read(_ field: Field) throws(HL7v2Error) -> ExactDecimal? {
        guard let text = field.text else { return nil }
        return try read(text, at: field.location)
    }

    private static func isNumeric(_ byte: UInt8) -> Bool {
        byte &- UInt8(ascii: "0") < 10 || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "-")
            || byte == UInt8(ascii: "+")
    }
}

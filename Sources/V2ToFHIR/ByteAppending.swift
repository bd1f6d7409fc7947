extension [UInt8] {
    /// Appends a range of other bytes: one copy, where a slice would count references and go element by element.
    @inline(__always)
    mutating func append(_ other: [UInt8], _ range: Range<Int>) {
        other.withUnsafeBufferPointer { append(contentsOf: UnsafeBufferPointer(rebasing: $0[range])) }
    }

    /// The same of a slice.
    @inline(__always)
    mutating func append(_ slice: ArraySlice<UInt8>) {
        slice.withUnsafeBufferPointer { append(contentsOf: $0) }
    }

    /// Appends the bytes of a text, in one copy too.
    @inline(__always)
    mutating func append(_ text: String) {
        var text = text
        text.withUTF8 { append(contentsOf: $0) }
    }

    /// Appends a number that is not negative, in digits.
    mutating func append(decimal number: Int) {
        if number > 9 { append(decimal: number / 10) }
        append(UInt8(ascii: "0") + UInt8(number % 10))
    }
}

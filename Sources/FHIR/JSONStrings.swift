/// Decoding of scanned strings.
enum JSONStrings {
    /// Appends the UTF-8 of a string whose escapes the scanner has checked.
    static func decode(_ bytes: RawSpan, _ start: Int, _ length: Int, into output: inout [UInt8]) {
        let end = start + length
        var position = start
        while position < end {
            let byte = bytes.byte(position)
            guard byte == UInt8(ascii: "\\"), position + 1 < end else {
                output.append(byte)
                position += 1
                continue
            }
            let escaped = bytes.byte(position + 1)
            position += 2
            switch escaped {
            case UInt8(ascii: "b"): output.append(0x08)
            case UInt8(ascii: "f"): output.append(0x0C)
            case UInt8(ascii: "n"): output.append(0x0A)
            case UInt8(ascii: "r"): output.append(0x0D)
            case UInt8(ascii: "t"): output.append(0x09)
            case UInt8(ascii: "u"):
                guard var scalar = bytes.codeUnit(escapedAt: position - 2) else { continue }
                position += 4
                if scalar & 0xFC00 == 0xD800, let low = bytes.codeUnit(escapedAt: position) {
                    scalar = 0x1_0000 + (scalar & 0x3FF) << 10 + (low & 0x3FF)
                    position += 6
                }
                if let unicode = Unicode.Scalar(scalar) { output.append(contentsOf: UTF8.encode(unicode) ?? .init()) }
            default: output.append(escaped)
            }
        }
    }
}

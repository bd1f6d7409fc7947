/// The document as validated UTF-8, whatever encoding it came in.
///
/// Decoding happens here and not in libxml2, so that the byte scan in front of the parser reads the same characters that
/// the parser does.
struct DocumentText {
    /// UTF-8 without a byte order mark.
    let bytes: [UInt8]

    init(_ input: [UInt8], limits: CDALimits) throws(CDAError) {
        guard input.count <= limits.maximumBytes else {
            throw CDAError(
                .tooLarge, place: "byte \(limits.maximumBytes)", "The document is larger than \(limits.maximumBytes) bytes."
            )
        }
        let start = Array(input.prefix(4))
        switch (start.first, start.dropFirst().first) {
        case (nil, _):
            throw CDAError(.empty, place: "byte 0", "The document has no bytes.")
        case (0xFF, 0xFE), (0xFE, 0xFF), (0x3C, 0x00), (0x00, 0x3C):
            let marked = start[0] >= 0xFE
            let little = start[0] == 0xFF || start[0] == 0x3C
            // A zero in the third and fourth byte is UTF-32.
            guard start.count < 4 || start[2] != 0 || start[3] != 0 else { throw Self.unsupported }
            bytes = try Self.fromUTF16(input, from: marked ? 2 : 0, littleEndian: little)
            if let label = Self.declaredEncoding(bytes), !label.hasPrefix("utf-16"), label != "iso-10646-ucs-2" {
                throw CDAError(.encoding, place: "byte 0", "The bytes are UTF-16 but the XML declaration says otherwise.")
            }
        case (0x00, _):
            throw Self.unsupported
        default:
            let text = start.starts(with: [0xEF, 0xBB, 0xBF]) ? Array(input[3...]) : input
            switch Self.declaredEncoding(text) {
            case nil, "utf-8", "utf8", "us-ascii", "ascii":
                bytes = text
                try Self.validate(text)
            case "iso-8859-1", "iso8859-1", "latin1", "iso_8859-1":
                bytes = Self.fromLatin1(text)
            case .some(let label) where label.hasPrefix("utf-16"):
                throw CDAError(.encoding, place: "byte 0", "The XML declaration says UTF-16 but the bytes are not.")
            default:
                throw Self.unsupported
            }
        }
        guard bytes.contains(where: { $0 > 0x20 }) else {
            throw CDAError(.empty, place: "byte 0", "The document holds only white space.")
        }
    }

    private static var unsupported: CDAError {
        CDAError(
            .encoding, place: "byte 0",
            "The encoding of the document is not supported; send UTF-8, UTF-16 or ISO-8859-1 and declare it.")
    }

    /// The `encoding` of an XML declaration in lower case; `nil` when there is none.
    private static func declaredEncoding(_ bytes: [UInt8]) -> String? {
        guard bytes.starts(with: "<?xml".utf8) else { return nil }
        let head = bytes.prefix(1024)
        let declaration = head.prefix { $0 != UInt8(ascii: ">") }
        let name = Array("encoding".utf8)
        var index = declaration.startIndex
        while index + name.count < declaration.endIndex {
            if declaration[index...].starts(with: name) {
                let value = declaration[(index + name.count)...]
                    .drop { $0 <= 0x20 || $0 == UInt8(ascii: "=") }
                guard let quote = value.first, quote == UInt8(ascii: "\"") || quote == UInt8(ascii: "'") else { return nil }
                return String(decoding: value.dropFirst().prefix { $0 != quote }, as: UTF8.self).lowercased()
            }
            index += 1
        }
        return nil
    }

    private static func validate(_ bytes: [UInt8]) throws(CDAError) {
        do {
            _ = try UTF8Span(validating: bytes.span)
        } catch {
            throw CDAError(
                .encoding, place: "byte \(error.byteOffsets.lowerBound)",
                "The bytes are not valid UTF-8, which the document declares or is read as by default.")
        }
    }

    private static func fromLatin1(_ input: [UInt8]) -> [UInt8] {
        var output: [UInt8] = []
        output.reserveCapacity(input.count + input.count / 8)
        for byte in input {
            if byte < 0x80 {
                output.append(byte)
            } else {
                output.append(0xC0 | byte >> 6)
                output.append(0x80 | byte & 0x3F)
            }
        }
        return output
    }

    private static func fromUTF16(_ input: [UInt8], from start: Int, littleEndian: Bool) throws(CDAError) -> [UInt8] {
        guard (input.count - start) % 2 == 0 else {
            throw CDAError(.encoding, place: "byte \(input.count)", "The document ends inside a UTF-16 character.")
        }
        var output: [UInt8] = []
        output.reserveCapacity(input.count / 2)
        var high: UInt32?
        for index in stride(from: start, to: input.count - 1, by: 2) {
            let (first, second) = (UInt32(input[index]), UInt32(input[index + 1]))
            let unit = littleEndian ? second << 8 | first : first << 8 | second
            let scalar: UInt32
            switch (unit, high) {
            case (0xD800...0xDBFF, nil):
                high = unit
                continue
            case (0xDC00...0xDFFF, .some(let lead)):
                high = nil
                scalar = 0x10000 + (lead - 0xD800) << 10 + (unit - 0xDC00)
            case (0xD800...0xDFFF, _), (_, .some):
                throw CDAError(.encoding, place: "byte \(index)", "The bytes are not valid UTF-16 (unpaired surrogate).")
            default:
                scalar = unit
            }
            append(scalar, to: &output)
        }
        guard high == nil else {
            throw CDAError(
                .encoding, place: "byte \(input.count)", "The bytes are not valid UTF-16 (unpaired surrogate).")
        }
        return output
    }

    private static func append(_ scalar: UInt32, to output: inout [UInt8]) {
        switch scalar {
        case 0..<0x80:
            output.append(UInt8(scalar))
        case 0x80..<0x800:
            output.append(UInt8(0xC0 | scalar >> 6))
            output.append(UInt8(0x80 | scalar & 0x3F))
        case 0x800..<0x10000:
            output.append(UInt8(0xE0 | scalar >> 12))
            output.append(UInt8(0x80 | scalar >> 6 & 0x3F))
            output.append(UInt8(0x80 | scalar & 0x3F))
        default:
            output.append(UInt8(truncatingIfNeeded: 0xF0 | scalar >> 18 & 0x07))
            output.append(UInt8(0x80 | scalar >> 12 & 0x3F))
            output.append(UInt8(0x80 | scalar >> 6 & 0x3F))
            output.append(UInt8(0x80 | scalar & 0x3F))
        }
    }
}

/// Looks at the markup of a document before libxml2 does, and refuses what would make it slow or dangerous: document
/// type and entity declarations, tags of excessive length, start tags with very many attributes.
///
/// One pass, no allocation. Anything it is not sure about it either refuses as not well-formed or leaves to the parser;
/// a `<` inside a tag is always refused, so that the scan cannot be led past a tag the parser would read.
enum MarkupScan {
    static func check(_ bytes: [UInt8], limits: CDALimits) throws(CDAError) {
        let end = bytes.count
        var index = 0
        while index < end {
            guard bytes[index] == UInt8(ascii: "<") else {
                // XML forbids NUL; some parsers take it for the end of the text.
                if bytes[index] == 0 {
                    throw CDAError(
                        .notWellFormed, place: place(index, in: bytes),
                        "The document holds a NUL character, which XML does not allow.")
                }
                index += 1
                continue
            }
            switch index + 1 < end ? bytes[index + 1] : 0 {
            case UInt8(ascii: "!"):
                if matches("<!--", bytes, index) {
                    index = try skip(from: index + 4, to: "-->", bytes, limit: nil, opened: index)
                } else if matches("<![CDATA[", bytes, index) {
                    index = try skip(from: index + 9, to: "]]>", bytes, limit: nil, opened: index)
                } else {
                    throw CDAError(
                        .documentType, place: place(index, in: bytes),
                        "Document type and entity declarations are not accepted; remove the DOCTYPE.")
                }
            case UInt8(ascii: "?"):
                index = try skip(
                    from: index + 2, to: "?>", bytes, limit: limits.maximumTagBytes, opened: index)
            default:
                index = try skipTag(from: index, bytes, limits: limits)
            }
        }
    }

    /// The index after a tag.
    private static func skipTag(from start: Int, _ bytes: [UInt8], limits: CDALimits) throws(CDAError) -> Int {
        var quote: UInt8 = 0
        var attributes = 0
        var index = start + 1
        let longest = min(bytes.count, start + limits.maximumTagBytes)
        while index < longest {
            let byte = bytes[index]
            index += 1
            switch byte {
            case UInt8(ascii: "<"), 0:
                throw CDAError(
                    .notWellFormed, place: place(start, in: bytes), "A tag holds a character that it must not.")
            case quote where quote != 0:
                quote = 0
            case UInt8(ascii: "\""), UInt8(ascii: "'"):
                if quote == 0 { quote = byte }
            case UInt8(ascii: "=") where quote == 0:
                attributes += 1
                if attributes > limits.maximumAttributes {
                    throw CDAError(
                        .tag, place: place(start, in: bytes),
                        "A start tag has more than \(limits.maximumAttributes) attributes.")
                }
            case UInt8(ascii: ">") where quote == 0:
                return index
            default:
                continue
            }
        }
        if longest < bytes.count {
            throw CDAError(
                .tag, place: place(start, in: bytes), "A tag is longer than \(limits.maximumTagBytes) bytes.")
        }
        throw unfinished(start, bytes)
    }

    private static func skip(
        from start: Int, to terminator: StaticString, _ bytes: [UInt8], limit: Int?, opened: Int
    ) throws(CDAError) -> Int {
        var index = start
        let last = terminator.utf8Start[terminator.utf8CodeUnitCount - 1]
        while index < bytes.count {
            if let limit, index - opened > limit {
                throw CDAError(
                    .tag, place: place(opened, in: bytes), "A processing instruction is longer than \(limit) bytes.")
            }
            if bytes[index] == last {
                let first = index + 1 - terminator.utf8CodeUnitCount
                if first >= start, matches(terminator, bytes, first) { return index + 1 }
            }
            index += 1
        }
        throw unfinished(opened, bytes)
    }

    private static func unfinished(_ opened: Int, _ bytes: [UInt8]) -> CDAError {
        CDAError(.notWellFormed, place: place(opened, in: bytes), "The document ends inside the markup that begins here.")
    }

    private static func matches(_ text: StaticString, _ bytes: [UInt8], _ index: Int) -> Bool {
        guard index >= 0, index + text.utf8CodeUnitCount <= bytes.count else { return false }
        for offset in 0..<text.utf8CodeUnitCount where bytes[index + offset] != text.utf8Start[offset] { return false }
        return true
    }

    private static func place(_ index: Int, in bytes: [UInt8]) -> String {
        let line = 1 + bytes[..<min(index, bytes.count)].count { $0 == UInt8(ascii: "\n") }
        return "byte \(index), line \(line)"
    }
}

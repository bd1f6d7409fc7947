/// Reads the common name out of a certificate (DER, RFC 5280, 4.1).
///
/// NIOSSL does not publish the subject. This walks to it and no further; anything unexpected yields `nil`.
enum CertificateSubject {
    /// The last (most specific) common name of the subject.
    static func commonName(der: [UInt8]) -> String? {
        var outer = Reader(bytes: der[...])
        guard var certificate = outer.constructed(tag: 0x30), var body = certificate.constructed(tag: 0x30) else {
            return nil
        }
        if body.nextTag == 0xA0 { _ = body.element() }  // version
        // serialNumber, signature, issuer, validity
        for _ in 0..<4 where body.element() == nil { return nil }
        guard var subject = body.constructed(tag: 0x30) else { return nil }
        var name: String?
        while var set = subject.constructed(tag: 0x31) {
            while var attribute = set.constructed(tag: 0x30) {
                guard let type = attribute.element(), type.tag == 0x06, let value = attribute.element() else { return nil }
                // id-at-commonName, 2.5.4.3; UTF8String or PrintableString (RFC 5280, appendix A.1)
                if type.content.elementsEqual([0x55, 0x04, 0x03]), value.tag == 0x0C || value.tag == 0x13 {
                    name = String(validating: value.content, as: UTF8.self)
                }
            }
        }
        return name
    }

    private struct Reader {
        var bytes: ArraySlice<UInt8>

        var nextTag: UInt8? { bytes.first }

        mutating func constructed(tag: UInt8) -> Reader? {
            guard nextTag == tag, let element = element() else { return nil }
            return Reader(bytes: element.content)
        }

        /// Tag, length and content of the next element; only single-byte tags and definite lengths, as DER has them.
        mutating func element() -> (tag: UInt8, content: ArraySlice<UInt8>)? {
            guard let tag = bytes.popFirst(), let first = bytes.popFirst() else { return nil }
            var length = Int(first)
            if first >= 0x80 {
                let count = Int(first & 0x7F)
                guard (1...4).contains(count), bytes.count >= count else { return nil }
                length = 0
                for _ in 0..<count { length = length << 8 | Int(bytes.popFirst() ?? 0) }
            }
            guard length <= bytes.count else { return nil }
            let content = bytes.prefix(length)
            bytes = bytes.dropFirst(length)
            return (tag, content)
        }
    }
}

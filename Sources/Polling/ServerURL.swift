/// The base address of a server, and which other addresses belong to it.
///
/// Strict on purpose: what this accepts and what libcurl then reads must be the same host, so anything unusual (user
/// information, backslashes, control characters) is refused rather than interpreted.
public struct ServerURL: Hashable, Sendable {
    /// `https://host:port`, in lower case, the port only where it is not the scheme's own.
    public let origin: String
    /// Path without a slash at the end: `/fhir/R4`, or empty.
    public let path: String

    public var isEncrypted: Bool { origin.hasPrefix("https://") }

    /// Whether it is a loopback address (`localhost`, `127.…`, `[::1]`).
    public var isLoopback: Bool {
        let host = origin.drop { $0 != ":" }.dropFirst(3)
        return host == "localhost" || host.hasPrefix("localhost:") || host.hasPrefix("127.") || host.hasPrefix("[::1]")
    }

    /// - Throws: ``PollingError`` unless the text is an absolute `http` or `https` URL without query and fragment.
    public init(_ text: String) throws(PollingError) {
        guard let (origin, rest) = Self.split(text), !rest.contains("?"), rest.isEmpty || rest.hasPrefix("/") else {
            throw PollingError(.configuration, place: "url", "A base URL is written https://host[:port][/path].")
        }
        self.origin = origin
        var path = rest
        while path.hasSuffix("/") { path.removeLast() }
        self.path = path
    }

    /// The address of something below the base.
    public func appending(_ relative: String) -> String {
        origin + path + "/" + relative
    }

    /// The absolute address a link means (RFC 3986, 5.2, for the forms that servers use); `nil` when it is malformed or
    /// leads to another origin (RFC 6454).
    public func resolve(_ link: String) -> String? {
        guard Self.isPlain(link) else { return nil }
        let head = link.prefix(8).lowercased()
        if head.hasPrefix("http://") || head.hasPrefix("https://") {
            guard let (origin, rest) = Self.split(link), origin == self.origin else { return nil }
            return origin + (rest.hasPrefix("/") ? rest : "/" + rest)
        }
        if link.hasPrefix("//") { return nil }
        if link.hasPrefix("/") { return origin + link }
        if link.hasPrefix("?") { return origin + path + link }
        // A colon before any slash would be a scheme.
        guard !link.isEmpty, !link.prefix(while: { $0 != "/" && $0 != "?" }).contains(":") else { return nil }
        return appending(link)
    }

    /// Percent-encodes all but unreserved characters (RFC 3986, 2.3) and `:`, `/`, `,`, which a query may hold.
    static func encoded(_ text: String) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        var bytes: [UInt8] = []
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"), UInt8(ascii: ":"), UInt8(ascii: "/"), UInt8(ascii: ","):
                bytes.append(byte)
            default:
                bytes += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Undoes percent-encoding; a `%` without two digits stays as it is.
    static func decoded(_ text: some StringProtocol) -> String {
        var bytes: [UInt8] = []
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            let digits = rest.prefix(2)
            if byte == UInt8(ascii: "%"), digits.count == 2,
                let value = UInt8(String(decoding: digits, as: UTF8.self), radix: 16)
            {
                bytes.append(value)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Printable ASCII without quotation marks, angle brackets, backslash, and fragment.
    private static func isPlain(_ text: String) -> Bool {
        text.utf8.count <= 8192
            && text.utf8.allSatisfy { (0x21...0x7E).contains($0) && ![0x22, 0x3C, 0x3E, 0x5C, 0x23].contains($0) }
    }

    private static func split(_ text: String) -> (origin: String, rest: String)? {
        guard isPlain(text), let marker = text.firstRange(of: "://") else { return nil }
        let scheme = text[..<marker.lowerBound].lowercased()
        guard scheme == "http" || scheme == "https" else { return nil }
        let authority = text[marker.upperBound...].prefix { $0 != "/" && $0 != "?" }
        let rest = String(text[authority.endIndex...])
        var host = authority.lowercased()
        guard !host.isEmpty, !host.contains("@"), !host.contains("%") else { return nil }
        let afterHost = host.hasPrefix("[") ? host.drop { $0 != "]" }.dropFirst() : host.drop { $0 != ":" }
        if !afterHost.isEmpty {
            guard afterHost.hasPrefix(":"), let port = UInt16(afterHost.dropFirst()) else { return nil }
            host.removeLast(afterHost.count)
            if port != (scheme == "https" ? 443 : 80) { host += ":\(port)" }
        }
        return ("\(scheme)://\(host)", rest)
    }
}

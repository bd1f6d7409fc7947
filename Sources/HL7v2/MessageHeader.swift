/// The fields of MSH that an acknowledgement repeats, as far as they can be read.
///
/// Unlike ``Message`` this never fails on what follows MSH: a message with a broken segment is still acknowledged to its
/// sender under its own control id.
public struct MessageHeader: Sendable, Hashable {
    public let delimiters: Delimiters
    /// Fields of MSH as sent, by number. Only those that are safe to send back.
    let fields: [Int: [UInt8]]
    /// Of the fields.
    let characterSet: Message.CharacterSet
    /// What the message was sent in, where its fields were converted to UTF-8.
    private(set) var convertedFrom: Message.CharacterSet?
    private(set) var form: UnicodeForms.Form?

    /// Longest field that is sent back, in bytes.
    static let maximumFieldLength = 1024

    /// The header of a message that could be read.
    public init(_ message: Message) {
        delimiters = message.delimiters
        let converted = message.index.converted
        characterSet = converted == nil ? message.characterSet : .utf8
        convertedFrom = converted?.set
        form = converted?.form
        var fields: [Int: [UInt8]] = [:]
        for field in message.header.fields.prefix(25) where Self.mayRepeat(field.raw, allowingNonASCII: true) {
            fields[field.number] = Array(field.raw)
        }
        self.fields = fields
    }

    /// The header of any bytes; `nil` when they do not start with a usable MSH. Only ASCII fields are kept, since the
    /// character set is unknown.
    public init?(scanning bytes: [UInt8]) {
        guard let scan = try? HeaderScan(bytes) else { return nil }
        let delimiters = scan.delimiters
        let line = bytes[(scan.start + 4)...].prefix(64 << 10).prefix { $0 != 0x0D && $0 != 0x0A }
        var fields: [Int: [UInt8]] = [:]
        for (offset, part) in line.split(separator: delimiters.field, maxSplits: 24, omittingEmptySubsequences: false)
            .prefix(24).enumerated() where Self.mayRepeat(part, allowingNonASCII: false)
        {
            fields[offset + 2] = Array(part)
        }
        self.delimiters = delimiters
        self.fields = fields
        characterSet = .ascii
    }

    private static func mayRepeat(_ field: ArraySlice<UInt8>, allowingNonASCII: Bool) -> Bool {
        field.count <= maximumFieldLength
            && field.allSatisfy { $0 >= 0x20 && $0 != 0x7F && ($0 < 0x80 || allowingNonASCII) }
    }

    /// MSH-10, decoded; `nil` when not valued or not readable.
    public var controlID: String? { text(10) }

    /// MSH-12.1; `nil` when not valued or not readable.
    public var version: String? { text(12) }

    /// MSH-9; `nil` when not valued or not readable.
    public var type: MessageType? {
        text(9).map { MessageType(code: $0, event: text(9, 2), structure: text(9, 3)) }
    }

    /// MSH-3.1; `nil` when not valued or not readable.
    public var sendingApplication: String? { text(3) }

    func text(_ field: Int, _ component: Int = 1) -> String? {
        guard
            let repetition = fields[field]?.split(separator: delimiters.repetition, omittingEmptySubsequences: false).first
        else { return nil }
        let components = repetition.split(separator: delimiters.component, omittingEmptySubsequences: false)
        guard component <= components.count else { return nil }
        var value = components[component - 1]
        if let subcomponent = delimiters.subcomponent { value = value.prefix { $0 != subcomponent } }
        guard !value.isEmpty, !value.elementsEqual("\"\"".utf8) else { return nil }
        return EscapeSequences.decode(Array(value), delimiters: delimiters, characterSet: characterSet)
    }
}

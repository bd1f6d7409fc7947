/// The characters that separate and escape, as MSH-1 and MSH-2 declare them (HL7 v2.5.1 section 2.5.4, table 2-1).
///
/// MSH-2 holds them in the order component, repetition, escape, subcomponent and, since v2.7, truncation. The standard
/// lets a sender omit those from the end that it does not use.
public struct Delimiters: Sendable, Hashable {
    public let field: UInt8
    public let component: UInt8
    public let repetition: UInt8
    public let escape: UInt8?
    public let subcomponent: UInt8?
    /// Marks truncated data (v2.7 section 2.5.5.2); `nil` when not declared.
    public let truncation: UInt8?

    /// `|^~\&`, the recommended values.
    public static let standard = Delimiters(
        unchecked: UInt8(ascii: "|"), component: UInt8(ascii: "^"), repetition: UInt8(ascii: "~"),
        escape: UInt8(ascii: "\\"), subcomponent: UInt8(ascii: "&"), truncation: nil)

    private static let usual = Array("^~\\&".utf8)

    private init(
        unchecked field: UInt8, component: UInt8, repetition: UInt8, escape: UInt8?, subcomponent: UInt8?,
        truncation: UInt8?
    ) {
        self.field = field
        self.component = component
        self.repetition = repetition
        self.escape = escape
        self.subcomponent = subcomponent
        self.truncation = truncation
    }

    /// `nil` unless all are different and each is an ASCII punctuation character other than the quotation mark, which
    /// writes the null value.
    public init?(
        field: UInt8, component: UInt8, repetition: UInt8, escape: UInt8?, subcomponent: UInt8?, truncation: UInt8? = nil
    ) {
        let declared = [field, component, repetition, escape, subcomponent, truncation].compactMap(\.self)
        for (position, byte) in declared.enumerated() {
            guard Self.mayDelimit(byte), !declared[..<position].contains(byte) else { return nil }
        }
        self.init(
            unchecked: field, component: component, repetition: repetition, escape: escape, subcomponent: subcomponent,
            truncation: truncation)
    }

    /// Reads MSH-1 and the characters of MSH-2; `nil` when fewer than two or more than five, or any is unusable.
    public init?(field: UInt8, encodingCharacters: ArraySlice<UInt8>) {
        // What nearly every sender writes.
        if field == UInt8(ascii: "|"), encodingCharacters.count == 4, encodingCharacters.elementsEqual(Self.usual) {
            self = .standard
            return
        }
        let characters = Array(encodingCharacters)
        guard (2...5).contains(characters.count) else { return nil }
        self.init(
            field: field, component: characters[0], repetition: characters[1],
            escape: characters.count > 2 ? characters[2] : nil,
            subcomponent: characters.count > 3 ? characters[3] : nil,
            truncation: characters.count > 4 ? characters[4] : nil)
    }

    /// Reads MSH-2 of a sender that doubled the escape character, `^~\\&`: the characters as written in the source of a
    /// program, where a backslash takes two. `nil` when it is not exactly that, with the other characters usable.
    ///
    /// Only the declaration is mended. The mistake is mostly in the one line that holds MSH, so values are read by the
    /// standard: `\T\` is a sequence, and in a value where the backslashes were doubled too (`\\T\\`) those that open no
    /// sequence stay as text. Nothing is dropped; the reader reports that MSH-2 was mended.
    init?(field: UInt8, encodingCharactersWithDoubledEscape characters: ArraySlice<UInt8>) {
        let escape = UInt8(ascii: "\\")
        var single = Array(characters)
        guard (5...6).contains(single.count), single[2] == escape, single[3] == escape else { return nil }
        single.remove(at: 3)
        self.init(field: field, encodingCharacters: single[...])
    }

    /// MSH-2.
    public var encodingCharacters: [UInt8] {
        [component, repetition, escape, subcomponent, truncation].compactMap(\.self)
    }

    func contains(_ byte: UInt8) -> Bool {
        byte == field || byte == component || byte == repetition || byte == escape || byte == subcomponent
            || byte == truncation
    }

    static func mayDelimit(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "\""): false
        case 0x21...0x2F, 0x3A...0x40, 0x5B...0x60, 0x7B...0x7E: true
        default: false
        }
    }
}

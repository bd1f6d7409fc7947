/// A JSON text that has been checked in full and can be read without a tree being built.
///
/// ```swift
/// let reader = try JSONReader(bytes)
/// for entry in reader.root["entry"]?.elements ?? .empty { … entry["resource"]?["status"]?.string … }
/// ```
public struct JSONReader: Sendable {
    let bytes: [UInt8]
    let tape: [JSONTapeEntry]

    /// Checks the whole text; see ``JSON/init(parsing:limits:)-([UInt8],_)`` for what is refused.
    public init(_ bytes: [UInt8], limits: JSONLimits = JSONLimits()) throws(FHIRError) {
        self.bytes = bytes
        tape = try JSONScanner.scan(bytes.span.bytes, limits: limits)
    }

    /// Keys and values in the text.
    public var nodeCount: Int { tape.count }

    public var root: Value { Value(reader: self, entry: 0) }

    /// The whole text as a tree.
    public var tree: JSON { root.tree }
}

extension JSONReader {
    public enum Kind: Sendable, Hashable {
        case null, bool, number, string, array, object
    }

    /// A value in the text, read when asked.
    public struct Value: Sendable {
        let reader: JSONReader
        let entry: Int

        private var tapeEntry: JSONTapeEntry { reader.tape[entry] }

        public var kind: Kind {
            switch tapeEntry.kind {
            case .null: .null
            case .true, .false: .bool
            case .number: .number
            case .string, .key: .string
            case .array: .array
            case .object: .object
            }
        }

        /// Offset of the first byte in the text; for a string the one after its quotation mark.
        public var offset: Int { Int(tapeEntry.offset) }

        /// Number of elements or members; 0 for what is neither array nor object.
        public var count: Int {
            switch tapeEntry.kind {
            case .array, .object: Int(tapeEntry.length)
            default: 0
            }
        }

        /// `nil` for what is not a string.
        public var string: String? {
            guard tapeEntry.kind == .string || tapeEntry.kind == .key else { return nil }
            return JSONTreeBuilder.string(reader.bytes.span.bytes, tapeEntry)
        }

        public var number: JSONNumber? {
            guard tapeEntry.kind == .number else { return nil }
            return JSONNumber(scanned: JSONTreeBuilder.string(reader.bytes.span.bytes, tapeEntry))
        }

        public var bool: Bool? {
            switch tapeEntry.kind {
            case .true: true
            case .false: false
            default: nil
            }
        }

        /// This value as a tree.
        public var tree: JSON {
            var builder = JSONTreeBuilder(tape: reader.tape)
            return builder.build(reader.bytes.span.bytes, entry)
        }

        /// The member of an object with a key.
        public subscript(key: String) -> Value? {
            guard tapeEntry.kind == .object else { return nil }
            let end = Int(tapeEntry.next)
            var member = entry + 1
            while member < end {
                if matches(member, key) { return Value(reader: reader, entry: member + 1) }
                member = Int(reader.tape[member + 1].next)
            }
            return nil
        }

        private func matches(_ member: Int, _ key: String) -> Bool {
            let entry = reader.tape[member]
            let bytes = reader.bytes.span.bytes
            if entry.hasEscapes { return JSONTreeBuilder.string(bytes, entry) == key }
            guard Int(entry.length) == key.utf8.count else { return false }
            var offset = Int(entry.offset)
            for byte in key.utf8 {
                guard bytes.byte(offset) == byte else { return false }
                offset += 1
            }
            return true
        }

        /// The elements of an array; none for other kinds.
        public var elements: Elements {
            guard tapeEntry.kind == .array else { return Elements(reader: reader, position: 0, end: 0) }
            return Elements(reader: reader, position: entry + 1, end: Int(tapeEntry.next))
        }

        /// The members of an object in their order; none for other kinds.
        public var members: Members {
            guard tapeEntry.kind == .object else { return Members(reader: reader, position: 0, end: 0) }
            return Members(reader: reader, position: entry + 1, end: Int(tapeEntry.next))
        }
    }

    public struct Elements: Sequence, IteratorProtocol, Sendable {
        let reader: JSONReader
        var position: Int
        let end: Int

        public mutating func next() -> Value? {
            guard position < end else { return nil }
            let value = Value(reader: reader, entry: position)
            position = Int(reader.tape[position].next)
            return value
        }
    }

    public struct Members: Sequence, IteratorProtocol, Sendable {
        let reader: JSONReader
        var position: Int
        let end: Int

        public mutating func next() -> (key: String, value: Value)? {
            guard position < end else { return nil }
            let key = JSONTreeBuilder.string(reader.bytes.span.bytes, reader.tape[position])
            let value = Value(reader: reader, entry: position + 1)
            position = Int(reader.tape[position + 1].next)
            return (key, value)
        }
    }
}

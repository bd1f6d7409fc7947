import Clinical

/// Writes the fields of a stored body one after the other.
///
/// Counts and dictionary numbers are little-endian base-128; signed numbers are folded first (0, -1, 1, -2, …). A
/// number that may be absent is written as 0 or with one added, a time after a 0 or 1. A double is a folded integer, doubled, where it is a small
/// whole number, else 1 and its eight bytes.
struct BodyWriter {
    private(set) var bytes: [UInt8] = []

    init() {
        bytes.reserveCapacity(640)
    }

    mutating func append(unsigned number: UInt64) {
        var rest = number
        while rest > 0x7f {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(truncatingIfNeeded: rest))
    }

    mutating func append(signed number: Int64) {
        append(unsigned: Self.folded(number))
    }

    mutating func append(number: Int64) {
        append(unsigned: UInt64(bitPattern: number))
    }

    mutating func append(number: Int64?) {
        append(unsigned: number.map { UInt64(bitPattern: $0) &+ 1 } ?? 0)
    }

    mutating func append(place: Int?) {
        append(unsigned: UInt64(place ?? 0))
    }

    mutating func append(_ double: Double) {
        if let whole = Int32(exactly: double), whole != 0 || double.sign == .plus {
            append(unsigned: Self.folded(Int64(whole)) << 1)
        } else {
            append(unsigned: 1)
            for shift in stride(from: 0, to: 64, by: 8) {
                bytes.append(UInt8(truncatingIfNeeded: double.bitPattern >> UInt64(shift)))
            }
        }
    }

    mutating func append(_ text: String) {
        append(unsigned: UInt64(text.utf8.count))
        bytes.append(contentsOf: text.utf8)
    }

    mutating func append(time: Instant?, since base: Int64) {
        append(unsigned: time == nil ? 0 : 1)
        // Wraps around, and so does reading: every pair of times comes back as it was.
        if let time { append(signed: time.microseconds &- base) }
    }

    mutating func append(_ identifier: StoredIdentifier?) {
        switch identifier {
        case nil: append(unsigned: 0)
        case .bytes(let digest):
            append(unsigned: UInt64(digest.count) << 1 | 1)
            bytes.append(contentsOf: digest)
        case .text(let text):
            append(unsigned: (UInt64(text.utf8.count) + 1) << 1)
            bytes.append(contentsOf: text.utf8)
        }
    }

    mutating func append(byte: UInt8) {
        bytes.append(byte)
    }

    mutating func append(_ finding: FindingID) {
        switch finding {
        case .text(let text): append(StoredIdentifier.text(text))
        case .hexadecimal(let high, let low):
            append(unsigned: 16 << 1 | 1)
            append(bigEndian: high)
            append(bigEndian: low)
        }
    }

    private mutating func append(bigEndian word: UInt64) {
        withUnsafeBytes(of: word.bigEndian) { bytes.append(contentsOf: $0) }
    }

    private static func folded(_ number: Int64) -> UInt64 {
        UInt64(bitPattern: (number << 1) ^ (number >> 63))
    }
}

/// Reads what ``BodyWriter`` wrote. Every method throws ``unreadable`` where the bytes do not allow it.
struct BodyReader {
    static let unreadable = StoreError(.unreadableRow, operation: "row.read")

    private let bytes: [UInt8]
    private var position = 0

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    var isAtEnd: Bool { position == bytes.count }

    mutating func unsigned() throws -> UInt64 {
        var number: UInt64 = 0
        for shift in stride(from: 0 as UInt64, to: 64, by: 7) {
            guard position < bytes.count else { break }
            let byte = bytes[position]
            position += 1
            number |= UInt64(byte & 0x7f) << shift
            if byte < 0x80 { return number }
        }
        throw Self.unreadable
    }

    mutating func byte() throws -> UInt8 {
        guard position < bytes.count else { throw Self.unreadable }
        defer { position += 1 }
        return bytes[position]
    }

    mutating func signed() throws -> Int64 {
        let folded = try unsigned()
        return Int64(bitPattern: folded >> 1) ^ -Int64(bitPattern: folded & 1)
    }

    mutating func number() throws -> Int64 {
        Int64(bitPattern: try unsigned())
    }

    mutating func optionalNumber() throws -> Int64? {
        let number = try unsigned()
        return number == 0 ? nil : Int64(bitPattern: number &- 1)
    }

    mutating func double() throws -> Double {
        let first = try unsigned()
        guard first & 1 == 1 else {
            let folded = first >> 1
            return Double(Int64(bitPattern: folded >> 1) ^ -Int64(bitPattern: folded & 1))
        }
        let pattern = try slice(8).reversed().reduce(0) { $0 << 8 | UInt64($1) }
        return Double(bitPattern: pattern)
    }

    mutating func text() throws -> String {
        guard let text = String(validating: try slice(unsigned()), as: UTF8.self) else { throw Self.unreadable }
        return text
    }

    mutating func time(since base: Int64) throws -> Instant? {
        switch try unsigned() {
        case 0: nil
        case 1: Instant(microseconds: base &+ (try signed()))
        default: throw Self.unreadable
        }
    }

    mutating func identifier() throws -> String? {
        let form = try unsigned()
        if form == 0 { return nil }
        if form & 1 == 1 { return StoredIdentifier.bytes(Array(try slice(form >> 1))).text }
        guard let text = String(validating: try slice((form >> 1) - 1), as: UTF8.self) else { throw Self.unreadable }
        return text
    }

    mutating func findingID() throws -> FindingID {
        let start = position
        guard try unsigned() == 16 << 1 | 1 else {
            position = start
            guard let text = try identifier() else { throw Self.unreadable }
            return .text(text)
        }
        let word = { (bytes: ArraySlice<UInt8>) in bytes.reduce(0) { $0 << 8 | UInt64($1) } }
        return .hexadecimal(word(try slice(8)), word(try slice(8)))
    }

    mutating func entry<Entry>(of list: [Entry]) throws -> Entry {
        guard let place = Int(exactly: try unsigned()), list.indices.contains(place) else { throw Self.unreadable }
        return list[place]
    }

    mutating func array<Element>(_ element: (inout BodyReader) throws -> Element) throws -> [Element] {
        var elements: [Element] = []
        // Each element takes a byte at least, so a damaged count ends with the bytes.
        for _ in 0..<(try unsigned()) { elements.append(try element(&self)) }
        return elements
    }

    private mutating func slice(_ count: UInt64) throws -> ArraySlice<UInt8> {
        guard count <= UInt64(bytes.count - position) else { throw Self.unreadable }
        defer { position += Int(count) }
        return bytes[position..<(position + Int(count))]
    }
}

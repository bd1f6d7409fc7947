/// Writes JSON as RFC 8259 text in UTF-8.
///
/// Escaped are the quotation mark, the backslash and the control characters (section 7), the latter by their short
/// form where there is one. Everything else is written as it is.
struct JSONWriter {
    private var output: [UInt8] = []
    private let pretty: Bool
    private var level = 0

    init(pretty: Bool) {
        self.pretty = pretty
        output.reserveCapacity(1024)
    }

    consuming func finish() -> [UInt8] {
        if pretty { output.append(UInt8(ascii: "\n")) }
        return output
    }

    mutating func write(_ value: JSON) {
        switch value {
        case .null: write(ascii: "null")
        case .bool(let value): write(ascii: value ? "true" : "false")
        case .number(let number): write(raw: number.literal)
        case .string(let text): write(quoted: text)
        case .array(let elements):
            output.append(UInt8(ascii: "["))
            level += 1
            var first = true
            for element in elements {
                separate(&first)
                write(element)
            }
            close(UInt8(ascii: "]"), isEmpty: first)
        case .object(let object):
            output.append(UInt8(ascii: "{"))
            level += 1
            var first = true
            for member in object.members {
                separate(&first)
                write(quoted: member.key)
                output.append(UInt8(ascii: ":"))
                if pretty { output.append(UInt8(ascii: " ")) }
                write(member.value)
            }
            close(UInt8(ascii: "}"), isEmpty: first)
        }
    }

    private mutating func separate(_ first: inout Bool) {
        if !first { output.append(UInt8(ascii: ",")) }
        first = false
        if pretty { breakLine() }
    }

    private mutating func close(_ bracket: UInt8, isEmpty: Bool) {
        level -= 1
        if pretty, !isEmpty { breakLine() }
        output.append(bracket)
    }

    private mutating func breakLine() {
        output.append(UInt8(ascii: "\n"))
        for _ in 0..<level {
            output.append(UInt8(ascii: " "))
            output.append(UInt8(ascii: " "))
        }
    }

    private mutating func write(ascii text: StaticString) {
        for offset in 0..<text.utf8CodeUnitCount { output.append(text.utf8Start[offset]) }
    }

    private mutating func write(raw text: String) {
        var text = text
        text.withUTF8 { output.append(contentsOf: $0) }
    }

    private mutating func write(quoted text: String) {
        output.append(UInt8(ascii: "\""))
        var text = text
        text.withUTF8 { bytes in
            var written = 0
            var position = 0
            while position < bytes.count {
                let byte = bytes[position]
                if byte >= 0x20, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\") {
                    position += 1
                    continue
                }
                output.append(contentsOf: bytes[written..<position])
                escape(byte)
                position += 1
                written = position
            }
            output.append(contentsOf: bytes[written..<bytes.count])
        }
        output.append(UInt8(ascii: "\""))
    }

    private mutating func escape(_ byte: UInt8) {
        output.append(UInt8(ascii: "\\"))
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"): output.append(byte)
        case 0x08: output.append(UInt8(ascii: "b"))
        case 0x09: output.append(UInt8(ascii: "t"))
        case 0x0A: output.append(UInt8(ascii: "n"))
        case 0x0C: output.append(UInt8(ascii: "f"))
        case 0x0D: output.append(UInt8(ascii: "r"))
        default:
            output.append(contentsOf: [UInt8(ascii: "u"), UInt8(ascii: "0"), UInt8(ascii: "0")])
            output.append(UInt8(ascii: "0") + (byte >> 4))
            let low = byte & 15
            output.append(low < 10 ? UInt8(ascii: "0") + low : UInt8(ascii: "a") + (low - 10))
        }
    }
}

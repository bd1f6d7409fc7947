/// A place in a message, from a whole segment down to a subcomponent.
///
/// Its text form is the path used everywhere: `PID[1]-5`, `OBX[3]-5[2].1.4`. The first repetition is not written.
public struct HL7v2Location: Sendable, Hashable {
    /// Segment name; empty when the place lies in no named segment.
    public var segment: String
    /// 1-based, among the segments of the same name; without a name, the 1-based position in the message.
    public var occurrence: Int
    public var field: Int?
    /// 1-based; `nil` means the first.
    public var repetition: Int?
    public var component: Int?
    public var subcomponent: Int?
    /// Offset from the first byte of the input.
    public var byteOffset: Int?

    public init(
        segment: String, occurrence: Int = 1, field: Int? = nil, repetition: Int? = nil, component: Int? = nil,
        subcomponent: Int? = nil, byteOffset: Int? = nil
    ) {
        self.segment = segment
        self.occurrence = occurrence
        self.field = field
        self.repetition = repetition
        self.component = component
        self.subcomponent = subcomponent
        self.byteOffset = byteOffset
    }

    /// A place known only by its offset.
    public init(byteOffset: Int) {
        self.init(segment: "", occurrence: 0, byteOffset: byteOffset)
    }

    /// Reads a path: `PID`, `PID-5`, `OBX[3]-5[2].1.4`. `nil` when the text is not one.
    public init?(_ path: String) {
        var reader = PathReader(bytes: Array(path.utf8))
        guard let name = reader.name() else { return nil }
        self.init(segment: name)
        if reader.take(UInt8(ascii: "[")) {
            guard let number = reader.number(), reader.take(UInt8(ascii: "]")) else { return nil }
            occurrence = number
        }
        if reader.take(UInt8(ascii: "-")) {
            guard let number = reader.number() else { return nil }
            field = number
            if reader.take(UInt8(ascii: "[")) {
                guard let number = reader.number(), reader.take(UInt8(ascii: "]")) else { return nil }
                repetition = number
            }
            if reader.take(UInt8(ascii: ".")) {
                guard let number = reader.number() else { return nil }
                component = number
                if reader.take(UInt8(ascii: ".")) {
                    guard let number = reader.number() else { return nil }
                    subcomponent = number
                }
            }
        }
        guard reader.isAtEnd else { return nil }
    }
}

extension HL7v2Location: CustomStringConvertible {
    public var description: String {
        if segment.isEmpty {
            let offset = byteOffset.map { "byte \($0)" }
            let line = occurrence > 0 ? "segment \(occurrence)" : nil
            return [line, offset].compactMap(\.self).joined(separator: ", ")
        }
        var text = "\(segment)[\(occurrence)]"
        if let field {
            text += "-\(field)"
            if let repetition, repetition != 1 { text += "[\(repetition)]" }
            if let component {
                text += ".\(component)"
                if let subcomponent { text += ".\(subcomponent)" }
            }
        }
        return text
    }
}

/// Reads the parts of a path.
private struct PathReader {
    let bytes: [UInt8]
    var position = 0

    var isAtEnd: Bool { position == bytes.count }

    mutating func name() -> String? {
        guard bytes.count >= 3, SegmentName(bytes[0], bytes[1], bytes[2]).isValid else { return nil }
        position = 3
        return String(decoding: bytes[..<3], as: UTF8.self)
    }

    mutating func take(_ byte: UInt8) -> Bool {
        guard position < bytes.count, bytes[position] == byte else { return false }
        position += 1
        return true
    }

    /// A number from 1 to 999,999.
    mutating func number() -> Int? {
        var value = 0
        let start = position
        while position < bytes.count, position - start < 6,
            (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[position])
        {
            value = value * 10 + Int(bytes[position] - UInt8(ascii: "0"))
            position += 1
        }
        return value > 0 ? value : nil
    }
}

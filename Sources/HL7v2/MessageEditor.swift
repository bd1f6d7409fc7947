/// Changes a message and writes it back: what is not changed leaves byte for byte as it came, line ends and oddities
/// included.
///
///     var editor = MessageEditor(message)
///     try editor.set("PID-5.1", to: "Doe")
///     try editor.setNull("PV1-3")
///     let bytes = editor.write()
///
/// A path names what is replaced: `PID-3` the whole field with all its repetitions, `PID-3[2]` one repetition, `PID-3[2].1`
/// one component with its subcomponents, `PID-3[2].4.1` one subcomponent. What lies before it is filled up with delimiters.
///
/// In a message that had to be converted to UTF-8 (see ``Message/CharacterSet``) a segment is what stays byte for byte.
public struct MessageEditor: Sendable {
    private let index: MessageIndex
    private var parts: [Part]
    private var isChanged = false

    /// A segment to be written.
    private struct Part: Sendable {
        var name: SegmentName
        /// Its position in the message as read; `nil` when it was inserted.
        var original: Int32?
        /// Its bytes without terminator; `nil` while they are those of the message.
        var edited: [UInt8]?
    }

    public init(_ message: Message) {
        index = message.index
        parts = message.index.segments.indices.map { position in
            Part(
                name: message.index.segments[position].name, original: Int32(truncatingIfNeeded: position), edited: nil)
        }
    }

    /// Number of segments.
    public var count: Int { parts.count }

    /// The names of the segments in order.
    public var segmentNames: [String] { parts.map(\.name.text) }

    // MARK: Values

    /// Replaces a place with a text; delimiters and control characters in it are escaped.
    ///
    /// - Throws: ``HL7v2Error`` when the path names no field or no segment that is there (1011), or the message's character
    ///   set lacks a character of the text (1012).
    public mutating func set(_ path: String, to text: String) throws(HL7v2Error) {
        let place = try Self.place(path)
        var encoded: [UInt8] = []
        encoded.reserveCapacity(text.utf8.count + 8)
        EscapeSequences.append(text, delimiters: index.delimiters, to: &encoded)
        try replace(place, with: try inSet(encoded, place))
    }

    /// Replaces a place with the null value `""`: the receiver is to delete what it holds.
    public mutating func setNull(_ path: String) throws(HL7v2Error) {
        try replace(try Self.place(path), with: [UInt8(ascii: "\""), UInt8(ascii: "\"")])
    }

    /// Leaves a place empty: it says nothing.
    public mutating func clear(_ path: String) throws(HL7v2Error) {
        try replace(try Self.place(path), with: [])
    }

    /// Replaces a place with bytes already in the message's encoding, its delimiters included.
    public mutating func set(_ path: String, encoded bytes: [UInt8]) throws(HL7v2Error) {
        let place = try Self.place(path)
        let delimiters = index.delimiters
        guard !bytes.contains(where: { $0 == 0x0D || $0 == 0x0A || $0 == delimiters.field }) else {
            throw HL7v2Error(
                code: HL7v2Error.Code.notRepresentable, place: place,
                reason: "An encoded field holds neither field separators nor segment ends.")
        }
        let set: Message.CharacterSet = index.converted == nil ? index.characterSet : .utf8
        guard set.firstInvalidOffset(in: bytes, from: 0) == nil else { throw Self.notInSet(place) }
        try replace(place, with: bytes)
    }

    // MARK: Segments

    /// Adds a segment at a 0-based position; the last one appends it.
    public mutating func insert(_ segment: SegmentBuilder, at position: Int) throws(HL7v2Error) {
        if let fault = segment.firstFault(occurrence: 1) { throw fault }
        let place = HL7v2Location(segment: segment.name)
        guard let name = SegmentName(segment.name), position >= 1, position <= parts.count, !name.declaresDelimiters,
            !name.belongsToBatch
        else {
            throw HL7v2Error(
                code: HL7v2Error.Code.positionInvalid, place: place,
                reason: "A segment stands after MSH, at 1 to \(parts.count), and is no header or trailer itself.")
        }
        var bytes: [UInt8] = []
        segment.write(to: &bytes, delimiters: index.delimiters)
        bytes.removeLast()
        isChanged = true
        parts.insert(Part(name: name, original: nil, edited: try inSet(bytes, place)), at: position)
    }

    /// Adds a segment behind the last one.
    public mutating func append(_ segment: SegmentBuilder) throws(HL7v2Error) {
        try insert(segment, at: parts.count)
    }

    /// Removes the segment a path names: `OBX[3]`.
    public mutating func remove(_ path: String) throws(HL7v2Error) {
        guard let place = HL7v2Location(path), place.field == nil, let position = position(of: place), position > 0 else {
            throw HL7v2Error(
                code: HL7v2Error.Code.positionInvalid, place: HL7v2Location(segment: ""),
                reason: "The path names no segment that can be removed; MSH stays.")
        }
        isChanged = true
        parts.remove(at: position)
    }

    /// 0-based position of the segment a path names; `nil` when there is none.
    public func position(of path: String) -> Int? {
        HL7v2Location(path).flatMap { position(of: $0) }
    }

    // MARK: Writing

    /// The message with its changes.
    public func write() -> [UInt8] {
        if !isChanged { return index.converted?.bytes ?? index.bytes }
        if let converted = index.converted { return writeConverted(converted) }
        let bytes = index.bytes
        var out: [UInt8] = []
        out.reserveCapacity(bytes.count + 256)
        // What stands before MSH: a byte order mark, blanks.
        out += bytes[..<Int(index.segments[0].start)]
        var run: Range<Int>?
        func flush() {
            if let run { out += bytes[run] }
            run = nil
        }
        for part in parts {
            let chunk = part.original.map { extent(Int($0)) }
            if part.edited == nil, let chunk {
                // Neighbours that were not changed are copied in one go.
                if let open = run, open.upperBound == chunk.all.lowerBound {
                    run = open.lowerBound..<chunk.all.upperBound
                } else {
                    flush()
                    endLine(&out)
                    run = chunk.all
                }
                continue
            }
            flush()
            endLine(&out)
            out += part.edited ?? []
            out += chunk.map { bytes[$0.end] } ?? terminator[...]
        }
        flush()
        return out
    }

    /// The message with its changes, read again.
    public func message(limits: Message.Limits = Message.Limits()) throws(HL7v2Error) -> Message {
        try Message(write(), limits: limits)
    }

    /// A segment was last but is not any more, and had no terminator.
    private func endLine(_ out: inout [UInt8]) {
        guard let last = out.last, last != 0x0D, last != 0x0A, out.count > Int(index.segments[0].start) else { return }
        out += terminator
    }

    /// How the first segment ends: CR in the standard, LF or CR LF in others.
    private var terminator: [UInt8] {
        let end = Segment(index, 0).range.upperBound
        guard end < index.bytes.count else { return [0x0D] }
        if index.bytes[end] == 0x0D, end + 1 < index.bytes.count, index.bytes[end + 1] == 0x0A { return [0x0D, 0x0A] }
        return [index.bytes[end]]
    }

    /// Where a segment lies with its terminator and the blank lines after it, and those alone.
    private func extent(_ position: Int) -> (all: Range<Int>, end: Range<Int>) {
        let entry = index.segments[position]
        let end = Int(index.separators[Int(entry.lastSeparator)])
        let next = position + 1 < index.segments.count ? Int(index.segments[position + 1].start) : index.bytes.count
        return (Int(entry.start)..<next, end..<next)
    }

    /// Segments that were not changed come from the input, line by line; the others are written in its character set.
    private func writeConverted(_ converted: ConvertedSource) -> [UInt8] {
        // What stands before MSH: blanks.
        let lead = Array(index.bytes[..<Int(index.segments[0].start)])
        if let form = converted.form {
            var text = lead
            for part in parts {
                let chunk = part.original.map { extent(Int($0)) }
                text += part.edited ?? chunk.map { Array(index.bytes[$0.all.lowerBound..<$0.end.lowerBound]) } ?? []
                text += chunk.map { Array(index.bytes[$0.end]) } ?? terminator
            }
            return converted.set.encode(text, form: form) ?? converted.bytes
        }
        let sourceLines = converted.bytes.split(omittingEmptySubsequences: false) { $0 == 0x0D || $0 == 0x0A }
        let textLines = index.bytes.split(omittingEmptySubsequences: false) { $0 == 0x0D || $0 == 0x0A }
        var sourceOf: [Int: ArraySlice<UInt8>] = [:]
        for (line, source) in zip(textLines, sourceLines) { sourceOf[line.startIndex] = source }
        var out = lead
        for part in parts {
            endLine(&out)
            let chunk = part.original.map { extent(Int($0)) }
            if part.edited == nil, let chunk, let source = sourceOf[chunk.all.lowerBound] {
                out += source
            } else {
                let text = part.edited ?? chunk.map { Array(index.bytes[$0.all.lowerBound..<$0.end.lowerBound]) } ?? []
                out += converted.set.encode(text) ?? text
            }
            out += chunk.map { index.bytes[$0.end] } ?? terminator[...]
        }
        return out
    }

    // MARK: Places

    private static func place(_ path: String) throws(HL7v2Error) -> HL7v2Location {
        guard let place = HL7v2Location(path), let field = place.field else {
            throw HL7v2Error(
                code: HL7v2Error.Code.positionInvalid, place: HL7v2Location(segment: ""),
                reason: "This is not a path to a field, such as PID-5 or OBX[3]-5[2].1.")
        }
        guard field <= 9_999, (place.repetition ?? 1) <= 9_999, (place.component ?? 1) <= 999,
            (place.subcomponent ?? 1) <= 999
        else {
            throw HL7v2Error(
                code: HL7v2Error.Code.positionInvalid, place: place,
                reason: "Fields and repetitions are numbered up to 9,999, components and subcomponents up to 999.")
        }
        if place.segment == "MSH", field <= 2 || field == 18 {
            throw HL7v2Error(
                code: HL7v2Error.Code.positionInvalid, place: place,
                reason: "MSH-1, MSH-2 and MSH-18 say how the whole message is written; they are not edited on their own.")
        }
        return place
    }

    private func position(of place: HL7v2Location) -> Int? {
        guard let name = SegmentName(place.segment) else { return nil }
        var seen = 0
        for (position, part) in parts.enumerated() where part.name == name {
            seen += 1
            if seen == place.occurrence { return position }
        }
        return nil
    }

    private mutating func replace(_ place: HL7v2Location, with value: [UInt8]) throws(HL7v2Error) {
        guard let position = position(of: place), let field = place.field else {
            throw HL7v2Error(
                code: HL7v2Error.Code.positionInvalid, place: place,
                reason: "The message has no such segment; insert it first.")
        }
        var bytes = parts[position].edited ?? []
        if parts[position].edited == nil, let original = parts[position].original {
            let chunk = extent(Int(original))
            bytes.reserveCapacity(chunk.all.count + value.count + 16)
            bytes += index.bytes[chunk.all.lowerBound..<chunk.end.lowerBound]
        }
        let delimiters = index.delimiters
        // MSH-1 is the first separator itself.
        let number = place.segment == "MSH" ? field - 1 : field
        var steps: [(number: Int, delimiter: UInt8?)] = [(number + 1, delimiters.field)]
        if place.repetition != nil || place.component != nil {
            steps.append((place.repetition ?? 1, delimiters.repetition))
        }
        if let component = place.component { steps.append((component, delimiters.component)) }
        if let subcomponent = place.subcomponent { steps.append((subcomponent, delimiters.subcomponent)) }
        var start = 0
        var end = bytes.count
        for step in steps {
            guard let delimiter = step.delimiter else {
                guard step.number == 1 else {
                    throw HL7v2Error(
                        code: HL7v2Error.Code.positionInvalid, place: place,
                        reason: "MSH-2 declares no subcomponent character, so there is only the first one.")
                }
                continue
            }
            // An empty or null value has no parts; what is set in it stands alone.
            if delimiter != delimiters.field, index.isNull(in: bytes, start, end) {
                bytes.removeSubrange(start..<end)
                end = start
            }
            for _ in 1..<step.number {
                while start < end, bytes[start] != delimiter { start += 1 }
                if start == end {
                    bytes.insert(delimiter, at: end)
                    end += 1
                }
                start += 1
            }
            var stop = start
            while stop < end, bytes[stop] != delimiter { stop += 1 }
            end = stop
        }
        bytes.replaceSubrange(start..<end, with: value)
        // The rest of the segment is written anew with it.
        if let converted = index.converted, converted.form == nil, converted.set.encode(bytes) == nil {
            throw Self.notInSet(place)
        }
        isChanged = true
        parts[position].edited = bytes
    }

    /// UTF-8 text in the set of the message's bytes.
    private func inSet(_ text: [UInt8], _ place: HL7v2Location) throws(HL7v2Error) -> [UInt8] {
        if text.allSatisfy({ $0 < 0x80 }) { return text }
        if let converted = index.converted {
            // Checked here, written as UTF-8 like the rest until the message is.
            guard converted.set.encode(text, form: converted.form) != nil else { throw Self.notInSet(place) }
            return text
        }
        guard let bytes = index.characterSet.encode(text) else { throw Self.notInSet(place) }
        return bytes
    }

    private static func notInSet(_ place: HL7v2Location) -> HL7v2Error {
        HL7v2Error(
            code: HL7v2Error.Code.notRepresentable, place: place,
            reason: "The character set of the message (MSH-18) has no such character.")
    }
}

public import Clinical

/// Builds one segment. Values are text; escapes are added on writing.
///
/// Fields, repetitions, components and subcomponents are numbered from 1 as in the standard. Setting a place again
/// replaces its value. A name or number outside the standard's form is reported when the message is built.
public struct SegmentBuilder: Sendable, Hashable {
    public let name: String
    /// In the order of their places, which is mostly the order in which they are set.
    private var values: [Entry] = []

    private struct Entry: Hashable, Sendable {
        var place: Place
        var value: Value
    }

    struct Place: Hashable, Comparable, Sendable {
        var field: Int
        var repetition: Int
        var component: Int
        var subcomponent: Int

        static func < (left: Place, right: Place) -> Bool {
            (left.field, left.repetition, left.component, left.subcomponent)
                < (right.field, right.repetition, right.component, right.subcomponent)
        }
    }

    enum Value: Hashable, Sendable {
        case text(String)
        case null
        /// Bytes already in the encoding and character set of the message being written.
        case encoded([UInt8])
    }

    /// - Parameter name: three characters, `[A-Z][A-Z0-9]{2}`.
    public init(_ name: String) {
        self.name = name
    }

    /// Sets one value; `nil` and the empty text leave the place empty.
    public mutating func set(
        _ field: Int, repetition: Int = 1, component: Int = 1, subcomponent: Int = 1, to text: String?
    ) {
        let place = Place(field: field, repetition: repetition, component: component, subcomponent: subcomponent)
        put(text.flatMap { $0.isEmpty ? nil : .text($0) }, at: place)
    }

    /// Sets the components of one repetition from the first on; `nil` leaves one empty.
    public mutating func set(_ field: Int, repetition: Int = 1, components: [String?]) {
        for (offset, text) in components.enumerated() {
            set(field, repetition: repetition, component: offset + 1, to: text)
        }
    }

    /// Sets a time at the precision and offset it has.
    public mutating func set(_ field: Int, repetition: Int = 1, component: Int = 1, time: ClinicalTime) {
        set(field, repetition: repetition, component: component, to: DateTimeWriter.text(time))
    }

    /// Sets the null value `""`: the receiver is to delete what it holds (HL7 v2.5.1 section 2.5.3).
    public mutating func setNull(_ field: Int, repetition: Int = 1, component: Int = 1, subcomponent: Int = 1) {
        put(.null, at: Place(field: field, repetition: repetition, component: component, subcomponent: subcomponent))
    }

    mutating func set(_ field: Int, encoded bytes: [UInt8]) {
        put(
            bytes.isEmpty ? nil : .encoded(bytes), at: Place(field: field, repetition: 1, component: 1, subcomponent: 1))
    }

    private mutating func put(_ value: Value?, at place: Place) {
        var index = values.count
        while index > 0, values[index - 1].place >= place { index -= 1 }
        let isSet = index < values.count && values[index].place == place
        switch (value, isSet) {
        case (let value?, true): values[index].value = value
        case (let value?, false): values.insert(Entry(place: place, value: value), at: index)
        case (nil, true): values.remove(at: index)
        case (nil, false): break
        }
    }

    func hasValue(_ field: Int) -> Bool {
        values.contains { $0.place.field == field }
    }

    /// Whether any text holds characters beyond ASCII.
    var hasNonASCIIText: Bool {
        values.contains { if case .text(let text) = $0.value { !text.utf8.allSatisfy { $0 < 0x80 } } else { false } }
    }

    /// What keeps this segment from being written, if anything.
    func firstFault(occurrence: Int) -> HL7v2Error? {
        guard let packed = SegmentName(name), packed.isValid else {
            return HL7v2Error(
                code: HL7v2Error.Code.segmentNameInvalid, place: HL7v2Location(segment: "", occurrence: occurrence),
                reason: "A segment name is a capital letter and two capital letters or digits.")
        }
        let firstField = packed.declaresDelimiters ? 3 : 1
        let invalid = values.lazy.map(\.place).first {
            !(firstField...9_999).contains($0.field) || !(1...9_999).contains($0.repetition)
                || !(1...999).contains($0.component) || !(1...999).contains($0.subcomponent)
        }
        guard let invalid else { return nil }
        return HL7v2Error(
            code: HL7v2Error.Code.positionInvalid,
            place: HL7v2Location(segment: name, occurrence: occurrence, field: invalid.field),
            reason: "Fields are numbered from \(firstField), the rest from 1; none may exceed 9,999, components 999.")
    }

    /// Appends the segment with its terminator. Faulty places are skipped; see ``firstFault``.
    func write(to bytes: inout [UInt8], delimiters: Delimiters) {
        bytes.append(contentsOf: name.utf8)
        var at = Place(field: 0, repetition: 1, component: 1, subcomponent: 1)
        if SegmentName(name)?.declaresDelimiters == true {
            bytes.append(delimiters.field)
            bytes.append(contentsOf: delimiters.encodingCharacters)
            at.field = 2
        }
        func separate(_ count: Int, by delimiter: UInt8?) {
            guard let delimiter, count > 0 else { return }
            for _ in 0..<count { bytes.append(delimiter) }
        }
        for entry in values where entry.place > at {
            let place = entry.place
            if place.field > at.field {
                separate(place.field - at.field, by: delimiters.field)
                at = Place(field: place.field, repetition: 1, component: 1, subcomponent: 1)
            }
            if place.repetition > at.repetition {
                separate(place.repetition - at.repetition, by: delimiters.repetition)
                (at.repetition, at.component, at.subcomponent) = (place.repetition, 1, 1)
            }
            if place.component > at.component {
                separate(place.component - at.component, by: delimiters.component)
                (at.component, at.subcomponent) = (place.component, 1)
            }
            separate(place.subcomponent - at.subcomponent, by: delimiters.subcomponent)
            at.subcomponent = place.subcomponent
            switch entry.value {
            case .text(let text): EscapeSequences.append(text, delimiters: delimiters, to: &bytes)
            case .null: bytes.append(contentsOf: [UInt8(ascii: "\""), UInt8(ascii: "\"")])
            case .encoded(let encoded): bytes.append(contentsOf: encoded)
            }
        }
        bytes.append(0x0D)
    }
}

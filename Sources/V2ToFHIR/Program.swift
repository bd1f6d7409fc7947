/// A compiled map: straight-line instructions for one segment or one datatype on one FHIR type.
struct Program: Sendable {
    /// `PID[Patient]`.
    var map: String
    /// Packed segment name; 0 for a datatype.
    var segment: UInt32
    var rootType: Int32
    var instructions: [Instruction] = []
    /// For a primitive: which component gives the value, in order of preference.
    var isValue = false
    /// The instruction whose source is the code of the first coding; −1 when the type holds none.
    var codeInstruction = -1
    /// Field whose repetitions `each` counts; 0 without.
    var eachField = 0
}

/// One step down the output tree.
struct PathStep: Sendable {
    enum Kind: UInt8, Sendable { case member, arrayElement, resource }

    var kind: Kind
    /// Name of the member.
    var key: Int32
    /// Type of what the step leads to.
    var type: Int32
    /// Distinguishes elements of an array within one map: 2 in `identifier[2]`.
    var label: Int32
    /// Each repetition of the source gets its own element here.
    var byRepetition: Bool
    /// Choice group, −1 without.
    var group: Int32
    /// One element for all segments that write to the resource.
    var isShared = false
}

/// What one row of a map does. A value that is shared, not copied, at every step of a conversion.
struct Instruction: Sendable {
    enum Action: UInt8, Sendable { case primitive, map, constant, template }

    /// Index in ``MappingTables/rows``.
    var row: Int32
    /// Field of a segment or component of a datatype; 0 is the whole.
    var field: Int
    var component: Int
    var condition: Int32
    /// The condition asks for the absence of this row's own source.
    var runsWhenAbsent: Bool
    var action: Action
    var steps: [PathStep]
    var primitive: Primitive
    var codes: Int32
    var program: Int32
    var vocabulary: Int32
    var constant: Int32
    var template: Int32
    /// Every repetition of the field counts.
    var repeats: Bool
    /// Runs once for each repetition of ``Program/eachField``.
    var isEach: Bool
    /// The element is the value of an extension.
    var isExtensionValue = false
    /// A code within a Coding: its vocabulary gives system and display too.
    var isCodingCode: Bool
}

/// How the text of a leaf becomes a FHIR primitive.
enum Primitive: UInt8, Sendable {
    case string, code, uri, codeSystem, identifierSystem, date, dateTime, instant, time, decimal, integer, positiveInt
    case unsignedInt, boolean, base64, markdown, none

    init(type: String) {
        self =
            switch type {
            case "code", "id": .code
            case "uri", "url", "canonical", "oid", "uuid": .uri
            case "date": .date
            case "dateTime": .dateTime
            case "instant": .instant
            case "time": .time
            case "decimal": .decimal
            case "integer": .integer
            case "positiveInt": .positiveInt
            case "unsignedInt": .unsignedInt
            case "boolean": .boolean
            case "base64Binary": .base64
            case "markdown": .markdown
            default: .string
            }
    }
}

/// Text with references: `urn:oid:{HD-2}`, `{OBX-5|comparator}`, `{RPT-9|secondsInMinutes}`, `{PL|joined:--}`.
struct Template: Sendable {
    enum Part: Sendable {
        case text([UInt8])
        case reference(Condition.Reference, Piece)
        /// All valued leaves of the value, with the separator between.
        case joined(Condition.Reference, separator: [UInt8])
    }

    /// What is taken of a value: all of it, a side of `<15`, the minutes that a time in another unit lasts, or its base64.
    enum Piece: String, Sendable {
        case whole, comparator, magnitude, secondsInMinutes, hoursInMinutes, daysInMinutes, encoded

        /// How many of the unit make a minute, and how many minutes make one of the unit; `nil` for what is no time.
        var minutes: (perMinute: Int, each: Int)? {
            switch self {
            case .secondsInMinutes: (60, 1)
            case .hoursInMinutes: (1, 60)
            case .daysInMinutes: (1, 1440)
            case .whole, .comparator, .magnitude, .encoded: nil
            }
        }
    }

    var parts: [Part]

    init?(_ text: String) {
        parts = []
        var rest = Substring(text)
        while let open = rest.firstIndex(of: "{") {
            if open > rest.startIndex { parts.append(.text(Array(rest[..<open].utf8))) }
            guard let close = rest[open...].firstIndex(of: "}") else { return nil }
            let inner = rest[rest.index(after: open)..<close].split(separator: "|", maxSplits: 1)
            guard let name = inner.first, let reference = Condition.Reference(String(name)) else { return nil }
            if inner.count == 2, inner[1].hasPrefix("joined:") {
                parts.append(.joined(reference, separator: Array(inner[1].dropFirst("joined:".count).utf8)))
            } else {
                guard let piece = inner.count == 1 ? Piece.whole : Piece(rawValue: String(inner[1])) else { return nil }
                parts.append(.reference(reference, piece))
            }
            rest = rest[rest.index(after: close)...]
        }
        if !rest.isEmpty { parts.append(.text(Array(rest.utf8))) }
    }
}

/// A concept map of the tables: a v2 code to a FHIR code.
struct CodeMap: Sendable {
    struct Target: Sendable {
        /// Constants; −1 when empty.
        var code: Int32
        var system: Int32
        var display: Int32
    }

    var name: String
    var targets: [ByteKey: Target] = [:]
}

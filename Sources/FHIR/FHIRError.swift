public import Clinical

/// Why a JSON text or a FHIR value was refused.
public struct FHIRError: Error, Sendable, Hashable {
    /// Stable numbers of this target. They never change their meaning; new ones are added at the end.
    public enum Code {
        /// A character that RFC 8259 does not allow there.
        public static let grammar = 1201
        /// The text ends in the middle of a value.
        public static let truncated = 1202
        /// Bytes that are not well-formed UTF-8.
        public static let encoding = 1203
        /// An escape that is not one of RFC 8259 section 7, or half of a surrogate pair.
        public static let escape = 1204
        /// A control character inside a string.
        public static let controlCharacter = 1205
        /// A number outside the grammar of RFC 8259 section 6.
        public static let number = 1206
        /// The same key twice in one object.
        public static let duplicateKey = 1207
        /// Something other than white space after the value.
        public static let trailingContent = 1208
        /// Larger than ``JSONLimits/maximumBytes``.
        public static let size = 1209
        /// Nested deeper than ``JSONLimits/maximumDepth``.
        public static let depth = 1210
        /// More keys and values than ``JSONLimits/maximumNodes``.
        public static let nodes = 1211
        /// Not of the form of a FHIR date, dateTime or instant.
        public static let timeFormat = 1221
        /// A date or a time of day that does not exist.
        public static let timeRange = 1222
        /// A time without an offset from UTC.
        public static let timeOffset = 1223
    }

    /// One of ``Code``.
    public let code: Int
    /// `byte 1042 in /entry/3/resource`, a JSON pointer, or `character 11`; empty when the whole text is meant.
    public let place: String
    /// A sentence a user can act on. Never holds an input value.
    public let reason: String

    public init(code: Int, place: String, reason: String) {
        self.code = code
        self.place = place
        self.reason = reason
    }

    /// The same as an issue of severity `error`.
    public var issue: Issue {
        Issue(.error, code: code, place: place, reason)
    }
}

extension FHIRError: CustomStringConvertible {
    public var description: String {
        place.isEmpty ? "\(reason) [\(code)]" : "\(place): \(reason) [\(code)]"
    }
}

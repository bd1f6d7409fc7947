public import Clinical

/// Why a message, a value or a builder was refused.
///
/// Holds no part of the input, so it may be logged and sent back.
public struct HL7v2Error: Error, Sendable, Hashable {
    /// HL7 table 0357 where it applies, otherwise one of this target's own numbers (``Code``).
    public let code: Int
    public let place: HL7v2Location
    /// A sentence a user can act on.
    public let reason: String

    public init(code: Int, place: HL7v2Location, reason: String) {
        self.code = code
        self.place = place
        self.reason = reason
    }

    /// The same as an issue of severity `error`.
    public var issue: Issue {
        Issue(.error, code: code, place: place.description, reason)
    }
}

extension HL7v2Error: CustomStringConvertible {
    public var description: String { "\(place): \(reason) (\(code))" }
}

extension HL7v2Error {
    /// Numbers used by errors and issues of this target; stable across releases.
    public enum Code {
        // HL7 table 0357 (message error condition codes).
        public static let segmentSequence = 100
        public static let requiredFieldMissing = 101
        public static let dataType = 102
        public static let tableValueNotFound = 103
        public static let unsupportedMessageType = 200
        public static let unsupportedEvent = 201
        public static let unsupportedProcessingID = 202
        public static let unsupportedVersion = 203
        public static let unknownKey = 204
        public static let duplicateKey = 205
        public static let recordLocked = 206
        public static let internalError = 207

        // Errors of the encoding itself.
        public static let notAMessage = 1001
        public static let headerTooShort = 1002
        public static let delimitersInvalid = 1003
        public static let segmentNameInvalid = 1004
        public static let tooLarge = 1005
        public static let tooManyParts = 1006
        public static let characterSetUnsupported = 1007
        public static let bytesInvalid = 1008
        public static let characterSetUndeclared = 1009
        public static let positionInvalid = 1011
        public static let notRepresentable = 1012

        // Oddities that are tolerated and reported.
        public static let lineEnds = 1020
        public static let blankLines = 1021
        public static let leadingBlank = 1022
        public static let byteOrderMark = 1023
        public static let nulBytes = 1024
        public static let controlCharacters = 1025
        public static let utf8Undeclared = 1026
        public static let characterSetAlias = 1027
        public static let lastSegmentOpen = 1028
        public static let furtherCharacterSets = 1029

        public static let escapeDoubled = 1034

        // Batches.
        public static let batchCount = 1030
        public static let batchTrailerMissing = 1031
        public static let outsideMessages = 1032
        public static let batchHeaderMissing = 1033

        // Segments that do not follow the message structure.
        public static let structureUnknown = 1040
        public static let segmentMissing = 1041
        public static let segmentMisplaced = 1042
        public static let segmentRepeated = 1043
        public static let segmentUnexpected = 1044
    }
}

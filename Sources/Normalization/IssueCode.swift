/// The numbers of the issues this room raises.
public enum IssueCode {
    // HL7 table 0357.
    public static let segmentSequence = 100
    public static let requiredFieldMissing = 101
    public static let dataType = 102
    public static let tableValueNotFound = 103
    public static let unsupportedMessageType = 200
    public static let unsupportedEvent = 201
    public static let unknownKey = 204
    public static let internalError = 207

    // This project's own.
    /// An assigning authority has no URI in the table.
    public static let unknownAssigner = 1401
    /// A time has no offset and the zone of the source was applied, or none is configured.
    public static let zoneApplied = 1402
    /// A part of the message is kept only in the journal.
    public static let notConverted = 1403
    /// A code or unit has no mapping.
    public static let unmapped = 1404
    /// More than one value where one is read; the first was used.
    public static let repeated = 1405
    /// A time had to be taken from elsewhere.
    public static let timeSubstituted = 1406
    /// A value is not of its declared kind.
    public static let valueNotUsable = 1407
    /// The trigger event has no rule of its own.
    public static let genericEvent = 1408
    /// A table file cannot be read.
    public static let table = 1409
    /// A reference cannot be resolved.
    public static let unresolvedReference = 1410
}

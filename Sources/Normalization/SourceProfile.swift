public import Clinical

/// What is known of a source beyond its messages: how to read what they leave unsaid.
public struct SourceProfile: Sendable, Hashable {
    /// Name of the configured source; selects the mapping tables.
    public var name: String
    /// Zone of times without an offset. Without one such times are read as UTC, and that is reported.
    public var zone: ZoneRule?
    /// URI for patient and visit identifiers that name no assigning authority.
    public var defaultAssigner: String?
    /// URI for local codes that name no system; without one `urn:headwall:codes:<name>`.
    public var codeSystem: String?

    public init(name: String, zone: ZoneRule? = nil, defaultAssigner: String? = nil, codeSystem: String? = nil) {
        self.name = name
        self.zone = zone
        self.defaultAssigner = defaultAssigner
        self.codeSystem = codeSystem
    }

    /// URI of the sender's own codes.
    var localCodes: String { codeSystem ?? "urn:headwall:codes:" + name }
}

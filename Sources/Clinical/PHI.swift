/// Wraps protected health information so that it cannot reach a log, an error or a metric by accident.
///
/// Every textual form is `<phi>`; the value is read deliberately through ``exposed``.
public struct PHI<Value: Sendable>: Sendable {
    /// The protected value. Use only where it leaves by intent: a rendering, a database row, a comparison.
    public let exposed: Value

    public init(_ value: Value) {
        exposed = value
    }
}

extension PHI: Equatable where Value: Equatable {}
extension PHI: Hashable where Value: Hashable {}

extension PHI: Codable where Value: Codable {
    public init(from decoder: any Decoder) throws {
        exposed = try decoder.singleValueContainer().decode(Value.self)
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(exposed)
    }
}

extension PHI: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    public var description: String { "<phi>" }
    public var debugDescription: String { "<phi>" }
    public var customMirror: Mirror { Mirror(self, children: []) }
}

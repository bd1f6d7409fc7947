public import Clinical

/// Why a whole message could not be normalised.
public struct NormalizationError: Error, Sendable, Hashable {
    /// The first is the cause; what was noticed before it follows. Never empty.
    public let issues: [Issue]

    /// - Parameter cause: becomes the first issue, with the severity `error`.
    public init(code: Int, place: String, _ reason: String, after noticed: [Issue] = []) {
        issues = [Issue(.error, code: code, place: place, reason)] + noticed
    }

    /// Code of the cause: HL7 table 0357 below 1000, this project's own above.
    public var code: Int { issues.first?.code ?? IssueCode.internalError }
    /// Place of the cause.
    public var place: String { issues.first?.place ?? "" }
    /// Sentence of the cause.
    public var reason: String { issues.first?.text ?? "" }
}

extension NormalizationError: CustomStringConvertible {
    public var description: String { "\(reason) (\(code), \(place))" }
}

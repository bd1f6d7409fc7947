/// Why a model package was refused. Packages hold no patient data; even so no value of the manifest is repeated.
public struct InferenceError: Error, Sendable, Hashable {
    /// What is wrong, with a number that stays the same between versions.
    public enum Cause: Int, Sendable, Codable {
        /// The manifest is not JSON.
        case notJSON = 3001
        case unknownKey = 3002
        case missingKey = 3003
        /// A value of the wrong type or outside what is allowed.
        case badValue = 3004
        /// The rows of a table leave a gap, overlap, or cannot be reached.
        case bands = 3005
        /// A name that nothing in the manifest has, or an input that nothing uses.
        case unresolved = 3006
        case duplicate = 3007
        /// The package does not reproduce one of its own golden cases.
        case goldenCase = 3008
        /// A kind of model, or a schema, that this version does not evaluate.
        case unsupported = 3009
        /// Folder and manifest disagree, or a file is missing.
        case layout = 3010
        /// A model file is not what its format says, or its structure is broken.
        case modelFile = 3011
        /// A file of the package is not the one that the manifest was written for.
        case digest = 3012
        /// The package is not signed by a key that the site trusts.
        case signature = 3013
    }

    public let cause: Cause
    /// A JSON pointer into `manifest.json` (RFC 6901), a position in its text, or a path in the package.
    public let place: String
    /// A sentence the author of the package can act on.
    public let reason: String

    public var code: Int { cause.rawValue }

    public init(_ cause: Cause, at place: String, _ reason: String) {
        self.cause = cause
        self.place = place
        self.reason = reason
    }
}

extension InferenceError: CustomStringConvertible {
    public var description: String { "\(code) at \(place.isEmpty ? "the manifest" : place): \(reason)" }
}

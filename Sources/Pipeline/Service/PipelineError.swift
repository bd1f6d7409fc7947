/// Something that keeps the service or a command from working at all.
public struct PipelineError: Error, Sendable, CustomStringConvertible {
    /// The sysexits(3) class of the failure.
    public enum Kind: Int32, Sendable {
        /// 65: the input data was wrong.
        case data = 65
        /// 66: an input file is absent or unreadable.
        case noInput = 66
        /// 69: something the service needs is not available.
        case unavailable = 69
        /// 70: a mistake in this program.
        case software = 70
        /// 73: an output file cannot be made.
        case cannotCreate = 73
        /// 74: reading or writing failed.
        case io = 74
        /// 78: the configuration is wrong.
        case configuration = 78
    }

    public let kind: Kind
    /// File, folder, port or setting.
    public let place: String
    public let reason: String

    public init(_ kind: Kind, place: String, _ reason: String) {
        self.kind = kind
        self.place = place
        self.reason = reason
    }

    public var description: String { place.isEmpty ? reason : "\(place): \(reason)" }
}

public import Clinical

/// One message of the simulated day, with the door it goes through.
public struct Delivery: Sendable, Equatable {
    public enum Door: String, Sendable {
        case mllp, fhir, cda
        /// Waits on a FHIR server until it is polled.
        case poll
    }

    /// When it is sent.
    public let at: Instant
    public let door: Door
    /// Name of the source in the demonstration configuration.
    public let source: String
    public let bytes: [UInt8]
}

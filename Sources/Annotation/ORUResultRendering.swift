public import Clinical

/// A decision as an ORU^R01 message for the interface engine (HL7 v2.5.1, chapter 7).
public enum ORUResultRendering {
    /// Who sends it to whom (MSH-3 to MSH-6, MSH-11).
    public struct Route: Sendable, Hashable {
        public var sendingApplication: String
        public var sendingFacility: String
        public var receivingApplication: String
        public var receivingFacility: String
        /// Table 0103: `P` production, `T` training, `D` debugging.
        public var processingID: String

        public init(
            sendingApplication: String = "HEADWALL", sendingFacility: String = "", receivingApplication: String = "",
            receivingFacility: String = "", processingID: String = "P"
        ) {
            self.sendingApplication = sendingApplication
            self.sendingFacility = sendingFacility
            self.receivingApplication = receivingApplication
            self.receivingFacility = receivingFacility
            self.processingID = processingID
        }
    }

    /// MSH-10: 20 digits (the length of the field in v2.5.1) from the decision's id.
    public static func controlID(_ decision: Decision) -> String {
        String(ContentDigest.identifier("ORU", decision.id).prefix(20))
    }

    /// - Parameters:
    ///   - patient: Name, birth date and sex for PID-5, 7 and 8; `nil` where they are not known.
    ///   - assigners: Namespace (PID-3.4.1) by the URI of the assigning authority.
    public static func render(
        _ decision: Decision, route: Route = Route(), patient: PatientRecord? = nil, assigners: [String: String] = [:]
    ) -> [UInt8] {
        []
    }
}

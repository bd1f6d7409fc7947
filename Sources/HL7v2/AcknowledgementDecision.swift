extension Acknowledgement {
    /// When an answer is due (HL7 v2.5.1 sections 2.9.2 and 2.9.3).
    public enum Stage: Sendable, Hashable, CaseIterable {
        /// The receiver has taken responsibility for the message, or refused to.
        case commit
        /// The application has dealt with it.
        case application
    }

    /// What became of a message at a stage.
    public enum Outcome: Sendable, Hashable, CaseIterable {
        case accepted
        /// Something is wrong with this message; sending it again changes nothing until it is repaired.
        case error
        /// Not here and not now: an unsupported type, version or processing id, or a fault of the receiver.
        case rejected
    }

    /// Whether a message asks for enhanced mode: MSH-15 or MSH-16 is valued.
    public static func isEnhanced(_ header: MessageHeader?) -> Bool {
        header?.acceptCondition != nil || header?.applicationCondition != nil
    }

    /// The code to answer a message with at a stage; `nil` when the sender wants no answer then.
    ///
    /// In original mode (neither MSH-15 nor MSH-16 valued) the one answer is AA, AE or AR, from the application. In enhanced
    /// mode MSH-15 decides about CA, CE and CR, MSH-16 about AA, AE and AR (table 0155: AL always, NE never, ER errors and
    /// rejects only, SU successes only); the one that is not valued means never, and a value outside the table means always,
    /// so that no sender waits in vain.
    /// - Parameter header: `nil` for bytes without a readable MSH, which are answered in original mode.
    public static func code(for header: MessageHeader?, at stage: Stage, _ outcome: Outcome) -> Code? {
        guard let header, isEnhanced(header) else {
            return stage == .application ? code(stage, outcome) : nil
        }
        let condition = stage == .commit ? header.acceptCondition : header.applicationCondition
        let isWanted =
            switch condition {
            case nil, "NE": false
            case "ER": outcome != .accepted
            case "SU": outcome == .accepted
            default: true
            }
        return isWanted ? code(stage, outcome) : nil
    }

    private static func code(_ stage: Stage, _ outcome: Outcome) -> Code {
        switch (stage, outcome) {
        case (.commit, .accepted): .CA
        case (.commit, .error): .CE
        case (.commit, .rejected): .CR
        case (.application, .accepted): .AA
        case (.application, .error): .AE
        case (.application, .rejected): .AR
        }
    }
}

extension MessageHeader {
    /// MSH-15: when the sender wants an accept acknowledgement (table 0155); `nil` when not valued.
    public var acceptCondition: String? { text(15) }

    /// MSH-16: when the sender wants an application acknowledgement; `nil` when not valued.
    public var applicationCondition: String? { text(16) }
}

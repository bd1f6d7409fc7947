public import Clinical

/// An acknowledgement: building one for a message, or for bytes that are none, and reading one
/// (HL7 v2.5.1 sections 2.9.2, 2.9.3, 2.14.1, 2.15.5, 2.15.8).
public struct Acknowledgement: Sendable, Hashable {
    /// MSA-1, table 0008.
    public enum Code: String, Sendable, Hashable, CaseIterable {
        /// Application accept.
        case AA
        /// Application error.
        case AE
        /// Application reject.
        case AR
        /// Commit accept (enhanced mode).
        case CA
        /// Commit error.
        case CE
        /// Commit reject.
        case CR

        public var isPositive: Bool { self == .AA || self == .CA }
    }

    public var code: Code
    /// MSA-2: the control id of the message that is acknowledged; `nil` when not valued.
    public var acknowledgedControlID: String?
    /// MSH-10 of the acknowledgement itself.
    public var controlID: String?
    /// MSA-3, the text message of versions up to 2.4.
    public var text: String?
    /// One for each ERR segment, or each repetition of ERR-1 before v2.5. Their texts come from the other system.
    public var errors: [Issue]

    /// Reads an acknowledgement.
    ///
    /// - Throws: ``HL7v2Error`` when the bytes are no message, MSA is missing (100), or MSA-1 is not in table 0008 (103).
    public static func parse(
        _ bytes: [UInt8], limits: Message.Limits = Message.Limits()
    ) throws(HL7v2Error) -> Acknowledgement {
        try Acknowledgement(try Message(bytes, limits: limits))
    }

    /// Reads an acknowledgement from a message that holds MSA.
    public init(_ message: Message) throws(HL7v2Error) {
        guard let msa = message.segment("MSA") else {
            throw HL7v2Error(
                code: HL7v2Error.Code.segmentSequence, place: HL7v2Location(segment: "MSA"),
                reason: "An acknowledgement needs the segment MSA.")
        }
        guard let code = msa.text(1).flatMap(Code.init(rawValue:)) else {
            throw HL7v2Error(
                code: msa.field(1).isValued ? HL7v2Error.Code.tableValueNotFound : HL7v2Error.Code.requiredFieldMissing,
                place: msa.field(1).location, reason: "MSA-1 is one of AA, AE, AR, CA, CE, CR.")
        }
        self.code = code
        acknowledgedControlID = msa.text(2)
        controlID = message.controlID
        text = msa.field(3).wholeText
        errors = message.segments(named: "ERR").flatMap(Self.errors)
    }

    private static func errors(in segment: Segment) -> [Issue] {
        if segment.field(3).isValued || segment.field(5).isValued || segment.field(8).isValued {
            return [error(in: segment)]
        }
        // ERR-1 up to v2.4: segment, sequence, field, and a coded error in the subcomponents of the fourth component.
        return segment.field(1).repetitions.filter(\.isValued).map { repetition in
            let code = repetition.component(4)
            return Issue(
                .error, code: code.text.flatMap { Int($0) } ?? HL7v2Error.Code.internalError,
                place: place(repetition, fieldComponent: 3, rest: []), code.subcomponent(2).text ?? "")
        }
    }

    private static func error(in segment: Segment) -> Issue {
        let severity: Issue.Severity =
            switch segment.text(4) {
            case "I": .information
            case "W": .warning
            default: .error
            }
        let code = [segment.text(5), segment.text(3)].compactMap { $0.flatMap { Int($0) } }.first
        let texts = [segment.field(8).wholeText, segment.field(3).component(2).text, segment.field(7).wholeText]
        return Issue(
            severity, code: code ?? HL7v2Error.Code.internalError,
            place: place(segment.field(2).repetition(1), fieldComponent: 3, rest: [4, 5, 6]),
            texts.compactMap(\.self).first ?? "")
    }

    /// A path from the components of an error location.
    private static func place(_ location: Repetition, fieldComponent: Int, rest: [Int]) -> String {
        guard let segment = location.text(1) else { return "" }
        func number(_ component: Int) -> Int? { location.text(component).flatMap { Int($0) } }
        var place = HL7v2Location(segment: segment, occurrence: number(2) ?? 1, field: number(fieldComponent))
        if rest.count == 3 {
            (place.repetition, place.component, place.subcomponent) = (number(rest[0]), number(rest[1]), number(rest[2]))
        }
        return place.description
    }
}

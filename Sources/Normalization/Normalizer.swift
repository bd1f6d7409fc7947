public import Clinical
internal import CDA
internal import FHIR
internal import HL7v2

/// Turns messages of every format into FHIR R4 with LOINC codes and UCUM units, and into events for the timeline.
///
/// Pure: the same message, tables and translator give the same result, byte for byte.
public struct Normalizer: Sendable {
    let tables: NormalizationTables
    let sources: [String: SourceProfile]
    let translator: any CodeTranslator

    /// - Parameter sources: by name; a message of a source that is not in it is read with a profile of that name only.
    public init(tables: NormalizationTables, sources: [String: SourceProfile], translator: any CodeTranslator) {
        self.tables = tables
        self.sources = sources
        self.translator = translator
    }

    /// Normalises a message.
    ///
    /// - Parameter knownPatient: looks up the patient of a server reference (`Patient/123`) of the message's source, from
    ///   ``NormalizedMessage/serverPatients`` of earlier messages; used for FHIR subjects that the input does not carry.
    /// - Parameter writesBundle: whether the FHIR bundle is wanted as well; without it the work is half.
    /// - Throws: ``NormalizationError`` when the message as a whole cannot be used: it cannot be read, its type is not
    ///   supported, required parts are missing, or a date in it does not exist. Trouble with single values becomes an
    ///   issue and a finding with a reason in place of a value.
    public func normalize(
        _ message: InboundMessage, knownPatient: (@Sendable (String) -> PatientKey?)? = nil, writesBundle: Bool = true
    ) throws(NormalizationError) -> NormalizedMessage {
        let profile = sources[message.source] ?? SourceProfile(name: message.source)
        var draft = MessageDraft(
            tables: tables, translator: translator, profile: profile, received: message.received,
            writesBundle: writesBundle)
        var agent: String?
        switch message.format {
        case .hl7v2:
            let parsed: Message = try draft.parse(message.bytes)
            try draft.read(parsed)
            let names = [parsed.sendingApplication, parsed.sendingFacility].compactMap(CleanText.string)
            agent = names.isEmpty ? nil : names.joined(separator: " ")
        case .fhir:
            draft.knownPatient = knownPatient
            let parsed: JSON = try draft.parse(message.bytes)
            try draft.read(parsed)
        case .cda:
            let parsed: CDADocument = try draft.parse(message.bytes)
            try draft.read(parsed)
        case .mappings:
            throw NormalizationError(
                code: IssueCode.unsupportedMessageType, place: "message", "This entry changes tables and is no message.")
        }
        return draft.finish(agent: agent, digest: ContentDigest(of: message.bytes))
    }
}

public import Clinical
internal import FHIR

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
    /// - Throws: ``NormalizationError`` when the message as a whole cannot be used: it cannot be read, its type is not
    ///   supported, required parts are missing, or a date in it does not exist. Trouble with single values becomes an
    ///   issue and a finding with a reason in place of a value.
    public func normalize(_ message: InboundMessage) throws(NormalizationError) -> NormalizedMessage {
        throw NormalizationError(
            code: IssueCode.internalError, place: "", "Normalisation of this format is not ready yet.")
    }
}

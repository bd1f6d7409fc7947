/// Tables that turn assigners, HL7 codes and code system names into those of FHIR.
///
/// Each is a TSV file with a header line: `assigners.tsv` (`namespace`, `uri`, `comment`) and the files of
/// `v2-to-fhir/codes` (`code`, `target`, … by their header).
public struct NormalizationTables: Sendable {
    private let maps: [String: [String: String]]

    /// - Parameter files: content by file name (`assigners.tsv`, `0001-administrative-gender.tsv`, …); folders in front
    ///   of the name are ignored.
    /// - Throws: ``NormalizationError`` naming the file and line that cannot be read.
    public init(files: [String: String]) throws(NormalizationError) {
        maps = [:]
    }
}

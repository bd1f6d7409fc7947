/// Everything that is wrong with a set of mapping files.
public struct TerminologyError: Error, Hashable, Sendable {
    /// Stable numbers, 2201–2299.
    public enum Cause: Int, Sendable, Codable {
        /// A file that is needed is absent.
        case missingFile = 2201
        case notUTF8 = 2202
        case tooLarge = 2203
        case invalidManifest = 2204
        /// The file is not the one the manifest names.
        case digestMismatch = 2205
        case missingColumn = 2206
        /// A line has another number of fields than the header.
        case fieldCount = 2207
        case missingValue = 2208
        case invalidValue = 2209
        /// A unit column that is not UCUM.
        case invalidUnit = 2210
        /// The unit does not convert to the canonical unit of the LOINC code.
        case unitDoesNotFit = 2211
        /// A LOINC code that `units/canonical.tsv` does not have.
        case unknownTarget = 2212
        case duplicateRow = 2213
        /// Two approved rows that one request could both match.
        case overlappingRows = 2214
        case unsorted = 2215
        /// Two active tables for the same source and code system.
        case overlappingTables = 2216
        /// Two rows for one code that differ in the unit only, and in the analyte.
        case siblingComponent = 2217
        /// LOINC has deprecated the target.
        case deprecatedTarget = 2218
        /// `object_label` is not the official display of the code.
        case displayDiffers = 2219
    }

    public struct Problem: Hashable, Sendable {
        public var cause: Cause
        /// Path of the file below `Mappings/`.
        public var file: String
        /// Line, from 1; `nil` where the whole file is concerned.
        public var line: Int?
        public var reason: String

        public var code: Int { cause.rawValue }
    }

    /// At least one; in the order of files and lines.
    public let problems: [Problem]
}

extension TerminologyError: CustomStringConvertible {
    public var description: String {
        problems.map(\.description).joined(separator: "\n")
    }
}

extension TerminologyError.Problem: CustomStringConvertible {
    public var description: String {
        file + (line.map { ":\($0)" } ?? "") + ": \(code) \(reason)"
    }
}

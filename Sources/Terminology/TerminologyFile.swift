/// A mapping file as read by whoever does the reading; this target does no I/O.
public struct TerminologyFile: Hashable, Sendable {
    /// Path relative to `Mappings/`, with forward slashes: `codes/lab-a/1.0.0/map.tsv`.
    public var path: String
    public var content: [UInt8]

    public init(path: String, content: [UInt8]) {
        self.path = path
        self.content = content
    }

    /// What to read below `Mappings/`; `*` stands for one folder name.
    public static let patterns = [
        "units/manifest.json", "units/canonical.tsv", "units/aliases.tsv", "units/homographs.tsv",
        "units/suspects.tsv", "units/clinical.tsv", "units/synonyms.tsv",
        "units/names.tsv",
        "codes/*/*/manifest.json", "codes/*/*/map.tsv",
    ]
}

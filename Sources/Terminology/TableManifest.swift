internal import Foundation

/// What stands beside a mapping table: whom it serves, and which file it means.
public struct TableManifest: Hashable, Sendable, Codable {
    public enum Status: String, Sendable, Codable {
        /// In use. Of all versions of a table one at most is active.
        case active
        /// Being written; loaded and checked, never used.
        case draft
        /// Kept for replays.
        case retired
        /// Takes the place of the version it supersedes from the journal entry on that says so, never before.
        case released
    }

    public var name: String
    public var version: String
    public var status: Status
    public var title: String?
    /// Names of configured sources; `*` serves any source that has no table of its own.
    public var sources: [String]
    /// Prefix of `subject_id` → canonical URI of the code system.
    public var codeSystems: [String: String]
    /// SHA-256 of `map.tsv`, hexadecimal.
    public var sha256: String
    public var loincVersion: String
    public var ucumVersion: String
    /// Name and version of the table that a released one takes the place of; `nil` for the first of its name.
    public var supersedes: String?

    /// `lab-a/1.0.0`.
    var tableTitle: String { name + "/" + version }

    init(
        name: String, version: String, status: Status, title: String?, sources: [String], codeSystems: [String: String],
        sha256: String, loincVersion: String, ucumVersion: String, supersedes: String?
    ) {
        self.name = name
        self.version = version
        self.status = status
        self.title = title
        self.sources = sources
        self.codeSystems = codeSystems
        self.sha256 = sha256
        self.loincVersion = loincVersion
        self.ucumVersion = ucumVersion
        self.supersedes = supersedes
    }

    /// The content of `manifest.json`: the same manifest gives the same bytes.
    var fileContent: [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return (try? encoder.encode(self)).map { Array($0) + [UInt8(ascii: "\n")] } ?? []
    }

    init(parsing content: [UInt8]) throws(ManifestFault) {
        do {
            self = try JSONDecoder().decode(TableManifest.self, from: Data(content))
        } catch let error as DecodingError {
            throw ManifestFault(error)
        } catch {
            throw ManifestFault(reason: "The manifest is not valid JSON.")
        }
    }
}

/// What stands beside the unit tables.
struct UnitsManifest: Codable {
    var version: String
    var loincVersion: String
    var ucumVersion: String
    /// File name → SHA-256, hexadecimal.
    var sha256: [String: String]

    init(parsing content: [UInt8]) throws(ManifestFault) {
        do {
            self = try JSONDecoder().decode(UnitsManifest.self, from: Data(content))
        } catch let error as DecodingError {
            throw ManifestFault(error)
        } catch {
            throw ManifestFault(reason: "The manifest is not valid JSON.")
        }
    }
}

struct ManifestFault: Error {
    var reason: String

    init(reason: String) {
        self.reason = reason
    }

    init(_ error: DecodingError) {
        switch error {
        case .keyNotFound(let key, _): reason = "The key \(key.stringValue) is missing."
        case .typeMismatch(_, let context), .valueNotFound(_, let context):
            reason = "The value of \(Self.path(context)) has the wrong type."
        case .dataCorrupted(let context):
            reason =
                context.codingPath.isEmpty
                ? "The manifest is not valid JSON." : "The value of \(Self.path(context)) is not one of those allowed."
        @unknown default: reason = "The manifest is not valid JSON."
        }
    }

    private static func path(_ context: DecodingError.Context) -> String {
        context.codingPath.map(\.stringValue).joined(separator: ".")
    }
}

import Foundation

/// Files that lie beside the repository and are no part of it.
enum SharedTerminology {
    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().appending(path: "shared/data/terminology").path

    static let isPresent = FileManager.default.fileExists(atPath: root + "/units/real-unit-strings.tsv")

    static func text(_ path: String) throws -> String {
        try String(contentsOfFile: root + "/" + path, encoding: .utf8)
    }

    static func bytes(_ path: String) throws -> [UInt8] {
        [UInt8](try Data(contentsOf: URL(filePath: root + "/" + path)))
    }

    /// Rows by column name.
    static func tsv(_ path: String) throws -> [[String: String]] {
        let lines = try text(path).split(separator: "\n").map {
            $0.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
        }
        guard let header = lines.first else { return [] }
        return lines.dropFirst().map { Dictionary(zip(header, $0)) { first, _ in first } }
    }
}

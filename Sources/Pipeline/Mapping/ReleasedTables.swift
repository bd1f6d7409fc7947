internal import Foundation
internal import Terminology

#if canImport(Glibc)
    internal import Glibc
#endif

/// The folder of tables that approvals made: `codes/<name>/<version>`, each written once and never changed.
struct ReleasedTables {
    let folder: String

    /// Name and version of every table that is there.
    var titles: Set<String> {
        let files = FileManager.default
        var titles: Set<String> = []
        for name in (try? files.contentsOfDirectory(atPath: "\(folder)/codes")) ?? [] {
            for version in (try? files.contentsOfDirectory(atPath: "\(folder)/codes/\(name)")) ?? [] {
                titles.insert("\(name)/\(version)")
            }
        }
        return titles
    }

    /// Returns when the table is on disk. A version that is there already is not touched.
    func write(_ release: TableRelease) throws(PipelineError) {
        let parent = "\(folder)/codes/\(release.manifest.name)"
        let place = "\(folder)/codes/\(release.title)"
        try SiteFiles.makeFolder(parent)
        // Of two approvals at the same time one makes the folder.
        guard mkdir(place, 0o700) == 0 else {
            throw PipelineError(
                .cannotCreate, place: place,
                errno == EEXIST ? "another approval has just made this version; approve again" : "the folder cannot be made"
            )
        }
        // The manifest is what makes a folder a table: it gets its name when all of it is on disk.
        let (map, manifest) = ("\(place)/map.tsv", "\(place)/manifest.json")
        try SiteFiles.write(release.mapFile, to: map)
        try Self.synchronize(map)
        try SiteFiles.write(release.manifestFile, to: manifest + ".part")
        try Self.synchronize(manifest + ".part")
        guard rename(manifest + ".part", manifest) == 0 else {
            throw PipelineError(.cannotCreate, place: manifest, "cannot be written")
        }
        for path in [place, parent, "\(folder)/codes", folder] { try Self.synchronize(path) }
    }

    private static func synchronize(_ path: String) throws(PipelineError) {
        let descriptor = open(path, O_RDONLY)
        guard descriptor >= 0 else { throw PipelineError(.io, place: path, "cannot be opened") }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw PipelineError(.io, place: path, "cannot be written to disk") }
    }
}

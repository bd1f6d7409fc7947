internal import Clinical
internal import Foundation

/// Where the tables and the models of a site are, and their content. The only place that reads them from disk.
public struct SiteFiles: Sendable {
    /// Folder of the mapping tables.
    public let mappings: String
    /// Folder of the model packages.
    public let models: String
    /// Folder of the tables that approvals made, `codes/<name>/<version>` below it; it need not exist.
    public let approved: String?
    /// Files with the public keys of which one must have signed every model package that is used; none: no signature is
    /// asked for.
    public let trustedKeys: [String]

    public init(mappings: String, models: String, approved: String? = nil, trustedKeys: [String] = []) {
        self.mappings = mappings
        self.models = models
        self.approved = approved
        self.trustedKeys = trustedKeys
    }

    /// Those of a configuration.
    ///
    /// - Parameter mappings: another folder of tables.
    public init(_ configuration: Configuration, mappings: String? = nil) {
        self.init(
            mappings: mappings ?? configuration.mappings, models: configuration.models.folder,
            approved: configuration.approvedMappings, trustedKeys: configuration.models.trustedKeys)
    }

    /// Finds `Mappings` and `Models`: `HEADWALL_HOME`, then the working directory, then upwards from the program.
    public static func located(besides executable: String = CommandLine.arguments.first ?? "") -> SiteFiles {
        home(besides: executable).map { SiteFiles(mappings: $0 + "/Mappings", models: $0 + "/Models") }
            ?? SiteFiles(mappings: "Mappings", models: "Models")
    }

    /// The folder that holds `Mappings` and `Models`.
    public static func home(besides executable: String = CommandLine.arguments.first ?? "") -> String? {
        var candidates: [String] = []
        if let home = ProcessInfo.processInfo.environment["HEADWALL_HOME"] { candidates.append(home) }
        candidates.append(FileManager.default.currentDirectoryPath)
        let resolved = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
        var folder = (resolved.path == "/proc/self/exe" ? URL(fileURLWithPath: executable) : resolved)
            .deletingLastPathComponent()
        while folder.path != "/" {
            candidates.append(folder.path)
            folder.deleteLastPathComponent()
        }
        return candidates.first { isFolder($0 + "/Mappings") && isFolder($0 + "/Models") }
    }

    static func isFolder(_ path: String) -> Bool {
        var folder: ObjCBool = false
        return FileManager.default.fileExists(atPath: path, isDirectory: &folder) && folder.boolValue
    }

    /// The folder whose name is the highest version number.
    static func newestVersion(in folder: String) -> String? {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return names.compactMap { name -> (name: String, parts: [Int])? in
            let parts = name.split(separator: ".").map { Int($0) }
            return parts.isEmpty || parts.contains(nil) ? nil : (name, parts.compactMap(\.self))
        }.max { $0.parts.lexicographicallyPrecedes($1.parts) }?.name
    }

    /// Every file below a folder with its path relative to it, in a fixed order.
    static func contents(of folder: String, suffixes: [String]) throws(PipelineError) -> [(path: String, bytes: [UInt8])] {
        // A folder that is a link would be listed as empty.
        let folder = URL(fileURLWithPath: folder).resolvingSymlinksInPath().path
        guard isFolder(folder), let walk = FileManager.default.enumerator(atPath: folder) else {
            throw PipelineError(.noInput, place: folder, "cannot be read")
        }
        var paths: [String] = []
        for case let path as String in walk where suffixes.contains(where: { path.hasSuffix($0) }) { paths.append(path) }
        var files: [(String, [UInt8])] = []
        for path in paths.sorted() where !isFolder(folder + "/" + path) {
            files.append((path, try read(folder + "/" + path)))
        }
        return files
    }

    public static func read(_ path: String) throws(PipelineError) -> [UInt8] {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw PipelineError(.noInput, place: path, "cannot be read")
        }
        return Array(data)
    }

    public static func write(_ bytes: [UInt8], to path: String) throws(PipelineError) {
        do {
            try Data(bytes).write(to: URL(fileURLWithPath: path))
        } catch {
            throw PipelineError(.cannotCreate, place: path, "cannot be written")
        }
    }

    public static func makeFolder(_ path: String) throws(PipelineError) {
        do {
            try FileManager.default.createDirectory(
                atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch {
            throw PipelineError(.cannotCreate, place: path, "the folder cannot be made")
        }
    }
}

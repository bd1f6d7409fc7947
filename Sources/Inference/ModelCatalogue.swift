import Clinical

/// The model packages that are there, each version of each model.
public struct ModelCatalogue: Sendable {
    /// By name, then version, oldest first.
    public let packages: [ModelPackage]

    /// - Throws: When two packages have the same name and version.
    public init(_ packages: [ModelPackage]) throws(InferenceError) {
        var sorted: [(package: ModelPackage, version: SemanticVersion)] = []
        for package in packages {
            let reference = package.reference
            guard let version = SemanticVersion(reference.version) else {
                throw InferenceError(.badValue, at: "/version", "A version is `major.minor.patch`.")
            }
            guard !sorted.contains(where: { $0.package.reference.name == reference.name && $0.version == version }) else {
                let path = "\(reference.name)/\(reference.version)"
                throw InferenceError(.duplicate, at: path, "There is another package of this name and version.")
            }
            sorted.append((package, version))
        }
        sorted.sort { left, right in
            let (a, b) = (left.package.reference.name, right.package.reference.name)
            return a == b ? left.version < right.version : a < b
        }
        self.packages = sorted.map(\.package)
    }

    /// Reads all packages of a `Models` folder.
    ///
    /// - Parameter files: Every file in the folder by its path relative to it, `news2/1.0.0/manifest.json`. Files that are
    ///   not in a folder of a version are passed over.
    /// - Parameter trusted: Keys of which one must have signed each package; without any, signatures are not looked at.
    /// - Parameter substitutes: As for ``ModelPackage``.
    /// - Throws: The first package's error, its place headed by the path of the manifest.
    public init(
        files: [String: [UInt8]], limits: ModelPackage.Limits = .init(), trusted: [Signature.PublicKey] = [],
        substitutes: [String: [String]] = [:]
    ) throws(InferenceError) {
        var folders: [String: [String: [UInt8]]] = [:]
        for (path, content) in files {
            let steps = path.split(separator: "/", maxSplits: 2, omittingEmptySubsequences: false)
            guard steps.count == 3 else { continue }
            folders["\(steps[0])/\(steps[1])", default: [:]][String(steps[2])] = content
        }
        var packages: [ModelPackage] = []
        for (folder, content) in folders.sorted(by: { $0.key < $1.key }) {
            var content = content
            let path = folder + "/manifest.json"
            guard let manifest = content.removeValue(forKey: "manifest.json") else {
                throw InferenceError(.layout, at: folder, "The folder of a version holds a manifest.json.")
            }
            let package: ModelPackage
            do {
                package = try ModelPackage(
                    manifest: manifest, files: content, limits: limits, trusted: trusted, substitutes: substitutes)
            } catch {
                throw InferenceError(error.cause, at: "\(path)#\(error.place)", error.reason)
            }
            guard folder == "\(package.reference.name)/\(package.reference.version)" else {
                throw InferenceError(.layout, at: path, "The folder is not named for the name and version in the manifest.")
            }
            packages.append(package)
        }
        try self.init(packages)
    }

    /// The package that a text such as `news2` (then the newest release) or `news2@1.0.0` names.
    ///
    /// A prerelease is chosen only when it is named, or when there is nothing else.
    public func package(_ text: String) -> ModelPackage? {
        let parts = text.split(separator: "@", maxSplits: 1, omittingEmptySubsequences: false)
        guard let name = parts.first else { return nil }
        let named = packages.filter { $0.reference.name == name }
        if parts.count == 2 { return named.first { $0.reference.version == parts[1] } }
        return named.last { SemanticVersion($0.reference.version)?.prerelease.isEmpty ?? false } ?? named.last
    }
}

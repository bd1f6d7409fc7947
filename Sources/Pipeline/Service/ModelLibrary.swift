internal import Clinical
public import Inference

extension Site {
    /// The packages of the models folder.
    public static func catalogue(_ files: SiteFiles) throws(PipelineError) -> ModelCatalogue {
        let contents = try SiteFiles.contents(of: files.models, suffixes: [""])
        let byPath = Dictionary(contents.map { ($0.path, $0.bytes) }) { first, _ in first }
        do {
            return try ModelCatalogue(files: byPath)
        } catch {
            throw PipelineError(.configuration, place: "\(files.models)/\(error.place)", error.reason)
        }
    }

    /// - Parameter names: `news2` or `news2@1.0.0`; without a version the newest. Empty means the newest of every model.
    static func models(_ files: SiteFiles, _ names: [String]) throws(PipelineError) -> [ModelPackage] {
        let catalogue = try catalogue(files)
        var wanted = names
        if wanted.isEmpty {
            for name in catalogue.packages.map(\.reference.name) where !wanted.contains(name) { wanted.append(name) }
        }
        var packages: [ModelPackage] = []
        for name in wanted {
            guard let package = catalogue.package(name) else {
                throw PipelineError(.configuration, place: files.models, "there is no model \(name)")
            }
            packages.append(package)
        }
        return packages
    }
}

public import Clinical
public import Inference
public import Terminology

extension Site {
    /// The packages of the models folder.
    /// - Parameters:
    ///   - only: names of the models to read; without it every one.
    ///   - terminology: whose codes of one analyte stand for each other; without it a model reads the codes it names.
    public static func catalogue(
        _ files: SiteFiles, only names: Set<String>? = nil, terminology: Terminology? = nil
    ) throws(PipelineError) -> ModelCatalogue {
        var byPath: [String: [UInt8]] = [:]
        if let names {
            for name in names.sorted() where ModelReference.isName(name) && SiteFiles.isFolder("\(files.models)/\(name)") {
                for file in try SiteFiles.contents(of: "\(files.models)/\(name)", suffixes: [""]) {
                    byPath["\(name)/\(file.path)"] = file.bytes
                }
            }
        } else {
            for file in try SiteFiles.contents(of: files.models, suffixes: [""]) { byPath[file.path] = file.bytes }
        }
        var trusted: [Signature.PublicKey] = []
        for path in files.trustedKeys {
            do {
                trusted.append(try Signature.PublicKey(name: path, pem: SiteFiles.read(path)))
            } catch let error as InferenceError {
                throw PipelineError(.configuration, place: error.place, error.reason)
            } catch {
                throw PipelineError(.noInput, place: path, "cannot be read")
            }
        }
        do {
            return try ModelCatalogue(
                files: byPath, trusted: trusted, substitutes: terminology?.analytes.substitutes ?? [:])
        } catch {
            throw PipelineError(.configuration, place: "\(files.models)/\(error.place)", error.reason)
        }
    }

    /// Every file of one package by its path in it.
    public static func packageFiles(
        _ files: SiteFiles, _ reference: ModelReference
    ) throws(PipelineError) -> [String: [UInt8]] {
        let folder = "\(files.models)/\(reference.name)/\(reference.version)"
        var byPath: [String: [UInt8]] = [:]
        for file in try SiteFiles.contents(of: folder, suffixes: [""]) { byPath[file.path] = file.bytes }
        return byPath
    }

    /// - Parameter names: `news2` or `news2@1.0.0`; without a version the newest.
    static func models(
        _ files: SiteFiles, _ names: [String], _ terminology: Terminology
    ) throws(PipelineError) -> [ModelPackage] {
        let catalogue = try catalogue(
            files, only: Set(names.compactMap { $0.split(separator: "@").first.map(String.init) }),
            terminology: terminology)
        var packages: [ModelPackage] = []
        for name in names {
            guard let package = catalogue.package(name) else {
                throw PipelineError(.configuration, place: files.models, "there is no model \(name)")
            }
            packages.append(package)
        }
        return packages
    }
}

extension ModelReference {
    /// Whether a text can name a model: it becomes part of a path.
    fileprivate static func isName(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.allSatisfy { (97...122).contains($0) || (48...57).contains($0) || $0 == 45 }
    }
}

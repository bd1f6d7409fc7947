public import Clinical
internal import Foundation
public import Inference
public import Normalization
public import Terminology
public import V2ToFHIR

/// The tables and models of a site, read and checked: what turns a message into a score, without any service.
public struct Site: Sendable {
    public let terminology: Terminology
    public let tables: NormalizationTables
    public let models: [ModelPackage]

    /// - Parameter models: `name` or `name@version`; without a version the newest. Without any no model is read.
    /// - Parameter releases: name and version of the approved tables that are in use, in the order of their approval.
    public init(_ files: SiteFiles, models names: [String] = [], releases: [String] = []) throws(PipelineError) {
        terminology = try Self.terminology(files, releases: releases)
        tables = try Self.tables(files)
        models = names.isEmpty ? [] : try Self.models(files, names, terminology)
    }

    /// A normaliser for one source without further configuration.
    public func normalizer(source: String, zone: ZoneRule?) -> Normalizer {
        normalizer([Configuration.Source(name: source, zone: zone)])
    }

    public func normalizer(_ sources: [Configuration.Source]) -> Normalizer {
        Self.normalizer(sources, tables: tables, translator: terminology)
    }

    static func normalizer(
        _ sources: [Configuration.Source], tables: NormalizationTables, translator: any CodeTranslator
    ) -> Normalizer {
        let profiles = sources.map { source in
            SourceProfile(
                name: source.name, zone: source.zone, defaultAssigner: source.assigner, codeSystem: source.codeSystem)
        }
        return Normalizer(
            tables: tables, sources: Dictionary(profiles.map { ($0.name, $0) }) { first, _ in first },
            translator: translator)
    }

    public static func terminology(_ files: SiteFiles, releases: [String] = []) throws(PipelineError) -> Terminology {
        var contents: [TerminologyFile] = []
        for folder in ["codes", "units"] {
            for file in try SiteFiles.contents(of: "\(files.mappings)/\(folder)", suffixes: [".tsv", ".json"]) {
                contents.append(TerminologyFile(path: "\(folder)/\(file.path)", content: file.bytes))
            }
        }
        // The folder of approved tables is made with the first of them.
        if let approved = files.approved, SiteFiles.isFolder("\(approved)/codes") {
            for file in try SiteFiles.contents(of: "\(approved)/codes", suffixes: [".tsv", ".json"]) {
                contents.append(TerminologyFile(path: "codes/\(file.path)", content: file.bytes))
            }
        }
        do {
            return try Terminology(files: contents, releases: releases)
        } catch {
            throw PipelineError(.configuration, place: files.mappings, "\(error)")
        }
    }

    /// The v2-to-FHIR maps, newest version, with a site's layer over them.
    ///
    /// - Parameter layer: a folder of `v2-to-fhir/sites` by its name, else a path.
    public static func v2Maps(_ files: SiteFiles, layer: String? = nil) throws(PipelineError) -> V2ToFHIR.MappingTables {
        let folder = "\(files.mappings)/v2-to-fhir"
        guard let version = SiteFiles.newestVersion(in: folder) else {
            throw PipelineError(.configuration, place: folder, "holds no version of the maps")
        }
        var contents = try SiteFiles.contents(of: "\(folder)/\(version)", suffixes: [".tsv"])
        let layer = try layer.map { name throws(PipelineError) in try Self.layerFolder(name, in: "\(folder)/sites") }
        if let layer {
            guard !contents.contains(where: { $0.path.hasPrefix("site/") }) else {
                throw PipelineError(
                    .configuration, place: "\(folder)/\(version)/site", "is a layer already; only one is used")
            }
            contents += try SiteFiles.contents(of: layer, suffixes: [".tsv"]).map { ("site/" + $0.path, $0.bytes) }
        }
        do {
            return try V2ToFHIR.MappingTables(files: contents)
        } catch {
            if let layer, error.place.hasPrefix("site/") {
                throw PipelineError(.configuration, place: "\(layer)/\(error.place.dropFirst(5))", error.reason)
            }
            throw PipelineError(.configuration, place: "\(folder)/\(version)", "\(error)")
        }
    }

    private static func layerFolder(_ name: String, in shipped: String) throws(PipelineError) -> String {
        if !name.contains("/"), !name.hasPrefix("."), SiteFiles.isFolder("\(shipped)/\(name)") {
            return "\(shipped)/\(name)"
        }
        guard SiteFiles.isFolder(name) else {
            throw PipelineError(.configuration, place: name, "is no folder of \(shipped), and no path of a folder")
        }
        return name
    }

    private static func tables(_ files: SiteFiles) throws(PipelineError) -> NormalizationTables {
        var contents: [String: String] = [:]
        for folder in ["v2-to-fhir/codes", "identifiers"] {
            for file in try SiteFiles.contents(of: "\(files.mappings)/\(folder)", suffixes: [".tsv"]) {
                contents[file.path] = String(decoding: file.bytes, as: UTF8.self)
            }
        }
        do {
            return try NormalizationTables(files: contents)
        } catch {
            throw PipelineError(.configuration, place: files.mappings, "\(error)")
        }
    }
}

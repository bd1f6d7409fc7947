import ArgumentParser
import Clinical
import FHIR
import Foundation
import Pipeline
import Terminology

/// Mappings as a command names them: a table of the folder (`lab-a/1.0.0`), the folder of a version, or a file.
struct MappingFormatOptions: ParsableArguments {
    enum Format: String, ExpressibleByArgument, CaseIterable {
        case columns, usagi, livd, sssom
        case conceptmap
    }

    @Option(help: "Of files: columns, usagi, livd, sssom or conceptmap. Default: by the name of the file.") var format:
        Format?
    @Option(help: ArgumentHelp("Code system of the local codes in files.", valueName: "uri")) var system: String?
    @Option(
        name: .customLong("column"),
        help: ArgumentHelp(
            "Which column of the file is what: \(ColumnMap.Field.allCases.map(\.rawValue).joined(separator: ", ")). May be "
                + "repeated.",
            valueName: "what=name")) var columns: [String] = []
    @Option(help: ArgumentHelp("Prefix of the local codes (SSSOM, map.tsv).", valueName: "prefix")) var prefix: String?

    /// The column map for a file.
    func columnMap(_ file: String, _ format: Format) throws -> ColumnMap {
        guard let system else { throw ValidationError("a file needs --system, the code system of its local codes") }
        var stated: [ColumnMap.Field: String] = [:]
        for text in columns {
            let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
            guard parts.count == 2, let field = ColumnMap.Field(rawValue: parts[0]) else {
                throw ValidationError("--column is what=name; what is one of the columns in --help")
            }
            stated[field] = parts[1]
        }
        var map: ColumnMap
        switch format {
        case .usagi: map = .usagi(system: system)
        case .livd: map = .livd(system: system)
        case .sssom: map = .sssom(system: system, prefix: prefix.map { $0 + ":" } ?? "")
        case .columns, .conceptmap: map = ColumnMap([:], system: system)
        }
        map.columns.merge(stated) { $1 }
        if format == .columns || format == .usagi || format == .livd {
            map.separator = file.hasSuffix(".tsv") || file.hasSuffix(".txt") ? UInt8(ascii: "\t") : UInt8(ascii: ",")
        }
        return map
    }

    /// What a file says.
    func read(file: String) throws -> MappingImport {
        let content = try SiteFiles.read(file)
        let format = format ?? (file.hasSuffix(".json") ? .conceptmap : columns.isEmpty ? .sssom : .columns)
        do {
            if format == .conceptmap {
                return try ConceptMapCoding.read(try JSON(parsing: content), system: system)
            }
            return try MappingImport(content, try columnMap(file, format), file: file)
        } catch let error as TerminologyError {
            throw PipelineError(.data, place: file, error.problems.first?.reason ?? "cannot be read")
        } catch let error as FHIRError {
            throw PipelineError(.data, place: "\(file) \(error.place)", error.reason)
        }
    }
}

/// A version of a table, in the folder of tables or anywhere.
struct MappingTableReference {
    var title: String
    /// Where it is not one of the folder's.
    var files: [TerminologyFile] = []

    /// - Parameter text: `lab-a/1.0.0`, or a folder with `manifest.json` and `map.tsv`; `nil` for what is neither.
    init?(_ text: String, in terminology: Terminology) throws(PipelineError) {
        if terminology.digests[text] != nil, terminology.mappings(of: text) != nil {
            title = text
            return
        }
        guard FileManager.default.fileExists(atPath: text + "/manifest.json") else { return nil }
        let manifest = try SiteFiles.read(text + "/manifest.json")
        guard let json = try? JSON(parsing: manifest), let name = json["name"]?.stringValue,
            let version = json["version"]?.stringValue
        else { throw PipelineError(.data, place: text + "/manifest.json", "names no table and version") }
        title = "\(name)/\(version)"
        files = [
            TerminologyFile(path: "codes/\(title)/manifest.json", content: manifest),
            TerminologyFile(path: "codes/\(title)/map.tsv", content: try SiteFiles.read(text + "/map.tsv")),
        ]
    }

    /// The tables with this version in use.
    func inUse(_ terminology: Terminology) throws(PipelineError) -> Terminology {
        do {
            return try terminology.using(title, files: files)
        } catch {
            throw PipelineError(.configuration, place: title, "\(error)")
        }
    }
}

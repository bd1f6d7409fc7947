import ArgumentParser
import Clinical
import FHIR
import Foundation
import Pipeline
import V2ToFHIR

struct Convert: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Convert messages and documents to FHIR R4 Bundles, offline.",
        discussion: """
            Each message or document becomes one Bundle file of the same stem; a file with many messages becomes
            stem-0001.json and so on. Folders are read recursively and keep their structure below --out.
            DIR/report.ndjson has a line an input: file, output, outcome, issues with place and reason.

            HL7 v2 is mapped by the tables in Mappings/v2-to-fhir. --explain prints for each element the row and the bytes
            that made it, --account for each leaf of the message what became of it; both print patient data.

            Example:  headwall convert messages/ --out bundles --from hl7v2
                      headwall convert --explain message.hl7
                      headwall convert --to hl7v2 bundle.json > message.hl7

            Exit code 0 when all were read; with --strict 65 if any input was refused.
            """)

    @Argument(help: ArgumentHelp("Files and folders.", valueName: "path")) var paths: [String]
    @Option(help: ArgumentHelp("Folder for the Bundles and the report.", valueName: "folder")) var out: String?
    @Flag(help: "Print element, map row, place and bytes for each element of HL7 v2 messages, as TSV.") var explain = false
    @Flag(help: "Print place, fate, element and map row for each leaf of HL7 v2 messages, as TSV.") var account = false
    @Option(help: "Format of the input: hl7v2, fhir, cda or auto.") var from: InputFormat = .auto
    @Option(help: "Format of the output: fhir, or hl7v2 for FHIR Bundles.") var to: OutputFormat = .fhir
    @Flag(help: "Keep in the Bundle what is needed to turn it back into the same HL7 v2 message, leaf by leaf.")
    var reversible = false
    @Option(help: "Name of the source; selects code tables and unit aliases.") var source = "convert"
    @Option(help: "Zone of times without offset: an IANA name or ±HH:MM.") var zone: String?
    @Option(help: ArgumentHelp("Organization that runs this converter, for Provenance: name^OID.", valueName: "name^OID"))
    var assembler: String?
    @Option(help: "One resource for equal practitioners, organizations, places and devices, or one for each mention.")
    var mentions: Mentions = .shared
    @Flag(inversion: .prefixedNo, help: "The message itself, in the Provenance of each HL7 v2 Bundle.")
    var sourceMessage = true
    @Flag(help: "Exit with 65 if any input was refused.") var strict = false
    @Flag(help: "Write indented JSON.") var pretty = false
    @OptionGroup var layer: LayerOption
    @OptionGroup var site: SiteOptions

    enum InputFormat: String, ExpressibleByArgument, CaseIterable {
        case hl7v2, fhir, cda, auto
    }

    enum Mentions: String, ExpressibleByArgument, CaseIterable {
        case shared, separate
    }

    enum OutputFormat: String, ExpressibleByArgument, CaseIterable {
        case fhir, hl7v2
    }

    func validate() throws {
        if to == .hl7v2 {
            if explain || account || reversible || pretty {
                throw ValidationError("--to hl7v2 takes none of --explain, --account, --reversible and --pretty")
            }
            guard from == .auto || from == .fhir else { throw ValidationError("--to hl7v2 reads FHIR") }
            return
        }
        if out == nil, !explain, !account { throw ValidationError("--out names the folder for the Bundles") }
    }

    func run() async throws {
        let zoneRule = try zone.map { text in
            guard let rule = ZoneRule(text) else { throw ValidationError("--zone must be an IANA zone or ±HH:MM") }
            return rule
        }
        if to == .hl7v2 { return try writeMessages() }
        let loaded = try Site(site.files, models: [])
        let normalizer = loaded.normalizer(source: source, zone: zoneRule)
        var settings = V2ToFHIRSettings()
        settings.zone = zoneRule
        settings.carriesMessage = sourceMessage
        settings.sharesEqualResources = mentions == .shared
        settings.assembler = try assembler.map { text in
            let parts = text.split(separator: "^", omittingEmptySubsequences: false).map(String.init)
            guard (1...2).contains(parts.count), !parts[0].isEmpty else {
                throw ValidationError("--assembler must be a name, or name^OID")
            }
            return (name: parts[0], oid: parts.count == 2 && !parts[1].isEmpty ? parts[1] : nil)
        }
        let maps = V2ToFHIRConverter(tables: try Site.v2Maps(site.files, layer: layer.name), settings: settings)
        let converter = Converter(
            normalizer: normalizer, v2: maps, source: source, format: MessageFormat(rawValue: from.rawValue),
            pretty: pretty,
            isReversible: reversible)
        let inputs = try Self.inputs(paths)
        if explain || account {
            for input in inputs { try converter.show(input, explains: explain, accounts: account) }
        }
        guard let out else { return }
        try SiteFiles.makeFolder(out)
        guard let report = Self.create("\(out)/report.ndjson") else {
            throw PipelineError(.cannotCreate, place: "\(out)/report.ndjson", "cannot be written")
        }
        defer { try? report.close() }

        var progress = ProgressBar("converting", total: inputs.count)
        var done = 0
        var refused = 0
        var written: Set<String> = []
        // Inputs are converted a chunk at a time on all cores and written in order, so the report is the same every time.
        let chunk = 64
        for start in stride(from: 0, to: inputs.count, by: chunk) {
            let part = Array(inputs[start..<min(start + chunk, inputs.count)])
            let results = await withTaskGroup(of: (Int, [Converted]).self) { group in
                for (index, input) in part.enumerated() { group.addTask { (index, converter.convert(input)) } }
                var all = [[Converted]](repeating: [], count: part.count)
                for await (index, converted) in group { all[index] = converted }
                return all
            }
            for var converted in results.joined() {
                if let bundle = converted.bundle {
                    converted.output = Self.unused(converted.output, &written)
                    let path = "\(out)/\(converted.output)"
                    try SiteFiles.makeFolder((path as NSString).deletingLastPathComponent)
                    try SiteFiles.write(bundle, to: path)
                } else {
                    refused += 1
                }
                try report.write(contentsOf: Data(converted.reportLine + [10]))
            }
            done += part.count
            progress.show(done)
        }
        Output.line("\(inputs.count) files read, \(refused) refused; see \(out)/report.ndjson")
        if strict, refused > 0 { throw ExitCode(PipelineError.Kind.data.rawValue) }
    }

    /// FHIR to HL7 v2: to files and a report below `--out`, or one message after the other to standard output.
    private func writeMessages() throws {
        let maps = try Site.v2Maps(site.files, layer: layer.name)
        let inputs = try Self.inputs(paths)
        var report: FileHandle?
        if let out {
            try SiteFiles.makeFolder(out)
            report = Self.create("\(out)/report.ndjson")
            guard report != nil else {
                throw PipelineError(.cannotCreate, place: "\(out)/report.ndjson", "cannot be written")
            }
        }
        defer { try? report?.close() }
        var refused = 0
        for input in inputs {
            let converted = MessageWriting.convert(input, tables: maps)
            if let message = converted.bundle {
                if let out {
                    let path = "\(out)/\(converted.output)"
                    try SiteFiles.makeFolder((path as NSString).deletingLastPathComponent)
                    try SiteFiles.write(message, to: path)
                } else {
                    FileHandle.standardOutput.write(Data(message))
                }
            } else {
                refused += 1
            }
            if let report {
                try report.write(contentsOf: Data(converted.reportLine + [10]))
            } else {
                for issue in converted.issues {
                    let line = "\(input.path): \(issue.severity.rawValue) \(issue.code) \(issue.place): \(issue.text)\n"
                    FileHandle.standardError.write(Data(line.utf8))
                }
            }
        }
        if let out { Output.line("\(inputs.count) files read, \(refused) refused; see \(out)/report.ndjson") }
        if strict || out == nil, refused > 0 { throw ExitCode(PipelineError.Kind.data.rawValue) }
    }

    /// `a-0002.json` can be the second message of `a` and the only one of `a-0002`; the later one gets a number.
    private static func unused(_ output: String, _ written: inout Set<String>) -> String {
        var name = output
        var number = 2
        while !written.insert(name).inserted {
            name = "\((output as NSString).deletingPathExtension)-\(number).json"
            number += 1
        }
        return name
    }

    private static func create(_ path: String) -> FileHandle? {
        guard FileManager.default.createFile(atPath: path, contents: nil) else { return nil }
        return FileHandle(forWritingAtPath: path)
    }

    /// Every file with the path that its output has below `--out`, without its ending; two inputs never share one.
    static func inputs(_ paths: [String]) throws -> [Converter.Input] {
        var inputs: [Converter.Input] = []
        var taken: Set<String> = []
        func add(_ path: String, _ relative: String) {
            let name = relative as NSString
            var stem = name.deletingPathExtension
            // The second of `a.hl7` and `a.xml` keeps its ending in the name.
            if !taken.insert(stem).inserted { stem = relative }
            var number = 2
            while stem == relative, !taken.insert(stem).inserted {
                stem = "\(relative)-\(number)"
                number += 1
            }
            inputs.append(Converter.Input(path: path, stem: stem))
        }
        for path in paths {
            var isFolder: ObjCBool = false
            guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
                throw PipelineError(.noInput, place: path, "no such file or folder")
            }
            guard isFolder.boolValue else {
                add(path, (path as NSString).lastPathComponent)
                continue
            }
            guard let walk = FileManager.default.enumerator(atPath: path) else {
                throw PipelineError(.noInput, place: path, "cannot be read")
            }
            for name in walk.compactMap({ $0 as? String }).sorted() {
                var inner: ObjCBool = false
                let full = "\(path)/\(name)"
                if FileManager.default.fileExists(atPath: full, isDirectory: &inner), !inner.boolValue { add(full, name) }
            }
        }
        return inputs
    }
}

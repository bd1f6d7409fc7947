import ArgumentParser
import Clinical
import FHIR
import Pipeline
import Terminology

extension Mappings {
    struct Import: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "import",
            abstract: "Make a map.tsv of a foreign mapping: CSV, TSV, Usagi, LIVD, SSSOM, ConceptMap.",
            discussion: """
                Rows come in as proposed, unless the file says that they are approved. What the conflict checks find goes to
                standard error, and so does what is skipped; conflicts among approved rows exit with 65.

                Example:  headwall mappings import tests.csv --system urn:lab --column code=Test --column target=LOINC
                """)
        @Argument(help: "File to read.") var file: String
        @OptionGroup var format: MappingFormatOptions
        @Option(help: ArgumentHelp("Source whose unit aliases apply in the checks.", valueName: "name")) var source = "*"
        @Option(help: ArgumentHelp("File to write; - for standard output.", valueName: "file")) var out = "-"
        @OptionGroup var site: SiteOptions

        func run() throws {
            let terminology = try Site.terminology(site.files)
            var read = try format.read(file: file)
            // A row carries the official display of its code, also where the file has none.
            for index in read.mappings.indices {
                guard let target = read.mappings[index].target, target.display == nil,
                    let display = terminology.concept(target.code)?.display
                else { continue }
                read.mappings[index].target = Code(system: target.system, code: target.code, display: display)
            }
            for (row, reason) in read.skipped { Output.note("row \(row + 1) skipped: \(reason)") }
            let prefix = format.prefix ?? "local"
            let systems = Set(read.mappings.map(\.system)).sorted()
            let prefixes = Dictionary(
                systems.enumerated().map { ($0.offset == 0 ? prefix : "\(prefix)\($0.offset + 1)", $0.element) }
            ) { first, _ in first }
            let (text, leftOut) = MappingTableText.write(read.mappings, prefixes: prefixes)
            if leftOut > 0 {
                Output.note(
                    "\(leftOut) rows left out: their targets are not LOINC codes, which is all that a map.tsv holds")
            }
            if out == "-" { Output.bytes(text) } else { try SiteFiles.write(text, to: out) }
            let conflicts = terminology.conflicts(in: read.mappings, source: source)
            for conflict in conflicts {
                Output.note("\(conflict.kind.rawValue)\t\(conflict.codes.joined(separator: ", "))\t\(conflict.explanation)")
            }
            Output.note(
                "\(read.mappings.count) mappings, \(read.mappings.count { $0.status == .approved }) approved, "
                    + "\(read.skipped.count) skipped, \(conflicts.count) conflicts")
            guard conflicts.isEmpty else {
                throw PipelineError(.data, place: file, "\(conflicts.count) conflicts among the approved rows")
            }
        }
    }

    struct Export: ParsableCommand {
        enum Format: String, ExpressibleByArgument, CaseIterable {
            case conceptmapR4 = "conceptmap-r4"
            case conceptmapR5 = "conceptmap-r5"
            case sssom
        }

        static let configuration = CommandConfiguration(
            commandName: "export", abstract: "Write a table as FHIR ConceptMap (R4, R5) or as SSSOM/TSV.",
            discussion: """
                A ConceptMap has the approved rows, conditions as dependsOn; SSSOM has all rows.

                Example:  headwall mappings export lab-a/1.0.0 --as conceptmap-r4 --out map.json
                """)
        @Argument(help: "name/version, or the folder of a version.") var table: String
        @Option(name: .customLong("as"), help: "conceptmap-r4, conceptmap-r5 or sssom.") var format = Format.conceptmapR4
        @Option(help: ArgumentHelp("File to write; - for standard output.", valueName: "file")) var out = "-"
        @OptionGroup var site: SiteOptions

        func run() throws {
            let terminology = try Site.terminology(site.files)
            guard let reference = try MappingTableReference(table, in: terminology) else {
                throw PipelineError(.noInput, place: table, "is no table of the folder and no folder of a table")
            }
            let loaded = try reference.inUse(terminology)
            guard let mappings = loaded.mappings(of: reference.title),
                let manifest = loaded.tables.map(\.manifest).first(where: {
                    "\($0.name)/\($0.version)" == reference.title
                })
            else { throw PipelineError(.software, place: table, "the table is not there after it was loaded") }
            let bytes: [UInt8]
            switch format {
            case .conceptmapR4, .conceptmapR5:
                bytes = ConceptMapCoding.write(
                    mappings, url: "urn:headwall:map:" + manifest.name, name: manifest.name, version: manifest.version,
                    as: format == .conceptmapR4 ? .r4 : .r5
                ).write(pretty: true)
            case .sssom:
                let written = MappingTableText.writeSSSOM(
                    mappings, prefixes: manifest.codeSystems, mappingSet: "urn:headwall:map:" + reference.title,
                    license: "https://loinc.org/license/")
                bytes = written.text
                if written.leftOut > 0 { Output.note("\(written.leftOut) rows left out") }
            }
            if out == "-" { Output.bytes(bytes) } else { try SiteFiles.write(bytes, to: out) }
        }
    }
}

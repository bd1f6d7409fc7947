import ArgumentParser
import FHIR
import Pipeline
import Terminology

struct Mappings: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Check the mapping tables.",
        discussion: "Example:  headwall mappings check --json", subcommands: [Check.self])

    struct Check: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Read every table; report each problem with file and line, or the tables with their digests.",
            discussion: "Example:  headwall mappings check --mappings Mappings --json")
        @Flag(help: "One JSON object a line.") var json = false
        @OptionGroup var site: SiteOptions

        func run() throws {
            let site = try Site(site.files)
            for table in site.terminology.tables {
                let name = "\(table.manifest.name)/\(table.manifest.version)"
                if json {
                    let object: JSON = [
                        "table": .string(name), "rows": JSON(table.rows), "approved": JSON(table.approvedRows),
                        "sources": .array(table.manifest.sources.map { .string($0) }),
                        "digest": JSON(optional: site.terminology.digests[name]),
                        "loincVersion": .string(table.manifest.loincVersion),
                    ]
                    Output.line(String(decoding: object.write(), as: UTF8.self))
                } else {
                    Output.line(
                        "\(name)\t\(table.rows) rows, \(table.approvedRows) approved\t\(site.terminology.digests[name] ?? "")"
                    )
                }
            }
        }
    }
}

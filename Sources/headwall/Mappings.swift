import ArgumentParser
import Clinical
import FHIR
import Pipeline
import Terminology
import V2ToFHIR

struct Mappings: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Check, compare, replay, import and export mapping tables.",
        discussion: "Example:  headwall mappings check --json",
        subcommands: [Check.self, Diff.self, Replay.self, Import.self, Export.self])

    struct Check: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Read every table; report each problem with file and line, or the tables with their digests.",
            discussion: "Example:  headwall mappings check --mappings Mappings --json")
        @Flag(help: "One JSON object a line.") var json = false
        @OptionGroup var layer: LayerOption
        @OptionGroup var site: SiteOptions

        @Flag(help: "List each row of the v2-to-FHIR maps that is not executed, with the reason.") var rows = false

        func run() throws {
            let files = site.files
            try checkV2Maps(files)
            let site = try Site(files)
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

        /// How many rows of HL7's maps are executed as published, by a reviewed patch, or not.
        private func checkV2Maps(_ files: SiteFiles) throws {
            let tables = try Site.v2Maps(files, layer: layer.name)
            var counts: [String: (executed: Int, not: Int)] = [:]
            for row in tables.rows {
                if row.reason == nil {
                    counts[row.origin.rawValue, default: (0, 0)].executed += 1
                } else {
                    counts[row.origin.rawValue, default: (0, 0)].not += 1
                }
                if rows, let reason = row.reason { Output.line("\(row.row)\t\(row.source)\t\(row.target)\t\(reason)") }
            }
            for (origin, count) in counts.sorted(by: { $0.key < $1.key }) {
                if json {
                    let object: JSON = [
                        "table": "v2-to-fhir", "origin": .string(origin), "executed": JSON(count.executed),
                        "notComputable": JSON(count.not), "digest": .string(tables.digest.hex),
                    ]
                    Output.line(String(decoding: object.write(), as: UTF8.self))
                } else {
                    Output.line("v2-to-fhir, \(origin)\t\(count.executed) rows executed, \(count.not) not computable")
                }
            }
        }
    }
}

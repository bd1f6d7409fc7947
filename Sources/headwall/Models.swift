import ArgumentParser
import Clinical
import FHIR
import Inference
import Pipeline

struct Models: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "List and verify model packages.",
        discussion: "Example:  headwall models list --json", subcommands: [List.self, Verify.self, Card.self, Report.self])

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "The model packages of the folder, with their digests.",
            discussion: "Example:  headwall models list --json")
        @Flag(help: "One JSON object a line.") var json = false
        @OptionGroup var site: SiteOptions

        func run() throws {
            for package in try Site.catalogue(site.files).packages {
                let model = package.reference
                if json {
                    let object: JSON = [
                        "name": .string(model.name), "version": .string(model.version), "title": .string(model.title),
                        "kind": .string(package.kind.rawValue), "digest": .string(model.digest),
                        "intendedUse": .string(package.about.intendedUse), "population": .string(package.about.population),
                        "inputs": .array(package.requests.map { .string($0.name) }),
                    ]
                    Output.line(String(decoding: object.write(), as: UTF8.self))
                } else {
                    Output.line("\(model.name)@\(model.version)\t\(model.title)\t\(package.kind.rawValue)\t\(model.digest)")
                }
            }
        }
    }

    struct Verify: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Load every package: schema, tables and golden cases are checked.",
            discussion: "Example:  headwall models verify")
        @OptionGroup var site: SiteOptions

        func run() throws {
            let catalogue = try Site.catalogue(site.files)
            for package in catalogue.packages { Output.line("\(package.reference.name)@\(package.reference.version) good") }
        }
    }

    struct Card: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Write the card of a model package: one HTML page with its facts, figures and plots.",
            discussion: "Example:  headwall models card sepsis-early-warning --out card.html")
        @Argument(help: ArgumentHelp("Newest version unless one is named.", valueName: "name[@version]")) var model: String
        @Option(help: ArgumentHelp("File to write; - for standard output.", valueName: "file")) var out = "-"
        @OptionGroup var site: SiteOptions

        func run() throws {
            guard let package = try Site.catalogue(site.files).package(model) else {
                throw PipelineError(.noInput, place: model, "no such model package")
            }
            let html = Array(ModelCard(package).html.utf8)
            if out == "-" { Output.bytes(html) } else { try SiteFiles.write(html, to: out) }
        }
    }
}

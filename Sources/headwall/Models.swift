import ArgumentParser
import Clinical
import FHIR
import Inference
import Pipeline

struct Models: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "List, verify, describe and recalibrate model packages.",
        discussion: "Example:  headwall models list --json",
        subcommands: [List.self, Verify.self, Sign.self, Card.self, Report.self, Recalibrate.self])

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
            abstract: "Load every package: digests, schema, tables, golden cases and, with keys, signatures are checked.",
            discussion: "Example:  headwall models verify --trusted-key keys/models.pub.pem")
        @Option(
            help: ArgumentHelp(
                "Public key, PEM, of which one must have signed each package; may be repeated.", valueName: "file"))
        var trustedKey: [String] = []
        @OptionGroup var site: SiteOptions

        func run() throws {
            let files = SiteFiles(
                mappings: site.files.mappings, models: site.files.models, trustedKeys: trustedKey)
            for package in try Site.catalogue(files).packages {
                let signed = package.signers.isEmpty ? "" : ", signed by " + package.signers.joined(separator: ", ")
                Output.line("\(package.reference.name)@\(package.reference.version) good\(signed)")
            }
        }
    }

    struct Sign: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Sign a package: its name, version and digest, in signatures.json beside its manifest.",
            discussion: """
                Keys are made with
                  openssl genpkey -algorithm ed25519 -out models.pem
                  openssl pkey -in models.pem -pubout -out models.pub.pem

                Example:  headwall models sign sepsis-early-warning --key models.pem
                """)
        @Argument(help: ArgumentHelp("Newest version unless one is named.", valueName: "name[@version]")) var model: String
        @Option(help: ArgumentHelp("Private key, Ed25519 in PEM.", valueName: "file")) var key: String
        @OptionGroup var site: SiteOptions

        func run() throws {
            guard let package = try Site.catalogue(site.files, only: [String(model.prefix { $0 != "@" })]).package(model)
            else { throw PipelineError(.noInput, place: model, "no such model package") }
            let existing = try Site.packageFiles(site.files, package.reference)[Signature.file]
            let folder = "\(site.files.models)/\(package.reference.name)/\(package.reference.version)"
            do {
                let signed = try Signature.PrivateKey(pem: SiteFiles.read(key)).sign(package, existing: existing)
                try SiteFiles.write(signed, to: "\(folder)/\(Signature.file)")
            } catch let error as InferenceError {
                throw PipelineError(.configuration, place: key, error.reason)
            }
            Output.line("\(package.reference.name)@\(package.reference.version) signed")
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

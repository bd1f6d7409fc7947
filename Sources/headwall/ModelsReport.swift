import ArgumentParser
import FHIR
import Inference
import Pipeline

extension Models {
    struct Report: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract:
                "How often a trained model answered, abstained or met unusual patients, and which inputs are to blame.",
            discussion: """
                Over every decision in the store of the configuration, assessed again from the inputs that each decision keeps.

                Example:  headwall models report sepsis-early-warning --config headwall.yaml
                """)
        @Argument(help: ArgumentHelp("Newest version unless one is named.", valueName: "name[@version]")) var model: String
        @OptionGroup var options: ConfigurationOption
        @Flag(help: "Print JSON.") var json = false

        func run() async throws {
            let configuration = try options.read()
            let files = SiteFiles(configuration)
            let catalogue = try Site.catalogue(files, only: [String(model.prefix { $0 != "@" })])
            guard let package = catalogue.package(model) else {
                throw PipelineError(.noInput, place: model, "no such model package")
            }
            guard package.kind == .ensemble else {
                throw PipelineError(.noInput, place: model, "a published score has no training population")
            }
            let report = try await ApplicabilityReport(configuration, model: package)
            Output.line(json ? Self.json(report) : Self.text(report))
        }

        private static func json(_ report: ApplicabilityReport) -> String {
            func counts(_ names: [String: Int]) -> JSON {
                .array(ranked(names).map { ["input": .string($0.key), "count": JSON($0.value)] })
            }
            let object: JSON = [
                "decisions": JSON(report.decisions), "patients": JSON(report.patients), "answered": JSON(report.answered),
                "unusual": JSON(report.unusual), "unlike": JSON(report.unlike), "insufficient": JSON(report.insufficient),
                "notReproduced": JSON(report.notReproduced), "blamed": counts(report.blamed),
                "outside": counts(report.outside), "missing": counts(report.missing),
            ]
            return String(decoding: object.write(), as: UTF8.self)
        }

        private static func text(_ report: ApplicabilityReport) -> String {
            func share(_ count: Int) -> String {
                let tenths = report.decisions == 0 ? 0 : (count * 1000 + report.decisions / 2) / report.decisions
                return "\(count) (\(tenths / 10).\(tenths % 10) %)"
            }
            func names(_ counts: [String: Int]) -> String {
                ranked(counts).prefix(8).map { "\($0.key) \($0.value)" }.joined(separator: ", ")
            }
            return """
                \(report.decisions) decisions for \(report.patients) patients
                answered                                   \(share(report.answered))
                  of these unlike most of the training     \(share(report.unusual))
                not answered, unlike the training          \(share(report.unlike))
                not answered, too few inputs               \(share(report.insufficient))
                input to blame, unlike or unusual          \(names(report.blamed))
                outside 99.9 % of the training, of these   \(names(report.outside))
                missing where there were too few           \(names(report.missing))
                not reproduced from the stored inputs      \(report.notReproduced)
                """
        }

        private static func ranked(_ counts: [String: Int]) -> [(key: String, value: Int)] {
            counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
        }
    }
}

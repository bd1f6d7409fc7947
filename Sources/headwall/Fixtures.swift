import ArgumentParser
import Clinical
import Foundation
import Pipeline
import Simulation

struct Fixtures: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Write synthetic data.",
        discussion: "Example:  headwall fixtures ward-day --out ward-day", subcommands: [WardDayCommand.self])

    struct WardDayCommand: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "ward-day",
            abstract: "Write a synthetic day on a ward.",
            discussion: """
                Three sources that speak differently report the same seeded ward: HL7v2 with local and MDC codes, FHIR with LOINC,
                a C-CDA referral; with late, corrected, deleted, repeated, unmapped and wrong-unit results. The same options give
                the same bytes.

                Example:  headwall fixtures ward-day --patients 16 --hours 24 --seed 1 --out Fixtures/ward-day
                """)

        @Option(help: "Number of patients, 16 or more for every course.")
        var patients = 16
        @Option(help: "Length of the day in hours.")
        var hours = 24
        @Option(help: "Seed of the generator.")
        var seed: UInt64 = 1
        @Option(help: ArgumentHelp("Folder to write to.", valueName: "folder"))
        var out = "ward-day"

        func validate() throws {
            guard (1...1_000_000).contains(patients) else { throw ValidationError("--patients must be 1…1000000") }
            guard (1...8760).contains(hours) else { throw ValidationError("--hours must be 1…8760") }
        }

        func run() throws {
            try SiteFiles.makeFolder(out)
            var count = 0
            for file in WardDayFiles().write(WardDay(patients: patients, hours: hours, seed: seed)) {
                try SiteFiles.write(file.bytes, to: "\(out)/\(file.name)")
                if file.name == "day.ndjson" { count = file.bytes.count { $0 == 10 } }
            }
            Output.line("\(count) messages in \(out)")
        }
    }
}

import ArgumentParser
import Clinical
import FHIR
import Foundation
import Inference
import Pipeline
import Timeline

struct Score: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Score timelines offline with a model.",
        discussion: """
            A line a patient in:
              {"patient":"1","birthDate":"1950-01-01","sex":"female","asOf":["2026-01-05T08:00:00Z"],"observations":[
               {"loinc":"9279-1","value":26,"unit":"/min","effective":"2026-01-05T07:50:00Z","known":"2026-01-05T07:51:00Z"}]}
            A value is a number, or for coded answers a text or {"system":…,"code":…}. Without "known" a value was known when it
            was true; without "asOf" the moment of the latest known value is scored.
            A line a patient and moment out: score or probability, range, level, missing inputs, reasons, flags.

            Example:  headwall score --model news2 --timelines in.ndjson --out out.ndjson
            """)

    @Option(help: ArgumentHelp("Model package, newest version unless one is named.", valueName: "name[@version]"))
    var model: String
    @Option(help: ArgumentHelp("File with a JSON object a line; - for standard input.", valueName: "file")) var timelines:
        String
    @Option(help: ArgumentHelp("File to write; - for standard output.", valueName: "file")) var out = "-"
    @OptionGroup var site: SiteOptions

    func run() async throws {
        let catalogue = try Site.catalogue(site.files)
        guard let package = catalogue.package(model) else {
            throw PipelineError(.noInput, place: "--model \(model)", "no such model package")
        }
        let input =
            timelines == "-" ? [UInt8](FileHandle.standardInput.readDataToEndOfFile()) : try SiteFiles.read(timelines)
        var output: [UInt8] = []
        for (number, line) in input.split(separator: 10, omittingEmptySubsequences: false).enumerated() where !line.isEmpty
        {
            let place = "\(timelines):\(number + 1)"
            let record: TimelineRecord
            do {
                record = try TimelineRecord(try JSON(parsing: Array(line)))
            } catch let error as FHIRError {
                throw PipelineError(.data, place: "\(place) \(error.place)", error.reason)
            } catch let error as TimelineRecord.Problem {
                throw PipelineError(.data, place: "\(place) \(error.place)", error.reason)
            }
            for moment in record.moments {
                let inputs = record.timeline.features(package.requests, asOf: AsOf(moment))
                let decision = package.evaluate(patient: record.patient, asOf: AsOf(moment), inputs: inputs)
                output += DecisionLine.write(decision, patient: record.name) + [10]
            }
        }
        if out == "-" { Output.bytes(output) } else { try SiteFiles.write(output, to: out) }
    }
}

import ArgumentParser
import Clinical
import FHIR
import Foundation
import Inference
import Pipeline
import Timeline

extension Models {
    struct Recalibrate: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract:
                "Fit a trained model's calibration and prediction sets to local labels: a new version of its package.",
            discussion: """
                The trees stay as they are. Labels come late; they are joined to the decisions in the store of a configuration:
                  {"system":"urn:example:mrn","patient":"123","events":["2026-01-05T08:00:00Z"]}
                a line a patient, "events" empty where nothing happened. Or to timelines as `headwall score` takes them, with
                "labels", one for each moment of "asOf": true, false, or null where nobody knows.

                Example:  headwall models recalibrate sepsis-early-warning --to 1.1.1 --config headwall.yaml --events e.ndjson
                          headwall models recalibrate sepsis-early-warning --to 1.1.1 --timelines labelled.ndjson
                """)
        @Argument(help: ArgumentHelp("Newest version unless one is named.", valueName: "name[@version]")) var model: String
        @Option(help: ArgumentHelp("Version of the new package.", valueName: "version")) var to: String
        @Option(help: ArgumentHelp("Labelled timelines; - for standard input.", valueName: "file")) var timelines: String?
        @Option(help: ArgumentHelp("Configuration of the service whose decisions are labelled.", valueName: "file"))
        var config: String?
        @Option(help: ArgumentHelp("Labels for the decisions in the store.", valueName: "file")) var events: String?
        @Option(help: "Hours before an event from which on it should have been foreseen.") var before = 6
        @Option(help: "Hours after an event until which it still counts.") var after = 3
        @Option(help: "Fewest patients with an event to recalibrate by.") var minimumPatients = 50
        @Option(
            help: ArgumentHelp("Folder of model packages to write to. Default: where the model is.", valueName: "folder"))
        var out: String?
        @Flag(help: "Print JSON.") var json = false
        @OptionGroup var site: SiteOptions

        func validate() throws {
            guard (timelines == nil) != (config == nil), (config == nil) == (events == nil) else {
                throw ValidationError("labels come by --timelines, or by --config together with --events")
            }
            guard before >= 0, after >= 0, minimumPatients > 0 else {
                throw ValidationError("--before, --after and --minimum-patients are not negative")
            }
        }

        func run() async throws {
            let configuration = try config.map { try ConfigurationOption.read($0) }
            let files =
                configuration.map { SiteFiles($0) } ?? site.files
            let name = String(model.prefix { $0 != "@" })
            let terminology = try Site.terminology(files)
            let catalogue = try Site.catalogue(files, only: [name], terminology: terminology)
            guard let package = catalogue.package(model) else {
                throw PipelineError(.noInput, place: model, "no such model package")
            }
            guard package.kind == .ensemble else {
                throw PipelineError(.noInput, place: model, "a published score has nothing to recalibrate")
            }
            let folder = "\(out ?? files.models)/\(name)/\(to)"
            guard catalogue.package("\(name)@\(to)") == nil, !FileManager.default.fileExists(atPath: folder) else {
                throw PipelineError(.cannotCreate, place: folder, "there is this version already")
            }
            let hours =
                if let configuration { try await stored(configuration, package) } else {
                    try labelled(package, AnalyteConverting(terminology))
                }
            let patients = Recalibration.patientsWithEvent(hours)
            guard patients >= minimumPatients else {
                throw PipelineError(
                    .data, place: timelines ?? events ?? "",
                    "\(patients) patients with an event in \(hours.count) answered hours; \(minimumPatients) are needed")
            }
            let levels = hours.first?.sets.map(\.level) ?? []
            let recalibration = Recalibration(hours, levels: levels)
            let facts = RecalibrationFacts(hours, levels: levels, recalibration: recalibration)
            let made = try RecalibratedPackage(
                package, files: try Site.packageFiles(files, package.reference), version: to,
                recalibration: recalibration, facts: facts.object)
            for (path, bytes) in made.files.merging(["manifest.json": made.manifest], uniquingKeysWith: { $1 }) {
                let target = URL(fileURLWithPath: "\(folder)/\(path)")
                try SiteFiles.makeFolder(target.deletingLastPathComponent().path)
                try SiteFiles.write(bytes, to: target.path)
            }
            Output.line(json ? String(decoding: JSON(facts.object).write(), as: UTF8.self) : facts.text)
            if !json { Output.line("written to \(folder)") }
        }

        private func stored(_ configuration: Configuration, _ package: ModelPackage) async throws -> [Recalibration.Hour] {
            let file = events ?? ""
            var outcomes: [LabelledDecisions.Outcome] = []
            try Self.eachLine(try SiteFiles.read(file), file) { object, place in
                guard let patient = object["patient"]?.stringValue, let system = object["system"]?.stringValue,
                    let events = object["events"]?.arrayValue
                else { throw PipelineError(.data, place: place, "system, patient and events are needed") }
                var moments: [Instant] = []
                for event in events {
                    guard let text = event.stringValue, let time = try? FHIRDateTime.read(text) else {
                        throw PipelineError(.data, place: "\(place) /events", "must be FHIR date-times")
                    }
                    moments.append(time.instant)
                }
                outcomes.append(.init(patient: PatientKey(system: system, value: patient), events: moments))
            }
            return try await LabelledDecisions(
                configuration, model: package, outcomes: outcomes, before: Int64(before) * 3600,
                after: Int64(after) * 3600
            ).hours
        }

        private func labelled(
            _ package: ModelPackage, _ conversion: AnalyteConverting
        ) throws -> [Recalibration.Hour] {
            let file = timelines ?? ""
            let input =
                file == "-" ? [UInt8](FileHandle.standardInput.readDataToEndOfFile()) : try SiteFiles.read(file)
            var hours: [Recalibration.Hour] = []
            var patient = 0
            try Self.eachLine(input, file) { object, place in
                let record: TimelineRecord
                do {
                    record = try TimelineRecord(JSON(object))
                } catch let error as TimelineRecord.Problem {
                    throw PipelineError(.data, place: "\(place) \(error.place)", error.reason)
                }
                guard let labels = object["labels"]?.arrayValue, labels.count == record.moments.count else {
                    throw PipelineError(.data, place: "\(place) /labels", "one label for each moment of asOf is needed")
                }
                for (moment, label) in zip(record.moments, labels) where !label.isNull {
                    guard let label = label.boolValue else {
                        throw PipelineError(.data, place: "\(place) /labels", "must be true, false or null")
                    }
                    let inputs = record.timeline.features(
                        package.requests, asOf: AsOf(moment), conversion: conversion)
                    if let hour = package.hour(inputs, label: label, patient: patient) { hours.append(hour) }
                }
                patient += 1
            }
            return hours
        }

        private static func eachLine(
            _ input: [UInt8], _ file: String, _ body: (JSONObject, _ place: String) throws -> Void
        ) throws {
            for (number, line) in input.split(separator: 10, omittingEmptySubsequences: false).enumerated()
            where !line.isEmpty {
                let place = "\(file):\(number + 1)"
                do {
                    guard let object = try JSON(parsing: line).objectValue else {
                        throw PipelineError(.data, place: place, "is not a JSON object")
                    }
                    try body(object, place)
                } catch let error as FHIRError {
                    throw PipelineError(.data, place: "\(place) \(error.place)", error.reason)
                }
            }
        }
    }
}

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

            --what-if asks what the model would say had a value just been measured: the same code path, the value added to the
            timeline. --explain adds what a trained model says in numbers: members, prediction sets, distance from the training
            population, and the Shapley value of each input.

            Example:  headwall score --model news2 --timelines in.ndjson --out out.ndjson
                      headwall score --model sepsis-early-warning --timelines in.ndjson --what-if lactate=1.0
            """)

    @Option(help: ArgumentHelp("Model package, newest version unless one is named.", valueName: "name[@version]"))
    var model: String
    @Option(help: ArgumentHelp("File with a JSON object a line; - for standard input.", valueName: "file")) var timelines:
        String
    @Option(help: ArgumentHelp("File to write; - for standard output.", valueName: "file")) var out = "-"
    @Option(help: ArgumentHelp("An input as if it had just been measured, in the model's unit.", valueName: "input=value"))
    var whatIf: [String] = []
    @Flag(help: "Add the numbers behind a trained model's answer.") var explain = false
    @OptionGroup var site: SiteOptions

    func run() async throws {
        let terminology = try Site.terminology(site.files)
        let conversion = AnalyteConverting(terminology)
        let catalogue = try Site.catalogue(
            site.files, only: [String(model.prefix { $0 != "@" })], terminology: terminology)
        guard let package = catalogue.package(model) else {
            throw PipelineError(.noInput, place: "--model \(model)", "no such model package")
        }
        let assumptions = try whatIf.map { try assumption($0, package) }
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
                let timeline = record.timeline.assuming(assumptions, asOf: AsOf(moment), patient: record.patient)
                let inputs = timeline.features(package.requests, asOf: AsOf(moment), conversion: conversion)
                let decision = package.evaluate(patient: record.patient, asOf: AsOf(moment), inputs: inputs)
                var line = DecisionLine.object(decision, patient: record.name)
                if !whatIf.isEmpty { line["whatIf"] = .array(whatIf.map { .string($0) }) }
                if explain, let answer = package.answer(inputs: inputs) {
                    line["explanation"] = Self.explanation(answer, package)
                }
                output += JSON(line).write() + [10]
            }
        }
        if out == "-" { Output.bytes(output) } else { try SiteFiles.write(output, to: out) }
    }

    /// `lactate=1.0`: the input of that name, or of that clinical concept, that takes the latest value.
    private func assumption(_ text: String, _ package: ModelPackage) throws -> PatientTimeline.Assumption {
        let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
        guard parts.count == 2, let value = Double(parts[1]), value.isFinite else {
            throw ValidationError("--what-if takes input=value, such as lactate=1.0")
        }
        let name = parts[0].lowercased()
        let request =
            package.requests.first { $0.name.lowercased() == name }
            ?? package.requests.first { $0.aggregate == .last && $0.concept?.lowercased() == name }
        guard let request else {
            throw ValidationError("--what-if \(parts[0]): the model has no such input; see headwall models list --json")
        }
        return PatientTimeline.Assumption(request, value: value)
    }

    private static func explanation(_ answer: ModelAnswer, _ package: ModelPackage) -> JSON {
        let values = zip(package.requests, answer.attribution.values).map { request, value -> JSON in
            ["input": .string(request.name), "value": DecisionLine.number(value)]
        }
        let sets = answer.sets.map { set -> JSON in
            ["level": DecisionLine.number(set.level), "positive": .bool(set.positive), "negative": .bool(set.negative)]
        }
        return [
            "margin": DecisionLine.number(answer.margin), "bias": DecisionLine.number(answer.attribution.bias),
            "members": .array(answer.memberProbabilities.map { DecisionLine.number($0) }),
            "vennAbers": [
                DecisionLine.number(answer.vennAbers.lowerBound), DecisionLine.number(answer.vennAbers.upperBound),
            ],
            "predictionSets": .array(sets),
            "outlier": [
                "deviate": DecisionLine.number(answer.outlier.deviate),
                "isolation": DecisionLine.number(answer.outlier.isolation),
                "farthest": answer.outlier.farthest.map { .string($0) } ?? .null,
                "outside": .array(answer.outlier.outside.map { .string($0) }),
                "isFlagged": .bool(answer.outlier.isFlagged),
            ],
            "shapley": .array(values),
        ]
    }
}

import ArgumentParser
import Clinical
import FHIR
import Foundation
import Pipeline
import Terminology

struct Why: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Why a value is what it is: what was sent, the mapping row, the conversion, and when it was known.",
        discussion: """
            The result is named by the id of its Observation, or by message and place. Prints patient data.

            Example:  headwall why "812 OBX[3]-5" --config headwall.yaml
            """)
    @Argument(help: "Id of an Observation, or journal number and place: \"812 OBX[3]-5\".") var observation: String
    @OptionGroup var options: ConfigurationOption
    @Flag(help: "One JSON object a version.") var json = false

    func run() async throws {
        let origin = try await ValueOrigin(observation, try options.read())
        for version in origin.versions {
            let facts = Self.facts(version)
            if json {
                var object = JSONObject(minimumCapacity: facts.count)
                for (key, value) in facts { object[key] = .string(value) }
                Output.line(String(decoding: JSON.object(object).write(), as: UTF8.self))
            } else {
                for (key, value) in facts { Output.line(key.padding(toLength: 12, withPad: " ", startingAt: 0) + value) }
                Output.line("")
            }
        }
        if !origin.others.isEmpty { Output.note("\(origin.others.count) more results in the message; name the place") }
    }

    /// In the order of the way through the house.
    private static func facts(_ version: ValueOrigin.Version) -> [(key: String, value: String)] {
        let finding = version.finding
        let origin = finding.origin
        var facts: [(String, String?)] = [
            ("observation", finding.id), ("patient", finding.patient.resourceID), ("status", finding.status.rawValue),
            ("source", "\(origin.source), message \(origin.address.messageID), \(origin.address.path)"),
            ("sent", [origin.rawValue.exposed, origin.rawUnit].compactMap { $0 }.joined(separator: " ")),
            ("under", "\(origin.rawCode.code) \(origin.rawCode.display ?? "") (\(origin.rawCode.system))"),
        ]
        if let record = origin.mapping {
            facts += [
                ("table", record.table), ("digest", record.tableDigest), ("row", record.row),
                ("relation", record.relationship), ("approved by", record.reviewer),
                ("approved on", version.row?.date), ("because", version.row?.justification),
                ("comment", version.row?.comment), ("unit read", record.unitRead), ("conversion", record.conversion),
                ("factor", record.factor),
            ]
        } else {
            facts.append(("table", "none: the code or unit had no mapping"))
        }
        facts += [
            ("code", "\(finding.code.code) \(finding.code.display ?? "") (\(finding.code.system))"),
            ("value", value(finding.value)), ("true at", finding.effective.description),
            ("received", version.received?.description), ("known since", finding.known.description),
        ]
        if let received = version.received, finding.known > received, origin.mapping != nil {
            facts.append(("late", "the mapping was approved after the message came"))
        }
        return facts.compactMap { key, value in value.flatMap { $0.isEmpty ? nil : (key, $0) } }
    }

    private static func value(_ value: Finding.Value) -> String {
        switch value {
        case .quantity(let quantity):
            [quantity.comparator?.rawValue, quantity.value.description, quantity.unit].compactMap { $0 }
                .joined(separator: " ")
        case .coded(let code): "\(code.code) \(code.display ?? "") (\(code.system))"
        case .text(let text): text.exposed
        case .missing(let reason): "missing, \(reason.rawValue)"
        }
    }
}

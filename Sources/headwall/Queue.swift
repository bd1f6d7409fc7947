import ArgumentParser
import Clinical
import FHIR
import Pipeline
import Store

struct Queue: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show and requeue what waits for a person.",
        discussion: "Example:  headwall queue quarantine --config headwall.yaml",
        subcommands: [Unmapped.self, Quarantine.self, Outbox.self, Requeue.self])

    struct Unmapped: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Local codes and units without a mapping, most frequent first.",
            discussion: "Example:  headwall queue unmapped --config headwall.yaml --json")
        @OptionGroup var options: ConfigurationOption
        @Flag(help: "One JSON object a line.") var json = false
        @Option(help: "Most lines.") var limit = 1000

        func run() async throws {
            let queues = try QueueDesk(try options.read())
            for item in try await queues.unmapped(limit: limit) {
                if json {
                    Output.line(
                        text([
                            "source": .string(item.source), "system": .string(item.code.system),
                            "code": .string(item.code.code),
                            "display": JSON(optional: item.code.display), "unit": JSON(optional: item.unit),
                            "specimen": JSON(optional: item.specimen), "count": JSON(integer: item.count),
                            "reason": .string(item.reason.rawValue), "explanation": .string(item.explanation),
                            "firstSeen": .string(item.firstSeen.description),
                            "lastSeen": .string(item.lastSeen.description),
                            "candidates": .array(item.candidates.map { .string($0) }),
                            "samples": .array(item.samples.map { .string("\($0.messageID) \($0.path)") }),
                        ]))
                } else {
                    Output.line(
                        "\(item.count)\t\(item.source)\t\(item.code.code)\t\(item.code.display ?? "")\t\(item.unit ?? "")\t"
                            + "\(item.reason.rawValue)\t\(item.explanation)")
                }
            }
            try await queues.close()
        }
    }

    struct Quarantine: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Messages set aside, with reason and place.",
            discussion: "Example:  headwall queue quarantine --config headwall.yaml")
        @OptionGroup var options: ConfigurationOption
        @Flag(help: "One JSON object a line.") var json = false
        @Option(help: "Most lines.") var limit = 1000

        func run() async throws {
            let queues = try QueueDesk(try options.read())
            for item in try await queues.quarantine(limit: limit) {
                if json {
                    Output.line(
                        text([
                            "journal": JSON(integer: item.journalID), "source": .string(item.source),
                            "format": .string(item.format.rawValue), "controlID": JSON(optional: item.controlID),
                            "received": .string(item.received.description), "code": JSON(integer: Int64(item.issue.code)),
                            "place": .string(item.issue.place), "text": .string(item.issue.text),
                        ]))
                } else {
                    Output.line(
                        "\(item.journalID)\t\(item.source)\t\(item.format.rawValue)\t\(item.issue.code)\t\(item.issue.place)\t"
                            + item.issue.text)
                }
            }
            try await queues.close()
        }
    }

    struct Outbox: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Deliveries that wait, and those given up (--dead).",
            discussion: "Example:  headwall queue outbox --dead --config headwall.yaml")
        @OptionGroup var options: ConfigurationOption
        @Flag(help: "Dead letters only.") var dead = false
        @Flag(help: "One JSON object a line.") var json = false
        @Option(help: "Most lines.") var limit = 1000

        func run() async throws {
            let queues = try QueueDesk(try options.read())
            for item in try await queues.outbox(dead: dead, limit: limit) {
                if json {
                    Output.line(
                        text([
                            "delivery": JSON(integer: item.id), "destination": .string(item.destination),
                            "decision": .string(item.decisionID), "attempts": JSON(integer: Int64(item.attempts)),
                            "reason": JSON(optional: item.reason),
                        ]))
                } else {
                    Output.line("\(item.id)\t\(item.destination)\t\(item.attempts) attempts\t\(item.reason ?? "")")
                }
            }
            try await queues.close()
        }
    }

    struct Requeue: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Process quarantined messages again, or deliver dead letters again (--dead).",
            discussion: "Example:  headwall queue requeue 4711 --config headwall.yaml")
        @OptionGroup var options: ConfigurationOption
        @Flag(help: "The numbers are deliveries, not journal entries.") var dead = false
        @Argument(help: "Numbers as the queue shows them.") var ids: [Int64]

        func run() async throws {
            let queues = try QueueDesk(try options.read())
            var unknown: [Int64] = []
            for id in ids where try await !queues.requeue(id, dead: dead) { unknown.append(id) }
            try await queues.close()
            guard unknown.isEmpty else {
                throw PipelineError(.data, place: unknown.map(String.init).joined(separator: ", "), "not in the queue")
            }
        }
    }

}

private func text(_ object: JSONObject) -> String {
    String(decoding: JSON.object(object).write(), as: UTF8.self)
}

extension JSON {
    /// `null` where there is nothing.
    init(optional text: String?) {
        self = text.map { .string($0) } ?? .null
    }

    init(integer value: Int64) {
        self = .number(JSONNumber(ExactDecimal(Int(value))))
    }
}
